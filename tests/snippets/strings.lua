-- The string library without patterns, formats and packing.
--## len, upper, lower, reverse
show(("abc"):len(), (""):len(), ("a\0b"):len(), ("aBc1é"):upper(), ("aBC1"):lower(), ("abc\0d"):reverse(), (""):reverse(), string.len(12), string.upper(1.5))
--## sub with all kinds of positions
local s = "abcdef"
for _, p in ipairs {{1, 3}, {2}, {-3}, {-3, -2}, {0}, {0, 0}, {1, 0}, {4, 2}, {7}, {6, 10}, {-10, 2}, {-10, -8}, {3, -3}, {math.mininteger, math.maxinteger}, {math.maxinteger}, {1, math.mininteger}, {2.0, 4.0}, {"2", "3"}} do
  show(p[1], p[2], s:sub(p[1], p[2]))
end
try(s.sub, s) try(s.sub) try(s.sub, s, 1.5) try(s.sub, s, "x") try(s.sub, s, 1, {}) try(s.sub, {}, 1) try(s.sub, s, nil) try(s.sub, s, 2^63)
--## byte with ranges
show(("abc"):byte(), ("abc"):byte(2), ("abc"):byte(-1), ("abc"):byte(1, -1), ("abc"):byte(10), ("abc"):byte(0), ("\0\255"):byte(1, 2))
show(select("#", ("abc"):byte(2, 1)), select("#", (""):byte()), ("abc"):byte(-2, 10), (12):rep(1) == nil)
--## byte and char of the whole range
local t = {}
for i = 0, 255 do t[#t + 1] = i end
local all = string.char(table.unpack(t))
show(#all, all:byte(1), all:byte(256), select("#", all:byte(1, -1)), all == all:reverse():reverse())
show(string.char(), string.char(72, 105), string.char("65"), string.char(66.0))
try(string.char, 256) try(string.char, -1) try(string.char, 65, {}) try(string.char, 1.5) try(string.char, "x") try(string.char, 65, 66, 300)
--## byte with too many results
try(string.byte, ("x"):rep(10000000), 1, -1)
--## rep with and without separators
show(("ab"):rep(3), ("ab"):rep(3, "-"), ("ab"):rep(1, "-"), ("ab"):rep(0, "-"), ("ab"):rep(-1), (""):rep(100), (""):rep(3, ","), ("x"):rep(2.0), ("x"):rep("3"))
show(#("x"):rep(100000), #("ab"):rep(1000, "sep"), ("a"):rep(2, ""))
try(string.rep) try(string.rep, "x") try(string.rep, "x", 1.5) try(string.rep, "x", 2, {}) try(string.rep, "x", nil) try(string.rep, nil, 1)
--## strings are values with the same bytes
show("a" .. "b" == "ab", ("x"):rep(50) == ("x"):rep(50), ("x"):rep(50) == ("x"):rep(49) .. "x", "a\0" == "a", #"\u{10FFFF}")
local t = {}
t[("k"):rep(60)] = "long key"
show(t[("k"):rep(30) .. ("k"):rep(30)], t[("k"):rep(59)])
--## strings and numbers make strings of every length
local sum = 0
for n = 0, 90 do
  local x, y = ("x"):rep(n), ("y"):rep(90 - n)
  for _, v in ipairs { 0, -1, 7, 42.5, -0.0, 1e100, 1 / 3, math.mininteger, math.huge, 123456789012 } do
    local a, b, c, d = x .. v, v .. x, v .. x .. v, x .. v .. y .. v .. v
    assert(#a == n + #tostring(v) and #a == #b and #c == #b + #tostring(v) and #d == 90 + 3 * #tostring(v))
    assert(a == x .. tostring(v) and d:sub(n + 1, n + #tostring(v)) == tostring(v) and c:sub(-#b) == x .. tostring(v))
    local t = { [a] = 1, [c] = 2, [d] = 3 }
    sum = sum + t[x .. tostring(v)] + t[tostring(v) .. a] + #a
    if n % 13 == 0 then show(a, c) end
  end
end
show(sum)
local i, f = 1000000, 0.1
local many = i .. f .. i .. f .. i .. f .. i .. f .. i .. f .. i .. f .. i .. f .. i .. f .. i .. f .. i .. f .. i .. f .. i .. f .. i .. f
  .. -i .. i // 3 .. f * 3 .. f / 3 .. f / 7 .. f / 11 .. f / 13 .. f / 17 .. f / 19 .. f / 23 .. "end" .. i
show(many, #many)
local two <const> = "a" .. 1 .. "b"
show(two, "a" .. "b" == "ab", 1 .. "" == "1", 1 .. 2 == "12", "" .. "" == "", -1 .. "" == "-1")
--## concat of numbers and strings with zeros
show("a\0b" .. "\0c", 1 .. 2, 1.5 .. "|", -1 .. "", 2^31 .. "", 1e300 * 1e10 .. "", ("x"):rep(3) .. 4)
local s = ""
for i = 1, 200 do s = s .. i .. "," end
show(#s, s:sub(-12))
local a, b, c, d, e, f = "a", 1, "c", 2.5, "", "f"
show(a .. b .. c .. d .. e .. f, a .. e, e .. a, e .. e, b .. e, e .. d)
--## escapes in string literals
show("\a\b\f\n\r\t\v\\\"\'", '\'"', "\65\066\x41\x7a\z
      next", "\
newline", "\u{41}\u{7FF}\u{FFFF}\u{10FFFF}\u{7FFFFFFF}", "\0\00\000", "a\z b", "\z", "\1234", "\x00\xff")
--## long strings drop the first newline
show([[
first]], [==[
]]]==], [[a
b]], [[]], [[

two]], #[[
]])
show(load("return [[\r\nx\ry\n\rz\r\n]]")())
show(load("return [[\n\rx]]")())
--## long brackets of several levels
show([=[a]]b]=], [==[a]=]b]==], [[a]=]b]], [=[]]]=], [===[ ]==] ]===])
--## comments of every kind
local a = 1 -- short
--[[ long ]] local b = 2 --[==[
 over lines ]] ]==] local c = 3
