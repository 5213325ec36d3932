-- Arithmetic on floats in a tight loop.
local sum, x = 0.0, 0.5
for i = 1, 12000000 do
  x = x * 1.0000001 + 0.25 / (i + 0.5)
  sum = sum + x - sum * 0.001
end
print(string.format("%.6f", sum))
