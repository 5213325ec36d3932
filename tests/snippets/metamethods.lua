-- Metamethods.
--## arithmetic metamethods on either side
local mt = {}
for _, n in ipairs {"add", "sub", "mul", "div", "mod", "pow", "idiv"} do mt["__" .. n] = function (a, b) return n .. (type(a) == "table" and " left" or " right") end end
mt.__unm = function (a, b) return "unm " .. tostring(rawequal(a, b)) end
local o = setmetatable({}, mt)
show(o + 1, 1 + o, o - 1, 1 - o, o * 2, 2 * o, o / 2, 2 / o, o % 3, 3 % o, o ^ 2, 2 ^ o, o // 2, 2 // o, -o, o + o)
show(o + "x", "x" + o, o + nil, nil + o, {} + o, o + 1.5, o - 1.5, o + 1000, o * 1000)
--## the left operand's metamethod wins
local a = setmetatable({}, {__add = function () return "a" end, __concat = function () return "ca" end, __lt = function () return true end})
local b = setmetatable({}, {__add = function () return "b" end, __concat = function () return "cb" end, __lt = function () return false end})
show(a + b, b + a, a .. b, b .. a, a < b, b < a)
--## concatenation with metamethods is right associative
local log = {}
local mt = {__concat = function (x, y)
  local function n(v) return type(v) == "table" and v.n or tostring(v) end
  log[#log + 1] = n(x) .. "+" .. n(y)
  return n(x) .. n(y)
end}
local function o(n) return setmetatable({n = n}, mt) end
show(o"a" .. "b" .. "c") show("a" .. o"b" .. "c") show("a" .. "b" .. o"c") show(o"a" .. o"b" .. o"c") show(1 .. o"x" .. 2)
print(table.concat(log, " "))
--## __len, and # without it
show(#setmetatable({1, 2}, {__len = function (t) return "len" end}), #setmetatable({}, {__len = function (a, b) return rawequal(a, b) end}))
show(#setmetatable({1, 2, 3}, {}), #"abc")
show(#setmetatable({}, {__len = function () return nil end}), #setmetatable({}, {__len = function () return 1, 2 end}))
--## __eq is asked for different objects of the same type only
local calls = 0
local mt = {__eq = function (a, b) calls = calls + 1 return "truthy" end}
local a, b = setmetatable({}, mt), setmetatable({}, mt)
show(a == b, a ~= b, a == a, a == 1, 1 == a, a == {}, {} == a, calls)
mt.__eq = function () return nil end
show(a == b, a ~= b)
show(setmetatable({}, {__eq = function () return true end}) == setmetatable({}, {}))
--## __lt and __le
local mt = {__lt = function (a, b) return a.v < b.v end, __le = function (a, b) return a.v <= b.v end}
local function o(v) return setmetatable({v = v}, mt) end
show(o(1) < o(2), o(2) < o(1), o(1) <= o(1), o(1) > o(2), o(2) >= o(1), not (o(1) < o(1)))
local mixed = setmetatable({}, {__lt = function (a, b) return type(a) .. type(b) end, __le = function () return nil end})
show(mixed < 1, 1 < mixed, mixed > "x", mixed <= 1, 1 >= mixed, mixed < 2.5, 100000 < mixed)
local t = {o(3), o(1), o(2)}
table.sort(t)
show(t[1].v, t[2].v, t[3].v)
--## __le is not derived from __lt... except with the old compatibility
local a = setmetatable({}, {__lt = function () return true end})
try(function () return a <= a end)
try(function () return a <= setmetatable({}, getmetatable(a)) end)
try(function () return 1 >= a end)
--## __index as table, function and chain
local base = {x = "base x"}
local mid = setmetatable({y = "mid y"}, {__index = base})
local top = setmetatable({}, {__index = mid})
show(top.x, top.y, top.z, rawget(top, "x"))
local f = setmetatable({}, {__index = function (t, k) return type(t) .. ":" .. tostring(k) end})
show(f.a, f[1], f[1.5], f[true], f["a b"], f[-1])
show(setmetatable({}, {__index = function () return 1, 2 end}).x)
show(setmetatable({}, {__index = "text"}).len == string.len)
try(function () return setmetatable({}, {__index = 12}).x end)
--## __newindex as table, function and chain
local store = {}
local t = setmetatable({old = 1}, {__newindex = store})
t.old = 2 t.new = 3
show(rawget(t, "old"), rawget(t, "new"), store.new)
local log = {}
local u = setmetatable({}, {__newindex = function (t, k, v) log[#log + 1] = tostring(k) .. "=" .. tostring(v) rawset(t, k, v) end})
u.a = 1 u.a = 2 u[1] = "x" u[1] = "y" u.b = nil u[2.0] = 5
print(table.concat(log, " "))
local v = setmetatable({}, {__newindex = setmetatable({}, {__newindex = store})})
v.deep = "here"
show(store.deep, rawget(v, "deep"))
try(function () setmetatable({}, {__newindex = 12}).x = 1 end)
--## a field set to nil asks __newindex again
local n = 0
local t = setmetatable({}, {__newindex = function (t, k, v) n = n + 1 rawset(t, k, v) end})
t.x = 1 t.x = nil t.x = 2 t.x = 3
show(n)
--## metamethods set after first use are seen
local mt = {}
local t = setmetatable({}, mt)
show(t.x)
mt.__index = function () return "now" end
show(t.x)
mt.__index = nil
show(t.x)
local a, b = setmetatable({}, mt), setmetatable({}, mt)
show(a == b)
mt.__eq = function () return true end
show(a == b)
mt.__len = function () return 99 end
show(#t)
rawset(mt, "__len", nil)
show(#t)
mt.__call = function () return "called" end
show(t())
--## __call with extra arguments through pcall, sort and gsub
local o = setmetatable({}, {__call = function (self, a, b) if b then return a > b end return "<" .. a .. ">" end})
local t = {1, 3, 2}
table.sort(t, o)
show(t[1], t[2], t[3])
show(pcall(o, 5))
try(string.gsub, "abc", "%w", o)
show(select(2, xpcall(error, setmetatable({}, {__call = function (_, m) return "handled " .. m end}), "x")))
--## __tostring and __name
local o = setmetatable({}, {__tostring = function (s) return "text", "more" end})
show(tostring(o), select("#", tostring(o)), string.format("%s|%10s|%.2s", o, o, o))
try(tostring, setmetatable({}, {__tostring = function () return {} end}))
try(tostring, setmetatable({}, {__tostring = function () return 12 end}))
try(tostring, setmetatable({}, {__tostring = "x"}))
show((tostring(setmetatable({}, {__name = "N"})):gsub("0x.*", "ADDR")))
show((tostring(setmetatable({}, {__name = 1})):gsub("0x.*", "ADDR")))
--## __metatable protects
local t = setmetatable({}, {__metatable = "guarded"})
show(getmetatable(t), pcall(setmetatable, t, {}))
show(debug.getmetatable(t).__metatable)
--## metatables of basic types
debug.setmetatable(0, {__index = function (n, k) return k .. n end, __call = function (n, x) return n + x end, __len = function (n) return n * 2 end})
show((5).name, (5)(6), #7, (2.5).x)
debug.setmetatable(0, nil)
debug.setmetatable(nil, {__index = function (_, k) return "nil." .. k end, __add = function () return "nil+" end})
show((nil).x, nil + nil, unknown.field)
debug.setmetatable(nil, nil)
debug.setmetatable(true, {__concat = function (a, b) return "bool.." end, __lt = function () return true end, __unm = function () return "-bool" end})
show(true .. "x", true < false, -true)
debug.setmetatable(true, nil)
debug.setmetatable(print, {__index = {field = "of functions"}, __newindex = function (f, k, v) show("set", k, v) end})
show(print.field, (function () end).field)
print.x = 1
debug.setmetatable(print, nil)
try(function () return print.field end)
--## string metatable can be changed
local mt = getmetatable("")
local old = mt.__index
mt.__index = function (s, k) if type(k) == "number" then return old.sub(s, k, k) end return old[k] end
show(("abc")[2], ("abc"):upper())
mt.__index = old
mt.__add = function (a, b) return "string add" end
show("x" + "y")
show("1" + "2")
--## string arithmetic metamethods
local mt = getmetatable("")
show("10" + 1, mt.__add("1", 2), mt.__unm("5"), mt.__idiv("7", 2))
try(mt.__add, "x", 1)
try(mt.__add, {}, 1)
try(mt.__add)
mt.__add = nil
try(function () return "10" + 1 end)
--## metamethods can yield
local mt = {}
for _, n in ipairs {"add", "sub", "concat", "len", "eq", "lt", "le", "index", "call", "unm", "band", "shl"} do mt["__" .. n] = function () return coroutine.yield(n) end end
mt.__newindex = function () coroutine.yield("newindex") end
local a, b = setmetatable({}, mt), setmetatable({}, mt)
local co = coroutine.wrap(function ()
  show(a + 1, 1 - a, a .. "x", "x" .. a, #a, a == b, a ~= b, a < b, a <= b, a > 1, a.x, a(), -a, a & 1, 1 << a)
  a.y = 1
  if a < b then show("if true") end
  if not (a == b) then show("if false") end
  show("x" .. "y" .. a .. "z")
  local t = {a.p, a.q}
  show(t[1], t[2])
  return "end"
end)
local r = co()
local i = 0
while r ~= "end" do io.write(r, " ") i = i + 1 r = co(i % 3 ~= 0 and i or nil) end
print()
--## yields in comparison metamethods decide jumps
local mt = {__lt = function (a, b) return coroutine.yield("lt") end, __le = function () return coroutine.yield("le") end, __eq = function () return coroutine.yield("eq") end}
local a, b = setmetatable({}, mt), setmetatable({}, mt)
for _, answer in ipairs {true, false} do
  local co = coroutine.wrap(function ()
    local s = ""
    if a < b then s = s .. "1" else s = s .. "0" end
    if a <= b then s = s .. "1" else s = s .. "0" end
    if a == b then s = s .. "1" else s = s .. "0" end
    if a ~= b then s = s .. "1" else s = s .. "0" end
    if a > b then s = s .. "1" else s = s .. "0" end
    if a < 5 then s = s .. "1" else s = s .. "0" end
    if a >= 5 then s = s .. "1" else s = s .. "0" end
    while a < b do s = s .. "w" break end
    local v = a < b
    return s .. tostring(v) .. tostring(a < b and 1 or 2)
  end)
  local r = co()
  while #r == 2 do r = co(answer) end
  show(answer, r)
end
--## inheritance with classes
local Animal = {} Animal.__index = Animal
function Animal.new(name) return setmetatable({name = name}, Animal) end
function Animal:speak() return self.name .. " makes a sound" end
local Dog = setmetatable({}, {__index = Animal}) Dog.__index = Dog
function Dog.new(name) local d = Animal.new(name) return setmetatable(d, Dog) end
function Dog:speak() return Animal.speak(self) .. ": woof" end
show(Animal.new("cat"):speak(), Dog.new("rex"):speak(), Dog.new("x").name)
--## proxies and read-only tables
local function readonly(t) return setmetatable({}, {__index = t, __newindex = function (_, k) error("cannot set " .. k, 2) end, __len = function () return #t end, __pairs = function () return next, t, nil end}) end
local r = readonly {10, 20}
show(r[1], #r)
try(function () r[1] = 5 end)
for k, v in pairs(r) do show(k, v) end
--## __gc fields are seen only when present at setmetatable
local log = {}
local mt = {}
setmetatable({}, mt)
mt.__gc = function () log[#log + 1] = "late" end
collectgarbage()
setmetatable({}, mt)
collectgarbage()
show(#log)
setmetatable({}, {__gc = true})
collectgarbage()
show("fine")
--## errors in metamethods keep their values
local o = setmetatable({}, {__index = function () error({code = 5}) end, __add = function () error() end})
local ok, e = pcall(function () return o.x end)
show(ok, e.code)
show(pcall(function () return o + 1 end))
--## unary operators and metamethods with constants
local o = setmetatable({}, {__mul = function (a, b) return type(a) == "number" and "n*o" or "o*n" end, __div = function (a, b) return type(a) == "number" and a or b end,
  __mod = function (a, b) return type(b) == "number" and b or a end, __idiv = function () return "idiv" end, __pow = function (a, b) return b end, __sub = function (a, b) return type(a) == "number" and a or b end})
show(2 * o, o * 2, 8 / o, o / 8, o % 5, 5 % o, o // 1, o ^ 2.5, o - 7, 7 - o, o - 300, 300 - o, o - 1.25)
--## every event, metamethods of every kind, plain, in a coroutine and with hooks
local function out(...)
  local texts = table.pack(...)
  for i = 1, texts.n do texts[i] = tostring(texts[i]):gsub("0x%x+", "ADDRESS") end
  print(table.concat(texts, " "))
end
-- What makes an instruction ask for a metamethod.
local uses = {
  { "__index", function(a, b) return a.foo end }, { "__index", function(a, b) return a[b] end }, { "__index", function(a, b) return a[1] end },
  { "__newindex", function(a, b) a.foo = 1 return "set" end }, { "__newindex", function(a, b) a[b] = 1 return "set" end }, { "__newindex", function(a, b) a[1] = 2 return "set" end },
  { "__add", function(a, b) return a + b end }, { "__add", function(a, b) return a + 1 end }, { "__add", function(a, b) return 1 + a end }, { "__add", function(a, b) return a + 1.5 end },
  { "__add", function(a, b) return "10" + a end }, { "__sub", function(a, b) return 1 - a end }, { "__mul", function(a, b) return a * 2 end }, { "__div", function(a, b) return a / b end },
  { "__mod", function(a, b) return a % b end }, { "__idiv", function(a, b) return a // 3 end }, { "__pow", function(a, b) return a ^ b end }, { "__band", function(a, b) return a & b end },
  { "__band", function(a, b) return 1 & a end }, { "__bor", function(a, b) return a | 1 end }, { "__bxor", function(a, b) return a ~ b end }, { "__shl", function(a, b) return a << 1 end },
  { "__shl", function(a, b) return 1 << a end }, { "__shr", function(a, b) return a >> 1 end }, { "__unm", function(a) return -a end }, { "__bnot", function(a) return ~a end },
  { "__len", function(a) return #a end }, { "__concat", function(a, b) return a .. b end }, { "__concat", function(a, b) return a .. "x" .. 1 end },
  { "__concat", function(a, b) return "x" .. a end }, { "__concat", function(a, b) return "x" .. 1 .. a .. "y" .. "z" end },
  { "__eq", function(a, b) return a == b end }, { "__eq", function(a, b) if a ~= b then return "different" end return "equal" end },
  { "__lt", function(a, b) return a < b end }, { "__lt", function(a, b) return a > b end }, { "__lt", function(a, b) return a < 1 end }, { "__lt", function(a, b) return 1 < a end },
  { "__lt", function(a, b) while not (a < b) do return "not less" end return "less" end }, { "__lt", function(a, b) return a <= "x" end },
  { "__le", function(a, b) return a <= b end }, { "__le", function(a, b) return a >= b end }, { "__le", function(a, b) if not (a <= 2) then return 1 end return 2 end },
  { "__call", function(a, b) return a(b) end }, { "__call", function(a, b) return (a(b, 1, 2, 3)) end }, { "__call", function(a, b) local x, y, z = a(1) return x, y, z end },
  { "__call", function(a, b) return pcall(a, b, 5) end }, { "__close", function(a, b) do local x <close> = a end return "closed" end },
  { "__close", function(a, b) local x <close> = a local y <close> = b return "returned", 1, 2 end },
  { "__close", function(a, b) for i = 1, 2 do local x <close> = a if i == 2 then break end end return "broken" end },
  { "__close", function(a, b) local u local x <close> = a u = function() return x end return u() == a end },
}
local depth = 0
local function hooked(mask, count, result)
  return function()
    debug.sethook(function(event, line) out("hook", event, line) end, mask, count)
    return result
  end
end
local metamethods = {
  { "a value", function() return 42 end }, { "none", function() end }, { "nil", function() return nil end }, { "false", function() return false end },
  { "many", function() return 1, 2, 3 end }, { "varargs", function(...) return select("#", ...), ... end },
  { "parameters", function(a, b, c, d, e) return tostring(c) .. tostring(d) .. tostring(e) end }, { "tail call of a function", function(...) return (function(...) return select("#", ...) end)(...) end },
  { "tail call of a standard function", function() return tostring(nil) end }, { "error", function() error("boom") end }, { "yield", function() return coroutine.yield("y") end },
  { "two yields", function() return tostring(coroutine.yield("y1")) .. tostring(coroutine.yield("y2")) end }, { "standard function", tostring }, { "standard function that fails", select },
  { "recursion", function() local function f(n) return n == 0 and 7 or 1 + f(n - 1) end return f(300) end }, { "large frame", function() return select("#", table.unpack({}, 1, 200)) end },
  { "count hook", hooked("", 1, 5) }, { "line hook", hooked("l", 0, true) }, { "call hook", hooked("cr", 0, 5) },
  { "information", function()
    local own, caller = debug.getinfo(1, "nSl"), debug.getinfo(2, "nSlt")
    out(own.name, own.namewhat, own.currentline, caller.name, caller.namewhat, caller.currentline, caller.istailcall)
    return 3
  end },
  { "traceback", function() out(debug.traceback()) return 3 end }, { "collection", function() collectgarbage() return {} end },
  { "itself", function(a) depth = depth + 1 if depth < 50 then local _ = a == nil end depth = depth - 1 return "n" end },
}
for number, use in ipairs(uses) do
  for _, one in ipairs(metamethods) do
    for variant = 1, 3 do
      local mt = { [use[1]] = one[2], __name = variant == 2 and "Thing" or nil }
      local a, b = setmetatable({}, mt), setmetatable({}, variant == 3 and {} or mt)
      out("#", number, use[1], one[1], variant)
      local co = coroutine.create(use[2])
      local results = table.pack(coroutine.resume(co, a, b))
      while coroutine.status(co) ~= "dead" do
        out("suspended", table.unpack(results, 1, results.n))
        debug.sethook(co)
        results = table.pack(coroutine.resume(co, 11))
      end
      out(table.unpack(results, 1, results.n))
      results = table.pack(pcall(use[2], a, b))
      debug.sethook()
      out(table.unpack(results, 1, results.n))
    end
  end
end
--## the metamethods of strings and numbers come first, if they have any
local t = setmetatable({}, { __concat = function() return "table's" end, __add = function() return "table's" end, __lt = function() return true end })
show("x" .. t, 1 .. t, "x" .. 1 .. t, t .. "x", 1 + t)
getmetatable("").__concat = function() return "string's" end
show("x" .. t, 1 .. t, "x" .. 1 .. t, t .. "x", t .. 1)
debug.setmetatable(0, { __concat = function() return "number's" end, __lt = function() return false end })
show("x" .. t, 1 .. t, "x" .. 1 .. t, t .. "x", t .. 1, 1 < t, t < 1, 1 + t)
debug.setmetatable(0, { __add = function() return "number's" end })
show(1 + t, 1.5 + t, t + 1, "10" + t, 1 .. t)
debug.setmetatable(0, nil)
getmetatable("").__concat = nil
show("x" .. t, 1 .. t, 1 + t)
--## fields of what upvalues hold: inherited, missing, of strings, of values without fields
local base = { x = 1, deep = "base" }
local class = setmetatable({ y = 2 }, { __index = base })
local object, text, nothing = setmetatable({}, { __index = class }), "text", nil
local chain = object
for _ = 1, 12 do chain = setmetatable({}, { __index = chain }) end
local calls = setmetatable({}, { __index = function(_, k) return k .. " asked for" end })
local called = setmetatable({}, { __index = calls })
local function read()
  show(object.x, object.y, object.deep, object.z, chain.x, chain.z, calls.x, called.x, text.len == string.len, text.nothing)
  show(pcall(function() return nothing.x end)) show(pcall(function() return object.z.x end)) show(pcall(function() return text.x.y end))
end
read()
base.x, class.y, object.deep = nil, nil, "own"
read()
local strings = getmetatable("")
local index = strings.__index
strings.__index = function(s, k) return s .. "." .. k end
show(text.len, text.x)
strings.__index = setmetatable({ len = "mine" }, { __index = index })
show(text.len, text.upper == string.upper, text.nothing)
strings.__index = nil
show(pcall(function() return text.len end))
strings.__index = index
debug.setmetatable(nil, { __index = function(_, k) return "nil's " .. k end })
show(nothing.x, nothing.len)
debug.setmetatable(nil, nil)
show(pcall(function() return nothing.len end))
