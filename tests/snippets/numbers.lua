-- Integers and floats: arithmetic, conversions, comparisons.
--## integer arithmetic wraps around
show(math.maxinteger + 1 == math.mininteger, math.mininteger - 1 == math.maxinteger, math.maxinteger * 2, math.mininteger * -1)
show(-math.mininteger, math.maxinteger + 1.0, math.maxinteger * math.maxinteger, 1 << 63, 3037000500 * 3037000500)
--## integer division rounds down
for _, p in ipairs {{7, 2}, {-7, 2}, {7, -2}, {-7, -2}, {6, 3}, {-6, 3}, {0, 5}, {1, 5}, {-1, 5}} do
  show(p[1] // p[2], p[1] % p[2], p[1] / p[2])
end
show(math.mininteger // -1, math.mininteger % -1, math.maxinteger // -1)
try(function () return 1 // 0 end)
try(function () return 1 % 0 end)
try(function (a, b) return a // b end, 1, 0)
try(function (a, b) return a % b end, 1, 0)
try(function (a) return a // 0 end, 1)
try(function (a) return a % 0 end, 1)
--## float division and modulo
for _, p in ipairs {{7.5, 2}, {-7.5, 2}, {7.5, -2}, {-7.5, -2}, {1, 0.0}, {-1, 0.0}, {5.0, 1/0}, {-5.0, 1/0}, {5.0, -1/0}, {-5.0, -1/0}, {0.0, 3}, {-0.0, 3}} do
  show(p[1] // p[2], p[1] % p[2], p[1] / p[2])
end
print(0/0 ~= 0/0, 0.0 // 0 ~= 0.0 // 0, 1 % 0.0 ~= 1 % 0.0)
print(tostring(0/0):gsub("-", ""))
--## power is always a float
show(2 ^ 2, 2 ^ 0.5, 2 ^ -1, (-2) ^ 2, -2 ^ 2, 2 ^ 3 ^ 2, 0 ^ 0, 10 ^ 308, 10 ^ 309, (-8) ^ (1/3) ~= (-8) ^ (1/3))
--## precedence of unary operators
show(-2 ^ 2, not nil == true, -3 .. "", - -3, not not 1, ~5 & 3, -"2" + 0, 2 ^ -2, #"abc" + 1, -#"abc")
--## operator precedence and associativity
show(1 + 2 * 3 - 4 / 2, 2 * 3 % 4, 7 // 2 * 2, 1 .. 2 .. 3, 1 << 2 + 1, 5 & 3 | 8 ~ 1, 1 < 2 == true, "a" .. "b" == "ab", 1 or error(), nil and error())
show(2 ^ 2 * 3, -2 * -2, 1 - 2 - 3, 2 ^ 2 ^ 3, 5 > 3 and 1 or 2, false == false ~= true)
--## mixed arithmetic gives floats
show(1 + 1.0, 1 * 1.0, 2 - 1.0, 4 / 2, 4 // 2.0, 4 % 3.0, 1e15 + 1, 2^53 + 1, (2^53|0) + 1)
--## comparisons between integers and floats are exact
local big = 2^53
show(big == big + 1, (2^53|0) == 2^53, (2^53|0) + 1 == 2^53, (2^53|0) + 1 > 2^53, math.maxinteger < 2^63, math.maxinteger + 0.0 == 2^63)
show(math.maxinteger <= 2^63, math.maxinteger >= 2^63, math.mininteger <= -2^63, math.mininteger < -2^63, math.mininteger == -2^63)
show(1 < 1.5, 2 > 1.5, 1 <= 1.0, 1 >= 1.0, -1 < -0.5, math.maxinteger < 1/0, math.mininteger > -1/0)
local nan = 0/0
show(1 < nan, 1 > nan, 1 <= nan, nan >= 1, nan == nan, nan ~= nan, math.maxinteger < nan, nan < math.mininteger)
for _, i in ipairs {math.maxinteger, math.maxinteger - 1, math.mininteger, 0, 1} do
  for _, f in ipairs {2^63, -2^63, 2^62, 0.5, -0.5, 2^53} do io.write(tostring(i < f), " ", tostring(i <= f), " ", tostring(f < i), " ", tostring(f <= i), " ", tostring(i == f), "; ") end
  print()
end
--## strings become numbers in arithmetic
show("10" + 5, "10" * "2", "3" ^ 2, "7" // 2, "7" % 4, "0x10" + 0, " 5 " + 1, "1e1" + 0, -"3", -"3.0", "10" / 2)
show("10" + 1, "10.0" + 1, "0x7fffffffffffffff" + 0, "0xffffffffffffffff" + 0, "9223372036854775808" + 0)
try(function () return "a" + 1 end)
try(function () return 1 + "a" end)
try(function () return {} + 1 end)
try(function () return "" + 1 end)
try(function () return -"x" end)
try(function () return "1" + {} end)
try(function () return "abc" * "def" end)
--## numbers become strings in concatenation
show(1 .. "", 1.0 .. "", -0.0 .. "", 2^63 .. "", 1e100 .. "|", 10 .. 20, 0x10 .. "", 1e15 .. "", 0.1 .. "")
--## floats as table keys become integers where exact
local t = {}
t[1.0] = "a" t[2] = "b" t[2^53] = "c" t[1.5] = "d" t[-0.0] = "e"
show(t[1], t[2.0], t[2^53|0], t[1.5], t[0], next({[3.0] = 1}))
show(math.type(next({[3.0] = 1})))
try(function () t[0/0] = 1 end)
try(function () t[nil] = 1 end)
show(t[0/0], t[nil])
--## float to integer conversions that fail
try(function () return 1.5 | 0 end)
try(function () return 2^63 | 0 end)
try(function () return 1/0 | 0 end)
try(function () return 0/0 | 0 end)
try(function () return "1.5" | 0 end)
try(function () return "x" | 0 end)
try(function () return 1 | {} end)
try(function () local a = 1.5 return a & 1 end)
try(function () local a = {} return a.b & 1 end)
show("3" | 0, "3.0" | 0, 3.0 | 0, "0x10" & 255, -2^63 | 0)
--## literals of numbers
show(3, 3., .3, 3e2, 3E-2, 0x1F, 0XfF, 0x.1, 0x1p-2, 0xA.8P2, 0xffffffffffffffff, 0x7fffffffffffffff, 0x10000000000000000)
show(9223372036854775807, 9223372036854775808, 1e308, 1e309, 5e-324, 1e-400, 0x1p1023, 0x1p-1074, 123456789012345678901234567890)
show(0x0.1E, 0xA23p-4, 0X1.921FB54442D18P+1, 0e12, 0x0p3, 1e+0)
--## numerals that are refused
for _, text in ipairs {"0x", "1e", "1e+", "0xp1", "1..2", "1.2.3", "0x1.2.3", "12abc", "3x", "0b11", "1_0", "0xep", "1e5.5", "0x1p", "1.e", "08a", "0xg"} do
  run("return " .. text)
end
--## math.tointeger and math.type
for _, v in ipairs {1, 1.0, 1.5, "1", "x", 2^63, -2^63, 1/0, "0x10", "3.0"} do show(v, math.tointeger(v), math.type(v)) end
try(math.tointeger)
try(math.type)
show(math.tointeger({}), math.type({}), math.type(nil), math.tointeger(nil))
--## for loops with integers at the limits
for i = math.maxinteger - 2, math.maxinteger do show(i) end
for i = math.mininteger + 2, math.mininteger, -1 do show(i) end
for i = math.maxinteger - 3, math.maxinteger, 2 do show(i) end
for i = 1, math.huge do if i > 2 then break end show(i) end
for i = 1, -math.huge, -1 do if i < -1 then break end show(i) end
for i = 3, 1 do show("never") end
for i = 1, 0.5 do show("never") end
for i = 1, 3.9 do show(i) end
for i = -1, -3.9, -1 do show(i) end
for i = 1, 2^70 do if i > 2 then break end show(i) end
for i = math.mininteger, math.maxinteger, math.maxinteger do show(i) end
--## for loops with floats
for x = 1.0, 2, 0.25 do show(x) end
for x = 1, 2, 0.5 do show(x) end
for x = 1, 0, -0.5 do show(x) end
for x = 1.0, 3 do show(x) end
for x = 0.1, 0.35, 0.1 do show(x) end
for x = 1, 0/0 do show("never") end
for x = 0/0, 1 do show("never") end
--## for loops with bad limits
try(function () for i = 1, 10, 0 do end end)
try(function () for i = 1.0, 10, 0 do end end)
try(function () for i = "1", 10 do end end)
try(function () for i = 1, "10" do end end)
try(function () for i = 1, 10, "1" do end end)
try(function () for i = {}, 10 do end end)
try(function () for i = 1, nil do end end)
try(function () for i = 1, 10, print do end end)
--## the loop variable is a copy
for i = 1, 3 do local j = i i = i * 10 show(j, i) end
--## equality across types
show(1 == "1", 0 == false, nil == false, "a" == "a", 1 == 1.0, -0.0 == 0.0, {} == {}, print == print, "1" == 1.0)
--## order across types is refused
try(function () return 1 < "2" end)
try(function () return "1" < 2 end)
try(function () return {} < {} end)
try(function () return nil < 1 end)
try(function () return {} < 1 end)
try(function () return print <= print end)
try(function () return true > false end)
try(function () return 1 >= {} end)
try(function () local a, b = {}, "x" return a < b end)
--## string order
show("a" < "b", "a" < "aa", "" < "a", "Z" < "a", "a\0b" < "a\0c", "a\0" > "a", "10" < "9", "a" <= "a", "b" >= "a\255")
--## unary minus on integers, floats and strings
show(-0, -0.0, -(0), -math.mininteger, -"0x10", - -2, -"1e1", -" 7 ")
try(function () return -{} end)
try(function () return -nil end)
try(function () local x = true return -x end)
--## long sums keep their kind
local s, f = 0, 0
for i = 1, 1000 do s = s + i f = f + i / 2 end
show(s, f, s // 1, f // 1, s % 7, f % 7)
--## constant folding gives what run time gives
local one, zero, big = 1, 0, math.maxinteger
show(1 + 2 == one + 2, 7 // 2 == (7 * one) // 2, 2^10 == (2 * one)^10, 5 % -3 == (5 * one) % -3, 1 << 62 == one << 62, ~0 == ~zero, 3 | 4 == 3 * one | 4)
try(function () return 1 // 0 end)
show(1 / 0, -1 / 0, 0x7fffffffffffffff + 1 == big + 1, -(-9223372036854775807 - 1))
show(0.0, -0.0, 1/0.0, 1/-0.0, 1/(0.0 * -1))
--## floor division and modulo by constants
for _, n in ipairs { 0, 1, 2, 3, 7, 8, -1, -2, -3, -7, -8, -9, 4096, math.maxinteger, math.mininteger, math.mininteger + 1, 2.5, -2.5, -0.0, "9" } do
  show(n // 1, n // 2, n // 4, n // 3, n // -1, n // -2, n // 4096, n // 0x4000000000000000, n // 0x8000000000000000, n // 2.0)
  show(n % 1, n % 2, n % 4, n % 3, n % -1, n % -2, n % 4096, n % 0x4000000000000000, n % 0x8000000000000000, n % 2.0)
end
--## operands of both kinds
for _, n in ipairs { 1, -1, 1 << 53, (1 << 53) + 1, math.maxinteger, math.mininteger, 0.5, "1" } do
  local x = 0.5
  show(n + x, x + n, n - x, x - n, n * x, x * n, n / x, x / n, n // x, x % n, n ^ 2, n + 1, n - 1, n * 2, n + 0.5, n * 0.5, n / 3, n < x, x <= n, n == x, n > 3, n <= -1, n == 1)
end
