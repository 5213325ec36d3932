-- Declarations of global variables.
--## a program without declarations may use any global
x = 1 show(x, y) y = 2 show(y) function f() return x + y end show(f())
--## after the first declaration others must be declared
run("global x; x = 1; return x") run("global x; y = 1") run("global x; return y") run("global x; return function() return y end")
--## the text before a declaration is not concerned
run("y = 1; global y; return y") run("do global y end z = 2; return z") run("y = 5; global x; x = y")
--## collective declarations
run("global *; x = 1; return x, y") run("global x; global *; y = 3; return x, y") run("global *; global x; y = 1 return y")
run("global<const> *; return print ~= nil") run("global<const> *; x = 1")
--## declarations end with their block
run("do global a; a = 1 end; b = 2; return a, b") run("global a; do global *; b = 2 end; b = 3") run("if true then global a end; return b") run("while false do global a end return b") run("for i = 1, 1 do global a end return b") run("repeat global a; a = 1 until b")
--## read-only globals
run("global x <const>; x = 1") run("global <const> x, y; y = 1") run("global x <const>; return x") run("global <const> print; print = 1") run("global <const> t; t.x = 1") run("global <const> f; function f() end") run("global <const> f; function f.g() end")
--## names of messages
run("global <const> x\n\n\nx\n=\n1") run("global x\ny\n=\n1") run("global x\nreturn\ny") run("local a <const> = 1\n\na\n=\n2") run("global x\n\n\n  local function f()\n return zzz end")
--## initialisation
run("global a, b = 1, 2; return a, b") run("global c = 10; return c") run("global d, e, f = 1; return d, e, f") run("global g, h = (function() return 1, 2, 3 end)(); return g, h") run("global i = 1, 2; return i")
--## a global that has a value is not initialised
x = 5 run("global x = 6") show(x) run("global y, x = 1, 2") show(x, y) run("global x = nil") run("global x; x = 7; return x") show(x)
run("\n\nglobal\n\nx\n=\n6") y = nil run("global y = 1; global y = 2")
x = false run("global x = 1")
--## functions
run("global function f(n) return n <= 1 and 1 or n * f(n - 1) end return f(5)") show(f(3)) run("global function f() end") f = nil run("\nglobal function f()\nerror('here') end f()") run("global function g() return h end")
run("global function f.x() end") run("global function f:x() end") run("global <const> function f() end")
--## the initial values do not see the new variables
x = nil run("local x = 3; global x = x; return x") show(x) run("global y = y") run("global z, w = w, z")
--## attributes
run("global <close> x") run("global x <close>") run("global <const> x <const>") run("global <foo> x") run("global x <foo>, y") run("global <const> *") run("global <close> *") run("global x <const>, y; y = 1 return y") run("global < const > x")
--## broken declarations
for _, s in ipairs {"global", "global 1", "global x,", "global ,", "global x = ", "global * = 1", "global *, x", "global x, *", "global function", "global function 1", "global <", "global <const", "global <const>", "global x <", "global x.y", "global x:y", "global (x)", "global 'x'", "global x y"} do run(s) end
--## the word is no reserved word elsewhere
local global = 1 show(global) global = 2 show(global) global = {} global.x = 3 show(global.x) show(({global = 4}).global)
run("global = 1 return global") run("local t = {global = 1} return t.global") run("goto global ::global:: return 1") run("global'x'") run("global{}") run("global.x = 1") run("global:f()") run("global[1] = 2") run("return global") run("function global() return 1 end return global()")
global = nil
--## local variables and declarations hide each other
run("local x = 1; do global x; x = 2 end return x, _G.x") run("global x; local x = 3; return x, _G.x") run("global x <const>; local x = 3; x = 4 return x") run("local x <const> = 3; global x; x = 4 return x") x = nil
run("local x = 1; local function f() global x; x = 9; return x end return f(), x, _G.x") x = nil
run("local x = 1; local function f() local y = x; global x; return x, y end return f()")
run("global y; local x; return function() return x, y end")
--## the environment
run("local _ENV = {}; global x = 1; return x, _ENV.x") run("global _ENV; return x") run("global _ENV; local function f() return x end") run("global *; local _ENV = {x = 5}; return x") run("local _ENV <const> = 5; global x = 1") run("local function f(_ENV) global x; return x end return f({x = 3})") run("local function f(_ENV) global x = 4 end return f({x = 3})")
run("global x; local _ENV = setmetatable({}, {__index = function(_, k) return k end}); return x") run("local _ENV = setmetatable({}, {__index = function(_, k) return k end}); global x = 1")
--## labels and declarations
run("goto l; global x; ::l:: x = 1") run("goto l; global *; ::l:: x = 1") run("goto l; global x; ::l::") run("do goto l; global x; x = 1 ::l:: end return 1") run("::l:: global x; if false then goto l end return x") run("goto l; global <const> x, y; ::l:: ; local a")
--## many declarations
local names = {} for i = 1, 300 do names[i] = "v" .. i end
run("global " .. table.concat(names, ", ") .. "; v300 = 1; return v300, v299") run("global " .. table.concat(names, ", ") .. "; return v301") v300 = nil
local function many(n) local t = {} for i = 1, n do t[i] = "w" .. i .. " = " .. i end return "global w1 = 1 " end
run(many(3)) w1 = nil
run("global " .. table.concat(names, ", ", 1, 250) .. " = " .. string.rep("1", 250, ",") .. " return v1, v250") run("global " .. table.concat(names, ", ", 1, 100) .. " = " .. string.rep("1", 100, ",") .. " return v1, v100")
--## a global checked with a metamethod
local log = {} local env = setmetatable({}, {__index = function(_, k) log[#log + 1] = "get " .. k end, __newindex = function(t, k, v) log[#log + 1] = "set " .. k rawset(t, k, v) end})
load("global a, b = 1, 2", "=t", "t", env)() show(table.concat(log, " ")) log = {} load("global function f() end", "=t", "t", env)() show(table.concat(log, " "))
--## lines of a failing declaration
for _, s in ipairs {"x = 1\nglobal\nx\n= 2", "x = 1\nglobal a, x\n= 1,\n2", "x = 1\nglobal function x()\nend", "x = 1\n\nglobal y, x = 1,\n2, 3"} do run(s) x = nil a = nil y = nil end
--## hooks see lines of declarations
local lines = {} local f = load("local x\nglobal a = 1\nglobal b,\nc = 2,\n3\nglobal function d()\nend\n") debug.sethook(function(_, l) lines[#lines + 1] = l end, "l") f() debug.sethook() show(table.concat(lines, " "))
