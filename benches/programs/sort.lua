-- table.sort without a comparator: integers, floats, strings.
local seed = 7
local function random() seed = (seed * 1103515245 + 12345) % 2147483648 return seed end
local sum = 0
for round = 1, 4 do
  local a, b, c = {}, {}, {}
  for i = 1, 40000 do a[i] = random() b[i] = random() / 3 end
  for i = 1, 15000 do c[i] = "s" .. random() end
  table.sort(a) table.sort(b) table.sort(c)
  sum = sum + a[1] + a[40000] + #c[1]
end
print(sum)
