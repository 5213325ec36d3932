-- Ray tracer: small vectors with arithmetic metamethods, methods, float fields.
local Vector = {}
Vector.__index = Vector
local function vector(x, y, z) return setmetatable({ x = x, y = y, z = z }, Vector) end
function Vector.__add(a, b) return vector(a.x + b.x, a.y + b.y, a.z + b.z) end
function Vector.__sub(a, b) return vector(a.x - b.x, a.y - b.y, a.z - b.z) end
function Vector.__mul(a, factor) return vector(a.x * factor, a.y * factor, a.z * factor) end
function Vector:dot(b) return self.x * b.x + self.y * b.y + self.z * b.z end
function Vector:unit() return self * (1 / self:dot(self) ^ 0.5) end

local Sphere = {}
Sphere.__index = Sphere
function Sphere:hit(origin, direction)
  local to_centre = self.centre - origin
  local along = to_centre:dot(direction)
  local inside = self.radius ^ 2 - (to_centre:dot(to_centre) - along * along)
  if inside < 0 then return nil end
  local root = inside ^ 0.5
  if along - root > 1e-4 then return along - root end
  if along + root > 1e-4 then return along + root end
  return nil
end
function Sphere:normal(point) return (point - self.centre):unit() end
function Sphere:shade() return self.brightness end

-- A horizontal plane, a chessboard.
local Floor = {}
Floor.__index = Floor
local up = vector(0, 1, 0)
function Floor:hit(origin, direction)
  if direction.y > -1e-6 then return nil end
  return (self.height - origin.y) / direction.y
end
function Floor:normal() return up end
function Floor:shade(point) return (point.x // 1 + point.z // 1) % 2 == 0 and 0.9 or 0.2 end

local things = { setmetatable({ height = -1, mirror = 0.2 }, Floor) }
for i = 0, 4 do
  local centre = vector(i * 1.4 - 2.8, (i % 2) * 0.8 - 0.3, 5 + (i * 3 % 4))
  things[#things + 1] = setmetatable({ centre = centre, radius = 0.7, mirror = 0.1 * i, brightness = 1 - 0.15 * i }, Sphere)
end
local light = vector(-4, 6, -2)

local function nearest(origin, direction)
  local best, distance
  for i = 1, #things do
    local at = things[i]:hit(origin, direction)
    if at and (not distance or at < distance) then best, distance = things[i], at end
  end
  return best, distance
end

local function trace(origin, direction, depth)
  local thing, distance = nearest(origin, direction)
  if not thing then return 0.3 + 0.5 * direction.y end
  local point = origin + direction * distance
  local normal = thing:normal(point)
  local to_light = (light - point):unit()
  local lit = normal:dot(to_light)
  if lit < 0 or nearest(point + normal * 1e-3, to_light) then lit = 0 end
  local seen = thing:shade(point) * (0.1 + 0.9 * lit)
  if thing.mirror > 0 and depth > 0 then
    local mirrored = direction - normal * (2 * normal:dot(direction))
    seen = seen * (1 - thing.mirror) + trace(point + normal * 1e-3, mirrored, depth - 1) * thing.mirror
  end
  return seen
end

local width, height, eye = 180, 120, vector(0, 0.5, -3)
local total, sum = 0.0, 0
for y = 1, height do
  for x = 1, width do
    local direction = vector((x - width / 2) / width, (height / 2 - y) / width, 1):unit()
    local seen = trace(eye, direction, 3)
    total = total + seen
    sum = (sum * 31 + math.floor(seen * 255)) % 1000003
  end
end
print(string.format("%.9f", total), sum)
