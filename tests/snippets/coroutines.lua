-- Coroutines.
--## values pass both ways
local co = coroutine.create(function (a, b)
  show("start", a, b)
  local c, d = coroutine.yield(a + b)
  show("resumed", c, d)
  local e = coroutine.yield()
  show("again", e)
  return "done", nil, 3
end)
show(coroutine.resume(co, 1, 2)) show(coroutine.resume(co, "x", nil)) show(coroutine.resume(co)) show(coroutine.resume(co)) show(coroutine.status(co))
--## status in every state
local co1, co2
co1 = coroutine.create(function () show(coroutine.status(co1), coroutine.status(co2)) coroutine.resume(co2) coroutine.yield() end)
co2 = coroutine.create(function () show(coroutine.status(co1), coroutine.status(co2)) coroutine.yield() end)
show(coroutine.status(co1)) coroutine.resume(co1) show(coroutine.status(co1), coroutine.status(co2)) coroutine.resume(co1) show(coroutine.status(co1))
local bad = coroutine.create(error) coroutine.resume(bad) show(coroutine.status(bad))
try(coroutine.status) try(coroutine.status, 1) try(coroutine.status, print)
--## resume refuses dead, running and normal coroutines
local co = coroutine.create(function () end) coroutine.resume(co) show(coroutine.resume(co))
show(coroutine.resume(coroutine.running()))
local outer outer = coroutine.create(function () local inner = coroutine.create(function () return coroutine.resume(outer) end) show(coroutine.resume(inner)) end) coroutine.resume(outer)
try(coroutine.resume) try(coroutine.resume, 1) try(coroutine.create) try(coroutine.create, 1) try(coroutine.wrap, {}) try(coroutine.wrap)
show(coroutine.resume(coroutine.wrap(function () end) and coroutine.create(print), "printed"))
--## errors end a coroutine and keep their values
local co = coroutine.create(function () error({code = 7}) end)
local ok, e = coroutine.resume(co) show(ok, e.code, coroutine.status(co))
show(coroutine.resume(coroutine.create(function () error("text") end))) show(coroutine.resume(coroutine.create(function () error() end))) show(coroutine.resume(coroutine.create(function () local x x() end)))
--## wrap propagates errors with position
local w = coroutine.wrap(function () error("wrapped") end) show(pcall(w)) show(pcall(w))
w = coroutine.wrap(function () error({}) end) show(pcall(w))
w = coroutine.wrap(function () return 1 end) w() show(pcall(w))
w = coroutine.wrap(function () error("level 0", 0) end) show(pcall(w))
--## wrap used as an iterator
local function range(n) return coroutine.wrap(function () for i = 1, n do coroutine.yield(i, i * i) end end) end
for a, b in range(4) do show(a, b) end
local function permute(t, n) n = n or #t if n <= 1 then coroutine.yield(t) else for i = 1, n do t[n], t[i] = t[i], t[n] permute(t, n - 1) t[n], t[i] = t[i], t[n] end end end
for p in coroutine.wrap(function () permute {"a", "b", "c"} end) do io.write(table.concat(p), " ") end print()
--## isyieldable and running
show(coroutine.isyieldable(), select(2, coroutine.running()))
coroutine.wrap(function () show(coroutine.isyieldable(), select(2, coroutine.running()), type(coroutine.running())) end)()
local co = coroutine.create(print) show(coroutine.isyieldable(co), coroutine.isyieldable(coroutine.running())) try(coroutine.isyieldable, 1)
--## yield outside a coroutine
try(coroutine.yield) try(coroutine.yield, 1, 2)
show(pcall(coroutine.yield))
--## yield across pcall, xpcall and error
local co = coroutine.wrap(function ()
  local r = table.pack(pcall(function () local x = coroutine.yield("in pcall") error("E" .. x, 0) end)) show(table.unpack(r, 1, r.n))
  r = table.pack(xpcall(function () coroutine.yield("in xpcall") error("F", 0) end, function (m) return m .. " handled" end)) show(table.unpack(r, 1, r.n))
  show(pcall(pcall, pcall, function () return coroutine.yield("nested") end)) 
  show(pcall(coroutine.yield, "direct"))
  return "end"
end)
show(co()) show(co("1")) show(co()) show(co("n1", "n2")) show(co("d"))
--## an error handler runs at the error, even after a yield
local co = coroutine.wrap(function ()
  return xpcall(function () coroutine.yield(1) local t = nil return t.x end, function (m) return "H: " .. m end)
end)
show(co()) show(co())
--## a handler cannot yield
local co = coroutine.wrap(function () return xpcall(error, function (m) return coroutine.yield(m) end, "x") end)
show(pcall(co))
--## yield across C functions that cannot
local co = coroutine.wrap(function () return pcall(table.sort, {3, 2, 1}, function (a, b) coroutine.yield() return a < b end) end) show(co())
co = coroutine.wrap(function () return pcall(string.gsub, "abc", "b", function () coroutine.yield() end) end) show(co())
co = coroutine.wrap(function () return pcall(load, function () coroutine.yield() end) end) show(co())
co = coroutine.wrap(function () return pcall(require, "yielding") end) package.preload.yielding = function () coroutine.yield() end show(co())
co = coroutine.wrap(function () return pcall(tostring, setmetatable({}, {__tostring = function () coroutine.yield() end})) end) show(co())
--## yield inside varargs functions and tables
local co = coroutine.wrap(function ()
  local function f(...) coroutine.yield(...) return select("#", ...), ... end
  show(f(1, nil, 3)) show(#{f("t")}) show((f()))
  return "end"
end)
show(co()) show(co()) show(co()) show(co())
--## yield inside a for iterator
local co = coroutine.wrap(function () for i in function (_, i) return coroutine.yield(i) end do show("loop", i) end return "end" end)
show(co()) show(co(1)) show(co(2)) show(co(nil))
--## yields keep registers of every kind of expression
local function y(...) return coroutine.yield(...) end
local co = coroutine.wrap(function (a, ...)
  local t = {y(1), y(2), [y("k")] = y("v"), y(3)}
  local s = "a" .. y("c1") .. "b" .. y("c2")
  local n = 1 + y("n") * 2 - y("m")
  local b = y("b1") and y("b2") or y("b3")
  show(t[1], t[2], t[3], t.K, s, n, b, a, ...)
  return y("last")
end)
local r = co("A", "B", nil, "C")
local answers = {[1] = "one", [2] = "two", [3] = "three", k = "K", v = "V", c1 = "x", c2 = "y", n = 10, m = 3, b1 = false, b3 = "third", last = "fin"}
while r ~= "fin" do io.write(tostring(r), " ") r = co(answers[r]) end print(r)
--## close on suspended, dead, failed and running coroutines
local function closing(name, fail) return setmetatable({}, {__close = function (_, e) show("closing", name, e) if fail then error(fail, 0) end end}) end
local co = coroutine.create(function () local a <close> = closing("a") local b <close> = closing("b") coroutine.yield() end)
coroutine.resume(co) show(coroutine.close(co), coroutine.status(co)) show(coroutine.close(co)) show(coroutine.resume(co))
co = coroutine.create(function () local a <close> = closing("a", "failed a") local b <close> = closing("b", "failed b") coroutine.yield() end)
coroutine.resume(co) show(coroutine.close(co)) show(coroutine.close(co)) show(coroutine.status(co))
co = coroutine.create(function () error("own error", 0) end) coroutine.resume(co) show(coroutine.close(co)) show(coroutine.close(co))
show(coroutine.close(coroutine.create(print))) show(pcall(coroutine.close, coroutine.running())) try(coroutine.close) try(coroutine.close, 1)
co = coroutine.create(function () return pcall(coroutine.close, co) end) show(coroutine.resume(co))
local normal normal = coroutine.create(function () local i = coroutine.create(function () return pcall(coroutine.close, normal) end) show(coroutine.resume(i)) end) coroutine.resume(normal)
--## wrap closes its variables on error
local w = coroutine.wrap(function () local a <close> = setmetatable({}, {__close = function (_, e) show("closed with", e) error("second", 0) end}) error("first", 0) end)
show(pcall(w))
--## a coroutine can be resumed by another and passed around
local function producer() return coroutine.create(function () for _, v in ipairs {"x", "y", "z"} do coroutine.yield(v) end end) end
local function filter(p) return coroutine.create(function () local n = 1 while true do local _, v = coroutine.resume(p) if not v then return end coroutine.yield(n .. ":" .. v) n = n + 1 end end) end
local f = filter(producer()) while true do local ok, v = coroutine.resume(f) if not v then break end show(v) end
--## many coroutines alive at once
local cos = {}
for i = 1, 2000 do cos[i] = coroutine.wrap(function () local s = 0 while true do s = s + coroutine.yield(s) end end) cos[i]() end
local total = 0
for round = 1, 3 do for i = 1, 2000 do total = total + cos[i](i) end end
show(total)
--## deep recursion inside a coroutine
local function deep(n) if n == 0 then return coroutine.yield("bottom") end return (deep(n - 1)) end
local co = coroutine.create(function () return deep(20000) end)
show(coroutine.resume(co)) show(coroutine.resume(co, "back up"))
--## stack overflow inside a coroutine
local co = coroutine.create(function () local function f() return 1 + f() end return f() end)
local ok, m = coroutine.resume(co) show(ok, m:match("stack overflow") ) show(coroutine.status(co))
--## yield with very many values
local co = coroutine.wrap(function () return select("#", coroutine.yield(table.unpack({}, 1, 5000))) end)
show(select("#", co())) show(co(table.unpack({}, 1, 7000)))
--## wrapping C functions
local co = coroutine.wrap(pcall) show(co(error, "x"))
co = coroutine.wrap(string.rep) show(co("ab", 2))
co = coroutine.create(coroutine.yield) show(coroutine.resume(co, 1, 2)) show(coroutine.resume(co, 3)) show(coroutine.status(co))
co = coroutine.wrap(coroutine.wrap) show(type(co(print)))
--## tail calls and yields
local co = coroutine.wrap(function () local function f(n) if n == 0 then return coroutine.yield("bottom") end return f(n - 1) end return f(100) end) show(co()) show(co("r1", "r2"))
--## yield from a tail-called C function
local co = coroutine.wrap(function (...) return coroutine.yield(...) end) show(co(1, 2)) show(co(3, 4, 5))
--## close methods see errors while a coroutine unwinds through pcall
local co = coroutine.wrap(function ()
  local r = table.pack(pcall(function () local x <close> = setmetatable({}, {__close = function (_, e) coroutine.yield("closing " .. tostring(e)) end}) coroutine.yield("in") error("out", 0) end)) return table.unpack(r, 1, r.n)
end)
show(co()) show(co()) show(co())
--## debug functions see a suspended coroutine
local co = coroutine.create(function (a) local b = a * 2 coroutine.yield() end) coroutine.resume(co, 21)
show(debug.getlocal(co, 1, 1)) show(debug.getlocal(co, 1, 2)) show(debug.getlocal(co, 1, 3)) show(debug.getinfo(co, 1, "l").currentline, debug.getinfo(co, 0, "n").name, debug.getinfo(co, 5)) show(debug.setlocal(co, 1, 2, "new"), debug.getlocal(co, 1, 2))
--## generators in for loops with goto and break
local gen = coroutine.wrap(function () local i = 0 while true do i = i + 1 coroutine.yield(i) end end)
for i in gen do if i % 2 == 0 then goto cont end if i > 7 then break end show(i) ::cont:: end show(gen())
--## a coroutine is not its resumer's local variable
local main = coroutine.running()
local co = coroutine.create(function (...)
  show(debug.getlocal(main, 0, 1) ~= nil, debug.setlocal(main, 0, 1, 17))
  collectgarbage()
  local got = coroutine.yield(...)
  show(got, debug.traceback(main, nil, 0):gsub("\n.*", ""))
  return "end"
end)
show(coroutine.resume(co, 1, 2)) show(coroutine.resume(co, "second")) show(coroutine.status(co))
--## stacks that grow on either side of a switch
local function deep(n, ...) if n == 0 then return coroutine.yield(select("#", ...), ...) end return (deep(n - 1, n, ...)) end
local co = coroutine.create(function () for i = 1, 60, 7 do local got = {deep(i)} show(#got, got[1]) end return "done" end)
local function resumer(n, ...) if n == 0 then return select("#", coroutine.resume(co, ...)), ... end return (resumer(n - 1, n, ...)) end
show(coroutine.resume(co)) for i = 3, 90, 11 do show(resumer(i)) end show(coroutine.status(co))
--## any number of values passes either way
local co = coroutine.wrap(function (...)
  local n = select("#", ...)
  while true do n = select("#", coroutine.yield(table.unpack({}, 1, n))) end
end)
for i = 0, 300, 23 do show(select("#", co(table.unpack({}, 1, i)))) end
local a, b, c = co(1, 2) show(a, b, c) local d = co(5) show(d) co(1, 1, 1) show((co()))
for i = 1, 3 do local x, y = coroutine.resume(coroutine.create(coroutine.yield), i) show(x, y) end
local e, f, g = coroutine.resume(coroutine.create(function () coroutine.yield() end)) show(e, f, g)
--## generic for over wrapped functions
local function list(n) return coroutine.wrap(function () for i = 1, n do local a, b = coroutine.yield(i, i * i, "more") show("got", a, b) end end) end
for i, square in list(3) do show(i, square) end for i in list(2) do for j, k, l, m in list(1) do show(i, j, k, l, m) end end
--## hooks that begin or end on another coroutine
local events = {}
local function note(event, line) events[#events + 1] = event .. ":" .. tostring(line) end
local main = coroutine.running()
local co co = coroutine.create(function ()
  coroutine.yield(1)
  debug.sethook(main, note, "crl")
  coroutine.yield(2)
  debug.sethook(main)
  debug.sethook(note, "crl")
  coroutine.yield(3)
  debug.sethook()
  coroutine.yield(4)
end)
local function go() local _, n = coroutine.resume(co) return n end
show(go()) show(#events) local n = go() n = n + 1 local m = go() show(n, m) show(go()) debug.sethook(co, note, "l") show(go())
show(coroutine.status(co), #events, table.concat(events, " "))
--## yields below protected calls, with errors after them
local function body(n)
  local ok, e = pcall(function ()
    local got = coroutine.yield(n)
    local inner, text = pcall(function () coroutine.yield("inner") error({got}) end)
    show(inner, text[1])
    return coroutine.yield("last") + nil
  end)
  show(ok, e)
  show(xpcall(function () coroutine.yield("x") error("y", 0) end, function (m) return m .. "!" end))
  show(pcall(coroutine.yield, "direct"))
  error("end")
end
for round = 1, 2 do
  local co = coroutine.create(body)
  for i = 1, 8 do show(i, coroutine.resume(co, i)) end
  show(coroutine.close(co))
end
--## pcall gives what it is to give
local function none() end local function one(...) return (...) end local function many(...) return ... end
show(pcall(none)) show(pcall(one, 5)) show(pcall(many, 1, 2, 3)) show((pcall(one, 1)))
local a, b, c = pcall(one, 1) show(a, b, c) a, b, c = pcall(none) show(a, b, c) a, b = pcall(many, 1, 2, 3) show(a, b) a = pcall(many, 8) show(a)
pcall(many) pcall(one, 3) show(({pcall(many, 1, nil, nil)})[1]) show(select("#", pcall(many, nil, nil)))
show(pcall(function (a, b, c, ...) return a, b, c, ... end, 1)) show(pcall(function (...) local t <close> = setmetatable({}, {__close = function () show("closed") end}) return ... end, 1, 2))
local function tail(n) if n == 0 then return pcall(one, "bottom") end return pcall(tail, n - 1) end show(tail(5)) try(pcall)
--## nesting of resumes and protected calls has a limit, and is left again
local function resumes(n) local ok, a = coroutine.resume(coroutine.create(function () return resumes(n + 1) end)) if ok then return a end return n, a end
local n, e = resumes(1) show(n, e)
local function wraps(n) local ok, a = pcall(coroutine.wrap(function () return wraps(n + 1) end)) if ok then return a end return n end show(wraps(1))
local depth = 0 local function protects() depth = depth + 1 return pcall(protects) end local r = {protects()} show(depth, #r, r[#r])
local co = coroutine.create(function () while true do depth = depth + 1 coroutine.yield(pcall(pcall, pcall)) end end)
for i = 1, 300 do assert(coroutine.resume(co)) end show(depth)
