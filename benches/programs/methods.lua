-- Objects: methods through a two-level __index chain, fields, operators.
local Shape = {} Shape.__index = Shape
function Shape.new(class, w, h) return setmetatable({ w = w, h = h, moved = 0 }, class) end
function Shape:area() return self.w * self.h end
function Shape:move(d) self.moved = self.moved + d return self end
local Square = setmetatable({}, { __index = Shape }) Square.__index = Square
Square.__add = function(a, b) return a.w + b.w end
function Square:area() return self.w * self.w end
local shapes = {}
for i = 1, 100 do shapes[i] = i % 2 == 0 and Shape.new(Shape, i, 2) or Shape.new(Square, i, i) end
local sum = 0
for round = 1, 90000 do
  for i = 1, 100, 3 do
    local s = shapes[i]
    sum = sum + s:area() + s:move(1).moved
  end
  sum = sum + (shapes[1] + shapes[3])
end
print(sum)
