-- string.format with the common conversions.
local sum, format = 0, string.format
for i = 1, 350000 do
  sum = sum + #format("%d %5.2f %s %x", i, i / 3, "name", i) + #format("%-10s|%05d", "k" .. i % 100, i)
end
print(sum)
