-- Run-time errors name the variable and say where.
--## indexing names locals, upvalues, globals, fields, methods and constants
local up
try(function () local x; return x.y end)
try(function () local x; x.y = 1 end)
try(function () return up.y end)
try(function () up.y = 1 end)
try(function () return glob.y end)
try(function () glob.y = 1 end)
try(function () local t = {} return t.a.b end)
try(function () local t = {} t.a.b = 1 end)
try(function () local t = {a = {}} return t.a.b.c end)
try(function () local t = {} return t[1].x end)
try(function () local t, k = {}, "key" return t[k].x end)
try(function () local t, k = {}, 12 return t[k].x end)
try(function () local t = {} return t:method() end)
try(function () local t = {} return t.f:method() end)
try(function () return (1).x.y end)
try(function () return ("x").y.z end)
try(function () return up:m() end)
try(function () return glob:m() end)
try(function () local t = {} return t.a["b c"] end)
try(function () local x = 5 return x.y.z end)
try(function () return (nil).x end)
try(function () return (function () end)().x end)
try(function () local a = {} return a.b.c.d end)
try(function () local x return x[1] end)
try(function () local x return x[{}] end)
try(function () local x = true x[1] = 2 end)
--## calling names what was called
local up
local t = {}
try(function () local x; x() end)
try(function () up() end)
try(function () glob() end)
try(function () t.f() end)
try(function () t:m() end)
try(function () t.a.b() end)
try(function () t[1]() end)
try(function () ("x")() end)
try(function () (1)() end)
try(function () ({})() end)
try(function () ("x"):nomethod() end)
try(function () local s = "abc" s:nomethod(1) end)
try(function () return up(1, 2) end)
try(function () return glob(1) end)
try(function () local x = {} x()() end)
try(function () string.nofunction() end)
try(function () t.x.y.z() end)
try(function () (function () return nil end)()() end)
try(function () for x in nil do end end)
try(function () for x in 12 do end end)
try(function () for x in {} do end end)
try(function () for k, v in t do end end)
--## arithmetic names what it refused
local up
local t = {}
try(function () local x; return x + 1 end)
try(function () local x; return 1 + x end)
try(function () return up + 1 end)
try(function () return glob * 2 end)
try(function () return t.f - 1 end)
try(function () return t.f.g - 1 end)
try(function () return 1 / t end)
try(function () return t % 2 end)
try(function () return -t end)
try(function () return -t.x end)
try(function () local a, b = 1, {} return a // b end)
try(function () local a, b = {}, {} return a ^ b end)
try(function () return "abc" + 1 end)
try(function () local s = "abc" return s + 1 end)
try(function () local s = "abc" return 1 - s end)
try(function () return print + 1 end)
try(function () return 2 ^ {} end)
try(function () local x = {} x = x + 1 end)
try(function () return t[1] + t[2] end)
try(function () t.count = t.count + 1 end)
try(function () return nil + nil end)
try(function () return true + 1 end)
--## concatenation names what it refused
local up
local t = {}
try(function () local x; return x .. "a" end)
try(function () local x; return "a" .. x end)
try(function () return up .. "a" end)
try(function () return "a" .. glob end)
try(function () return "a" .. t.f .. "b" end)
try(function () return t .. t end)
try(function () return 1 .. {} end)
try(function () return "a" .. nil end)
try(function () return "a" .. true end)
try(function () return "a" .. "b" .. print .. "c" end)
try(function () local x = {} return x .. 1 .. 2 end)
try(function () local x = {} return 1 .. 2 .. x end)
try(function () local a, b, c = "x", nil, "y" return a .. b .. c end)
--## length names what it refused
local up
local t = {}
try(function () local x; return #x end)
try(function () return #up end)
try(function () return #glob end)
try(function () return #t.f end)
try(function () return #12 end)
try(function () return #print end)
try(function () return #nil end)
--## comparison says both types
try(function () return 1 < "1" end)
try(function () return {} < 1 end)
try(function () return {} <= {} end)
try(function () return nil > 1 end)
try(function () return print >= print end)
try(function () return true < false end)
try(function () local x = {} return x < 5 end)
try(function () local x = {} return 5 < x end)
try(function () local x return x >= 3.5 end)
try(function () local x = "a" return x > 3 end)
try(function () return io.stdout < io.stderr end)
try(function () return setmetatable({}, {__name = "Mine"}) < 1 end)
try(function () return setmetatable({}, {__name = "Mine"}) < setmetatable({}, {__name = "Mine"}) end)
--## __name shows in messages
local o = setmetatable({}, {__name = "My.Type"})
try(function () return o + 1 end)
try(function () return o .. "x" end)
try(function () return o() end)
try(function () return o < o end)
try(function () return o & 1 end)
try(function () return string.rep(o) end)
try(function () return ("x"):rep(o) end)
try(function () return io.stdout + 1 end)
try(function () return io.stdout() end)
try(function () return ipairs(nil) end)
try(string.rep, io.stdout)
try(setmetatable, 1, o)
try(function () return #setmetatable({}, {__len = function () error("len", 0) end}) end)
--## __name that is not a string is ignored
local o = setmetatable({}, {__name = 12})
try(function () return o + 1 end)
try(string.rep, o)
--## indices that cannot be
local t = {}
try(function () t[nil] = 1 end)
try(function () t[0/0] = 1 end)
try(function () rawset(t, nil, 1) end)
try(function () return {[nil] = 1} end)
try(function () local k t[k] = 2 end)
show(t[nil], t[0/0], rawget(t, nil))
--## loops in __index and __newindex chains
local a = setmetatable({}, {})
getmetatable(a).__index = a
try(function () return a.x end)
local b = setmetatable({}, {})
getmetatable(b).__newindex = b
try(function () b.x = 1 end)
local t = {}
for i = 1, 50 do t = setmetatable({}, {__index = t}) end
show(t.missing)
--## calling through __call names the object only when it fails
local o = setmetatable({}, {__call = 12})
try(function () o() end)
local c = setmetatable({}, {__call = setmetatable({}, {__call = function (...) return select("#", ...) end})})
show(c(1, 2))
--## errors carry the line where the operation stands
run("local t = {}\n\nt.x =\n1\nt.y.z = 2")
run("local a = 1\nlocal b =\n{} +\n1")
run("print(\n'x',\nnil .. 'y')")
run("local x\n\n\nx()\n")
run("local t = {}\nt\n.a\n.b = 1")
run("return 1 +\n2 +\n{} +\n4")
run("f = nil\n\nf(\n1,\n2\n)")
run("local s = 'x' ..\n'y' ..\n{} ..\n'z'")
run("for i = 1,\n10,\n0 do\nend")
run("if {} <\n{} then end")
run("return function ()\nreturn\n#nil end")
run("local function f()\n error('x')\nend\n\nf()\n")
--## names are found for fields of upvalues and for integer indices
local cfg = {}
try(function () return cfg.a.b end)
try(function () return cfg[1].b end)
try(function () return cfg[1.5].b end)
try(function () return cfg[true].b end)
try(function () return cfg["a b"].c end)
try(function () return _ENV.foo.bar end)
try(function () local _ENV = {} return foo.bar end)
try(function () local _ENV = {x = {}} return x.y.z end)
try(function () local _ENV = nil return x end)
try(function (_ENV) x = 1 end, 12)
try(function () local env = {} local _ENV <const> = env; y() end)
--## names of parameters, loop variables and varargs
try(function (par) return par.x end)
try(function (a, ...) local b = ... return b.x end)
try(function () for i = 1, 1 do return i.x.y end end)
try(function () for _, v in ipairs {1} do return v.x.y end end)
try(function (...) return (...).x end)
try(function (...) return (select(1, ...)).x.y end, 1)
try(function (self) return self.a.b end, {})
--## values held in registers without a name
try(function () return ({})[1][2] end)
try(function () return (1 + 2).x.y end)
try(function () return ("a" .. "b").x.y end)
try(function () return (#"abc").x.y end)
try(function () return (not nil).x end)
try(function () return ({}).x.y end)
try(function () return (function () end).x end)
try(function () local a = {} return (a.b or a.c).d end)
try(function () local a = {} return (a.b and a.c).d end)
--## to-be-closed variables must have __close
run("local x <close> = 1")
run("local x <close> = {}")
run("local x <close> = 'text'")
run("local x <close> = print")
run("local a, x <close> = 1, {}")
run("local x <close> = nil; local y <close> = false; return 'fine'")
run("for i in pairs({}), {}, nil, {} do end")
run("for i in next, {}, nil, 12 do end")
--## bad arguments name the function as it was called
try(function () string.rep() end)
try(function () ("x"):rep({}) end)
try(function () local r = string.rep r("x", {}) end)
try(function () string.rep("x", "y") end)
local rep = string.rep
try(function () rep("x", "y") end)
try(function () local t = {method = string.rep} t:method(1) end)
try(function () local t = {method = string.rep} t.method(1, {}) end)
try(string.rep, "x", "y")
try(function () io.stdout.write(1) end)
try(function () io.stdout.write() end)
try(function () io.stdout:seek("bad") end)
try(function () io.stdout:seek(1, 2) end)
try(function () return math.floor("x") end)
try(function () return table.concat({}, 1, 2, 3, 4), table.concat({{}}) end)
try(function () setmetatable(1, 2) end)
try(function () return ("%d"):format("x") end)
try(function () return ("x"):bad() end)
try(function () local f <const> = math.sin f({}) end)
try(pcall(string.rep))
--## errors with values that are not strings
try(error, {code = 1})
try(error, 12)
try(error, true)
try(error, print)
local ok, e = pcall(error, {code = 7})
show(ok, e.code)
ok, e = pcall(error, setmetatable({}, {__tostring = function () return "T" end}))
show(ok, tostring(e))
--## stack overflow is an error, not a crash
local function deep(n) return 1 + deep(n + 1) end
local ok, m = pcall(deep, 1)
show(ok, (m:gsub("\n.*", "")))
local function mutual(n) local function other() return 1 + mutual(n) end return 1 + other() end
ok, m = pcall(mutual, 1)
show(ok, (m:gsub("\n.*", "")))
local t = setmetatable({}, {__index = function (t, k) return t[k] end})
ok, m = pcall(function () return t.x end)
show(ok, m:match("stack overflow"))
local n = 0
local s = setmetatable({}, {__tostring = function (s) n = n + 1 return tostring(s) end})
ok, m = pcall(tostring, s)
show(ok, (m:gsub("\n.*", "")), n > 100)
--## stack overflow inside a handler and recovery
local function deep() return 1 + deep() end
for i = 1, 3 do
  local ok, m = xpcall(deep, function (m) return (m:gsub("\n.*", "")) end)
  show(ok, m)
end
show(pcall(string.rep, "x", 3))
--## infinite tail calls do not overflow
local function loop(n) if n == 0 then return "done" end return loop(n - 1) end
show(loop(1000000))
--## C stack overflow by nested pcall, gsub and sort
local function nest(n) return pcall(nest, n + 1) end
local all = table.pack(nest(1))
show(all[1], all[all.n - 1], all[all.n]:find("stack overflow", 1, true) ~= nil)
local depth = 0
local function again() depth = depth + 1 return (string.gsub("a", "a", again)) end
local ok, m = pcall(again)
show(ok, (m:gsub("^[^:]*:%d+: ", "")), depth > 100)
local function bysort() table.sort({1, 2, 3}, bysort) end
ok, m = pcall(bysort)
show(ok, (m:gsub("^[^:]*:%d+: ", "")))
--## C stack overflow by nested coroutines
local function nest(n)
  local co = coroutine.create(nest)
  local ok, m = coroutine.resume(co, n + 1)
  if not ok then error(m, 0) end
  return m
end
local ok, m = pcall(nest, 1)
show(ok, m)
--## too many results to unpack, and strings that would be too long
try(table.unpack, {}, 1, 1e7)
try(table.unpack, {}, 1, 1e8)
try(table.unpack, {}, math.mininteger, math.maxinteger)
try(string.rep, "x", 1 << 62)
try(string.rep, "x", math.maxinteger)
try(string.rep, "abc", math.maxinteger // 2, ",")
try(string.rep, "x", -1)
--## errors in varargs functions and in tail calls
run("local function f(...) local a, b = ... return a + b end return f(1, {})")
run("local function g() error('in g') end local function f() return g() end f()")
run("return error('tail')")
run("return (error('not tail'))")
run("local t = setmetatable({}, {__index = function (t, k) error('no field ' .. k) end}) return t.field")
run("local t = setmetatable({}, {__index = function (t, k) error('no field ' .. k, 2) end})\nreturn t.field")
--## a caught error gives as many values as are wanted
local function fail(v) error(v, 0) end
local function none() pcall(fail, 1) return "none" end
local a = pcall(fail, 1)
local b, c = pcall(fail, "two")
local d, e, f, g = pcall(fail, "four")
show(none(), a, b, c, d, e, f, g, pcall(fail, "all"))
show((pcall(fail, "one")), select("#", pcall(fail)), ({ pcall(fail, "listed"), pcall(fail, "last") })[3])
show(#{ pcall(fail, "listed"), pcall(fail, "last") }, pcall(error), pcall(error, nil, 2))
local function tail() return pcall(fail, "tail") end
show(tail())
show(xpcall(fail, function(m) return m .. "!", "lost" end, "handled"))
local h, i, j = xpcall(fail, function(m) return m .. "?" end, "cut")
show(h, i, j, (xpcall(fail, print, "one")))
--## what was open above a caught error is closed
local keep, log = {}, {}
local function closing(name)
  return setmetatable({}, { __close = function(_, m) log[#log + 1] = name .. ":" .. tostring(m) end })
end
local function deep(n)
  local v = "v" .. n
  keep[n] = function(new) local old = v v = new or v return old end
  local c <close> = n % 4 == 0 and closing(n) or nil
  if n == 0 then error("bottom", 0) end
  deep(n - 1)
end
local outer = "outer"
local function seen() return outer end
for n = 0, 9 do
  local ok, m = pcall(deep, n)
  show(ok, m, outer, seen(), keep[0]("changed"), keep[n](), keep[0]())
end
show(table.concat(log, " "))
--## errors pass functions of all kinds on their way to a pcall
local function fail() error({ code = 7 }) end
local function code(...) local ok, e = pcall(...) return ok, type(e) == "table" and e.code or e end
show(code(table.sort, { 3, 2, 1 }, fail))
show(code(string.gsub, "x", "x", fail))
show(code(setmetatable({}, { __index = fail, __call = fail })))
show(code(function() return setmetatable({}, { __index = fail }).x end))
show(code(function() for _ in fail do end end))
show(code(function() for _ in pairs(setmetatable({}, { __pairs = fail })) do end end))
show(code(coroutine.wrap(fail)))
show(code(coroutine.wrap(function() return select(2, pcall(fail)).code, error("after", 0) end)))
local co = coroutine.wrap(function()
  local ok, e = pcall(function() coroutine.yield(1) fail() end)
  coroutine.yield(ok, e.code)
  for n = 1, 3 do show(code(function() coroutine.yield(n) fail() end)) end
  return "end"
end)
for _ = 1, 6 do show(co()) end
local object = setmetatable({}, { __index = function(_, k) local ok, e = pcall(fail) return k .. e.code end,
  __add = function() return select(2, pcall(fail)) end, __lt = function() return (pcall(fail)) end })
show(object.field, (object + 1).code, object < object)
table.sort({ 1, 2, 3 }, function(x, y) show(code(fail)) return x < y end)
show(string.gsub("ab", ".", function(c) local ok, e = pcall(fail) return c .. e.code end))
--## pcall in pcall, and errors in handlers
local function nested(n) if n == 0 then error("inner", 0) end local ok, m = pcall(nested, n - 1) error(m .. n, 0) end
show(pcall(nested, 5))
show(xpcall(nested, function(m) local ok, e = pcall(error, "in handler", 0) return m .. "/" .. e end, 3))
show(pcall(xpcall, error, error, "x"), pcall(pcall, error, "y"), pcall(pcall))
local depth = 0
local function overflow() depth = depth + 1 return 1 + overflow() end
for _ = 1, 3 do
  depth = 0
  local ok, m = pcall(overflow)
  show(ok, (m:gsub(":.*", "")), depth > 1000, pcall(error, "after", 0))
end
--## messages of every length
for n = 0, 400, 13 do
  local text = ("m"):rep(n)
  local ok, m = pcall(error, text)
  show(m == text, select(2, pcall(function() error(text) end)))
  show(select(2, pcall(load("return x." .. ("n"):rep(n + 1) .. ".y", "=" .. ("c"):rep(n)))))
  show(select(2, pcall(load("\n\nreturn #" .. ("n"):rep(n + 1), ("c"):rep(n)))))
  show(select(2, pcall(load("local a a()", "@" .. ("f"):rep(n)))))
end
--## caught errors under hooks
local events = {}
debug.sethook(function(what, line) events[#events + 1] = what .. (line or "") end, "crl")
local ok, m = pcall(error, "hooked", 0)
local ok2, m2 = pcall(function() local t = nil return t.x end)
debug.sethook()
show(ok, m, ok2, m2)
print(table.concat(events, " "))
show(pcall(function()
  debug.sethook(function() debug.sethook() error("from the hook", 0) end, "c")
  print("not printed")
end))
show(pcall(error, "after", 0))
