-- N queens: recursion with backtracking, booleans in arrays.
local function solutions(n)
  local column_taken, rising_taken, falling_taken, placed = {}, {}, {}, {}
  for i = 1, 2 * n do column_taken[i], rising_taken[i], falling_taken[i] = false, false, false end
  local count, sum = 0, 0
  local function place(row)
    if row > n then
      count = count + 1
      for i = 1, n do sum = (sum * 31 + placed[i]) % 1000003 end
      return
    end
    for column = 1, n do
      local rising, falling = row + column - 1, row - column + n
      if not (column_taken[column] or rising_taken[rising] or falling_taken[falling]) then
        column_taken[column], rising_taken[rising], falling_taken[falling] = true, true, true
        placed[row] = column
        place(row + 1)
        column_taken[column], rising_taken[rising], falling_taken[falling] = false, false, false
      end
    end
  end
  place(1)
  return count, sum
end
for round = 1, 2 do
  for n = 4, 11 do print(round, n, solutions(n)) end
end
