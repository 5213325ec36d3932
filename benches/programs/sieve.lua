-- Sieve of Eratosthenes: an array of booleans filled, crossed out at growing strides and counted.
local function primes_up_to(limit)
  local composite = {}
  for i = 1, limit do composite[i] = false end
  for i = 2, math.floor(limit ^ 0.5) do
    if not composite[i] then
      for multiple = i * i, limit, i do composite[multiple] = true end
    end
  end
  local count, last = 0, 0
  for i = 2, limit do
    if not composite[i] then count, last = count + 1, i end
  end
  return count, last
end
for _, limit in ipairs { 1000, 30000, 1000000, 4000000 } do print(primes_up_to(limit)) end
