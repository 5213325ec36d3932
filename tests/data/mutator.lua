-- A program that changes at random what refers to what, in generational mode. Every object knows its number and those of what it refers to, and
-- says what it should when it is asked. Arguments: a seed, and the number of changes.
local seed, changes = tonumber(arg[1]), tonumber(arg[2])

local function random(n)
  seed = seed * 6364136223846793005 + 1442695040888963407
  return (seed >> 33) % n + 1
end

collectgarbage("generational")
if _VERSION ~= "Lua 5.4" then
  -- Major collections, in steps, are most of what goes on.
  collectgarbage("param", "minormajor", 5)
  collectgarbage("param", "majorminor", random(120))
  collectgarbage("param", "stepsize", 20 + random(400))
end

local PLACES = 40
local objects, numbers = {}, {}
local weak, keyed = setmetatable({}, {__mode = "v"}), setmetatable({}, {__mode = "k"})
local finalized, ended, last = 0, 0, 0
local finalizer = {__gc = function(o) finalized = finalized + 1; assert(o.n) end}

-- Checks an object; what it refers to, and the number of that.
local function ask(o, n)
  if type(o) == "table" then
    assert(o.n == n)
    return o.next, o.m
  elseif type(o) == "function" then
    local v, next, m = o()
    assert(v == n)
    return next, m
  elseif type(o) == "thread" then
    local ok, v, next, m = coroutine.resume(o)
    assert(ok and v == n)
    return next, m
  else
    assert(o == "string " .. n)
  end
end

local makers = {
  function(n, next, m) return {n = n, next = next, m = m} end,
  function(n, next, m) return setmetatable({n = n, next = next, m = m}, finalizer) end,
  function(n, next, m)
    local v = {n}
    return function() return v[1], next, m end
  end,
  function(n, next, m)
    return coroutine.create(function()
      local v = {n}
      local get = function() return v[1], next, m end
      while true do
        coroutine.yield(get())
        v = {n}
      end
    end)
  end,
  function(n) return "string " .. n end,
  function(n, next, m)
    local t = {n = n, next = next, m = m, list = {}}
    for i = 1, random(30) do
      t.list[i] = "s" .. i + n
      t.list["k" .. i] = {}
    end
    return t
  end,
}

local actions = {
  make = function(i, j)
    last = last + 1
    local linked = random(3) > 1
    objects[i], numbers[i] = makers[random(#makers)](last, linked and objects[j] or nil, linked and numbers[j] or nil), last
  end,
  drop = function(i) objects[i], numbers[i] = nil, nil end,
  link = function(i, j)
    if type(objects[i]) == "table" then objects[i].next, objects[i].m = objects[j], numbers[j] end
  end,
  weaken = function(i)
    if objects[i] == nil then return end
    weak[random(20)] = objects[i]
    if type(objects[i]) ~= "string" then keyed[objects[i]] = {numbers[i]} end
  end,
  look = function()
    for o, v in pairs(keyed) do ask(o, v[1]) end
    for _, o in pairs(weak) do assert(type(o) ~= "table" or o.n) end
  end,
  follow = function(i)
    local o, n = objects[i], numbers[i]
    for _ = 1, 50 do
      if o == nil then break end
      o, n = ask(o, n)
    end
  end,
  index = function(i, j)
    if type(objects[i]) == "table" then setmetatable(objects[i], {__index = {objects[j]}}) end
  end,
  collect = function()
    if collectgarbage("step", random(3) == 1 and random(3000) or 0) then ended = ended + 1 end
    if random(400) == 1 then collectgarbage() end
    if random(400) == 1 then
      collectgarbage("incremental")
      collectgarbage("step")
      collectgarbage("generational")
    end
  end,
}

local names = {"make", "make", "make", "make", "make", "drop", "link", "weaken", "look", "follow", "index", "collect"}
for _ = 1, changes do
  actions[names[random(#names)]](random(PLACES), random(PLACES))
end
assert(finalized > 0, "no finalizer was called")
print(finalized, ended)
