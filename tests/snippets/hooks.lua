-- Hooks set from Lua.
--## line events
local log = {}
debug.sethook(function (e, l) log[#log + 1] = e .. l end, "l")
local a = 1
for i = 1, 2 do
  a = a + i
end
debug.sethook()
print(table.concat(log, " "))
--## call and return events
local log = {}
local function f(x) return x + 1 end
local function g(x) local r = f(x) return r end
local function h(x) return g(x) end
debug.sethook(function (e) local i = debug.getinfo(2, "nSt") log[#log + 1] = e .. ":" .. tostring(i.name) .. ":" .. i.what .. (i.istailcall and ":tail" or "") end, "cr")
h(1)
string.rep("x", 2)
pcall(error)
debug.sethook()
print(table.concat(log, "\n"))
--## count events
local n = 0
debug.sethook(function (e) if e == "count" then n = n + 1 end end, "", 1000)
for i = 1, 100000 do end
debug.sethook()
show(n > 50, n < 2000)
--## gethook gives what was set
local function hook() end
show(debug.gethook()) debug.sethook(hook, "crl", 7) local h, m, c = debug.gethook() debug.sethook() show(h == hook, m, c) show(debug.gethook())
debug.sethook(hook, "") show(debug.gethook()) debug.sethook(hook, "", 0) show(debug.gethook()) debug.sethook(hook, "l") local f, m, c = debug.gethook() debug.sethook(nil) show(m, c)
debug.sethook(hook, "rlc") show(select(2, debug.gethook())) debug.sethook()
--## hooks belong to one coroutine
local log = {}
local co = coroutine.create(function ()
  local x = 1
  coroutine.yield()
  x = 2
end)
debug.sethook(co, function (e, l) log[#log + 1] = l end, "l")
show(debug.gethook(co) ~= nil, debug.gethook())
coroutine.resume(co) coroutine.resume(co)
print(table.concat(log, " "))
show(debug.sethook(co)) show(debug.gethook(co))
--## an error in a hook is an error in the code
debug.sethook(function () debug.sethook() error("from the hook") end, "l")
show(pcall(function ()
  local x = 1
  return x
end))
show(pcall(function ()
  debug.sethook(function () debug.sethook() error("on count", 0) end, "", 100)
  while true do end
end))
--## a count hook breaks a tight loop
local function limited(f, n) local co = coroutine.create(f) debug.sethook(co, function () error("too long", 0) end, "", n) return coroutine.resume(co) end
show(limited(function () while true do end end, 10000)) show(limited(function () for i = 1, 1e9 do end end, 1000)) show(limited(function () local function r() return r() end r() end, 1000)) show(limited(function () repeat until false end, 1000)) show(limited(function () ::a:: goto a end, 1000)) show(limited(function () return "fast" end, 1000))
--## hooks see locals and can change them
local function f() local x = 1
  local y = x
  return x
end
debug.sethook(function (e, l) local n, v = debug.getlocal(2, 1) if n == "x" and v == 1 then debug.setlocal(2, 1, "changed by hook") end end, "l")
local r = f() debug.sethook() show(r)
--## transfer information in call and return hooks
local out = {}
local function f(a, b, ...) return "r1", "r2" end
debug.sethook(function (e) local i = debug.getinfo(2, "rnf") if i.func == f or i.func == string.byte then local vals = {} for k = i.ftransfer, i.ftransfer + i.ntransfer - 1 do local _, v = debug.getlocal(2, k) vals[#vals + 1] = repr(v) end out[#out + 1] = e .. " " .. i.ntransfer .. " " .. table.concat(vals, ",") end end, "cr")
f(10, 20, 30) string.byte("AB", 1, 2)
debug.sethook() print(table.concat(out, "\n"))
--## line hooks in loops on one line, gotos and backward jumps
local log = {}
local function rec() log = {} debug.sethook(function (_, l) log[#log + 1] = l - debug.getinfo(2, "S").linedefined end, "l") end
local function stop() debug.sethook() print(table.concat(log, " ")) end
local function f1() for i = 1, 3 do local x = i end end
local function f2()
  local i = 0
  while i < 2 do
    i = i + 1
  end
end
local function f3()
  local i = 0
  ::top::
  i = i + 1
  if i < 3 then goto top end
end
local function f4()
  repeat local x = 1
  until x == 1
end
local function f5()
  if false then
    return 1
  elseif nil then
    return 2
  else
    return 3
  end
end
local function f6()
  for k, v in
    pairs {1, 2}
  do
    local y = v
  end
end
for _, f in ipairs {f1, f2, f3, f4, f5, f6} do rec() f() stop() end
--## line events of calls and returns across functions
local log = {}
local function inner()
  local z = 1
  return z
end
local function outer()
  local a = inner()
  local b = inner() + inner()
  return a + b
end
debug.sethook(function (_, l) log[#log + 1] = l end, "l")
outer()
debug.sethook()
print(table.concat(log, " "))
--## hooks are off while a hook runs
local depth, most = 0, 0
debug.sethook(function () depth = depth + 1 most = math.max(most, depth) local x = 1 for i = 1, 3 do x = x + i end depth = depth - 1 end, "l")
local y = 1
y = 2
debug.sethook()
show(most)
--## names inside hooks
debug.sethook(function () local i = debug.getinfo(1, "n") print(i.name, i.namewhat) debug.sethook() end, "l")
local x = 1
--## bad arguments
try(debug.sethook, 1) try(debug.sethook, print) try(debug.sethook, print, {}) try(debug.sethook, print, "l", "x") show(pcall(debug.sethook)) try(debug.gethook, 1) try(debug.sethook, coroutine.create(print), 1)
--## hooks, yields and resumes
local log = {}
local co = coroutine.wrap(function ()
  debug.sethook(function (e) log[#log + 1] = e .. (debug.getinfo(2, "n").name or "?") end, "cr")
  coroutine.yield(1)
  local t = {}
  t.x = 1
  return 2
end)
co() co() print(table.concat(log, " "))
--## hooks through metamethods and iterators
local log = {}
local o = setmetatable({}, {__add = function (a, b) return 1 end, __index = function (t, k) return k end})
debug.sethook(function (e) local i = debug.getinfo(2, "n") log[#log + 1] = e .. ":" .. tostring(i.name) .. ":" .. i.namewhat end, "cr")
local x = o + 1
local y = o.field
for k in pairs({1}) do end
debug.sethook() print(table.concat(log, "\n"))
--## closing methods written in Lua: the instruction is seen once, and again when the method was suspended
local function events(mask, count, f)
  local t = {}
  debug.sethook(function(e, line) t[#t + 1] = line or e end, mask, count)
  f()
  debug.sethook()
  print(#t, table.concat(t, " "))
end
local closing = setmetatable({}, {__close = function() return end})
local function returns()
  local x <close> = closing
  local y <close> = closing
  return 1
end
local function block()
  do local x <close> = closing
    local y <close> = closing
  end
  local z = 1
end
for _, f in ipairs {returns, block} do
  events("l", 0, f)
  events("", 1, f)
  events("crl", 1, f)
end
local suspending = setmetatable({}, {__close = function() coroutine.yield(1) end})
local co = coroutine.create(function()
  local x <close> = suspending
  local y <close> = closing
  return 2
end)
local t = {}
debug.sethook(co, function(e, line) t[#t + 1] = line or e end, "l", 1)
print(coroutine.resume(co))
print(coroutine.resume(co))
print(#t, table.concat(t, " "))
local failing = setmetatable({}, {__close = function() error("no", 0) end})
events("l", 1, function()
  print(pcall(function() local x <close> = failing local y <close> = closing return 1 end))
end)
--## hooks that a standard function sets as a metamethod are there at once
local function hook(e, l) io.write("hook ", e, " ", tostring(l), "\n") end
debug.setmetatable(print, {__index = debug.sethook, __newindex = debug.sethook, __concat = debug.sethook, __add = debug.sethook,
  __lt = debug.sethook, __eq = debug.sethook, __close = debug.sethook})
do local x = hook.l
  local y = 1
  debug.sethook() end
do hook.l = 1
  local y = 1
  debug.sethook() end
do local x = hook .. "l"
  local y = 1
  debug.sethook() end
do local x = hook + "l"
  local y = 1
  debug.sethook() end
do local x = hook < "l"
  local y = 1
  debug.sethook() end
do if hook < "l" then io.write("never\n") end
  local y = 1
  debug.sethook() end
debug.setmetatable(print, {__concat = debug.sethook, __index = debug.sethook})
do local x = "a" .. (hook .. "l" or "")
  local y = 1
  debug.sethook() end
do local n = 0
  local x = (function() return hook.l end)()
  local y = 1
  debug.sethook() end
debug.setmetatable(print, nil)
--## a hook that a finalizer sets is there at once
local lines = {}
setmetatable({}, {__gc = function() debug.sethook(function(e, l) lines[#lines + 1] = l end, "l") end})
local i, s = 0, "x"
while #lines == 0 do local t = {} i = i + 1 if i > 1e6 then break end end
debug.sethook()
print(#lines > 0)
--## a comparison by a metamethod is one instruction with its jump
local n = 0
local function yes() return true end
local function no() return false end
local mt = {__lt = yes, __eq = yes, __le = no}
local A, B = setmetatable({}, mt), setmetatable({}, mt)
local function count(name, f)
  n = 0
  debug.sethook(function() n = n + 1 end, "", 1)
  f()
  debug.sethook()
  print(name, n)
end
count("eq", function() return A == B end)
count("ne", function() return A ~= B end)
count("lt", function() return A < B end)
count("le", function() return A <= B end)
count("lt immediate", function() return A < 3 end)
count("gt immediate", function() return A > 3 end)
count("if", function() if A < B then return 1 end return 2 end)
count("if not", function() if not (A <= B) then return 1 end return 2 end)
count("loop", function(a) local i = 0 repeat i = i + 1 until A < B end)
mt.__lt = function() return n % 2 == 0 end
local function spin(a, b) while a < b do end return 1 end
count("back to the start", function() return spin(A, B) end)
mt.__lt = pcall
mt.__call = yes
count("pcall", function() return A < B, A < 3 end)
mt.__lt, mt.__call = function() error("no", 0) end, nil
count("error", function() return pcall(function() return A < B end) end)
--## a comparison whose metamethod is suspended is announced with its jump apart
local mt = {__lt = function() coroutine.yield(1) return true end}
local A, B = setmetatable({}, mt), setmetatable({}, mt)
for _, f in ipairs {function() return A < B end, function() if A < B then return 1 end return 2 end, function() return not (A < 1) end} do
  local n = 0
  local co = coroutine.create(f)
  debug.sethook(co, function() n = n + 1 end, "", 1)
  print(coroutine.resume(co))
  print(coroutine.resume(co))
  print(n)
end
