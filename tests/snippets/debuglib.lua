-- The debug library, hooks apart.
--## getinfo fields of a Lua function
local function f(a, b, ...) local c
  return c
end
local i = debug.getinfo(f)
show(i.source, i.short_src, i.what, i.linedefined, i.lastlinedefined, i.nups, i.nparams, i.isvararg, i.currentline, i.name, i.namewhat, i.istailcall, i.ntransfer, i.ftransfer, i.func == f, type(i.activelines))
local lines = {} for l in pairs(debug.getinfo(f, "L").activelines) do lines[#lines + 1] = l end table.sort(lines) print(table.concat(lines, " "))
--## getinfo fields of a C function
local i = debug.getinfo(print)
show(i.source, i.short_src, i.what, i.linedefined, i.lastlinedefined, i.nups, i.nparams, i.isvararg, i.currentline, i.activelines, i.func == print)
print(entries(debug.getinfo(print, "S")), entries(debug.getinfo(print, "l")), entries(debug.getinfo(print, "u")), entries(debug.getinfo(print, "n")), entries(debug.getinfo(print, "t")), entries(debug.getinfo(print, "r")), entries(debug.getinfo(print, "L")))
--## each option of getinfo at a level
local function f() for _, o in ipairs {"S", "l", "u", "n", "t", "r", "f", "L", "", "Slnut", ">S", "x", "S>", "Sx", "SS"} do print(o, (pcall(debug.getinfo, 1, o)), select(2, pcall(function () local i = debug.getinfo(2, o) i.func = nil i.activelines = nil return entries(i) end))) end end
f()
--## getinfo with levels, functions, threads and nonsense
show(debug.getinfo(0, "n").name, debug.getinfo(1, "S").what, debug.getinfo(100), debug.getinfo(-1), debug.getinfo(1, "l").currentline)
try(debug.getinfo) try(debug.getinfo, "x") try(debug.getinfo, {}) try(debug.getinfo, 1, {}) try(debug.getinfo, 1, "q") try(debug.getinfo, print, ">S") try(debug.getinfo, 1.5) try(debug.getinfo, nil) try(debug.getinfo, coroutine.create(print)) show(debug.getinfo(coroutine.create(print), 0), debug.getinfo(coroutine.create(print), 1)) show(debug.getinfo(coroutine.create(print), print, "S").what) show(debug.getinfo(2^31))
--## name and namewhat of callers
local function who() local i = debug.getinfo(2, "n") return i.name, i.namewhat end
local t = {} function t.field() return (who()) , select(2, who()) end function t:method() local a, b = who() return a, b end
local function localf() local a, b = who() return a, b end
function globalf() local a, b = who() return a, b end
local up = localf
local function viaup() local a, b = up() return a, b end
local mt = setmetatable({}, {__index = function () local a, b = who() return tostring(a) .. " " .. b end, __add = function () local a, b = who() return tostring(a) .. " " .. b end, __lt = function () local a, b = who() print(a, b) return true end, __concat = function () local a, b = who() return tostring(a) .. " " .. b end, __len = function () local a, b = who() return tostring(a) .. " " .. b end, __eq = function () local a, b = who() print(a, b) end, __unm = function () local a, b = who() return tostring(a) .. " " .. b end, __call = function () local a, b = who() return tostring(a) .. " " .. b end, __newindex = function () local a, b = who() print(a, b) end, __close = function () local a, b = who() print(a, b) end, __idiv = function () local a, b = who() return tostring(a) .. " " .. b end, __band = function () local a, b = who() return tostring(a) .. " " .. b end})
show(t.field()) show(t:method()) show(localf()) show(globalf()) show(viaup()) show(mt.x) show(mt + 1) show(mt < mt) show(mt .. "x") show(#mt) show(mt == setmetatable({}, getmetatable(mt))) show(-mt) show(mt()) mt.x = 1 show(mt // 2, mt & 1) do local c <close> = mt end
for a, b in function (_, c) if not c then return who() end end do show(a, b) end
show((function () return who() end)()) show(pcall(localf)) show(t["field"]()) show(({localf})[1]())
--## istailcall
local function last() return debug.getinfo(1, "t").istailcall, debug.getinfo(2, "S").what end
local function tail() return last() end
local function nottail() local a, b = last() return a, b end
show(tail()) show(nottail())
--## getlocal by level and by function
local function f(a, b, ...) local c, d = 3, 4 do local e = 5 end
  for i = 1, 10 do local n, v = debug.getlocal(1, i) if not n then break end show(i, n, v) end
  show(debug.getlocal(1, -1)) show(debug.getlocal(1, -2)) show(debug.getlocal(1, -3)) show(debug.getlocal(1, 0)) show(debug.getlocal(1, 100))
end
f(1, 2, "va1", "va2")
show(debug.getlocal(f, 1), debug.getlocal(f, 2), debug.getlocal(f, 3), debug.getlocal(f, 0), debug.getlocal(print, 1), debug.getlocal(f, -1))
try(debug.getlocal, 100, 1) try(debug.getlocal) try(debug.getlocal, 1) try(debug.getlocal, "x", 1) try(debug.getlocal, 1, "x") try(debug.getlocal, -1, 1)
--## getlocal of C functions and temporaries
show(debug.getlocal(0, 1)) show(debug.getlocal(0, 2)) show(debug.getlocal(0, 3))
local function temps() local a = 1 return (function (...) local r = {} for i = 1, 6 do local n = debug.getlocal(2, i) r[i] = tostring(n) end return table.concat(r, ",") end)(a, a + 1, a + 2) .. "" end
show(temps())
--## locals of loops have their hidden names
for i = 1, 1 do for j = 1, 12 do local n, v = debug.getlocal(1, j) if not n then break end show(j, n) end end
for k, v in next, {5} do for j = 1, 12 do local n, v = debug.getlocal(1, j) if not n then break end show(j, n) end end
--## setlocal
local function f(a) local b = 2 show(debug.setlocal(1, 1, "new a"), debug.setlocal(1, 2, "new b"), debug.setlocal(1, 50, "x"), debug.setlocal(1, -1, "x")) return a, b end
show(f(1))
local function v(...) debug.setlocal(1, -1, "changed") return ... end show(v(1, 2))
try(debug.setlocal, 100, 1, 1) try(debug.setlocal) try(debug.setlocal, 1, 1) try(debug.setlocal, "x", 1, 1) try(debug.setlocal, print, 1, 1)
--## upvalues: get, set, id and join
local x, y = 1, 2
local function f() return x, y end
local function g() return y end
show(debug.getupvalue(f, 1)) show(debug.getupvalue(f, 2)) show(debug.getupvalue(f, 3)) show(debug.getupvalue(f, 0)) show(debug.setupvalue(f, 1, "new x"), x, debug.setupvalue(f, 9, 1))
show(debug.upvalueid(f, 2) == debug.upvalueid(g, 1), debug.upvalueid(f, 1) == debug.upvalueid(g, 1), type(debug.upvalueid(f, 1)), debug.upvalueid(f, 5))
local z = "z" local function h() return z end debug.upvaluejoin(f, 2, h, 1) show(f()) z = "changed z" show(f()) show(g())
show(debug.getupvalue(string.gmatch("x", "x"), 1)) show(debug.getupvalue(print, 1)) show(debug.setupvalue(print, 1, 1)) show(debug.upvalueid(print, 1)) show(type(debug.upvalueid(string.gmatch("x", "x"), 1)))
try(debug.upvalueid, f, 10) try(debug.upvalueid, f, 0) try(debug.upvaluejoin, f, 10, h, 1) try(debug.upvaluejoin, f, 1, h, 10) try(debug.upvaluejoin, print, 1, h, 1) try(debug.upvaluejoin, f, 1, print, 1) try(debug.getupvalue, 1, 1) try(debug.getupvalue, f) try(debug.getupvalue) try(debug.setupvalue, f, 1) try(debug.setupvalue, 1, 1, 1) try(debug.upvaluejoin) try(debug.upvalueid) try(debug.upvalueid, 1, 1)
--## upvalue names survive or not in dumps
local a, b = 1, 2
local function f() return a, b, print end
show(debug.getupvalue(f, 3)) 
local g = load(string.dump(f)) show(debug.getupvalue(g, 1)) show(debug.getupvalue(g, 2))
local s = load(string.dump(f, true)) show(debug.getupvalue(s, 1)) show(debug.getupvalue(s, 2)) show(debug.setupvalue(s, 1, 5), debug.getupvalue(s, 1)) show(debug.getupvalue(load("return x"), 1) == "_ENV")
--## metatables through debug
local t = setmetatable({}, {__metatable = "locked"}) show(type(debug.getmetatable(t)), debug.setmetatable(t, nil) == t, getmetatable(t)) show(debug.getmetatable(1), debug.getmetatable("").__index == string) try(debug.setmetatable, {}, 1) try(debug.setmetatable) try(debug.getmetatable) try(debug.setmetatable, 1)
--## registry and user values
local r = debug.getregistry() show(type(r), r[2] == _G, type(r[1]), r._LOADED == package.loaded, r._PRELOAD == package.preload, type(r["FILE*"]), r._IO_input == io.stdin)
show(debug.getuservalue(io.stdout, 1)) show(debug.getuservalue(1)) show(debug.getuservalue({}, 1)) show(debug.setuservalue(io.stdout, 1, 1)) try(debug.setuservalue, {}, 1) try(debug.setuservalue) try(debug.setuservalue, io.stdout) show(debug.getuservalue(io.stdout, 0)) show(debug.getuservalue(io.stdout, -1))
--## setcstacklimit
show(debug.setcstacklimit(300), debug.setcstacklimit(200)) try(debug.setcstacklimit) try(debug.setcstacklimit, "x")
--## debug.debug reads commands from the input
debug.debug() show("after")
--## lines of multi-line expressions
local lines = {}
debug.sethook(function (_, l) lines[#lines + 1] = l end, "l")
local x = 1 +
  2 +
  3
local t = {
  a = 1,
  b = x
}
if x and
   t then
  x = t
end
debug.sethook()
print(table.concat(lines, " "))
--## active lines of vararg and of stripped functions
local function al(f) local r = {} local i = debug.getinfo(f, "L") if not i.activelines then return "none" end for l in pairs(i.activelines) do r[#r + 1] = l end table.sort(r) return table.concat(r, " ") end
print(al(load("local a\n\n\nlocal b = 1\nreturn b", "=x")), al(load("return function (...)\n local a = ...\nend")()), al(load("return function ()\n local a = 1\nend")()), al(load(string.dump(load("local a\nlocal b"), true))), al(load("")), al(load("-- only\n-- comments")), al(load("for i = 1, 2 do\nprint(i)\nend")), al(print))
--## short sources
for _, n in ipairs {"=x", "@x", "x", "x\ny", "", "=" .. ("a"):rep(59), "=" .. ("a"):rep(60), "@" .. ("a"):rep(59), "@" .. ("a"):rep(60), "@" .. ("a"):rep(100), ("a"):rep(44), ("a"):rep(45), ("a"):rep(46), ("a"):rep(100), "\n", "a\n"} do local i = debug.getinfo(load("", n), "S") show(i.source, i.short_src) end
--## getinfo of the main chunk and nested functions
local i = debug.getinfo(1, "S") show(i.what, i.linedefined, i.lastlinedefined, i.short_src, i.source)
local f = load("\n\nreturn function ()\n\nend", "=n")() i = debug.getinfo(f, "S") show(i.what, i.linedefined, i.lastlinedefined)
i = debug.getinfo(load("return 1\n\n\n"), "S") show(i.what, i.linedefined, i.lastlinedefined)
--## every function with bad arguments
local names = {}
for k, v in pairs(debug) do if k ~= "debug" and k ~= "traceback" and k ~= "sethook" and k ~= "getregistry" and k ~= "gethook" then names[#names + 1] = k end end table.sort(names)
for _, n in ipairs(names) do io.write(n, " ") try(debug[n]) io.write(n, " ") try(debug[n], true, true) io.write(n, " ") try(debug[n], coroutine.create(print)) end
--## calls are looked at while finalizers move them
local function deep(n) if n > 0 then return 1 + deep(n - 1) end return 0 end
local function garbage() setmetatable({}, {__gc = function() deep(150) local t = {} for i = 1, 60 do t[i] = ("\255"):rep(i * 50) end end}) end
local wrong = 0
local function outer() garbage() local i = debug.getinfo(2, "nSltu") if i.name ~= "calling" or i.currentline <= 0 or i.istailcall or i.nparams ~= 1 then wrong = wrong + 1 end end
local function calling(x) outer() return x end
for i = 1, 2000 do calling(i) end
show(wrong)
