-- table.sort with comparators over numbers and records.
local seed = 11
local function random() seed = (seed * 1103515245 + 12345) % 2147483648 return seed end
local sum = 0
for round = 1, 4 do
  local a, r = {}, {}
  for i = 1, 30000 do a[i] = random() end
  for i = 1, 15000 do r[i] = { key = random() % 1000, id = i } end
  table.sort(a, function(x, y) return x > y end)
  table.sort(r, function(x, y) if x.key ~= y.key then return x.key < y.key end return x.id < y.id end)
  sum = sum + a[1] + r[1].id
end
print(sum)
