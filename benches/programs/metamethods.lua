-- Metamethods that are functions: vectors with operators, observed tables, values that count references, callable objects, scopes.
local Vector = {}
Vector.__index = Vector
local function vector(x, y) return setmetatable({ x = x, y = y }, Vector) end
Vector.__add = function(a, b) return vector(a.x + b.x, a.y + b.y) end
Vector.__sub = function(a, b) return vector(a.x - b.x, a.y - b.y) end
Vector.__mul = function(a, b)
  if type(a) == "number" then return vector(a * b.x, a * b.y) end
  return a.x * b.x + a.y * b.y
end
Vector.__unm = function(a) return vector(-a.x, -a.y) end
Vector.__eq = function(a, b) return a.x == b.x and a.y == b.y end
Vector.__lt = function(a, b) return a.x < b.x end
Vector.__le = function(a, b) return a.x <= b.x end
Vector.__len = function() return 2 end
Vector.__concat = function(a, b) return b end

local position, speed, hits = vector(0, 0), vector(1, -2), 0
for step = 1, 150000 do
  position = position + 0.5 * speed - vector(0, 1)
  if position * speed > 0 and position > speed or -position == speed then hits = hits + #position end
  if position <= speed then speed = position .. speed end
end

-- A table that is read and written through another, which counts.
local function observed(target)
  local reads, writes = 0, 0
  local proxy = setmetatable({}, {
    __index = function(_, key) reads = reads + 1 return target[key] end,
    __newindex = function(_, key, value) writes = writes + 1 target[key] = value end,
    __call = function(_, factor) return factor * reads + writes end,
  })
  return proxy
end

local settings, total = observed({ volume = 1, [1] = 2 }), 0
for i = 1, 400000 do
  settings.volume = settings.volume + settings[1]
  if i % 10 == 0 then total = total + settings(i) % 7 end
end

-- Scopes that are left by the end of a block, of which every tenth is nested.
local open = 0
local scope = setmetatable({}, { __close = function() open = open - 1 end })
local function enter()
  open = open + 1
  return scope
end
for i = 1, 250000 do
  local outer <close> = enter()
  if i % 10 == 0 then
    local inner <close> = enter()
    total = total + open
  end
end
print(hits, position.x, settings.volume, total, open)
