-- The collector, as far as a script can tell.
--## weak values
local t = setmetatable({}, {__mode = "v"})
local keep = {} t[1] = {} t[2] = keep t.x = {} t.s = "string" t.n = 5 t.f = function () end t.p = print
collectgarbage()
show(t[1], t[2] == keep, t.x, t.s, t.n, t.f, t.p == print)
--## weak keys
local t = setmetatable({}, {__mode = "k"})
local keep = {} t[{}] = 1 t[keep] = 2 t.s = {} t[1] = {} t[function () end] = 1
collectgarbage()
local n = 0 for k in pairs(t) do n = n + 1 end show(n, t[keep], type(t.s), type(t[1]))
--## ephemerons
local t = setmetatable({}, {__mode = "k"})
do local k = {} t[k] = {k} local a, b = {}, {} t[a] = b t[b] = a end
collectgarbage() show(next(t))
local k = {} t[k] = function () return k end collectgarbage() show(t[k] ~= nil)
local chain = {} local first = chain for i = 1, 100 do local nx = {} t[chain] = nx chain = nx end chain = nil collectgarbage() local n = 0 local c = first while t[c] do c = t[c] n = n + 1 end show(n)
first, c, k = nil collectgarbage() n = 0 for _ in pairs(t) do n = n + 1 end show(n)
--## weak keys and values
local t = setmetatable({}, {__mode = "kv"}) local k, v = {}, {} t[k] = {} t[{}] = v t[k] = v t[1] = {} collectgarbage() local n = 0 for _ in pairs(t) do n = n + 1 end show(n, t[k] == v)
--## finalizers run in reverse order of marking
local log = {}
for i = 1, 5 do setmetatable({}, {__gc = function () log[#log + 1] = i end}) end
collectgarbage() print(table.concat(log, " "))
--## finalizers get the object, resurrection works once per marking
local saved
local mt = {} mt.__gc = function (o) saved = o o.count = (o.count or 0) + 1 end
setmetatable({name = "r"}, mt) collectgarbage() show(saved.name, saved.count) saved = nil collectgarbage() show(saved)
setmetatable({name = "again"}, mt) collectgarbage() setmetatable(saved, mt) saved = nil collectgarbage() show(saved.name, saved.count)
--## finalizers and weak tables: keys stay until after, values go before
local wk, wv = setmetatable({}, {__mode = "k"}), setmetatable({}, {__mode = "v"})
local seen
do local o = setmetatable({}, {__gc = function (o) seen = {wk[o], wv[1]} end}) wk[o] = "key kept" wv[1] = o end
collectgarbage() show(seen[1], seen[2]) collectgarbage() show(next(wk), next(wv))
--## errors in finalizers become warnings
setmetatable({}, {__gc = function () error("text error", 0) end}) collectgarbage()
setmetatable({}, {__gc = function () error({}) end}) collectgarbage()
setmetatable({}, {__gc = function () error(setmetatable({}, {__tostring = function () return "never asked" end})) end}) collectgarbage()
setmetatable({}, {__gc = function () error() end}) collectgarbage()
setmetatable({}, {__gc = function () local x x.y = 1 end}) collectgarbage()
show("still here")
--## finalizers at close run in reverse order, new ones too
for i = 1, 3 do local o = setmetatable({}, {__gc = function () print("closing", i) end}) _G["keep" .. i] = o end
keep4 = setmetatable({}, {__gc = function () print("making another") keep5 = setmetatable({}, {__gc = function () print("made at close") end}) end})
keep6 = setmetatable({}, {__gc = function () error("at close") end})
print("end of script")
--## a finalizer added later
local mt = {} local o = setmetatable({}, mt) mt.__gc = function () print("never called for o") end o = nil collectgarbage()
o = setmetatable({}, mt) o = nil collectgarbage()
--## yielding in a finalizer is refused
setmetatable({}, {__gc = function () coroutine.yield() end})
coroutine.wrap(function () collectgarbage() end)() show("after")
--## the count goes down after garbage
collectgarbage() local before = collectgarbage("count") local t = {} for i = 1, 10000 do t[i] = {i} end local during = collectgarbage("count") t = nil collectgarbage() local after = collectgarbage("count") show(during > before + 300, after < before + 50)
--## a stopped collector does not collect, step finishes a cycle
collectgarbage("stop") local dead = setmetatable({{}}, {__mode = "v"}) for i = 1, 10000 do local x = {} end show(dead[1] ~= nil) collectgarbage("restart")
local done = false for i = 1, 100000 do if collectgarbage("step") then done = true break end end show(done) show(collectgarbage("step", 1000000)) collectgarbage() show(dead[1])
--## generational mode collects too
collectgarbage("generational")
local w = setmetatable({}, {__mode = "v"}) local old = {} for i = 1, 20 do w[i] = {} old[i] = {} for j = 1, 1000 do local x = {j} end end collectgarbage() local n = 0 for _ in pairs(w) do n = n + 1 end show(n, #old)
old[1].link = {} for i = 1, 5 do collectgarbage("step") end show(type(old[1].link)) collectgarbage("incremental") collectgarbage() show(type(old[1].link))
--## closures, coroutines and upvalues are collected
local w = setmetatable({}, {__mode = "v"})
do local a = {} w.f = function () return a end w.co = coroutine.create(function () local b = {} w.b = b coroutine.yield() return b end) coroutine.resume(w.co) w.a = a end
collectgarbage() show(w.f, w.co, w.a, w.b)
--## an unreachable cycle with coroutines and finalizers
local log = {} do local o = {} local co co = coroutine.create(function () o.co = co setmetatable(o, {__gc = function () log[#log + 1] = "gone" end}) coroutine.yield() end) coroutine.resume(co) end collectgarbage() collectgarbage() print(table.concat(log))
--## the metatable's mode can change
local mt = {} local t = setmetatable({}, mt) t[1] = {} collectgarbage() show(type(t[1])) mt.__mode = "v" collectgarbage() show(t[1]) t[1] = {} mt.__mode = nil collectgarbage() show(type(t[1])) mt.__mode = 12 collectgarbage() show(type(t[1])) mt.__mode = "x" collectgarbage() show(type(t[1]))
--## large tables survive many collections
local t = {} for i = 1, 20000 do t[i] = {i, "s" .. i} t["k" .. i] = t[i] end for i = 1, 3 do collectgarbage() end local ok = true for i = 1, 20000 do ok = ok and t[i][1] == i and t["k" .. i][2] == "s" .. i end show(ok)
--## strings made again after collection are equal
local t = {} for i = 1, 100 do t["key" .. i] = i end collectgarbage() local s = 0 for i = 1, 100 do s = s + t["key" .. i] end show(s)
--## close and finalize together
local log = {} do local x <close> = setmetatable({}, {__close = function () log[#log + 1] = "close" end, __gc = function () log[#log + 1] = "gc" end}) end collectgarbage() collectgarbage() print(table.concat(log, " "))
--## keys of raw assignments to old tables stay
collectgarbage("generational")
local t = {[1.5] = 1, a = 1, b = 2, c = 3}
for i = 1, 5 do collectgarbage("step") end
do local function put(k) rawset(t, {"key", k}, k) rawset(t, "a string that nobody else refers to " .. k, -k) end put(7) end
for i = 1, 3 do collectgarbage("step") local junk = {} for j = 1, 1000 do junk[j] = {"junk" .. j, j} end end
for k, v in next, t do if type(k) == "table" then show(k[1], k[2], v) end end
for k, v in next, t do if v == -7 then show(k, v) end end
collectgarbage("incremental")
--## a large table is sorted while the collector visits it
local n, bad = 40000, 0
local function text(i) return string.format("%08d, a string that is longer than forty bytes", i) end
for round = 1, 6 do
  collectgarbage() collectgarbage("incremental", 1000, 25, 9) collectgarbage("stop")
  local t = {} for i = 1, n do t[i] = text(n - i) end
  for s = 1, round * 80 do if collectgarbage("step", 1) then break end end
  table.sort(t)
  for s = 1, 100000 do if collectgarbage("step", 4) then break end end
  local junk = {} for i = 1, n do junk[i] = string.format("%08d, JUNK ng that is longer than forty bytes", i) end
  for i = 1, n do if t[i] ~= text(i - 1) then bad = bad + 1 end end
end
show(bad)
