-- Control structures, scopes, goto, attribs.
--## while, repeat, if
local i = 0
while i < 3 do i = i + 1 if i == 2 then goto continue end show(i) ::continue:: end
repeat local done = i > 5 i = i + 1 until done
show(i)
if nil then show("no") elseif 0 then show("zero is true") else show("no") end
if "" then show("empty string is true") end
while true do break end
repeat until true
--## the condition of repeat sees the body's locals
local n = 0
repeat local x = n n = n + 1 local function f() return x end until f() == 3
show(n)
--## goto forward, backward and out of nested blocks
do
  local i = 1
  ::top::
  if i <= 3 then show(i) i = i + 1 goto top end
end
for i = 1, 3 do
  for j = 1, 3 do
    if j == 2 then goto next end
    if i == 3 then goto out end
    show(i, j)
  end
  ::next::
end
::out::
show("out")
--## goto continue with closures keeps variables apart
local fs = {}
for i = 1, 4 do
  local x = i * 10
  if i == 2 then goto continue end
  fs[#fs + 1] = function () x = x + 1 return i, x end
  ::continue::
end
for _, f in ipairs(fs) do show(f()) show(f()) end
--## goto backwards makes new variables each time
local fs = {}
do
  local i = 1
  ::again::
  local x = i
  fs[i] = function () x = x + 100 return x end
  i = i + 1
  if i <= 3 then goto again end
end
show(fs[1](), fs[2](), fs[3](), fs[1]())
--## labels of the same name in different functions and blocks
local function f() goto x ::x:: return 1 end
do goto y ::y:: end
do goto y ::y:: end
goto x
::x::
show(f())
--## a label at the end of a block is past its locals
do goto fine; local a; local b <const> = 5; ::fine:: end
do goto also; local a; ::also:: ; end
show("fine")
--## goto as a state machine
local input, pos, out = "aabba!", 0, {}
::s1:: pos = pos + 1
if input:sub(pos, pos) == "a" then out[#out + 1] = "A" goto s1 elseif input:sub(pos, pos) == "b" then goto s2 else goto finish end
::s2:: out[#out + 1] = "B" pos = pos + 1
if input:sub(pos, pos) == "b" then goto s2 else pos = pos - 1 goto s1 end
::finish:: show(table.concat(out), pos)
--## const variables are usable everywhere as values
local k <const>, s <const>, f <const>, b <const>, n <const> = 10, "text", 2.5, true, nil
show(k + 1, s .. "!", f * 2, not b, n == nil, k << 2, -k, ~k, #s, k == 10, k < 20, ({[k] = 1})[10])
local function g() return k, s, f, b, n, function () return k .. s end end
local a1, a2, a3, a4, a5, h = g()
show(a1, a2, a3, a4, a5, h())
for i = k, k + 2 do show(i) end
if b then show("b") end
local t = {k, s, [s] = k, k = k}
show(t[1], t[2], t.text, t.k)
--## const functions and tables
local t <const> = {1}
t[1] = 2
local f <const> = function (x) return x * 2 end
show(t[1], f(21))
--## close runs in reverse order and gets no error on normal exit
local function closer(name) return setmetatable({}, {__close = function (_, e) show(name, e, select("#", e)) end}) end
do
  local a <close> = closer("a")
  local b <close> = closer("b")
  local c <close> = nil
  local d <close> = false
  show("body")
end
show("after")
--## close on break, goto, return and error
local function closer(name) return setmetatable({}, {__close = function (_, e) show(name, e) end}) end
for i = 1, 3 do local x <close> = closer("loop" .. i) if i == 2 then break end end
do
  local n = 0
  ::again::
  do local y <close> = closer("again" .. n) n = n + 1 if n < 3 then goto again end end
end
local function r() local x <close> = closer("returning") return 1, 2, 3 end
show(r())
show(pcall(function () local x <close> = closer("erring") error("E", 0) end))
show(pcall(function () local x <close> = closer("out") do local y <close> = closer("in") error({}) end end))
--## errors in close methods replace the error and the others still run
local function closer(name, fail) return setmetatable({}, {__close = function (_, e) show(name, e) if fail then error(fail, 0) end end}) end
show(pcall(function ()
  local a <close> = closer("a")
  local b <close> = closer("b", "from b")
  local c <close> = closer("c", "from c")
  error("start", 0)
end))
show(pcall(function () local a <close> = closer("a", "from a") return "lost" end))
show(pcall(function () local a <close> = closer("a") local b <close> = closer("b", "from b") end))
--## a value returned survives closing
local function f() local x <close> = setmetatable({}, {__close = function () return "ignored" end}) return "kept", nil, 3 end
show(f())
local function g(...) local x <close> = setmetatable({}, {__close = function () end}) return ... end
show(g(1, nil, 3))
show(select("#", g()))
--## a return with a to-be-closed variable is not a tail call
local depth = 0
local function f(n)
  local x <close> = setmetatable({}, {__close = function () depth = depth + 1 end})
  if n == 0 then return "end" end
  return f(n - 1)
end
show(f(50), depth)
--## generic for closes its fourth value
local function closer() return setmetatable({}, {__close = function (_, e) show("closed", e) end}) end
for i in function (_, i) i = (i or 0) + 1 if i < 4 then return i end end, nil, nil, closer() do show(i) end
for i in function (_, i) return (i or 0) + 1 end, nil, nil, closer() do if i == 3 then break end end
show(pcall(function () for i in function () return 1 end, nil, nil, closer() do error("in body", 0) end end))
local function early() for i in function () return 1 end, nil, nil, closer() do return i end end
show(early())
--## close metamethods may be functions found at scope end
local mt = {__close = function () show("first") end}
do
  local x <close> = setmetatable({}, mt)
  mt.__close = function () show("second") end
end
local ok, m = pcall(function ()
  local x <close> = setmetatable({}, mt)
  mt.__close = nil
end)
show(ok, m)
--## close can call, error and yield
local co = coroutine.wrap(function ()
  local a <close> = setmetatable({}, {__close = function () coroutine.yield("closing a") end})
  local b <close> = setmetatable({}, {__close = function () coroutine.yield("closing b") end})
  coroutine.yield("body")
  return "result"
end)
show(co()) show(co()) show(co()) show(co())
--## a yield in close after an error
local co = coroutine.wrap(function ()
  return pcall(function ()
    local a <close> = setmetatable({}, {__close = function (_, e) coroutine.yield("a sees " .. tostring(e)) end})
    error("failure", 0)
  end)
end)
show(co()) show(co())
--## a yield in close on return keeps many results
local co = coroutine.wrap(function ()
  local a <close> = setmetatable({}, {__close = function () coroutine.yield("pause") end})
  return 1, 2, 3, nil, 5
end)
show(co()) show(co())
--## multiple assignment evaluates before it assigns
local a, b, c = 1, 2, 3
a, b, c = c, a, b
show(a, b, c)
local t = {1, 2}
local i = 1
i, t[i] = i + 1, 20
show(i, t[1], t[2])
a, b = (function () return 7, 8 end)()
show(a, b)
a, b = ((function () return 7, 8 end)())
show(a, b)
local x, y, z = 1
show(x, y, z)
x, y = 5, 6, error and 7
show(x, y)
do local a <const> = 5; local t = {}; t.a, t.b = a end
--## shadowing and scopes
local x = 1
do local x = x + 1 show(x) do local x = x * 10 show(x) end end
show(x)
local function f(x) local x = x or "default" return x end
show(f(), f(2))
local x = x
show(x)
--## and, or and not give operands
show(nil and 1, false and 1, 1 and 2, nil or 1, false or nil, 1 or error("x"), not nil, not 0, nil == false)
show(1 and nil or 3, false == nil, (nil and nil) == nil, 1 and 2 and 3, nil or false or 3)
local function t(...) show(...) return ... end
show(t(1) and t(nil) and t(2), t(false) or t(3))
--## comparison chains in conditions
local function cmp(a, b)
  if a < b then return "<" elseif a > b then return ">" elseif a == b then return "==" else return "?" end
end
show(cmp(1, 2), cmp(2, 1), cmp(1, 1.0), cmp(0/0, 1), cmp("a", "b"), cmp(1.5, 1), cmp(-1, -1))
for i = -2, 2 do
  local s = ""
  if i < 1 then s = s .. "<1" end
  if i <= 1 then s = s .. "<=1" end
  if i > -1 then s = s .. ">-1" end
  if i >= -1 then s = s .. ">=-1" end
  if 1 < i then s = s .. "1<" end
  if 1.0 >= i then s = s .. "1.0>=" end
  if i == 2 then s = s .. "==2" end
  if i ~= 0 then s = s .. "~=0" end
  if i == 1.0 then s = s .. "==1.0" end
  show(i, s)
end
--## numeric for with a step found at run time
for _, p in ipairs {{1, 10, 3}, {10, 1, -4}, {1, 1, 1}, {1, 0, 1}, {0, 1, 0.25}, {1, 10, 100}, {-3, 3, 3}} do
  local got = {}
  for i = p[1], p[2], p[3] do got[#got + 1] = tostring(i) end
  print(table.concat(got, " "))
end
--## generic for passes state and control
local function iter(state, control) if control < state then return control + 1, control * control end end
for i, sq in iter, 4, 0 do show(i, sq) end
for a, b, c, d in function (s, c) if not c then return 1, 2 end end do show(a, b, c, d) end
for k in next, {} do show("never") end
for k, v in next, {5} do show(k, v) end
--## integer loop with break and nested functions
local total = 0
for i = 1, 10 do
  if i % 2 == 0 then goto cont end
  if i > 7 then break end
  total = total + (function () return i end)()
  ::cont::
end
show(total)
--## methods, fields and calls with strings and tables
local t = {name = "t"}
function t.f(...) return select("#", ...), ... end
function t:m(...) return self.name, ... end
show(t.f "string") show(t.f {} ) show(t:m "x") show(t:m [[long]]) show(t.f(t:m())) show(#t.f "x" == nil or 1)
--## semicolons and empty statements
;;; local a = 1; ; show(a);
do ; end
return;
--## the chunk is a vararg function and may return
show(...)
show(load("return ...")(1, 2))
do return end
show("not reached")
--## integer keys and float keys in constructors
local t = {[1] = "a", "b", [2.0] = "c", "d"; "e", [-1] = "neg", n = 3}
show(t[1], t[2], t[3], t[-1], t.n, #t)
local function three() return 1, 2, 3 end
show(#{three()}, #{three(), three()}, #{(three())}, #{three(), nil}, #{[1] = three()})
show(table.unpack({three(), "x", three()}))
