-- Arithmetic, comparison and bit operations on integers.
local a, b, hits = 1, 0x9E3779B97F4A7C15, 0
for i = 1, 10000000 do
  a = a * 6364136223846793005 + 1442695040888963407
  b = (b ~ a) >> 1
  if b % 3 == 0 and i // 7 > 10 then hits = hits + 1 end
end
print(a, b, hits)
