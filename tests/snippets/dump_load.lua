-- string.dump and load of binary chunks.
--## functions survive a round trip
local function rt(f, strip) return load(string.dump(f, strip), "=rt", "b") end
show(rt(function () return 1, 2.5, "s", nil, true end)()) show(rt(function (a, b, ...) return b, a, ... end)(1, 2, 3, 4)) show(rt(function () local t = {} for i = 1, 10 do t[i] = function () return i end end return t[3]() + t[10]() end)())
show(rt(function () return ("x"):rep(300) .. "constant longer than forty characters to be a long string" end, true)()) show(rt(function (n) local function f(n) if n < 2 then return 1 end return n * f(n - 1) end return f(n) end)(10)) show(rt(function () return math.maxinteger, math.mininteger, 1e308, -0.0, 0x7fffffff, 3 << 40 end)())
--## the header
local d = string.dump(function () end) show(d:sub(1, 4), d:byte(5), d:byte(6), d:sub(7, 12), d:byte(13, 15)) show(d:sub(16, 31)) show(string.dump(function () end) == string.dump(function () end))
--## the bytes of whole chunks
local function sum(s) local h = 0 for i = 1, #s do h = (h * 31 + s:byte(i)) % 4294967296 end return #s, h end
show(sum(string.dump(load("return 1", "=x")))) show(sum(string.dump(load("local a = 1; return function () a = a + 1 return a end", "@f.lua")))) show(sum(string.dump(load("for i = 1, 10 do print(i) end", "=x"), true))) show(sum(string.dump(load("local t = {1, 2, x = 'y'} goto e ::e:: return #t, -t.x, not t, ~1 << 2 // 3", "=x")))) show(sum(string.dump(load("local a <const>, b <close> = 1, nil; for k, v in pairs(_G) do if k == v then break end end return ...", "=x")))) show(sum(string.dump(load(("local x = 'y'\n\n\n"):rep(100) .. "return x", "=x")))) show(sum(string.dump(load(("\n"):rep(300) .. "return function ()" .. ("\n"):rep(500) .. "return 1 end", "=x"))))
--## dumps of many constructs are equal byte for byte
local function sum(s) local h = 0 for i = 1, #s do h = (h * 31 + s:byte(i)) % 4294967296 end return #s, h end
for _, s in ipairs {"local a, b, c = f(), g(...) return a.b.c:d(1, 'x', 2.5)", "a.b[1][x] = y and z or w", "if a < b and c >= 1 or not d then e() elseif f == 'g' then h() else i() end", "while a ~= nil do a = a.next if a == 5 then break end end", "repeat local x = f() until x > 10", "for i = 10, 1, -1 do t[i] = i end", "local function f(a, ...) return f(a, ...) end", "return function (self) self.x = self.x + 1 return self.x .. 'y' .. 5 end", "local a = {f()} local b = {f(), g()} local c = {[1] = 2, [f()] = 3; 4}", "t.x, t.y = t.y, t.x", "local a <close> = f() local b <const> = 5 return b + a", "return a + 1, 1 + a, a - 1, 1 - a, a * 2, a / 2, a // 2, a % 2, a ^ 2, a & 1, a | 1, a ~ 1, a << 1, a >> 1, 1 << a, ~a, -a, not a, #a", "return a == 1, a == 'x', a == nil, a == true, a ~= 1.5, a < 5, 5 < a, a <= 5, 5 <= a, a > 5.0, a >= -1", "return (a and b) or (c and not d), (a == b) and c", "x = x .. y .. z .. 1", "goto a; do ::b:: end ::a:: local c = 1", "return 100000, 1e10, -70000, 65536, 'str', nil, nil, nil, true, false", "local a; a = nil; local b, c; return a, b, c", "local a = function () return function () return a end end", "return ...", "local t = ... ; return t[1], t[255], t[256], t['k'], t[1.5], t.k.k", "f{...}; f'x'; f(...)(...)", "for k, v in pairs(t) do local function g() return k end end", "return a.b:c(), (a.b:c())", "local x <const> = 'c'; return x .. x, t[x], t.x"} do show(sum(string.dump(load(s, "=d")))) show(sum(string.dump(load(s, "=d"), true))) end
--## stripped functions lose names and lines
local f = load(string.dump(load("local a = 1\nlocal b\nb.c = a\n", "=named"), true)) show(pcall(f)) local i = debug.getinfo(f, "Sl") show(i.source, i.short_src, i.currentline, i.linedefined)
f = load(string.dump(load("local a = 1\nlocal b\nb.c = a\n", "=named"))) show(pcall(f)) f = load(string.dump(function (x) return x.y.z end, true)) show(pcall(f, {})) show(debug.getlocal(f, 1))
show(debug.traceback("x") ~= nil, pcall(load(string.dump(function () error("with level") end, true))))
--## functions with upvalues get fresh ones
local n = 5 local function f() n = (n or 0) + 1 return n end local g = load(string.dump(f)) show(pcall(g)) show(debug.setupvalue(g, 1, 10), g(), n) show(load(string.dump(function () return print end))() == nil or "first upvalue is the environment")
local e = load(string.dump(load("x = 1 return x")), "=e", "b", {}) show(e())
--## what cannot be dumped
try(string.dump, print) try(string.dump) try(string.dump, 1) try(string.dump, {}) try(string.dump, setmetatable({}, {__call = print})) show(type(string.dump(print and function () end, nil)))
--## truncated chunks are errors
local d = string.dump(function (a, b) local c = {a, b, "text", 1.5} return function () return c[1] end end)
local results = {} for n = 1, #d - 1 do local f, m = load(d:sub(1, n), "=cut", "b") results[n] = f == nil end local all = true for _, v in ipairs(results) do all = all and v end show(all, #d) show(load(d:sub(1, 3), "=cut", "b")) show(load(d:sub(1, 10), "=cut", "b")) show(load(d:sub(1, 20), "=cut", "b")) show(load(d:sub(1, #d - 1), "=cut", "b")) show(load("\27", "=cut")) show(load("\27Lua", "=cut")) show(load("", "=cut", "b"))
--## chunks with a wrong header are refused with the reason
local d = string.dump(function () return 1 end)
local function with(i, c) return load(d:sub(1, i - 1) .. c .. d:sub(i + #c), "=h", "b") end
show(with(2, "X")) show(with(5, "\x53")) show(with(6, "\1")) show(with(7, "X")) show(with(13, "\5")) show(with(14, "\4")) show(with(15, "\4")) show(with(16, "\1")) show(with(24, "\1")) show(with(1, "X")) show(load(d, "@file.luac", "b") ~= nil, load(with and d:sub(1, 12), "@file.luac", "b"))
--## chunk names of binary chunks
show(load("\27bad", "=name")) show(load("\27bad", "@name.luac")) show(load("\27bad", "some text")) show(load("\27bad")) show(load("\27bad", "\27x")) show(select(2, load(string.dump(load("error('x')", "@inner.lua")), "=outer") ) == nil, pcall(load(string.dump(load("error('x')", "@inner.lua")), "=outer")))
--## bytes after the chunk are left alone
local d = string.dump(function () return "ok" end) show(load(d .. "trailing", "=t", "b")())
--## a reader that gives one byte at a time
local d = string.dump(function (x) return x and "one byte at a time" end) local i = 0 show(load(function () i = i + 1 if i <= #d then return d:sub(i, i) end end, "=r", "b")(1)) i = 0 show(load(function () i = i + 1 if i <= 40 then return d:sub(i, i) end end, "=r", "b"))
--## big functions survive
local parts = {} for i = 1, 3000 do parts[i] = ("t[%d] = function (x) return x + %d, 's%d', %d.5 end"):format(i, i, i, i) end local f = load("local t = {} " .. table.concat(parts, "\n") .. " return t") local t = load(string.dump(f))() show(#t, t[1](1)) show(t[3000](0)) local u = load(string.dump(f, true))() show(u[1500](5))
--## many long strings, then short ones
local parts = {} for i = 1, 500 do parts[i] = ("%q"):format(("s"):rep(41) .. i) end for i = 1, 500 do parts[500 + i] = ("%q"):format("k" .. i) end
local f = load("return {" .. table.concat(parts, ",") .. "}") local t = load(string.dump(f))() show(#t, t[1], t[500], t[501], t[1000])
--## long lists of constants, which live and die with their function
local parts = {} for i = 1, 20000 do parts[i] = i % 5 == 0 and ("'k%d'"):format(i) or i % 7 == 0 and ("function() return %d end"):format(i) or i + 0.5 end
local source = "local a <close> = nil return {" .. table.concat(parts, ",\n") .. "}"
local sum for round = 1, 3 do local f = load(source, "=long") local d = string.dump(f) local s = string.dump(f, true) f = nil collectgarbage()
  local t, u = load(d)(), load(s)() collectgarbage() d = string.dump(load(d)) == d show(#t, #u, t[1], t[5], t[7](), u[19999], u[20000], t[20000], d, pcall(load("x()" .. ("\n"):rep(10) .. source))) end
--## a reader that takes away what load keeps on the stack
local name = "=" .. ("n"):rep(100)
local pieces, i = { "local a ", "= 1 ", "local b = ", "2 return a + b, debug.getinfo(1, 'S').source" }, 0
local f = load(function()
  i = i + 1
  for slot = 3, 8 do pcall(debug.setlocal, 2, slot, nil) end
  collectgarbage()
  return pieces[i]
end, name)
print(f and f())
