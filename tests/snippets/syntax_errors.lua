-- Syntax errors: text, token named and line.
--## unexpected symbols
for _, s in ipairs {"x", "x =", "x = = 2", "= 1", "1", "'a'", "{}", "nil", "return return", "x = )", "x = (", "x = (1", "x = ]", "x = }", "x = {", "x = {1", "x = {1,,2}", "x = {[1}", "x = {[1]}", "x = {[1] 2}", "x = a.", "x = a.1", "x = a:", "x = a:b", "a:b = 1", "f() = 1", "x, y", "x, y()", "x, = 1", "(x) = 1", "(x)", "(x).y = 1 1", "...", "x = ...; local function f() return ... end"} do
  run(s)
end
--## keywords in wrong places
for _, s in ipairs {"if", "if x", "if x then", "if x then else", "if x then elseif", "if x then elseif y", "if x then else else end", "while", "while x", "while x do", "repeat", "repeat until", "repeat x() until", "for", "for x", "for x =", "for x = 1", "for x = 1 do", "for x = 1, 2", "for x = 1, 2, 3, 4 do end", "for x in", "for x, in y do end", "for x, y", "for x.y = 1, 2 do end", "for 1 = 1, 2 do end", "function", "function f", "function f(", "function f(a", "function f(a,", "function f(a,)", "function f(...,a)", "function f(a) end end", "function f.", "function f:", "function f:a.b() end", "function f.1() end", "function 1() end", "end", "else", "until x", "do", "do end end", "local", "local 1", "local x =", "local x,", "local function", "local function f.g() end", "local function x", "local x y", "return 1,", "return 1 2", "return; x = 1", "break", "goto", "goto 1", "goto x", "::x", "::x::::x::", "::1::", "then", "and", "not", "x = not", "x = and", "x = 1 and", "in"} do
  run(s)
end
--## the end that is missing names the line it should close
run("if x then\n\n\nprint(1)")
run("while true do\n\n")
run("function f()\n\n")
run("for i = 1, 2 do\n\nif x then end\n")
run("repeat\n\nx = 1")
run("f(\n\n1")
run("x = {\n1,\n2\n")
run("x = (\n1\n+\n2")
run("do\nlocal function f()\nend\n")
run("f(1\n2")
run("x = t[\n1")
--## unfinished strings and comments
run("x = 'abc")
run("x = \"abc\ndef\"")
run("x = 'abc\\")
run("x = [[abc")
run("x = [==[abc]]")
run("--[[ never closed")
run("--[==[ never closed ]]")
run("x = [=abc")
run("x = [==")
run("\n\n--[[\n\n\n")
run("\n\nx = [[\n\n\n")
--## bad escapes
for _, s in ipairs {"'\\q'", "'\\x'", "'\\x1'", "'\\xg1'", "'\\x1g'", "'\\256'", "'\\300'", "'\\u'", "'\\u1'", "'\\u{'", "'\\u{}'", "'\\u{g}'", "'\\u{110000000}'", "'\\u{7fffffff}'", "'\\u{80000000}'", "'\\u{12'", "'abc\\400def'", "'\\999'", "'\\u{123456789}'", "'\\-'", "'\\ '", "'\\\0'"} do
  run("return " .. s .. " == nil")
end
--## strange characters
for _, s in ipairs {"x = $", "x = @", "x = `a`", "x = \1", "x = \127", "x = \128", "x = \255", "x = a?b", "x = a!b", "x != y", "x = \\", "@", "x = 1 \0 + 2", "\0", "x = '\0' y", "x ~ = 1", "x = é", "x += 1", "x = a ?? b", "x = y++", "/* c */", "// c"} do
  run(s)
