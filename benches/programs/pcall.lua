-- Protected calls, with and without errors.
local function ok(x) return x + 1 end
local function bad(x) error(x) end
local function deep(n, x) if n == 0 then error({ code = x }) end return deep(n - 1, x) + 1 end
local sum = 0
for i = 1, 1500000 do
  local _, v = pcall(ok, i)
  sum = sum + v
end
for i = 1, 250000 do
  local good, e = pcall(bad, i)
  sum = sum + e
end
for i = 1, 60000 do
  local good, e = pcall(deep, 10, i)
  sum = sum + e.code
end
print(sum, select("#", xpcall(bad, function(m) return m end, 1)))
