-- A discrete event simulation on a binary heap.
local heap, size = {}, 0
local function push(time, action)
  size = size + 1
  local i = size
  while i > 1 do
    local parent = i // 2
    if heap[parent].time <= time then break end
    heap[i] = heap[parent]
    i = parent
  end
  heap[i] = { time = time, action = action }
end
local function pop()
  local top, last = heap[1], heap[size]
  heap[size] = nil
  size = size - 1
  if size > 0 then
    local i = 1
    while true do
      local child = i * 2
      if child > size then break end
      if child < size and heap[child + 1].time < heap[child].time then child = child + 1 end
      if heap[child].time >= last.time then break end
      heap[i] = heap[child]
      i = child
    end
    heap[i] = last
  end
  return top
end
local seed, now, handled = 3, 0, 0
local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648 return seed % n end
local function arrive(kind)
  handled = handled + 1
  if handled < 250000 then push(now + 1 + random(100), function() arrive(kind) end) end
end
for i = 1, 200 do push(random(50), function() arrive(i) end) end
while size > 0 do
  local e = pop()
  now = e.time
  e.action()
end
print(now, handled)
