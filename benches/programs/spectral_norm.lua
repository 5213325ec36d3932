-- Spectral norm of an infinite matrix: float arithmetic in calls of a tiny function, sums over arrays.
local function element(i, j)
  local diagonal = i + j
  return 1.0 / (diagonal * (diagonal + 1) // 2 + i + 1)
end

-- The sums of `v` weighted by the rows of the matrix, or by its columns.
local function times(v, n, into)
  for i = 0, n - 1 do
    local sum = 0.0
    for j = 0, n - 1 do sum = sum + element(i, j) * v[j + 1] end
    into[i + 1] = sum
  end
end
local function transposed_times(v, n, into)
  for i = 0, n - 1 do
    local sum = 0.0
    for j = 0, n - 1 do sum = sum + element(j, i) * v[j + 1] end
    into[i + 1] = sum
  end
end

local n = 320
local u, v, between = {}, {}, {}
for i = 1, n do u[i] = 1.0 end
local function step(from, into)
  times(from, n, between)
  transposed_times(between, n, into)
end
for round = 1, 10 do
  step(u, v)
  step(v, u)
end
step(u, v)
local along, square = 0.0, 0.0
for i = 1, n do
  along = along + u[i] * v[i]
  square = square + u[i] * u[i]
end
print(string.format("%.9f", (along / square) ^ 0.5))