end
--## the token near an error is shown whole
run("x = 12.5e3 12.5e3 y")
run("x = 'a string' 'another'")
run("x = [[long\nstring]] 5")
run("for = 1")
run("local function 'name'")
run("goto = 1")
run("x = a..b..c..d... e")
run("x = 5 >> >> 4")
run("x = " .. string.rep("abcdefghij", 12) .. " 1")
run("x = '" .. string.rep("abcdefghij", 12) .. "' 1 1")
--## chunk names in messages
for _, name in ipairs {"=name", "@name", "name", "one\ntwo", "=", "@", "", "=" .. ("x"):rep(100), "@" .. ("x"):rep(100), ("x"):rep(100), "x = 1 y = 2", "\n", "a\r\nb", "=a\nb", "@a\nb", ("y"):rep(39), ("y"):rep(40), ("y"):rep(45), ("y"):rep(46), ("y"):rep(47), ("y"):rep(58), ("y"):rep(59), ("y"):rep(60)} do
  run("x x", name)
end
--## goto errors
run("goto missing")
run("do ::inner:: end goto inner")
run("goto over; local x; ::over:: print(x)")
run("goto fine; local x; ::fine::")
run("goto fine; local x; ::fine:: ;;; ::other::")
run("::a:: ::a::")
run("::a:: do ::a:: end")
run("do ::a:: end ::a::")
run("repeat goto cont; local x; ::cont:: until x")
run("while true do break; local x end")
run("break")
run("if x then break end")
run("function f() break end")
run("while x do function f() break end end")
run("\n\n\ngoto nowhere\n")
run("local function f() goto out end ::out::")
run("do goto l1 end; do local x; ::l1:: end")
run("for i = 1, 2 do goto continue; local y ::continue:: print(y) end")
--## attribs
run("local x <const> = 1; x = 2")
run("local x <const> = 1; local function f() x = 2 end")
run("local x <close> = nil; x = 2")
run("local x <other> = 1")
run("local x <const = 1")
run("local x <> = 1")
run("local x < const > = 1; return x")
run("local x <close>, y <close> = 1, 2")
run("local x <const>, y <close>, z <const> = 1, nil, 3 return x, y, z")
run("local x <const> x = 1")
run("for x <const> = 1, 2 do end")
run("local function f(x <const>) end")
run("local x <1> = 1")
run("local a <const>, b = 1, 2; b = 3; a = 4")
run("local f <const> = function () end; function f() end")
run("local t <const> = {}; t.x = 1; function t.f() end; return t.x")
--## assignments that are not possible
for _, s in ipairs {"f() = 1", "a, f() = 1, 2", "a + b = 1", "(a) = 1", "a.b() = 1", "'x' = 1", "nil = 1", "true = false", "... = 1", "{} = 1", "a, b + 1 = 2", "x, (y) = 1, 2", "a = b = c"} do
  run(s)
end
--## vararg outside a vararg function
run("local function f() return ... end")
run("local function f(a, b) local t = {...} end")
run("return function (x) return function () return ... end end")
run("return (function (...) return ... end)(1, 2)")
--## ambiguous calls across lines are calls
run("local f = print\nlocal x = f\n('called')")
run("local s = 'x'\n('y'):upper()")
--## lines counted through every kind of line end
run("\n\n\r\n\n\rx x")
run("\r\rx x")
run("\n\r\n\rx x")
run("x = 1 -- comment\r\n y y")
run("x = [[\r\n\r\n]] y y")
run("x = 'a\\\r\nb' y y")
run("x = 'a\\z  \n\n  b' y y")
--## too many nested parentheses, tables, functions and blocks
for _, p in ipairs {{"(", ")"}, {"{", "}"}, {"function () return ", " end"}, {"-", ""}, {"not ", ""}, {"2 ^ ", ""}, {"'a' .. ", ""}} do
  local ok, message = load("return " .. p[1]:rep(1000) .. "1" .. p[2]:rep(1000), "=deep")
  show(p[1], ok == nil, message)
end
for _, p in ipairs {{"do ", " end"}, {"while x do ", " end"}, {"if x then ", " end"}, {"repeat ", " until x"}, {"for i = 1, 2 do ", " end"}, {"local function f() ", " end"}} do
  local ok, message = load(p[1]:rep(1000) .. p[2]:rep(1000), "=deep")
  show(p[1], ok == nil, message)
