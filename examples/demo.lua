-- What `make demo` runs in upstream's own stand-alone program on this library.

print(_VERSION .. " in " .. arg[-1])

-- Which library is mapped into this process?
for line in io.lines("/proc/self/maps") do
  local path = line:match("(%S*liblua%S*)")
  if path then
    print("on " .. path:match("[^/]*/[^/]*$"))
    break
  end
end

-- Closures, metatables, integer and float arithmetic
local vector = {}
vector.__index = vector
vector.__add = function(a, b) return setmetatable({ x = a.x + b.x, y = a.y + b.y }, vector) end
vector.__tostring = function(v) return string.format("(%g, %g)", v.x, v.y) end
local sum = setmetatable({ x = 0, y = 0 }, vector)
for i = 1, 10 do sum = sum + setmetatable({ x = i, y = i / 2 }, vector) end
print("sum of vectors", sum, 7 // 2, 7 / 2, 1 << 40, math.maxinteger + 1 == math.mininteger)

-- Coroutines
local function permutations(list, n)
  n = n or #list
  if n <= 1 then coroutine.yield(table.concat(list)) end
  for i = 1, n do
    list[n], list[i] = list[i], list[n]
    permutations(list, n - 1)
    list[n], list[i] = list[i], list[n]
  end
end
local found = {}
for word in coroutine.wrap(function() permutations({ "l", "u", "a" }) end) do found[#found + 1] = word end
table.sort(found)
print("permutations", table.concat(found, " "))

-- Patterns, and the errors of a script as values
local text = "the quick brown fox jumps over the lazy dog"
local count = {}
for letter in text:gmatch("%a") do count[letter] = (count[letter] or 0) + 1 end
print("letters", (text:gsub("%w+", string.upper, 2)), "o:" .. count.o)
print("caught", pcall(function() local t; t.x = 1 end))

-- Variables that are closed, and the collector
do
  local guard <close> = setmetatable({}, { __close = function() print("closed") end })
end
local weak = setmetatable({ {} }, { __mode = "v" })
collectgarbage()
print("collected", #weak == 0, collectgarbage("count") < 1000)

-- A chunk dumped and loaded again
print("dumped", load(string.dump(function(...) return select("#", ...) end))(nil, nil, nil))
