-- Bit operators.
--## and, or, exclusive or, not
show(0xF0 & 0x3C, 0xF0 | 0x0F, 0xFF ~ 0x0F, ~0, ~0xFF, -1 & 0xFF, 5 & -2, ~-1)
--## shifts, also by negative and large amounts
for _, n in ipairs {0, 1, 4, 31, 32, 63, 64, 65, -1, -4, -63, -64, math.maxinteger, math.mininteger} do
  show(n, 1 << n, -1 >> n, 0xFF << n, 0xFF >> n)
end
--## shifts with constant operands
local x = 0x1234
show(x << 4, x >> 4, x << -4, x >> -4, 1 << 3, 256 >> x // 0x1000, 2 << x % 7, x >> 63, x << 63)
--## bit operators convert strings and exact floats
show("3" & 1, 1 & "3", "0xF" | "0x10", 3.0 ~ 1, ~"5", "1" << "2", 2^40 | 1, ~0.0)
--## bit operators name what they refuse
try(function () local a = {} return a & 1 end)
try(function () local a = "x" return a & 1 end)
try(function () local a = 1.5 return a & 1 end)
try(function () local a = 2^64 return ~a end)
try(function () return 1 << {} end)
try(function () return nil | 1 end)
try(function () return unknown ~ 1 end)
try(function () local t = {} return t.x & 1 end)
try(function () local t = {x = 1.5} return 1 | t.x end)
try(function () return "a" & "b" end)
try(function () return "1.5" | 1 end)
try(function () return 1 & 1.5 end)
--## metamethods of bit operators get both operands
local mt = {}
for _, name in ipairs {"band", "bor", "bxor", "shl", "shr", "bnot"} do
  mt["__" .. name] = function (a, b) return name .. ":" .. type(a) .. ":" .. type(b) end
end
local o = setmetatable({}, mt)
show(o & 1, 1 & o, o | "x", o ~ 2, o << 3, 3 >> o, ~o, 1.5 & o, "abc" | o, o & o)
--## metamethods of bit operators with constants and both orders
local mt = {__shl = function (a, b) return type(a) == "table" and "left" or "right" end}
mt.__shr = mt.__shl
mt.__band = mt.__shl
mt.__bxor = mt.__shl
mt.__bor = mt.__shl
local o = setmetatable({}, mt)
show(o << 1, 1 << o, o >> 1, 1 >> o, o & 7, 7 & o, o ~ 7, 7 ~ o, o | 7, 7 | o)
