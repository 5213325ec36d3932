-- Errors of three kinds caught by pcall: a value, a message with its position, one from the runtime.
local function value(x) error(x, 0) end
local function message(x) error("no " .. x % 100) end
local function runtime(x) return x.field.of.nothing end
local count = 0
for i = 1, 250000 do
  local ok, e = pcall(value, i)
  if not ok and e == i then count = count + 1 end
  ok, e = pcall(message, i)
  if not ok and #e > 4 then count = count + 1 end
  ok, e = pcall(runtime, { field = {} })
  if not ok and #e > 4 then count = count + 1 end
end
print(count)
