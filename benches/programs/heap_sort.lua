-- Heap sort in place: an array of floats read and written at places far apart.
local function sift(a, root, last)
  local value = a[root]
  local child = root * 2
  while child <= last do
    if child < last and a[child] < a[child + 1] then child = child + 1 end
    if a[child] <= value then break end
    a[root] = a[child]
    root, child = child, child * 2
  end
  a[root] = value
end

local function heap_sort(a)
  local n = #a
  for root = n // 2, 1, -1 do sift(a, root, n) end
  for last = n, 2, -1 do
    a[1], a[last] = a[last], a[1]
    sift(a, 1, last - 1)
  end
end

local seed, numbers = 42, {}
for i = 1, 200000 do
  seed = (seed * 1103515245 + 12345) % 2147483648
  numbers[i] = seed / 2147483648
end
heap_sort(numbers)
for i = 2, #numbers do assert(numbers[i - 1] <= numbers[i]) end
print(string.format("%.9f %.9f %.9f", numbers[1], numbers[100000], numbers[200000]))
