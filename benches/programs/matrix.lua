-- Matrix multiplication: rows of floats, three nested loops.
local function matrix(n, element)
  local rows = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do row[j] = element(i, j) end
    rows[i] = row
  end
  return rows
end

local function transposed(m)
  return matrix(#m, function(i, j) return m[j][i] end)
end

local function product(a, b)
  local n, result, columns = #a, {}, transposed(b)
  for i = 1, n do
    local row, into = a[i], {}
    for j = 1, n do
      local column, sum = columns[j], 0.0
      for k = 1, n do sum = sum + row[k] * column[k] end
      into[j] = sum
    end
    result[i] = into
  end
  return result
end

local n = 120
local a = matrix(n, function(i, j) return (i - j) * (i + j) / (n * n) end)
local b = matrix(n, function(i, j) return (i * j % 7 - 3) / 7.0 end)
local sum = 0.0
for round = 1, 8 do
  b = product(a, b)
  local largest = 0.0
  for i = 1, n do for j = 1, n do largest = math.max(largest, math.abs(b[i][j])) end end
  for i = 1, n do for j = 1, n do b[i][j] = b[i][j] / largest end end
  sum = sum + largest
end
print(string.format("%.9f %.9f", sum, b[n // 2][n // 3]))
