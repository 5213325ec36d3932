-- Small operations of the language and its library: `host operations.lua -l` lists them, `-m NAME` prints nanoseconds of one, `-c` runs each a few times.
--
-- An operation is a statement in a loop, after what it needs; `i` counts.

local PRELUDE = [==[
local Events = {
  __index = function(t, k) return 1 end, __newindex = function() end, __add = function(a, b) return a end, __band = function(a, b) return a end,
  __unm = function(a) return a end, __concat = function(a, b) return "x" end, __len = function() return 3 end, __eq = function(a, b) return true end,
  __lt = function(a, b) return true end, __le = function(a, b) return true end, __call = function(self, x) return x end, __close = function() end,
}
local a, b = setmetatable({}, Events), setmetatable({}, Events)
local native = setmetatable({}, {
  __index = rawget, __newindex = rawset, __len = rawlen, __unm = type, __eq = rawequal, __lt = rawequal, __concat = rawequal,
})
local other_native = setmetatable({}, getmetatable(native))
local remembering = { __index = function(t, k) local v = k * 2 rawset(t, k, v) return v end }
local defaults = setmetatable({}, { __index = function() return 0 end })
local named = setmetatable({}, { __tostring = function() return "x" end })
local Class = { foo = 1 } Class.__index = Class
local object = setmetatable({}, Class)
local Heir = setmetatable({}, Class) Heir.__index = Heir
local heir = setmetatable({}, Heir)
local function nothing() end
local function identity(x) return x end
local function three(x, y, z) return x, y, z end
local function pass(...) return ... end
local function count(...) return select("#", ...) end
local TEXT, LONG, SAME = "the quick brown fox jumps over the lazy dog", ("x"):rep(100) .. "a", ("x"):rep(100) .. "a"
local FILE = io.stdout
]==]

