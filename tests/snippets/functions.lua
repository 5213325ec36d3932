-- Functions, closures, varargs, tail calls, upvalues.
--## varargs counts and positions
local function f(...) return select("#", ...), ... end
show(f()) show(f(nil)) show(f(nil, nil)) show(f(1, f(2, 3))) show((f(1, 2)))
local function g(a, b, ...) return a, b, select("#", ...), ... end
show(g()) show(g(1)) show(g(1, 2)) show(g(1, 2, 3, 4))
local function h(...) local a, b = ... return a, b end
show(h()) show(h(1)) show(h(1, 2, 3))
--## varargs in tables and calls
local function f(...) return {...}, {..., "end"}, {n = select("#", ...), ...} end
local a, b, c = f(1, nil, 3)
show(a[1], a[3], b[1], b[2], c.n, c[3])
show(table.pack(...).n)
local function sum(...) local s = 0 for _, v in ipairs({...}) do s = s + v end return s end
show(sum(), sum(1), sum(1, 2, 3))
show((function (...) return ... end)(1, 2, 3))
show(((function (...) return ... end)(1, 2, 3)))
--## many arguments and results
local function count(...) return select("#", ...) end
local t = {}
for i = 1, 250 do t[i] = i end
show(count(table.unpack(t)), select(250, table.unpack(t)), (select(-1, table.unpack(t))))
for i = 251, 5000 do t[i] = i end
show(count(table.unpack(t)), select(5000, table.unpack(t)))
show(count(table.unpack(t, 1, 100000)))
local function id(...) return ... end
show(count(id(table.unpack(t))))
show(math.max(table.unpack(t)), string.char(table.unpack(t, 65, 90)))
--## missing and extra arguments
local function f(a, b, c) return a, b, c end
show(f()) show(f(1, 2, 3, 4)) show(f(f(1))) show(f((f(1, 2)))) show(f(nil, f(5)))
--## closures share and keep variables
local function counter() local n = 0 return function () n = n + 1 return n end, function () return n end end
local inc, get = counter()
inc() inc()
show(get(), inc(), get())
local inc2, get2 = counter()
show(get2(), get())
--## closures in loops get their own variable
local fs = {}
for i = 1, 3 do fs[#fs + 1] = function () i = i + 10 return i end end
for _, v in ipairs {"a", "b"} do fs[#fs + 1] = function () return v end end
local j = 0
while j < 2 do j = j + 1 local k = j fs[#fs + 1] = function () return k, j end end
for _, f in ipairs(fs) do show(f()) end
for _, f in ipairs(fs) do show(f()) end
--## upvalues of upvalues
local function a() local x = 1 return function () local y = x return function () x = x + 1 return x + y end end end
local f = a()()
show(f(), f(), f())
--## recursion through locals and upvalues
local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end
show(fact(20), fact(21), fact(25.0))
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
show(even(1000), odd(1001), even(7))
local f = function (n) return n == 0 and "not recursive" or f end
show(f(0), f(1))
--## tail calls keep results and varargs
local function t(n, ...) if n == 0 then return ... end return t(n - 1, n, ...) end
show(t(5))
local function u(...) return select("#", ...) end
local function v(...) return u(...) end
show(v(1, 2, nil))
show((function () return pcall(error, "x", 0) end)())
show((function () return string.byte("AB", 1, -1) end)())
--## tail calls to callable objects and C functions
local o = setmetatable({}, {__call = function (self, ...) return select("#", ...), ... end})
local function f(...) return o(...) end
show(f(1, 2, 3))
local function g(s) return s:upper() end
show(g("abc"))
local n = 0
local c = setmetatable({}, {__call = function (self, k) n = n + 1 if k == 0 then return "bottom" end return self(k - 1) end})
show(c(100000), n)
--## calls through __call pass the object first
local o = setmetatable({}, {__call = function (self, a, b) return type(self), a, b end})
show(o(1, 2)) show(o()) show(pcall(o, "x")) show(o "s") show((o {}))
show(select("#", o()))
--## chains of __call
local f = function (...) return select("#", ...) end
local o = f
for i = 1, 10 do o = setmetatable({}, {__call = o}) end
show(o("x"))
--## string methods on literals, numbers refused
show(("%d"):format(5), ("x"):rep(3), #("abc"):upper(), ("a,b"):find(",", 1, true))
try(function () return (5):type() end)
--## functions compare by identity
local function mk() return function () end end
show(mk() == mk(), print == print, (function (a) return a == a end)(mk()))
--## names of functions in definitions
local a = {b = {c = {}}}
function a.b.c.f(x) return x end
function a.b.c:g(x) return self == a.b.c, x end
show(a.b.c.f(1)) show(a.b.c:g(2)) show(a.b.c.g(nil, 3))
--## environments as upvalues and locals
local function f() local _ENV = {print = print, y = 5} x = 1 print(x, y) return _ENV end
local e = f()
show(e.x, x)
local function sandbox(_ENV) return a + b end
show(sandbox {a = 1, b = 2})
do local _ENV <const> = {v = 9} ; local w = v ; _G = w end
show(_G ~= 9)
local _ENV = setmetatable({}, {__index = _ENV})
newglobal = 1
show(newglobal, _G.newglobal)
--## globals through metatables
setmetatable(_G, {__index = function (_, k) return "no " .. k end, __newindex = function (t, k, v) rawset(t, k, v * 2) end})
show(undefinedname)
doubled = 21
show(doubled)
setmetatable(_G, nil)
show(undefinedname)
--## evaluation order of arguments and operands
local log = {}
local function e(x) log[#log + 1] = tostring(x) return x end
local r = e(1) + e(2) * e(3)
local t = {e("a"), e("b"), [e("k")] = e("v")}
print(e("f1"), e("f2"))
local s = e("x") .. e("y") .. e("z")
print(table.concat(log, " "))
--## deep recursion that fits
local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
show(depth(10000), depth(150000))
local function build(n) if n == 0 then return nil end return {next = build(n - 1)} end
local n, l = 0, build(50000)
while l do n = n + 1 l = l.next end
show(n)
--## parameters are locals that can be reassigned
local function f(a, b) a, b = b, a local c = a a = nil return a, b, c end
show(f(1, 2))
--## functions with many constants, locals and jumps
local parts = {"local t = 0"}
for i = 1, 180 do parts[#parts + 1] = ("local l%d = %d"):format(i, i) end
for i = 1, 180 do parts[#parts + 1] = ("if l%d %% 2 == 0 then t = t + l%d else t = t - %d end"):format(i, i, i) end
parts[#parts + 1] = "return t"
show(load(table.concat(parts, "\n"))())
--## immediate operands at their limits
local x = 100
show(x + 127, x + 128, x - 127, x - 128, x + 255, x + 256, x - 129, x * 255, x == 127, x == 128, x < 127, x < 128, x > -128, x > -129)
show(x + -128, x + -127, x - -128, 127 - x, 128 + x, x // 255, x % 128, x & 127, x | 128, x ~ 255, x << 7, x >> 7, 7 << x, 1 << 62)
local f = 0.5
show(f + 1, f - 1, f == 0.5, f < 1, f > 0, 1 - f, 127 - f, f * 2.0, f == 127.0, f <= 127.0, f >= -128.0)
--## loads of integer and float constants at their limits
show(65535, 65536, -65536, -65537, 131071, 131072, 65535.0, 65536.0, -65536.0, 1e10, -1, 0, 0.0, 131071.0, -131072)
local a, b, c, d = 65535, -65536, 65536.0, -65537.0
show(a, b, c, d)
--## more captured variables than are remembered, on stacks that move
local parts = {"local get, set = {}, {}"}
for i = 1, 90 do parts[#parts + 1] = ("local v%d = %d; get[%d] = function() return v%d, v%d end; set[%d] = function(x) v%d = x; return function() return v%d, v1 end end"):format(i, i, i, i, (i + 1) // 2, i, i, i) end
parts[#parts + 1] = "return get, set, function(n) for i = 1, 90 do set[i](get[i]() + n) end return v1, v2, v45, v89, v90 end, coroutine.wrap(function() for i = 1, 9 do coroutine.yield(get[i * 10](), v90) end end)"
local make = load("local deep = ... " .. table.concat(parts, "\n"):gsub("local v45", "deep(100) %0"):gsub("local v60", "collectgarbage() %0"))
local function deep(n) local x = n local function f() return x end if n > 0 then deep(n - 1) end return f end
local kept = {}
for n = 1, 5 do kept[n] = {make(deep)} collectgarbage("step") show(kept[n][3](n)) end
for n = 1, 5 do local get, set, all, wrapped = table.unpack(kept[n]) show(wrapped(), wrapped()) show(set[33](n * 1000)()) show(get[33]()) show(get[66]()) show(wrapped()) show(all(1)) kept[n] = nil end
for round = 1, 20 do local co = coroutine.wrap(function() local a, b = round, {} local f = function() a = a + 1 b[a] = true return a end coroutine.yield(f) end) show(co()()) if round % 5 == 0 then collectgarbage() end end
