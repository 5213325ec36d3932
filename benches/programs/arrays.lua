-- Sieve and prefix sums over arrays.
local total = 0
for round = 1, 6 do
  local n = 400000
  local composite = {}
  for i = 1, n do composite[i] = false end
  for i = 2, math.floor(n ^ 0.5) do
    if not composite[i] then
      for j = i * i, n, i do composite[j] = true end
    end
  end
  local sums = { 0 }
  for i = 2, n do sums[i] = sums[i - 1] + (composite[i] and 0 or i) end
  total = total + sums[n]
end
print(total)
