-- K-nucleotide: substrings of a long string counted in hash tables, and the counts sorted.
local function sequence(length)
  local seed, bases = 42, {}
  for i = 1, length do
    seed = (seed * 3877 + 29573) % 139968
    local part = seed / 139968
    bases[i] = part < 0.30 and "A" or part < 0.50 and "C" or part < 0.70 and "G" or "T"
  end
  return table.concat(bases)
end

local function counts(dna, length)
  local count = {}
  for i = 1, #dna - length + 1 do
    local piece = dna:sub(i, i + length - 1)
    count[piece] = (count[piece] or 0) + 1
  end
  return count
end

local function print_frequencies(dna, length)
  local count, pieces = counts(dna, length), {}
  for piece in pairs(count) do pieces[#pieces + 1] = piece end
  table.sort(pieces, function(a, b)
    if count[a] ~= count[b] then return count[a] > count[b] end
    return a < b
  end)
  for _, piece in ipairs(pieces) do
    print(string.format("%s %.3f", piece, count[piece] * 100 / (#dna - length + 1)))
  end
end

local dna = sequence(130000)
for length = 1, 2 do print_frequencies(dna, length) end
for _, wanted in ipairs { "GGT", "GGTA", "GGTATT", "GGTATTTTAATT", "GGTATTTTAATTTATAGT" } do
  print(counts(dna, #wanted)[wanted] or 0, wanted)
end
