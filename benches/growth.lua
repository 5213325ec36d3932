-- How the time per element grows: `host growth.lua KIND SMALLEST LARGEST` prints a line for each power of ten, with nanoseconds an element.
-- Without arguments, the kinds and the largest number that each can have.

local kinds = {}

-- A kind does something to `n` elements, and may have something prepared before the clock runs.
local function kind(name, largest, run, prepare)
  kinds[#kinds + 1] = { name = name, largest = largest, run = run, prepare = prepare or function() end }
end

local function numbers(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end

local function names(n)
  local list = {}
  for i = 1, n do list[i] = "k" .. i end
  return list
end

-- Keys without order, the same each time.
local function following(key) return key * 6364136223846793005 + 1442695040888963407 end
local function scattered(n)
  local t, key = {}, 1
  for i = 1, n do
    key = following(key)
    t[key] = i
  end
  return t
end

local function source(piece, n) return ("return {" .. piece:rep(n) .. "}") end

local function constants(n)
  local list = {}
  for i = 1, n do list[i] = i + 0.5 end
  return "return {" .. table.concat(list, ",") .. "}"
end

local function loaded(n, text)
  assert(load(text))
  return #text
end

kind("array filled", 1e7, function(n) return numbers(n)[n] end)
kind("array read", 1e7, function(n, list)
  local sum = 0
  for i = 1, n do sum = sum + list[i] end
  return sum
end, numbers)
kind("array grown by insert, emptied by remove", 1e7, function(n)
  local list = {}
  for i = 1, n do table.insert(list, i) end
  for i = 1, n do table.remove(list) end
  return #list
end)
kind("hash of numbers filled", 1e7, function(n) return scattered(n)[following(1)] end)
kind("hash of numbers read", 1e7, function(n, t)
  local sum, key = 0, 1
  for i = 1, n do
    key = following(key)
    sum = sum + t[key]
  end
  return sum
end, scattered)
kind("hash of strings filled", 1e7, function(n, list)
  local t = {}
  for i = 1, n do t[list[i]] = i end
  return t["k" .. n]
end, names)
kind("hash traversed", 1e7, function(n, t)
  local sum = 0
  for k, v in pairs(t) do sum = sum + v end
  return sum
end, scattered)
kind("different strings", 1e7, function(n) return names(n)[n] end)
kind("string repeated, bytes", 1e7, function(n) return #("x"):rep(n) end)
kind("pieces joined by concat", 1e7, function(n, list) return #table.concat(list, ",") end, names)
kind("string substituted, characters", 1e7, function(n, text) return #(text:gsub("x", "yz")) end, function(n) return ("x"):rep(n) end)
kind("bytes of a string", 1e6, function(n, text)
  local sum = 0
  for i = 1, n do sum = sum + text:byte(i) end
  return sum
end, function(n) return ("x"):rep(n) end)
kind("small tables", 1e6, function(n)
  local list = {}
  for i = 1, n do list[i] = { i } end
  return #list
end)
kind("full collection, live tables", 1e6, function(n, list)
  collectgarbage()
  return #list
end, function(n)
  local list = {}
  for i = 1, n do list[i] = { i } end
  return list
end)
kind("coroutines alive", 1e5, function(n)
  local list = {}
  for i = 1, n do
    list[i] = coroutine.create(coroutine.yield)
    coroutine.resume(list[i])
  end
  return #list
end)

local function depth(n) return n == 0 and 0 or 1 + depth(n - 1) end
local function failing(n)
  if n == 0 then error("the end", 0) end
  return 1 + failing(n - 1)
end
kind("calls in one another", 1e5, depth)
kind("calls in one another, left by an error", 1e5, function(n) return select(2, pcall(failing, n)) end)

kind("chunk of statements", 1e7, loaded, function(n) return ("x = x + 1\n"):rep(n) end)
kind("chunk of different constants", 1e7, loaded, constants)
kind("chunk of functions", 1e5, loaded, function(n) return source("function() end,", n) end)
kind("chunk with a string, bytes", 1e7, loaded, function(n) return source('"' .. ("x"):rep(n) .. '"', 1) end)
kind("chunk of comments, lines", 1e7, loaded, function(n) return ("-- nothing\n"):rep(n) end)
kind("binary chunk of constants", 1e7, loaded, function(n) return string.dump(load(constants(n))) end)

local wanted, smallest, largest = ...
if not wanted then
  for _, one in ipairs(kinds) do print(string.format("%d %s", one.largest, one.name)) end
  return
end

local function find(name)
  for _, one in ipairs(kinds) do
    if one.name == name then return one end
  end
  error("no kind " .. name)
end

-- The shortest of some times: as often as makes a million elements, until it was three times or took long.
local one, n, last_n = find(wanted), math.tointeger(smallest), math.tointeger(largest)
local sum = 0
while n <= math.min(one.largest, last_n) do
  local prepared = one.prepare(n)
  local repetitions, best, total, tries, last = math.max(1, math.min(1000000, last_n) // n), math.huge, 0, 0, nil
  repeat
    collectgarbage()
    local start = os.clock()
    local result
    for i = 1, repetitions do result = one.run(n, prepared) end
    local used = os.clock() - start
    best, total, tries, last = math.min(best, used), total + used, tries + 1, result
  until tries == 3 or total > 2
  sum = sum + #tostring(last)
  print(string.format("%d %.3f", n, best * 1e9 / repetitions / n))
  n = n * 10
end
print("checksum " .. sum)