end
--## nesting that still compiles
for _, p in ipairs {{"(", ")"}, {"{", "}"}, {"function () return ", " end"}, {"not ", ""}, {"2 ^ ", ""}} do
  show(p[1], load("return " .. p[1]:rep(150) .. "1" .. p[2]:rep(150)) ~= nil)
end
--## more than 200 local variables
local function locals(n)
  local t = {}
  for i = 1, n do t[i] = "local v" .. i end
  return table.concat(t, "\n")
end
show(load(locals(200)) ~= nil)
show(load(locals(201), "=l"))
show(load("function f()\n" .. locals(201) .. "\nend", "=l"))
show(load("local function named()\n" .. locals(201) .. "\nend", "=l"))
local names = {}
for i = 1, 201 do names[i] = "a" .. i end
show(load("local " .. table.concat(names, ","), "=l"))
show(load("return function (" .. table.concat(names, ",") .. ") end", "=l"))
show(load("for " .. table.concat(names, ",") .. " in x do end", "=l"))
--## more than 255 upvalues
local text = {}
for i = 1, 150 do text[#text + 1] = "local a" .. i end
text[#text + 1] = "local function mid()"
for i = 1, 110 do text[#text + 1] = "local b" .. i end
text[#text + 1] = "return function () local x"
local head = table.concat(text, "\n")
local uses = {}
for i = 1, 145 do uses[#uses + 1] = "x = a" .. i end
for i = 1, 110 do uses[#uses + 1] = "x = b" .. i end
show(load(head .. "\n" .. table.concat(uses, "\n") .. " end end", "=u") ~= nil)
uses[#uses + 1] = "x = a146"
show(load(head .. "\n" .. table.concat(uses, "\n") .. " end end", "=u"))
--## too many arguments and expressions for registers
local many = {}
for i = 1, 260 do many[i] = "f" .. (i % 7) end
show(load("return g(" .. table.concat(many, ",") .. ")", "=r"))
show(load("local a = " .. table.concat(many, ","), "=r") == nil)
local targets = {}
for i = 1, 260 do targets[i] = "t[" .. i .. "]" end
show((load(table.concat(targets, ",") .. " = 1", "=r")))
show(load("return {" .. table.concat(many, ",") .. "}", "=r") ~= nil)
--## C levels in assignments and calls
show(load(("a,"):rep(220) .. "a = 1", "=c"))
show(load("x = " .. ("f("):rep(250) .. (")"):rep(250), "=c"))
show(load("x = " .. ("t["):rep(250) .. "1" .. ("]"):rep(250), "=c"))
show(load("x = a" .. (".b"):rep(500), "=c") ~= nil)
show(load("x = f" .. ("()"):rep(500), "=c") ~= nil)
show(load("x = 1" .. (" + 1"):rep(5000), "=c") ~= nil)
--## long if chains and big tables compile
local t = {"local x = ... if x == 0 then return 0"}
for i = 1, 2000 do t[#t + 1] = "elseif x == " .. i .. " then return " .. i * 2 end
t[#t + 1] = "end"
local f = load(table.concat(t, "\n"))
show(f(0), f(77), f(2000), f(2001))
local big = {}
for i = 1, 70000 do big[i] = tostring(i % 1000) .. ".5" end
local g = load("return {" .. table.concat(big, ",") .. "}")
local r = g()
show(#r, r[1], r[70000], r[65536])
--## many constants
local parts = {"local t = {}"}
for i = 1, 300 do parts[#parts + 1] = ("t.k%d = 'v%d' t[%d.25] = %d"):format(i, i, i, i * 100000) end
parts[#parts + 1] = "return t.k1, t.k300, t[300.25], t[1.25], t.k260 == 'v260', 'v299' .. t.k299"
show(load(table.concat(parts, "\n"))())
