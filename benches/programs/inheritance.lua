-- Classes three deep: fields, methods and defaults that objects find through them, and one that no class has.
local Shape = {scale = 2, name = "shape"}
Shape.__index = Shape
function Shape.new(class, fields) return setmetatable(fields, class) end
function Shape:grow(by) self.size = self.size + by * self.scale end
function Shape:describe() return self.name .. (self.suffix or "") end

local function class(parent, fields)
  fields.__index = fields
  return setmetatable(fields, parent)
end

local Polygon = class(Shape, {name = "polygon", sides = 3})
function Polygon:corners() return self.sides end

local Square = class(Polygon, {name = "square", sides = 4})
function Square:area() return self.size * self.size * self.scale end

local objects = {}
for i = 1, 300 do
  objects[i] = (i % 3 == 0 and Square or i % 3 == 1 and Polygon or Shape):new {size = i}
end

local total, text = 0, 0
for round = 1, 3000 do
  for i = 1, #objects do
    local o = objects[i]
    o:grow(1)
    total = total + o.scale
    local sides = o.sides
    if sides then total = total + o:corners() end
    if sides == 4 then total = total + o:area() % 7 end
  end
end
for i = 1, #objects do text = text + #objects[i]:describe() end
print(total, text)
