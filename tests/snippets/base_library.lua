-- The basic library: what each function returns, and what it says about bad arguments.
--## print joins with tabs and uses __tostring and __name
print()
print(nil, true, false, 1, 2.0, -0.0, "x")
print(setmetatable({}, {__tostring = function () return "shown" end}))
print(pcall(print, setmetatable({}, {__tostring = function () return 1 end})))
print((tostring(setmetatable({}, {__name = "Kind"})):gsub("0x%x+", "ADDRESS")))
print((tostring(print):gsub("0x%x+", "ADDRESS")), (tostring(io.stdout):gsub("0x%x+", "ADDRESS")))
--## tostring of numbers
for _, v in ipairs {0, -0.0, 1, 1.0, 1e15, 1e16, 1e100, 123456789012345, 0.1, 1/3, -1/3, 1e-10, 2^53, 2^63, -2^63,
                    1/0, -1/0, math.maxinteger, math.mininteger, 3.14159265358979, 100000000000000, 1e14} do
  print(tostring(v))
end
--## tostring needs a value
try(tostring)
try(tostring, nil)
try(tostring, true)
--## tonumber without base
for _, s in ipairs {"10", " 10 ", "10.", ".5", "5e2", "5e", "0x10", "0x", "0x.8", "0xA.8p1", "0x1p4", "1e1000", "-1e1000",
                    "", " ", "1 2", "10x", "0x1g", "1e+5", "1e-5", "+1", "-1", "--1", "- 1", "inf", "nan", "0b1", "1_000",
                    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
                    "0xffffffffffffffff", "0x1ffffffffffffffff", "\t12\n", "12\0", "1e", "e1", ".", "0x.p1", "00012", "1.5.2"} do
  print(repr(s), repr(tonumber(s)))
end
--## tonumber with a base
for base = 2, 36, 7 do
  print(base, tonumber("10", base), tonumber("1111", base), tonumber("-11", base), tonumber("z", base), tonumber("7", base))
