-- Garbage made beside a large live heap.
local live = {}
for i = 1, 250000 do live[i] = { id = i, name = "n" .. i, next = live[i - 1] } end
local sum = 0
for i = 1, 800000 do
  local t = { i, i + 1 }
  sum = sum + t[1]
  if i % 50 == 0 then live[i % 250000 + 1] = { id = i, name = "m", next = t } end
end
print(sum, #live)
