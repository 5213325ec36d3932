-- Generators, a pipeline, and short-lived coroutines.
local wrap, yield = coroutine.wrap, coroutine.yield
local function range(n) return wrap(function() for i = 1, n do yield(i) end end) end
local function map(gen, f) return wrap(function() for x in gen do yield(f(x)) end end) end
local sum = 0
for x in map(range(500000), function(v) return v * 2 end) do sum = sum + x end
for i = 1, 60000 do
  local co = coroutine.create(function(a, b) local c = yield(a + b) return c * 2 end)
  local _, s = coroutine.resume(co, i, 1)
  local _, d = coroutine.resume(co, s)
  sum = sum + d
end
print(sum)
