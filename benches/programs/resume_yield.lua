-- A coroutine that is resumed and yields, again and again, values going both ways.
local resume, yield = coroutine.resume, coroutine.yield
local co = coroutine.create(function(a, b)
  while true do a, b = yield(a + b, a) end
end)
local sum = 0
for i = 1, 2000000 do
  local ok, x, y = resume(co, i, 1)
  sum = sum + x - y
end
print(sum, coroutine.status(co), coroutine.close(co))