end
show(tonumber("ff", 16), tonumber("FF", 16), tonumber("  zZ  ", 36), tonumber("8", 8), tonumber("", 10), tonumber("1.0", 10))
show(tonumber("1e1", 16), tonumber("7fffffffffffffff", 16), tonumber("ffffffffffffffffff", 16), tonumber("- 1", 10))
show(tonumber("-z", 36), tonumber("10\0", 2), tonumber("\t101\n", 2))
--## tonumber with bad arguments
try(tonumber)
try(tonumber, "10", 1)
try(tonumber, "10", 37)
try(tonumber, 10, 10)
try(tonumber, {}, 10)
try(tonumber, {})
try(tonumber, nil)
try(tonumber, "10", "x")
try(tonumber, "10", 2.5)
try(tonumber, print)
--## type
show(type(nil), type(1), type("x"), type({}), type(print), type(io.stdout), type(coroutine.create(print)), type(true))
try(type)
--## assert returns its arguments or raises its message
try(assert, 1, 2, 3)
try(assert, false)
try(assert, nil)
try(assert, nil, "message")
try(assert, false, {1})
try(assert, false, nil)
try(assert)
show(select("#", assert(1, nil, nil)))
--## error levels add positions
local function level0() error("text", 0) end
local function level1() error("text") end
local function level2() error("text", 2) end
local function level3() error("text", 3) end
local function around(f) f() return 1 end
try(around, level0)
try(around, level1)
try(around, level2)
try(around, level3)
try(around, function () error("text", 50) end)
try(error)
try(error, nil)
try(error, {})
try(error, 12)
try(error, "text", 0)
try(error, "text", "x")
try(error, setmetatable({}, {__tostring = function () return "never used here" end}))
--## pcall
show(pcall(function (...) return select("#", ...), ... end, 1, nil, 3))
show(pcall(error))
show(pcall(nil))
show(pcall(12))
show(pcall(pcall))
show(pcall(pcall, error, "inner"))
show(pcall(pcall, pcall, error, "inner"))
try(pcall)
--## xpcall and its handler
show(xpcall(function () error("deep", 0) end, function (m) return "handled " .. m, 2 end))
show(xpcall(function () return 1, 2 end, print))
show(xpcall(function (...) return ... end, print, 1, 2, 3))
show(xpcall(error, function (m) return m end, "text", 0))
show(xpcall(error, function (m) error("again") end, "text"))
show(xpcall(nil, function (m) return "H:" .. m end))
show(pcall(xpcall))
show(pcall(xpcall, print))
show(pcall(xpcall, print, nil))
show(xpcall(error, nil, "x") == false)
--## xpcall whose handler is not a function
show(pcall(xpcall, error, 12, "x"))
show(pcall(xpcall, error, {}, "x"))
--## nested handlers each see their own error
local log = {}
local function handler(tag) return function (m) log[#log + 1] = tag .. ":" .. tostring(m) return tag end end
show(xpcall(function ()
  show(xpcall(function () error("inner", 0) end, handler("in")))
  error("outer", 0)
end, handler("out")))
print(table.concat(log, " "))
--## an error in the handler ends as error in error handling or C stack overflow
local count = 0
show(xpcall(function () error("start") end, function (m) count = count + 1 if count < 5 then error("more") end return "last " .. count end))
show(select("#", xpcall(error, error)))
--## select
show(select(1, "a", "b", "c"))
show(select(2, "a", "b", "c"))
show(select(-1, "a", "b", "c"))
show(select(-3, "a", "b", "c"))
show(select(4, "a", "b", "c"))
show(select("#"))
show(select("#", nil, nil))
try(select)
try(select, 0, 1)
try(select, -2, 1)
try(select, "x")
try(select, 1.5)
try(select, "2", "a", "b")
try(select, math.mininteger, 1)
show(select(math.maxinteger, 1, 2))
--## rawequal, rawlen, rawget and rawset skip metamethods
local t = setmetatable({1, 2, 3}, {__eq = function () return true end, __len = function () return 42 end,
  __index = function () return "meta" end, __newindex = function () error("not reached") end})
show(rawequal(t, {}), t == setmetatable({}, getmetatable(t)), rawlen(t), #t, rawget(t, 9), t[9], rawlen("abcd"))
rawset(t, 9, "raw")
show(t[9])
try(rawequal, 1)
try(rawequal)
try(rawlen, 1)
try(rawlen)
try(rawget, 1, 2)
try(rawget, {})
try(rawset, {}, 1)
try(rawset, 1, 1, 1)
try(rawset, {}, nil, 1)
try(rawset, {}, 0/0, 1)
show(rawequal(1, 1.0), rawequal("a", "a"), rawequal(0.0, -0.0), rawequal(nil, false))
--## setmetatable and getmetatable
local mt = {}
local t = setmetatable({}, mt)
show(getmetatable(t) == mt, setmetatable(t, nil) == t, getmetatable(t))
try(setmetatable, {}, 1)
try(setmetatable, {})
try(setmetatable, 1, {})
try(setmetatable)
mt.__metatable = "locked"
t = setmetatable({}, mt)
show(getmetatable(t))
try(setmetatable, t, {})
mt.__metatable = false
show(getmetatable(t))
try(setmetatable, t, {})
show(getmetatable("x").__index == string, getmetatable(1), getmetatable(print), getmetatable(nil))
try(getmetatable)
--## next walks and ends with nil
local t = {10, 20, 30}
local k, v = next(t)
while k do show(k, v) k, v = next(t, k) end
show(next({}))
show(select("#", next({})))
try(next)
try(next, 1)
try(next, {}, 1)
try(next, {1, 2}, "missing")
try(next, {1}, 1.0)
try(next, {1}, 1.5)
try(next, {1}, 0/0)
--## next allows clearing fields while walking
local t = {}
for i = 1, 100 do t["k" .. i] = i end
local n = 0
for k in pairs(t) do t[k] = nil n = n + 1 end
show(n, next(t))
--## pairs honours __pairs
local t = setmetatable({}, {__pairs = function (t) return function (_, k) if (k or 0) < 3 then return (k or 0) + 1, "v" end end, t, nil end})
for k, v in pairs(t) do show(k, v) end
try(pairs)
try(pairs, nil)
try(pairs, 1)
show(select("#", pairs({})))
show(select("#", pairs(setmetatable({}, {__pairs = function () return 1, 2, 3, 4, 5 end}))))
show(select("#", pairs(setmetatable({}, {__pairs = function () end}))))
--## ipairs stops at the first nil and honours __index
for i, v in ipairs {1, 2, nil, 4} do show(i, v) end
for i, v in ipairs(setmetatable({}, {__index = function (_, i) if i < 4 then return i * i end end})) do show(i, v) end
for i, v in ipairs("no elements") do show(i, v) end
try(ipairs)
try(ipairs, nil)
local f, s, c = ipairs({})
show(f, s, c)
try(function () for i in ipairs(12) do print(i) end end)
--## load of strings, names and environments
show(load("return 1, 2, 3")())
show(load("return x", "name", "t", {x = "from env"})())
show(load("x = 1; return x", nil, nil, {})())
show(load("syntax error here"))
show(load("syntax error here", "=name"))
show(load("syntax error here", "@file.lua"))
show(load("syntax error here", "first line\nsecond"))
show(load("syntax error here", string.rep("long name ", 20)))
show(load("syntax error here", "=" .. string.rep("long name ", 20)))
show(load("syntax error here", "@" .. string.rep("long name ", 20)))
show(load("\n\nsyntax error here"))
show(load(""))
show(load("return ...", "=v")(7, 8))
show(pcall(load("error('at')", "=chunk")))
show(pcall(load("error('at')", "@chunk.lua")))
show(pcall(load("error('at')", "chunk text")))
show(pcall(load("error('at')")))
--## load from a function that gives pieces
local function pieces(...)
  local list, i = {...}, 0
  return function () i = i + 1 return list[i] end
end
show(load(pieces("return ", "1", "+", "2"))())
show(load(pieces("return 1", "", " + 2"))())
show(load(pieces())())
show(load(pieces("return 1", nil, "ignored"))())
show(load(pieces("re", "tu", "rn '", "spl", "it'"))())
show(load(pieces("x =", 12)))
show(load(pieces("x = ", true)))
show(load(pieces({}), "=n"))
show(load(function () error("from the reader") end))
show(load(function () error({}) end))
show(pcall(load, function () return nil end))
--## load modes
local binary = string.dump(function () return "binary" end)
show(load(binary, "b", "b")())
show(load(binary, "b", "t"))
show(load(binary, "=b", "bt")())
show(load("return 1", "t", "b"))
show(load("return 1", "=t", "t")())
show(load("return 1", "=t", ""))
show(load("return 1", "=t", "x"))
show(load(binary, "=t", "x"))
--## load with bad arguments
try(load)
try(load, nil)
try(load, {})
try(load, 12)
try(load, "return 1", {})
try(load, "return 1", "=n", {})
try(load, print, "=n", 12)
show(load("return _ENV", "=n", "t", nil)())
show(select("#", load("return _ENV", "=n", "t", 12)()))
--## loadfile and dofile
local function write(name, text) local f = assert(io.open(name, "wb")) f:write(text) f:close() end
write("good.lua", "local a, b = ... return a, b, 'done'")
write("bad.lua", "x = = 1")
write("raises.lua", "error('inside')")
write("bang.lua", "#!/usr/bin/env lua\nreturn 'after the bang', debug.getinfo(1, 'l').currentline")
write("bom.lua", "\xEF\xBB\xBFreturn 'after the mark'")
write("bombang.lua", "\xEF\xBB\xBF#!bang\nreturn 'after both'")
write("env.lua", "return v")
write("empty.lua", "")
write("onlybang.lua", "# nothing else")
write("bin.luac", string.dump(function () return "compiled" end))
write("bangbin.luac", "#!bang\n" .. string.dump(function () return "compiled after bang" end))
show(loadfile("good.lua")(1, 2))
show(dofile("good.lua"))
show(loadfile("bad.lua"))
show(loadfile("missing.lua"))
show(pcall(dofile, "missing.lua"))
show(pcall(dofile, "bad.lua"))
show(pcall(dofile, "raises.lua"))
show(dofile("bang.lua"))
show(dofile("bom.lua"))
show(dofile("bombang.lua"))
show(dofile("empty.lua"))
show(dofile("onlybang.lua"))
show(loadfile("env.lua", "t", {v = 5})())
show(loadfile("env.lua", nil, {v = 6})())
show(dofile("bin.luac"))
show(dofile("bangbin.luac"))
show(loadfile("bin.luac", "t"))
show(loadfile("good.lua", "b"))
try(loadfile, {})
try(dofile, {})
try(loadfile, "good.lua", {})
show(loadfile("."))
--## dofile can yield
local f = assert(io.open("y.lua", "w")) f:write("local x = coroutine.yield(1) return x .. '!'") f:close()
local co = coroutine.wrap(function () return dofile("y.lua") end)
show(co())
show(co("resumed"))
--## collectgarbage answers
show(type(collectgarbage("count")), math.type(collectgarbage("count")), collectgarbage(), collectgarbage("collect"))
show(collectgarbage("isrunning"), collectgarbage("stop"), collectgarbage("isrunning"), collectgarbage("restart"), collectgarbage("isrunning"))
show(collectgarbage("incremental"), collectgarbage("generational"), collectgarbage("generational"), collectgarbage("incremental"))
show(collectgarbage("setpause", 150), collectgarbage("setpause", 200), collectgarbage("setstepmul", 300), collectgarbage("setstepmul", 100))
show(collectgarbage("incremental", 120, 200, 10), collectgarbage("setpause", 200), collectgarbage("setstepmul", 100))
try(collectgarbage, "other")
try(collectgarbage, {})
try(collectgarbage, "step", "x")
--## collectgarbage is refused inside a finalizer
local answer
setmetatable({}, {__gc = function () answer = {pcall(collectgarbage, "collect")} end})
collectgarbage()
show(answer[1], answer[2])
show(collectgarbage("count") > 0)
--## warn
warn("one ", "message ", "in pieces")
warn("@off")
warn("not shown")
warn("@on")
warn("@unknown control is ignored")
warn("shown", " @off")
warn("still on")
try(warn)
try(warn, {})
try(warn, "a", nil)
warn(12, " numbers too ", 1.5)
--## _VERSION and _G
show(_VERSION, _G._G == _G, _G.print == print, _ENV == _G)
local names = {}
for k in pairs(_G) do names[#names + 1] = k end
table.sort(names)
print(table.concat(names, " "))
--## names in every library
for _, lib in ipairs {"string", "table", "math", "io", "os", "utf8", "coroutine", "debug", "package"} do
  local names = {}
  for k, v in pairs(_G[lib]) do names[#names + 1] = k .. ":" .. type(v) end
  table.sort(names)
  print(lib, table.concat(names, " "))
end
--## methods of files and strings
local names = {}
for k, v in pairs(getmetatable(io.stdout).__index) do names[#names + 1] = k .. ":" .. type(v) end
table.sort(names)
print(table.concat(names, " "))
names = {}
for k, v in pairs(getmetatable(io.stdout)) do names[#names + 1] = k .. ":" .. type(v) end
table.sort(names)
print(table.concat(names, " "))
names = {}
for k, v in pairs(getmetatable("")) do names[#names + 1] = k .. ":" .. type(v) end
table.sort(names)
print(table.concat(names, " "))
