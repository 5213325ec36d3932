-- Fannkuch: all permutations of a small array, prefixes of each turned around until a 1 is in front.
local function fannkuch(n)
  local permutation, scratch, left = {}, {}, {}
  for i = 1, n do
    permutation[i] = i
    left[i] = i
  end
  local checksum, most, even = 0, 0, true
  while true do
    local first = permutation[1]
    if first ~= 1 then
      for i = 1, n do scratch[i] = permutation[i] end
      local turns = 0
      repeat
        local low, high = 1, first
        while low < high do
          scratch[low], scratch[high] = scratch[high], scratch[low]
          low, high = low + 1, high - 1
        end
        turns = turns + 1
        first = scratch[1]
      until first == 1
      if turns > most then most = turns end
      checksum = checksum + (even and turns or -turns)
    end
    even = not even
    -- The next permutation: the shortest prefix that has not gone round once is moved on by one place.
    local size = 2
    while true do
      if size > n then return checksum, most end
      local front = permutation[1]
      for i = 1, size - 1 do permutation[i] = permutation[i + 1] end
      permutation[size] = front
      left[size] = left[size] - 1
      if left[size] > 0 then break end
      left[size] = size
      size = size + 1
    end
  end
end
print(fannkuch(9))
