-- Calls with arguments chosen at random: the sequence of a seed is the same on both libraries.
--## patterns put together at random
math.randomseed(20240613)
local R = math.random
local tokens = {"a", "b", "c", ".", "%a", "%d", "%w", "%s", "%S", "%u", "%A", "%p", "[ab]", "[^ab]", "[a-c]", "[%d_]", "[^%s]", "[b-]", "[]a]", "[^]]", "(", ")", "(", ")", "()", "%b()", "%bab", "%f[a]", "%f[%w]", "%f[^%w]", "%1", "%2", "*", "+", "-", "?", "*", "+", "-", "$", "^", "%", "[", "%.", "%%", "1", "_", "=", "[%a][%d]", "[c-a]", "[%a-z]", "[%S%d]", "\0", "[\0-\5]", "%z"}
local letters = {"a", "b", "c", "1", "2", " ", "_", "(", ")", "=", ".", "A", "%", "]", "-", "a", "b", "\0"}
local function text(t, n) local s = {} for i = 1, n do s[i] = t[R(#t)] end return table.concat(s) end
for i = 1, 2500 do
  local p, s = (R(6) == 1 and "^" or "") .. text(tokens, R(9)), text(letters, R(0, 16))
  show(i, s, p)
  try(string.find, s, p)
  try(string.match, s, p, R(-3, 6))
  try(string.gsub, s, p, "<%1>", R(0, 4))
  try(string.gsub, s, p, function (...) if R(4) > 1 then return "{" .. select("#", ...) .. tostring((...)) .. "}" end end)
  try(function ()
    local found = {}
    for a, b in string.gmatch(s, p, R(3)) do found[#found + 1] = tostring(a) .. "/" .. tostring(b) end
    return table.concat(found, ";")
  end)
end
--## formats put together at random
math.randomseed(77)
local R = math.random
local numbers = {0, 1, -1, 2, 10, 255, -256, 65, 1.0, 2.5, -0.0, 1e15, 1e16, 1e100, -1e-10, 0.1, 1 / 3, math.pi, math.huge, -math.huge, 0 / 0, math.maxinteger, math.mininteger, 2 ^ 53, 2 ^ 63, 123456789, 0.5, 1e14, 5e-324, 1.7976931348623157e308, 999999.5, 99.995}
local texts = {"", "abc", "10", "0x1p4", "a\0b", ("x"):rep(120), "\n\r\\\"\200", "\0001"}
for i = 1, 4000 do
  local flags = ""
  for _ = 1, R(0, 3) do local n = R(6) flags = flags .. ("-+ #0"):sub(n, n) end
  local spec = "%" .. flags .. (R(2) == 1 and R(0, 40) or "") .. (R(2) == 1 and "." .. (R(4) > 1 and R(0, 30) or "") or "")
  local letter = ("diuoxXcseEfgGaAq"):sub(R(16)):sub(1, 1)
  local value = R(5) == 1 and texts[R(#texts)] or R(4) == 1 and (R() - 0.5) * 10 ^ R(-20, 20) or numbers[R(#numbers)]
  if letter == "s" and R(2) == 1 then value = texts[R(#texts)] end
  show(spec .. letter, value)
  try(string.format, "<" .. spec .. letter .. ">", value)
end
for i = 1, 1000 do
  local x = (R() - 0.5) * 10 ^ R(-300, 300)
  print(x, x // 1, R(0), R(0) / R(), string.format("%.14g %.17g %.3f", x, x, R() * 10 ^ R(-5, 15)))
end
--## layouts put together at random
math.randomseed(4)
local R = math.random
local options = {"b", "B", "h", "H", "i", "I", "l", "j", "J", "T", "f", "d", "n", "s", "s1", "s2", "z", "x", "X", "Xi4", "i3", "i7", "I5", "i16", "I16", "i17", "i0", "c5", "c0", "c", "<", ">", "=", "!", "!4", "!2", "!16", "!3", " ", "r"}
local values = {0, 1, -1, 127, 128, -129, 255, 65535, 2 ^ 31, -2 ^ 63, math.maxinteger, 0.5, 1e300, "", "abc", "hello", "a\0b", "12"}
for i = 1, 2500 do
  local format = {}
  for j = 1, R(5) do format[j] = options[R(#options)] end
  format = table.concat(format)
  local list = {}
  for j = 1, 5 do list[j] = values[R(#values)] end
  show(format, table.unpack(list))
  try(string.packsize, format)
  try(string.pack, format, table.unpack(list))
  local ok, packed = pcall(string.pack, format, table.unpack(list))
  try(string.unpack, format, ok and packed or ("\1\2\3\255\0\5"):rep(6), R(4) == 1 and R(-3, 9) or 1)
end
--## sorting with every kind of order
math.randomseed(9)
local R = math.random
for i = 1, 1500 do
  local n, kind, t, calls = R(0, R(3) == 1 and 250 or 20), R(5), {}, 0
  for j = 1, n do
    local k = R(20)
    if kind == 1 then t[j] = R(-1000, 1000)
    elseif kind == 2 then t[j] = R(0, 20) / 2 * (R(2) * 2 - 3)
    elseif kind == 3 then t[j] = k == 1 and 0 / 0 or k == 2 and -0.0 or k == 3 and 0.0 or R()
    elseif kind == 4 then t[j] = ("x"):rep(R(0, 3)) .. R(30) .. (R(9) == 1 and "\0a" or "")
    else t[j] = R(2) == 1 and R(9) or R(9) + 0.0 end
  end
  local orders = {false, false, false, function (a, b) return a < b end, function (a, b) return a > b end, function (a, b) return a <= b end, function () return R(2) == 1 end,
    function () return true end, function (a, b) calls = calls + 1 if calls == 50 then error("stop") end return a < b end}
  local target = R(6) == 1 and setmetatable({}, {__index = t, __newindex = t, __len = function () return n end}) or t
  try(table.sort, target, orders[R(#orders)] or nil)
  local all = {}
  for j = 1, n do all[j] = repr(t[j]) end
  print(kind, calls, table.concat(all, " "))
end
--## table functions with any positions
math.randomseed(31)
local R = math.random
local function contents(t) local all = {} for j = -8, 25 do local v = rawget(t, j) if v ~= nil then all[#all + 1] = j .. "=" .. repr(v) end end return table.concat(all, " ") end
local places = {0, 1, 2, 3, 5, 8, -1, -5, 9, 12, 2.0, 2.5, "3", math.maxinteger, math.mininteger, math.maxinteger - 2}
local function place() return places[R(#places)] end
for i = 1, 3000 do
  local t, u = {}, {}
  for j = 1, R(0, 9) do t[j] = R(4) == 1 and "s" .. j or j * 10 end
  local f = ({"insert", "remove", "concat", "unpack", "move"})[R(5)]
  local a, b, c = place(), place(), place()
  local near = math.type(a) ~= nil and math.type(b) ~= nil and b - a < 50
  if f == "insert" then if R(3) == 1 then try(table.insert, t, a) else try(table.insert, t, a, "new") end
  elseif f == "remove" then if math.type(a) == nil or a >= -5 and a < 100 then try(table.remove, t, a) end
  elseif f == "concat" then if near then try(table.concat, t, ",", a, b) else try(table.concat, t, a) end
  elseif f == "unpack" then if near then try(table.unpack, t, a, b) else try(table.unpack, t, b) end
  elseif near then
    if R(2) == 1 then try(function () table.move(t, a, b, c) end) else try(function () table.move(t, a, b, c, u) end) end
  end
  print(f, repr(a), repr(b), repr(c), contents(t), contents(u))
end
--## codes and bytes at random
math.randomseed(12)
local R = math.random
for i = 1, 3000 do
  local parts = {}
  for j = 1, R(0, 5) do
    local k = R(7)
    parts[j] = k == 1 and string.char(R(0, 255)) or k == 2 and utf8.char(R(0, 0x7FFFFFFF)) or k == 3 and utf8.char(R(0xD7F0, 0xE010)) or k == 4 and "\xF4\x90\x80\x80" or utf8.char(R(0, 0x11FF))
  end
  local s = table.concat(parts)
  local a, b, lax = R(-4, 9), R(-4, 9), R(2) == 1
  show(s, a, b, lax)
  try(utf8.len, s, a, b, lax)
  try(utf8.codepoint, s, a, b, lax)
  try(utf8.offset, s, R(-4, 5), R(2) == 1 and a or nil)
  try(function () local all = {} for p, c in utf8.codes(s, lax) do all[#all + 1] = p .. ":" .. c end return table.concat(all, " ") end)
  try(string.byte, s, a, b)
  try(string.sub, s, a, b)
end
