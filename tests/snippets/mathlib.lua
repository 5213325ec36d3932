-- The math library.
--## floor, ceil, fmod, modf, abs
for _, v in ipairs {0, 1, -1, 1.5, -1.5, 2^53, 2^63, -2^63, 1e308, 1/0, -1/0, -0.0, math.maxinteger, math.mininteger, "3.7", " 0x10 "} do
  show(v, math.floor(v), math.ceil(v), math.abs(v))
  show(math.modf(v))
end
for _, p in ipairs {{7, 3}, {-7, 3}, {7, -3}, {-7, -3}, {7.5, 2}, {-7.5, 2}, {7, 1/0}, {math.mininteger, -1}, {5, 2.0}, {0, 5}, {-6, 2}} do show(math.fmod(p[1], p[2])) end
try(math.fmod, 1, 0) show(math.fmod(1, 0.0) ~= math.fmod(1, 0.0)) try(math.fmod, 1) try(math.fmod) try(math.floor) try(math.floor, {}) try(math.ceil, "x") try(math.abs, nil) try(math.modf)
show(math.modf(0/0) ~= math.modf(0/0))
--## max and min
show(math.max(1, 2.5, -1), math.min(1, 2.5, -1), math.max(5), math.min(5.5), math.max(1, 1.0), math.max(1.0, 1), math.min(0.0, -0.0), math.max(math.maxinteger, 2^63), math.max("10", 9))
try(math.max) try(math.min) try(math.max, 1, {}) try(math.min, "x") show(math.max(0/0, 1) ~= math.max(0/0, 1), math.max(1, 0/0))
--## roots, powers, logarithms
show(math.sqrt(16), math.sqrt(2), math.exp(0), math.exp(1), math.log(1), math.log(8, 2), math.log(1000, 10), math.log(27, 3), math.log(0), math.log(2.718281828459045), math.log(1024, 2), math.log(100, 10.0), math.log(5, 0.5))
show(math.sqrt(-1) ~= math.sqrt(-1), math.log(-1) ~= math.log(-1), math.exp(1000), math.exp(-1000), math.pow and math.pow(2, 10))
try(math.sqrt) try(math.log) try(math.log, 2, "x") try(math.exp, {})
--## trigonometry
for _, v in ipairs {0, 1, -1, 0.5, math.pi, math.pi / 2} do show(math.sin(v), math.cos(v), math.tan(v), math.atan(v)) end
show(math.asin(1), math.acos(1), math.asin(0.5), math.acos(0), math.atan(1, 1), math.atan(-1, -1), math.atan(0, -1), math.atan(1, 0), math.atan(0.0, -0.0), math.deg(math.pi), math.rad(180), math.asin(2) ~= math.asin(2))
try(math.sin) try(math.deg, "x")
--## integer tests and conversions
show(math.ult(1, 2), math.ult(-1, 2), math.ult(2, -1), math.ult(0, 0), math.tointeger(3.0), math.tointeger(3.5), math.tointeger("8"), math.type(1), math.type(1.0), math.type("1"))
try(math.ult) try(math.ult, 1) try(math.ult, 1.5, 2) try(math.ult, "x", 2)
--## constants
show(math.pi, math.huge, math.maxinteger, math.mininteger, -math.huge)
--## a seeded generator gives the known sequence
math.randomseed(42)
show(math.random(0), math.random(0), math.random(0), math.random(), math.random(), math.random(100), math.random(-5, 5), math.random(1, 1))
math.randomseed(42, 7)
show(math.random(0), math.random(), math.random(6), math.random(math.mininteger, math.maxinteger), math.random(0, math.maxinteger))
math.randomseed(1.0)
show(math.random(0), math.random(1000))
math.randomseed(1.5)
show(math.random(1000000))
math.randomseed("7")
show(math.random(1000000))
show(math.randomseed(123, 456)) show(math.randomseed(5)) show(select("#", math.randomseed()))
--## random in many ranges
math.randomseed(2024)
for _, r in ipairs {{1, 2}, {1, 3}, {1, 10}, {1, 1000}, {0, 255}, {-10, -1}, {1, 2^40|0}, {math.mininteger, -1}, {5, 5}} do
  local t = {}
  for i = 1, 8 do t[i] = math.random(r[1], r[2]) end
  print(table.concat(t, " "))
end
local s = 0
for i = 1, 1000 do s = s + math.random(6) end
show(s)
for i = 1, 5 do print(string.format("%.17g", math.random())) end
--## random with bad arguments
try(math.random, 0.5) try(math.random, 2, 1) try(math.random, -1) try(math.random, 1, 2, 3) try(math.random, "x") try(math.random, 1, "y") try(math.random, {}) try(math.random, math.maxinteger + 0.0) try(math.randomseed, "x") try(math.randomseed, {}) try(math.randomseed, 1, "y")
show(math.random("3") <= 3, math.random(2.0) <= 2)
--## functions of older versions kept for compatibility
for _, n in ipairs {"cosh", "sinh", "tanh", "pow", "frexp", "ldexp", "log10"} do show(n, type(math[n])) end
if math.pow then show(math.pow(2, 0.5), math.cosh(1), math.sinh(1), math.tanh(1), math.ldexp(0.5, 4), math.log10(1000)) show(math.frexp(8)) show(math.frexp(0)) try(math.ldexp, 1) try(math.pow, 1) try(math.frexp) end
--## every function with missing and wrong arguments
local names = {}
for k, v in pairs(math) do if type(v) == "function" and k ~= "random" and k ~= "randomseed" and k ~= "atan" and k ~= "atan2" then names[#names + 1] = k end end
table.sort(names)
for _, n in ipairs(names) do io.write(n, " ") try(math[n]) io.write(n, " ") try(math[n], {}) io.write(n, " ") try(math[n], "x") io.write(n, " ") try(math[n], "5") end