local operations, bodies = {}, {}
local function operation(name, setup, statement)
  operations[#operations + 1] = name
  bodies[name] = setup .. "\nreturn function(n) for i = 1, n do " .. statement .. "\nend end"
end

-- Metamethods
operation("__index, field", "", "local x = a.foo")
operation("__index, integer", "", "local x = a[i]")
operation("__newindex", "", "a.foo = i")
operation("__add", "", "local x = a + b")
operation("__add with a constant", "", "local x = a + 1")
operation("__concat", "", [[local x = a .. "x"]])
operation("__eq", "", "local x = a == b")
operation("__lt", "", "local x = a < b")
operation("__le", "", "local x = a <= b")
operation("__lt with a constant", "", "local x = a < 1")
operation("__call", "", "local x = a(i)")
operation("__len", "", "local x = #a")
operation("__unm", "", "local x = -a")
operation("__band", "", "local x = a & b")
operation("to-be-closed variable", "", "local x <close> = a")
operation("setmetatable of a new table", "", "local x = setmetatable({}, Events)")
operation("getmetatable", "", "local x = getmetatable(a)")
operation("field inherited from a class", "", "local x = object.foo")
operation("field inherited from a class's class", "", "local x = heir.foo")
operation("field inherited from a class, of a local variable", "local object = object", "local x = object.foo")
operation("field of a string", "", "local x = TEXT.len")
operation("absent field", "local t = {}", "local x = t.foo")

-- Arithmetic and comparisons
operation("// by a constant", "local x = 0", "x = x + (i // 3)")
operation("% by a constant", "local x = 0", "x = x + (i % 7)")
operation("// by a variable", "local x, d = 0, 3", "x = x + (i // d)")
operation("% by a variable", "local x, d = 0, 7", "x = x + (i % d)")
operation("% of floats", "local x = 0.0", "x = x + (i % 2.5)")
operation("// of floats", "local x = 0.0", "x = x + (i // 2.5)")
operation("^ 2", "local x = 0.0", "x = x + i ^ 2")
operation("^ 0.5", "local x = 0.0", "x = x + i ^ 0.5")
operation("^ 3.1", "local x = 0.0", "x = x + i ^ 3.1")
operation("/", "local x = 0.0", "x = x + i / 3")
operation("bitwise operators", "local x = 0", "x = (x ~ (i << 3)) & 0xffffff | (i >> 2)")
operation("bitwise not", "local x = 0", "x = ~x")
operation("shifts by a variable", "local x, s = 1, 3", "x = (x << s) | (x >> s)")
operation("& of an integral float", "local x, s = 0, 3.0", "x = i & s")
operation("arithmetic on a string", "local x = 0", [[x = "10" + i]])
operation("integer < float", "local x = 0", "if i < 50000.5 then x = x + 1 end")
operation("string < string", [[local p, q, x = "abcde", "abcdf", 0]], "if p < q then x = x + 1 end")
operation("string == string", [[local p, q, x = "abcde", "abcdf", 0]], "if p == q then x = x + 1 end")
operation("long string == long string", "local x = 0", "if LONG == SAME then x = x + 1 end")
operation("long string < long string", "local x = 0", "if LONG < SAME then x = x + 1 end")
operation("not, and, or", "local x", "x = not x and i or false")

-- Calls
operation("call without arguments", "", "nothing()")
operation("call with one argument", "", "local x = identity(i)")
operation("call with three arguments", "", "local x, y, z = three(i, i, i)")
operation("varargs passed on", "", "local x, y, z = pass(i, i, i)")
operation("select('#') of varargs", "", "local x = count(i, i, i)")
operation("select(2)", "", "local x = select(2, i, i, i)")
operation("select(-1)", "", "local x = select(-1, i, i, i)")
operation("varargs into a table", "local function f(...) local t = { ... } return #t end", "f(i, i, i)")
operation("table.pack", "local p = table.pack", "p(i, i, i)")
operation("table.unpack of three", "local u, t = table.unpack, { 1, 2, 3 }", "local x, y, z = u(t)")
operation("call of a method", "local o = { f = function(self, x) return x end }", "o:f(i)")
operation("closure with an upvalue", "", "local g = function() return i end")
operation("closure without upvalues", "", "local g = function() return 1 end")
operation("upvalue counted up", "local c = 0 local function g() c = c + 1 end", "g()")
operation("global read", "", "local x = math")
operation("global written", "", "GLOBAL = i")
operation("pcall", "local p = pcall", "p(nothing)")
operation("xpcall", "local p = xpcall", "p(nothing, nothing)")
operation("pcall of error()", "", "pcall(error)")
operation("pcall of error('x')", "", [[pcall(error, "x")]])
operation("pcall of an error with position", [[local function g() error("x") end]], "pcall(g)")
operation("pcall of an arithmetic error", "local function g() return nil + 1 end", "pcall(g)")
operation("assert", "", "assert(i)")

-- Coroutines
operation("coroutine created and run", "", "coroutine.resume(coroutine.create(nothing))")
operation("coroutine.status", "local c = coroutine.create(nothing)", "coroutine.status(c)")
operation("coroutine.isyieldable", "", "coroutine.isyieldable()")
operation("coroutine.running", "", "coroutine.running()")

-- Tables
operation("{}", "", "local t = {}")
operation("{1, 2, 3}", "", "local t = { 1, 2, 3 }")
operation("{x =, y =}", "", "local t = { x = 1, y = 2 }")
operation("table of eight fields", "", "local t = { a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8 }")
operation("four fields one by one", "", "local t = {} t.a = 1 t.b = 2 t.c = 3 t.d = 4")
operation("eight elements one by one", "", "local t = {} for j = 1, 8 do t[j] = j end")
operation("t[#t+1]", "local t = {}", "t[#t + 1] = i")
operation("# of an array", "local t = { 1, 2, 3, 4, 5 } local x = 0", "x = x + #t")
operation("# of a table with a hash part", "local t = {} t[1] = 1 t[2] = 2 t[4] = 4 local x = 0", "x = x + #t")
operation("# of a string", [[local t = "abc" local x = 0]], "x = x + #t")
operation("table.insert", "local t = {} local ins = table.insert", "ins(t, i)")
operation("table.insert and remove inside", "local t = { 1, 2, 3, 4, 5, 6, 7, 8 } local ins, rem = table.insert, table.remove", "ins(t, 3, i) rem(t, 3)")
operation("table.concat of ten", [[local t = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" } local c = table.concat]], [[c(t, ",")]])
operation("table.concat of ten numbers", "local t = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 } local c = table.concat", [[c(t, ",")]])
operation("table.move", "local t = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 } local m = table.move", "m(t, 1, 10, 1, {})")
operation("table.sort of ten", "local s = table.sort", "s({ 5, 3, 8, 1, 9, 2, 7, 4, 6, 0 })")
operation("table.sort of ten strings", "local s = table.sort", [[s({ "pear", "fig", "kiwi", "apple", "plum", "date", "lime", "nut", "oat", "rye" })]])
operation("table.sort with a function", "local s = table.sort local function lt(p, q) return p > q end", "s({ 5, 3, 8, 1, 9, 2, 7, 4, 6, 0 }, lt)")
operation("pairs over ten fields", "local t = { a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9, j = 10 }", "for k, v in pairs(t) do end")
operation("ipairs over ten", "local t = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }", "for k, v in ipairs(t) do end")
operation("pairs over an array of ten", "local t = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }", "for k, v in pairs(t) do end")
operation("next in a loop", "local t = { a = 1, b = 2, c = 3, d = 4 }", "local k = next(t) while k do k = next(t, k) end")
operation("for in next", "local t = { a = 1, b = 2, c = 3, d = 4 }", "for k, v in next, t do end")
operation("pairs over nothing", "local t = {}", "for k, v in pairs(t) do end")
operation("__pairs", "local t = setmetatable({}, { __pairs = function(t) return next, { 1, 2, 3 }, nil end })", "for k, v in pairs(t) do end")
operation("field set and removed", "local t = {}", "t.x = 1 t.x = nil")
operation("integer keys added and removed", "local t = {}", "t[i * 7919] = i t[(i - 10) * 7919] = nil")
operation("float keys", "local t = {}", "t[(i & 15) + 0.5] = i")
operation("integral float as key", "local t = { 1, 2, 3 } local x", "x = t[2.0]")
operation("boolean as key", "local t = { [true] = 1, [false] = 2 } local x", "x = t[true]")
operation("table as key", "local k = {} local t = { [k] = 1 } local x", "x = t[k]")
operation("negative integer as key", "local t = { [-1] = 1 } local x", "x = t[-1]")
operation("long string as key", "local t = { [LONG] = 1 } local x", "x = t[SAME]")
operation("array of arrays, read", "local t = { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } } local x = 0", "x = x + t[2][3]")
operation("array of arrays, written", "local t = { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } }", "t[2][3] = i")
operation("rawget", "local t = { x = 1 }", [[local x = rawget(t, "x")]])
operation("rawset", "local t = { x = 1 }", [[rawset(t, "x", i)]])
operation("rawequal", "", "rawequal(a, b)")
operation("rawlen", "", "rawlen(a)")
operation("type", "", "local x = type(i)")
operation("type(x) == 'number'", "local x = 0", [[if type(i) == "number" then x = x + 1 end]])
operation("entries of a weak table", [[local t = setmetatable({}, { __mode = "k" })]], "t[{}] = i")
operation("tables with finalizers", "local m = { __gc = function() end }", "setmetatable({}, m)")

-- Strings
operation(".. of two strings", [[local x = "abc"]], [[local y = x .. "def"]])
operation(".. with an integer", "", [[local y = "a" .. i .. "b"]])
operation(".. with a float", "", [[local y = "a" .. (i + 0.5)]])
operation("tostring, integer", "", "local y = tostring(i)")
operation("tostring, float", "", "local y = tostring(i + 0.25)")
operation("tostring, table", "", "local y = tostring(b)")
operation("tostring, boolean", "", "local y = tostring(true)")
operation("tostring, string", "", [[local y = tostring("x")]])
operation("tonumber, integer", "", [[local y = tonumber("12345")]])
operation("tonumber, float", "", [[local y = tonumber("123.45")]])
operation("tonumber, hexadecimal", "", [[local y = tonumber("0xff")]])
operation("tonumber with a base", "", [[local y = tonumber("zz", 36)]])
operation("tonumber, no number", "", [[local y = tonumber("abc")]])
operation("tonumber of a number", "", "local y = tonumber(i)")
operation("string.sub", "", "local y = TEXT:sub(5, 9)")
operation("string.sub, one byte", "", "local y = TEXT:sub(i % 40 + 1, i % 40 + 1)")
operation("string.sub, long", "", "local y = LONG:sub(2, 90)")
operation("string.byte", "", "local y = TEXT:byte(5)")
operation("string.byte, four", "", "local p, q, r, s = TEXT:byte(5, 8)")
operation("string.char", "local c = string.char", "local y = c(65 + i % 26)")
operation("string.char, four", "local c = string.char", "local y = c(65, 66, 67, 68)")
operation("string.upper", "", "local y = TEXT:upper()")
operation("string.reverse", "", "local y = TEXT:reverse()")
operation("string.rep", "", [[local y = ("ab"):rep(10)]])
operation("string.rep with a separator", "", [[local y = ("ab"):rep(10, ",")]])
operation("string.len", "", "local y = TEXT:len()")
operation("string.find, plain", "", [[local y = TEXT:find("lazy", 1, true)]])
operation("string.find, no specials", "", [[local y = TEXT:find("fox")]])
operation("string.find, pattern", "", [[local y = TEXT:find("%a+ dog")]])
operation("string.find, anchored", "", [[local y = TEXT:find("^the")]])
operation("string.match", "", [[local y = TEXT:match("(%a+) (%a+)")]])
operation("string.match, anchored at both ends", "", [[local y = ("key=123"):match("^(%w+)=(%d+)$")]])
operation("string.gmatch", "", [[for w in TEXT:gmatch("%a+") do end]])
operation("string.gsub by a string", "", [[local y = TEXT:gsub("o", "0")]])
operation("string.gsub by a function", "", [[local y = TEXT:gsub("%a+", function(w) return w end)]])
operation("string.gsub by a table", [[local t = { the = "a" }]], [[local y = TEXT:gsub("%a+", t)]])
operation("string.gsub, no match", "", [[local y = TEXT:gsub("%d", "0")]])
operation("format %d", "", [[local y = ("%d"):format(i)]])
operation("format %5.2f", "", [[local y = ("%5.2f"):format(i)]])
operation("format %s", "", [[local y = ("%s:%s"):format("a", i)]])
operation("format %x", "", [[local y = ("%08x"):format(i)]])
operation("format %q", "", [[local y = ("%q"):format(TEXT)]])
operation("format %g", "", [[local y = ("%g"):format(i + 0.1)]])
operation("format %.14g", "", [[local y = ("%.14g"):format(i + 0.1)]])
operation("format %c%%", "", [[local y = ("%c%%"):format(65)]])
operation("format %i pad", "", [[local y = ("%-10d|%+5d"):format(i, i)]])
operation("format %10s", "", [[local y = ("%10s|%-10s"):format("a", "b")]])
operation("format %a", "", [[local y = ("%a"):format(i)]])

-- Packing and UTF-8
operation("string.pack", "local p = string.pack", [[local y = p("<i4i8z", i, i, "abc")]])
operation("string.unpack", [[local u = string.unpack local s = string.pack("<i4i8z", 1, 2, "abc")]], [[local y = u("<i4i8z", s)]])
operation("string.packsize", "local u = string.packsize", [[local y = u("<i4i8d")]])
operation("utf8.char", "local u = utf8.char", "local y = u(0x20AC, 65)")
operation("utf8.len", "local u = utf8.len", [[local y = u("héllo wörld")]])
operation("utf8.codepoint", "local u = utf8.codepoint", [[local y = u("héllo", 2)]])
operation("utf8.offset", "local u = utf8.offset", [[local y = u("héllo", 3)]])

-- Mathematics
operation("math.floor of an integer", "", "local y = math.floor(i)")
operation("math.max", "local g = math.max", "local y = g(i, 5, 7)")
operation("math.min of mixed numbers", "local g = math.min", "local y = g(i, 5.5, 7)")
operation("math.random", "local g = math.random", "local y = g()")
operation("math.random(n)", "local g = math.random", "local y = g(100)")
operation("math.random(m, n)", "local g = math.random", "local y = g(10, 100)")
operation("math.fmod", "local g = math.fmod", "local y = g(i, 7)")
operation("math.fmod of floats", "local g = math.fmod", "local y = g(i, 7.5)")
operation("math.modf", "local g = math.modf", "local y = g(i + 0.5)")
operation("math.ult", "local g = math.ult", "local y = g(i, 7)")
operation("math.log 2", "local g = math.log", "local y = g(i, 2)")
operation("math.log 10", "local g = math.log", "local y = g(i, 10)")
operation("math.atan", "local g = math.atan", "local y = g(i, 7)")

-- The system and debugging
operation("os.time", "", "local y = os.time()")
operation("os.clock", "", "local y = os.clock()")
operation("debug.getinfo 'S'", "", [[debug.getinfo(1, "S")]])
operation("debug.getinfo, everything", "", "debug.getinfo(1)")
operation("debug.getinfo 'l'", "", [[debug.getinfo(1, "l")]])
operation("debug.traceback", "", "debug.traceback()")
operation("debug.getlocal", "", "debug.getlocal(1, 1)")
operation("debug.sethook()", "", "debug.sethook()")

-- Code and control
operation("load of 'return 1'", "", [[load("return 1")]])
operation("load of a statement", "", [[load("local a,b=... ; if a>b then return a*2+b else return {a,b,x=1} end")]])
operation("load by a function", "", [[local d = false load(function() if not d then d = true return "return 1" end end)]])
operation("string.dump", "", "string.dump(three)")
-- Upstream's collector never runs while only binary chunks are loaded; a table lets it.
operation("load of a binary chunk", "local s = string.dump(three)", [[local t = { load(s, "x", "b") }]])
operation("require of what is there", "", [[require("string")]])
operation("collectgarbage('count')", "", [[collectgarbage("count")]])
operation("next(t) == nil", "local t = {} local x = 0", "if next(t) == nil then x = x + 1 end")
operation("method of a string read", "", "local y = TEXT.len")
operation("nested for", "", "for j = 1, 10 do end")
operation("two variables exchanged", "local p, q = 1, 2", "p, q = q, p")
operation("chain of string comparisons", [[local x, s = 0, "delta"]],
  [[if s == "alpha" then x = 1 elseif s == "beta" then x = 2 elseif s == "gamma" then x = 3 elseif s == "delta" then x = 4 end]])
operation("branch on a boolean", "local x = true local c = 0", "if x then c = c + 1 end x = not x")
operation("field of an upvalue's table", "local t = { x = 0 } local function g() t.x = t.x + 1 end", "g()")
operation("field of self counted up", "local o = { x = 0 } function o:inc() self.x = self.x + 1 end", "o:inc()")

-- Userdata, and standard functions as metamethods
operation("field of a userdata", "", "local x = FILE.write")
operation("method of a file", "", "FILE:seek()")
operation("method of a string called", [[local s = "x"]], "local x = s:len()")
operation("userdata == userdata", "local G = io.stderr", "local x = FILE == G")
operation("rawget as __index", "", "local x = native.foo")
operation("rawlen as __len", "", "local x = #native")
operation("rawequal as __eq", "", "local x = native == other_native")
operation("rawequal as __lt", "", "local x = native < other_native")
operation("type as __unm", "", "local x = -native")
operation("rawequal as __concat", "", "local x = native .. other_native")
operation("rawset as __newindex", "", "native.x = 1 native.x = nil")
operation("__index that remembers", "local t = setmetatable({}, remembering)", "local x = t[i & 1023]")
operation("__index for integers", "", "local x = defaults[i]")
operation("__index for floats", "", "local x = defaults[i + 0.5]")
operation("__index for a name", "", [=[local x = defaults["a"]]=])
operation("__tostring", "", "local x = tostring(named)")

-- Small programs
operation("string.gsub of 100 words", [[local s = ("abc "):rep(100)]], [[s:gsub("%a+", function(w) return w:upper() end)]])
operation("closures in one another", "local x = 0 local function f() local function g() local function h() x = x + 1 end h() end g() end", "f()")
operation("joined strings as keys", "local t = {}", [[t["k" .. (i & 255)] = i]])
operation("words into a table", "", [[local t = {} for w in ("a,b,c,d,e,f,g,h"):gmatch("[^,]+") do t[#t + 1] = w end]])
operation("queue in a table", "local q, h, t = {}, 1, 0", "t = t + 1 q[t] = i if i % 2 == 0 then q[h] = nil h = h + 1 end")
operation("stack in a table", "local s = {}", "s[#s + 1] = i if i % 3 == 0 then s[#s] = nil end")
operation("object created and asked",
  "local C = {} C.__index = C function C.new(x) return setmetatable({ x = x }, C) end function C:get() return self.x end", "C.new(i):get()")
operation("string.format of four", "", [[string.format("%d %s %5.1f %x", "1", "a", 2.5, 255)]])
operation("strings told apart", [[local k, c = { "add", "sub", "mul", "div" }, 0]],
  [[local o = k[i % 4 + 1] if o == "add" then c = c + 1 elseif o == "sub" then c = c - 1 elseif o == "mul" then c = c * 1 else c = c + 2 end]])
operation("pcall in pcall, 20 deep", "local function f(d) if d == 0 then return 1 end return select(2, pcall(f, d - 1)) end", "f(20)")
operation("table thrown twice", "", "pcall(function() local ok, e = pcall(error, { code = i }) error(e) end)")
operation("three coroutines in turn",
  "local function make() return coroutine.wrap(function() while true do coroutine.yield(1, 2, 3) end end) end local a, b, c = make(), make(), make()",
  "a() b() c()")
operation("resume and yield with a value",
  "local c = coroutine.create(function(...) local a = ... while true do a = coroutine.yield(a) end end)", "coroutine.resume(c, i)")
operation("coroutine closed", "", "local c = coroutine.create(function() coroutine.yield() end) coroutine.resume(c) coroutine.close(c)")
operation("linear congruence", "local x = 1", "x = x * 6364136223846793005 + 1442695040888963407")
operation("float arithmetic", "local x = 0.5", "x = x * i / (i + 1) - 0.25")
operation("float + integer", "local x = 0.5", "x = x + i")
operation("math functions", "", "local x = math.floor(i / 3) + math.abs(-i) + math.max(i, 3)")
operation("math.tointeger of a string", "", [[local x = math.tointeger("8")]])
operation("table.unpack of a part", "local t = { 1, 2, 3, 4, 5, 6, 7, 8 }", "local a, b = table.unpack(t, 3, 4)")
operation("select('#') of eight", "local function f(...) return select('#', ...) end", "f(1, 2, 3, 4, 5, 6, 7, 8)")
operation(".. of six", "", [[local s = "a" .. i .. "b" .. i .. "c" .. i]])
operation("string that grows", [[local s = ""]], [[s = i % 1000 == 0 and "" or s .. i]])
operation("utf8.codes", [[local s = ("héé€"):rep(25)]], "for p, c in utf8.codes(s) do end")
operation("entries of a cache", [[local t = setmetatable({}, { __mode = "v" })]], "t[i] = {}")
operation("four tables in one another", "", "local t = { a = { b = { c = {} } } }")
operation("call of a module's function", "local s = string", [[s.len("x")]])
operation("goto continue", "", "if i % 2 == 0 then goto continue end local x = i ::continue::")
operation("and, or", "local x", "x = i > 50 and i or -i")
operation("integer compared with a float", "local c, f = 0, 5e4",
  "if i < f then c = c + 1 end if i >= f then c = c - 1 end if i == f then c = 0 end")
operation("load and call", "", [[load("local t={} for i=1,10 do t[i]=i*2 end return #t")()]])
operation("function with its own environment", [[local env = { x = 0 } local f = load("x=x+1", "e", "t", env)]], "f()")

local function compiled(name) return assert(load(PRELUDE .. (bodies[name] or error("no operation " .. name))))() end

local mode, wanted = ...
if mode == "-l" then
  print(table.concat(operations, "\n"))
  return
elseif mode == "-c" then
  for _, name in ipairs(operations) do compiled(name)(10) end
  print("checksum " .. #operations)
  return
end

-- Some milliseconds long, the shortest of five times.
local run, n, best = compiled(wanted), 100, math.huge
while true do
  local start = os.clock()
  run(n)
  local used = os.clock() - start
  if used > 0.004 then break end
  n = used > 0.0004 and math.ceil(n * 0.006 / used) or n * 10
end
for _ = 1, 5 do
  collectgarbage()
  local start = os.clock()
  run(n)
  best = math.min(best, os.clock() - start)
end
print(string.format("%.3f", best * 1e9 / n))
