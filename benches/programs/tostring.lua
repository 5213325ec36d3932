-- Numbers to text and back.
local sum = 0
for i = 1, 700000 do
  local s = tostring(i * 7)
  local f = tostring(i + 0.25)
  sum = sum + tonumber(s) + tonumber(f) + #f
end
print(sum)
