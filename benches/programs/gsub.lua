-- gsub with string, table and function replacements.
local text = ("The quick brown fox jumps over the lazy dog 12345 times. "):rep(200)
local map, n = { quick = "slow", lazy = "busy" }, 0
for i = 1, 240 do
  local a, c1 = text:gsub("%w+", map)
  local b, c2 = a:gsub("(%d+)", "<%1>")
  local c, c3 = b:gsub("o", function() n = n + 1 end)
  local d, c4 = c:gsub("%s+", " ")
  n = n + c1 + c2 + c3 + c4 + #d
end
print(n)
