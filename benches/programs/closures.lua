-- Making closures, and sharing and changing what they captured.
local function counter(start)
  local n = start
  return function(d) n = n + d return n end, function() return n end
end
local total = 0
for i = 1, 700000 do
  local add, get = counter(i)
  add(1) add(2)
  total = total + get()
end
local function compose(f, g) return function(x) return f(g(x)) end end
local f = function(x) return x + 1 end
for i = 1, 8 do f = compose(f, function(x) return x + i end) end
for i = 1, 200000 do total = total + f(i) end
print(total)
