-- gmatch and match with captures.
local line, n = ("alpha=1, beta = 22,gamma=333 ; delta=4444\n"):rep(300), 0
for i = 1, 400 do
  for k, v in line:gmatch("(%w+)%s*=%s*(%d+)") do n = n + #k + tonumber(v) end
  for l in line:gmatch("[^\n]+") do
    local first = l:match("^(%a+)")
    n = n + #first
  end
end
print(n)
