-- Named vararg parameters.
--## reading elements and the count
local function f(... t) return t.n, t[1], t[2], t[t.n], t[0], t[-1], t[t.n + 1], t.x, t["n"], t[1.0], t[1.5], t["1"] end
show(f()) show(f(1)) show(f("a", "b", "c")) show(f(nil, nil)) show(f(table.unpack({}, 1, 50)))
--## with parameters before
local function f(a, b, ... t) return a, b, t.n, t[1], t[2], ... end show(f()) show(f(1)) show(f(1, 2)) show(f(1, 2, 3)) show(f(1, 2, 3, 4, 5))
--## assigning makes a table
local function f(... t) t[1] = "x" t.y = 2 return t[1], t.y, t.n, ... end show(f()) show(f(1)) show(f(1, 2, 3))
--## the table itself
local function f(... t) return t end local t = f(1, nil, 3) show(t.n, t[1], t[2], t[3], #t >= 0, getmetatable(t)) show(entries(f())) show(entries(f("a"))) show(f(1) == f(1))
--## the expression follows the table
local function f(... t) t[2] = "two" t.n = 3 return ... end show(f()) show(f(1)) show(f(1, 2, 3, 4)) local function g(... t) t.n = 0 return ... end show(g(1, 2)) local function h(... t) t[1] = nil return ... end show(h(1, 2))
--## a count that is none
for _, n in ipairs {-1, 1.5, "2", 2.0, 1 << 40, math.maxinteger, math.mininteger, 1e10} do local function f(... t) t.n = n return ... end show(n, pcall(f, 1)) end
local function f(... t) t.n = nil return ... end show(pcall(f, 1)) local function g(... t) t.n = {} local a = ... return a end show(pcall(g, 1))
--## captured by a closure
local function f(... t) return function() return t.n, t[1], t end, function(v) t[1] = v end end local get, set = f(1, 2) show(get()) set("new") show((select(2, get()))) show(select("#", get()))
--## read only
run("local function f(... t) t = 1 end") run("local function f(... t) return function() t = 1 end end") run("local function f(... t) local function g() t.x = 1 end t, u = 1 end") run("function f(... t) for t = 1, 2 do end return t.n end return f(1)") run("function f(... t) local t = 5 t = 6 return t end return f()") f = nil
--## syntax
for _, s in ipairs {"function f(... t, u) end", "function f(..., t) end", "function f(t ...) end", "function f(... 1) end", "function f(... t <const>) end", "function f(... ... ) end", "return ... t", "function f(...t) return t.n end return f(1, 2)", "function f(a, ...b) return b.n, a end return f(1, 2)", "local function f(... end) end", "return function(...) return t end", "function f(... self) return self.n end return f(1)"} do run(s) end f = nil
--## methods
local o = {} function o:m(... t) return self == o, t.n, t[1] end show(o:m()) show(o:m("a", "b"))
--## select, pack and table functions with it
local function f(... t) return select("#", ...), #table.pack(...), table.unpack(t, 1, t.n) end show(f()) show(f(1, 2, 3)) local function g(... t) return table.concat(t, ",") end show(g(1, 2, 3)) local function s(... t) table.sort(t) return table.unpack(t) end show(s(3, 1, 2))
--## calls of elements
local function f(... t) return t[1](t[2], t[3]) end show(f(math.max, 3, 9)) local function g(... t) return t[1]:upper(), t[1].len end show(g("abc") == "ABC") show(pcall(f)) show(pcall(g))
--## names in messages
run("local function f(... t) return t[1].x end f()") run("local function f(... t) return t.x.y end f()") run("local function f(... t) return t.n.y.z end f()") run("local function f(... t) t[1].x = 1 end f()") run("local function f(... t) t.x() end f()") run("local function f(... t) local k = 'q' return t[k].z end f()") run("local function f(... t) return t[1] + 1 end f()") run("local function f(... t) return #t[1] end f()") run("local function f(... t) return t:m() end f()")
--## iteration over it
local function f(... t) local s = 0 for i = 1, t.n do s = s + t[i] end return s end show(f(), f(1), f(1, 2, 3)) local function g(... t) local n = 0 for k, v in pairs(t) do n = n + 1 end return n end show(g(), g(1), g(1, 2))
--## indices of every kind
local function f(k, ... t) return t[k] end for _, k in ipairs {1, 2, 3, 0, -1, 1.0, 2.5, "n", "1", "N", true, 1 << 32, (1 << 32) + 1, math.maxinteger, math.mininteger, 2^53} do show(k, f(k, "a", "b")) end show(pcall(f, nil, 1)) show(pcall(f, 0/0, 1)) show(f({}, 1))
--## in coroutines
local co = coroutine.wrap(function(... t) local got = {t.n} while true do local a, b = coroutine.yield(t[1], t.n) if not a then return table.unpack(got) end got[#got + 1] = a end end) show(co("x", "y")) show(co(1)) show(co(2)) show(co())
--## tail calls
local function f(... t) if t.n == 0 then return "end" end return f(select(2, ...)) end show(f(1, 2, 3)) local function g(... t) local u = t if u.n == 0 then return "end" end return g(table.unpack(u, 2, u.n)) end show(g(1, 2, 3))
--## many arguments
local big = {} for i = 1, 5000 do big[i] = i end local function f(... t) return t.n, t[1], t[5000], t[5001] end show(f(table.unpack(big))) local function g(... t) t.x = 1 return t.n, t[5000], select("#", ...) end show(g(table.unpack(big)))
--## debug information
local function f(a, ... t) local b = 5 local names = {} for i = 1, 10 do local n, v = debug.getlocal(1, i) if not n then break end names[#names + 1] = n .. "=" .. type(v) end names[#names + 1] = tostring(debug.getlocal(1, -1)) return table.concat(names, " ") end show(f(1, 2, 3))
local function g(a, ... t) local x = t local names = {} for i = 1, 10 do local n, v = debug.getlocal(1, i) if not n then break end names[#names + 1] = n .. "=" .. type(v) end names[#names + 1] = tostring(debug.getlocal(1, -1)) return table.concat(names, " ") end show(g(1, 2, 3))
local function h(...) local names = {} for i = 1, 10 do local n, v = debug.getlocal(1, i) if not n then break end names[#names + 1] = n end for i = -1, -4, -1 do local n, v = debug.getlocal(1, i) names[#names + 1] = tostring(n) .. "=" .. tostring(v) end return table.concat(names, " ") end show(h(1, 2, 3))
for _, f in ipairs {f, g, h} do local i = debug.getinfo(f, "u") show(i.nparams, i.isvararg, i.nups) show(debug.getlocal(f, 1), debug.getlocal(f, 2), debug.getlocal(f, 3)) end
--## setting it through the debug library
local function f(... t) debug.setlocal(1, 1, {n = 2, "p", "q"}) local x = t return ... end show(f(1)) local function g(... t) local x = t debug.setlocal(1, 1, {n = 1, "z"}) return ... end show(g(1, 2, 3))
--## environment as vararg parameter
local function f(... _ENV) return n, x end show(f(1, 2, 3)) local function g(... _ENV) x = 5 return x, n, _ENV[1] end show(g("a")) local function h(... _ENV) global y = 7 return y, n end show(h()) run("local function f(... _ENV) global <const> x; x = 1 end")
--## closed by a closing method
do local function f(... t) local c <close> = setmetatable({}, {__close = function() show("closed", t.n) end}) return t[1], ... end show(f(1, 2)) end
