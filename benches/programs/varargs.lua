-- Variable arguments: passing on, packing, select.
local function pass(...) return ... end
local function sum(...)
  local s = 0
  for i = 1, select("#", ...) do s = s + (select(i, ...)) end
  return s
end
local function packed(...)
  local t, s = table.pack(...), 0
  for i = 1, t.n do s = s + t[i] end
  return s, table.unpack(t, 1, 3)
end
local total = 0
for i = 1, 350000 do
  total = total + sum(pass(i, 2, 3, 4)) + packed(i, 5, 6) + select("#", pass(i, i))
end
print(total)
