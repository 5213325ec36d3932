-- Allocation: complete binary trees made, walked and dropped.
local function bottom_up(depth)
  if depth == 0 then return {} end
  return { bottom_up(depth - 1), bottom_up(depth - 1) }
end
local function check(t) if t[1] then return 1 + check(t[1]) + check(t[2]) end return 1 end
local long_lived, total = bottom_up(14), 0
for depth = 4, 14, 2 do
  for i = 1, 1 << (14 - depth + 3) do total = total + check(bottom_up(depth)) end
end
print(total, check(long_lived))
