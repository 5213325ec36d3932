-- Big and deep things.
--## long strings
local s = ("x"):rep(10000000) show(#s, s:sub(-1), #(s .. s), s == ("x"):rep(10000000), (s:find("y")), #s:upper(), s:byte(-1), #s:reverse())
--## big tables
local t = {} for i = 1, 1000000 do t[i] = i end show(#t, t[1000000], select("#", table.unpack(t, 1, 100000))) for i = 1000000, 500001, -1 do t[i] = nil end show(#t) local h = {} for i = 1, 100000 do h[i * 1000003] = i end local n = 0 for _ in pairs(h) do n = n + 1 end show(n)
--## deep data and recursion
local t = {} local c = t for i = 1, 100000 do c.n = {} c = c.n end local n = 0 c = t while c.n do n = n + 1 c = c.n end show(n) local function depth(t) if not t.n then return 0 end return 1 + depth(t.n) end show(depth(t))
--## many closures and coroutines
local f = {} for i = 1, 50000 do f[i] = function () return i end end show(f[1](), f[50000]()) local c = {} for i = 1, 3000 do c[i] = coroutine.wrap(function () coroutine.yield(i) return -i end) end local s = 0 for i = 1, 3000 do s = s + c[i]() end for i = 1, 3000 do s = s + c[i]() end show(s)
--## unpack near the stack's limit
show(select("#", table.unpack({}, 1, 200000))) show(pcall(table.unpack, {}, 1, 1000000)) show(pcall(table.unpack, {}, 1, 1000001)) show(pcall(string.char, table.unpack({}, 1, 10)))
--## concat of many values
local parts = {} for i = 1, 100 do parts[i] = "v" .. i end local f = load("local " .. table.concat(parts, ",") .. " = ... return " .. table.concat(parts, " .. ")) show(f(table.unpack(setmetatable({}, {__index = function (_, i) return i end}), 1, 100)))
--## long chains of operators
show(load("return " .. ("1 + "):rep(10000) .. "1")(), #load("return " .. ("'a' .. "):rep(150) .. "'b'")(), load("return " .. ("not "):rep(101) .. "nil")(), load("return " .. ("1 < 2 and "):rep(1000) .. "'end'")(), load("return " .. ("nil or "):rep(1000) .. "'end'")())
show(load("local x = 0 " .. ("x = x + 1 "):rep(20000) .. "return x")())
--## a function with more than 65536 jumps and constants
local p = {"local n = ... local c = 0"} for i = 1, 20000 do p[#p + 1] = ("if n == %d.5 then c = c + %d.25 end"):format(i, i) end p[#p + 1] = "return c" local f = load(table.concat(p, "\n")) show(f(1.5), f(20000.5), f(0))
--## a loop that is too long to jump over
local body = ("a = b\n"):rep(40000) local f, m = load("for i = 1, 2 do\n" .. body .. body .. "end", "=loop") show(f ~= nil, m) f, m = load("while x do\n" .. body .. "end", "=loop") show(f ~= nil, m)
--## nested functions
local s = "return 1" for i = 1, 150 do s = "return (function () " .. s .. " end)()" end show(load(s)()) 
--## nested tables and calls at run time
local t = {} for i = 1, 150 do t = {t} end local n = 0 while t[1] do t = t[1] n = n + 1 end show(n) local function id(...) return ... end show(load("local id = ... return " .. ("id("):rep(150) .. "1" .. (")"):rep(150))(id))
--## recursion through metamethods ends with an error
local function check(f) local ok, m = pcall(f) print(ok, tostring(m):match("stack overflow")) end
local t = setmetatable({}, {}) getmetatable(t).__add = function (a, b) return a + b end check(function () return t + 1 end) getmetatable(t).__concat = function (a, b) return a .. b end check(function () return t .. 1 end) getmetatable(t).__eq = function (a, b) return a == b end check(function () return t == setmetatable({}, getmetatable(t)) end) getmetatable(t).__lt = function (a, b) return a < b end check(function () return t < t end) getmetatable(t).__call = function (s) return 1 + s() end check(function () return t() end) getmetatable(t).__newindex = function (s, k, v) s[k] = v end check(function () t.x = 1 end) getmetatable(t).__len = function (s) return #s end check(function () return #t end) getmetatable(t).__unm = function (s) return -s end check(function () return -t end)
--## recursion through library functions ends with an error
local function check(f) local ok, m = pcall(f) print(ok, tostring(m):match("stack overflow")) end
local function s() table.sort({1, 2}, s) end check(s) local function g() string.gsub("x", "x", g) end check(g) local function r() return require("r") end package.preload.r = r check(r) local function l() return load(l) end show(pcall(l)) local function x() return select(2, xpcall(x, error)) end show(type(x())) local t = setmetatable({}, {}) getmetatable(t).__tostring = function (o) return tostring(o) end check(function () return tostring(t) end) getmetatable(t).__pairs = function (o) return pairs(o) end check(function () return pairs(t) end) local function d() return dofile("d.lua") end rec = d local f = io.open("d.lua", "w") f:write("local r = rec() return r") f:close() check(d) 
--## a string built piece by piece
local t = {} for i = 1, 100000 do t[#t + 1] = i end local s = table.concat(t, ",") show(#s, s:sub(1, 20), s:sub(-20)) local n = 0 for w in s:gmatch("%d+") do n = n + 1 end show(n) show(select(2, s:gsub(",", ";")))
--## format with huge width arguments and long patterns
try(string.format, "%1000d", 1) show(#("x"):rep(1000):gsub("x", ("y"):rep(1000))) show(("a"):rep(1000):find(("a"):rep(1000)), ("a"):rep(999):find(("a"):rep(1000)))
--## numeric edge of table keys
local t = {} for i = 0, 62 do t[1 << i] = i end local s = 0 for k, v in pairs(t) do s = s + v end show(s, t[1 << 62], t[2.0^40]) t = {[math.mininteger] = 1, [math.maxinteger] = 2} show(#t, t[math.mininteger], t[math.maxinteger], next(t) ~= nil)
-- Upstream's 5.5.1 crashes here.
--## a function whose extra arguments find no room has none yet (5.4)
local locals = {} for i = 1, 100 do locals[i] = "local a" .. i .. " = " .. i end
local f = load("return function (...) " .. table.concat(locals, " ") .. " return 1 end")()
local t = {} for i = 1, 1000000 do t[i] = i end
local fewest
for n = 999700, 999990 do
  local ok = xpcall(f, function ()
    for level = 1, 5 do debug.getlocal(level, -1) debug.getlocal(level, -900000) end
    fewest = fewest or n
  end, table.unpack(t, 1, n))
end
show(fewest ~= nil)
--## operands of metamethods above the end of the stack do not hide that it is full
local mt = {}
mt.__add = function(a, b) return a + b end
mt.__eq = function(a, b) return a == b end
local function overflows(f) local ok, e = pcall(f) return not ok and e:find("stack overflow", 1, true) ~= nil end
local t = setmetatable({}, mt)
show(overflows(function() return t + 1 end), overflows(function() return t == setmetatable({}, mt) end))
