-- Word counting: string and integer keys in hash parts.
local words, seed = {}, 42
for i = 1, 5000 do
  seed = (seed * 1103515245 + 12345) % 2147483648
  words[i] = "key" .. seed % 3000
end
local counts, sparse = {}, {}
for round = 1, 700 do
  for i = 1, #words do
    local w = words[i]
    counts[w] = (counts[w] or 0) + 1
    local k = i * 1009
    sparse[k] = (sparse[k] or 0) + round
  end
end
local distinct, total = 0, 0
for _, n in pairs(counts) do distinct, total = distinct + 1, total + n end
for _, n in pairs(sparse) do total = total + n end
print(distinct, total)