--[ not long
---[[ also short
local d = 4 --
show(a, b, c, d) --]] end
--## names and keywords
local _, a1, _a, A = 1, 2, 3, 4
local And, END, goto_, nil_ = 5, 6, 7, 8
show(_, a1, _a, A, And, END, goto_, nil_)
run("local é = 1")
run("local and = 1")
run("local t = {end = 1}")
run("local t = {} t.end = 1")
run("return ({['end'] = 1})['end']")
--## comparison of long strings and strings with zeros
local a, b = ("x"):rep(100) .. "\0a", ("x"):rep(100) .. "\0b"
show(a < b, b < a, a == b, a <= a, "\0" < "\1", "" < "\0", "a\0z" < "ab", "ab" > "a\0z")
--## string coercions at function arguments
show(("x"):rep("3"), ("abc"):sub("2"), string.len(123), ("a"):byte("1"), math.floor("3.7"), table.concat({1, 2.5, "x"}, 0))
--## tostring and tonumber round trips for floats
for _, f in ipairs {0.1, 1e21, 123456.789, 1/3, 2^-1074, 1.7976931348623157e308, 5e-5, 1e-4, 12345678901234567890, 3.0, 1e14, 1e15, 1e16, 99999999999999.9} do
  print(f, string.format("%.17g", f), tonumber(string.format("%.17g", f)) == f)
end
--## each function with missing and wrong arguments
for _, name in ipairs {"len", "upper", "lower", "reverse", "byte", "sub", "rep", "char", "find", "match", "gmatch", "gsub", "format", "dump", "pack", "unpack", "packsize"} do
  try(string[name]) try(string[name], {}) try(string[name], nil) try(string[name], true) try(string[name], print)
end
--## methods called with a dot
try(function () return ("x").rep() end)
try(function () return ("x").upper("y", "z") end)
try(function () return ("x"):upper("y", "z") end)
