-- The table library and tables themselves.
--## insert at the end and in the middle
local t = {}
table.insert(t, "a") table.insert(t, 1, "b") table.insert(t, 2, "c") table.insert(t, #t + 1, "d") table.insert(t, nil)
print(table.concat(t, ","), #t)
try(table.insert, t, 0, "x") try(table.insert, t, 10, "x") try(table.insert, t, -1, "x") try(table.insert, t) try(table.insert) try(table.insert, t, 1, 2, 3) try(table.insert, 1, 2) try(table.insert, t, "x", 1) try(table.insert, t, 1.5, 1) try(table.insert, nil, 1) try(table.insert, t, math.mininteger, 1)
--## remove from the end, the middle and empty tables
local t = {1, 2, 3, 4, 5}
show(table.remove(t), table.remove(t, 1), table.remove(t, 2), #t, table.concat(t, ","))
show(table.remove({}), table.remove({}, 0), table.remove({}, nil), select("#", table.remove({})), table.remove({[0] = "zero"}, 0), table.remove({1, 2}, 3))
try(table.remove, {1, 2}, 4) try(table.remove, {1, 2}, 0) try(table.remove, {1, 2}, -1) try(table.remove, {}, 5) try(table.remove) try(table.remove, 1) try(table.remove, {1, 2}, "x")
show(table.remove({}, 1), table.remove({n = 1}, 1))
--## concat
show(table.concat {}, table.concat({1, 2, 3}), table.concat({1, 2, 3}, ", "), table.concat({1, 2, 3}, ",", 2), table.concat({1, 2, 3}, ",", 2, 3), table.concat({1, 2, 3}, ",", 3, 2), table.concat({"a", 1.5, -0.0}, "-"), table.concat({[5] = "x"}, ",", 5, 5))
try(table.concat, {1, {}, 3}) try(table.concat, {1, nil, 3}, ",", 1, 3) try(table.concat, {1, true}) try(table.concat) try(table.concat, 1) try(table.concat, {}, {}) try(table.concat, {}, ",", "x") try(table.concat, {1}, ",", 1, 2) try(table.concat, {print})
show(table.concat({"x"}, ",", math.maxinteger, math.maxinteger - 1), #table.concat({("x"):rep(1000), ("y"):rep(1000)}, ("z"):rep(1000)))
try(table.concat, {}, "", math.maxinteger, math.maxinteger)
--## concat honours __index and __len
local p = setmetatable({}, {__index = function (_, i) return "v" .. i end, __len = function () return 4 end})
show(table.concat(p, ","), table.concat(p, ",", 3, 6))
--## unpack
show(table.unpack {1, 2, 3}) show(table.unpack({1, 2, 3}, 2)) show(table.unpack({1, 2, 3}, 2, 3)) show(table.unpack({1, 2}, 1, 4)) show(table.unpack({}, 1, 0)) show(select("#", table.unpack({}, 5, 4))) show(table.unpack({1, 2}, -1, 1)) show(table.unpack({n = 3}, 1, 3))
show(table.unpack({}, math.maxinteger, math.maxinteger)) show(table.unpack({}, math.mininteger, math.mininteger)) show(table.unpack("abc", 1, 2))
try(table.unpack) try(table.unpack, 1) try(table.unpack, nil) try(table.unpack, {}, "x") try(table.unpack, {}, 1, "y") try(table.unpack, {}, 1, 1e8)
show(table.unpack(setmetatable({}, {__index = function (_, i) return i * i end}), 1, 5))
--## pack
local p = table.pack(1, nil, 3, nil)
show(p.n, p[1], p[2], p[3], #table.pack(), table.pack().n, table.pack(nil).n)
--## move within, between, overlapping
local function c(t) return table.concat(t, ",") end
show(c(table.move({1, 2, 3}, 1, 3, 2)), c(table.move({1, 2, 3}, 2, 3, 1)), c(table.move({1, 2, 3}, 1, 3, 1, {})), c(table.move({1, 2, 3}, 1, 0, 5)), c(table.move({1, 2, 3}, 1, 3, 4)), c(table.move({1, 2, 3, 4, 5}, 1, 4, 2)), c(table.move({1, 2, 3}, 1, 2, 2, {9, 8, 7})))
try(table.move) try(table.move, {}) try(table.move, {}, 1) try(table.move, {}, 1, 2) try(table.move, 1, 1, 2, 3) try(table.move, {}, 1, 2, 3, 4) try(table.move, {}, "x", 1, 1) try(table.move, {}, math.mininteger, math.maxinteger, 1) try(table.move, {}, 1, math.maxinteger, 2) try(table.move, {}, -1, math.maxinteger, 2) try(table.move, {}, 1.5, 2, 3)
local log = {}
local src = setmetatable({}, {__index = function (_, i) log[#log + 1] = "get" .. i return i end})
local dst = setmetatable({}, {__newindex = function (t, i, v) log[#log + 1] = "set" .. i rawset(t, i, v) end})
table.move(src, 1, 3, 5, dst)
print(table.concat(log, " "), dst[5], dst[7])
--## sort numbers and strings
local function c(t) table.sort(t) return table.concat(t, ",") end
show(c {}, c {1}, c {2, 1}, c {3, 1, 2}, c {"b", "a", "c"}, c {1.5, 1, 0.5, -1}, c {5, 4, 3, 2, 1}, c {1, 2, 3, 4, 5}, c {math.huge, -math.huge, 0})
local t = {}
local seed = 12345
for i = 1, 1000 do seed = (seed * 1103515245 + 12345) % 2147483648 t[i] = seed end
table.sort(t)
local ok = true
for i = 2, #t do ok = ok and t[i - 1] <= t[i] end
show(ok, t[1], t[500], t[1000])
--## sort with comparators
local t = {"banana", "fig", "apple", "kiwi"}
table.sort(t, function (a, b) return #a < #b or (#a == #b and a < b) end)
print(table.concat(t, ","))
table.sort(t, function (a, b) return a > b end)
print(table.concat(t, ","))
local n = {}
for i = 1, 300 do n[i] = (i * 7919) % 301 end
table.sort(n, function (a, b) return a > b end)
show(n[1], n[150], n[300])
--## sort errors
try(table.sort, {1, "x", 2}) try(table.sort, {{}, {}}) try(table.sort, {1, 2}, 12) try(table.sort) try(table.sort, 1) try(table.sort, {3, 2, 1}, function () error("E", 0) end) try(table.sort, {1, nil, 3}) try(table.sort, {1, 2}, nil) try(table.sort, {1, 2}, "x")
local ok, m = pcall(table.sort, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, function () return true end)
show(ok, m)
--## sort with metamethods and proxies
local store = {3, 1, 2}
local p = setmetatable({}, {__index = store, __newindex = store, __len = function () return 3 end})
table.sort(p)
print(table.concat(store, ","))
try(table.sort, setmetatable({}, {__len = function () return math.maxinteger end}))
try(table.sort, setmetatable({}, {__len = function () return "x" end}))
try(table.sort, setmetatable({}, {__len = function () return 1.5 end}))
--## table functions on objects that are not tables
local o = setmetatable({}, {__index = function () return nil end, __newindex = function () end, __len = function () return 0 end})
show(table.insert(o, 1), table.remove(o), table.concat(o))
debug.setmetatable(0, {__index = function (n, i) return i <= n and i or nil end, __len = function (n) return n end, __newindex = function () end})
show(table.concat(5, ","), table.unpack(3))
debug.setmetatable(0, nil)
try(table.concat, 5)
debug.setmetatable(0, {__index = function () end})
try(table.concat, 5) try(table.insert, 5, 1) try(table.remove, 5)
debug.setmetatable(0, nil)
--## length of sequences as they grow and shrink
local t = {}
for i = 1, 100 do t[i] = i end
show(#t)
for i = 100, 51, -1 do t[i] = nil end
show(#t)
t[51] = 1
show(#t)
for i = 1, 51 do t[i] = nil end
show(#t, next(t))
--## tables filled backwards and with gaps filled later
local t = {}
for i = 64, 1, -1 do t[i] = i end
show(#t)
local u = {}
for i = 1, 99, 2 do u[i] = true end
for i = 2, 100, 2 do u[i] = true end
show(#u)
local v = {nil, nil, 3}
show(v[3], select("#", table.unpack(v, 1, 3)))
--## negative, zero, huge and float keys
local t = {}
t[0] = "zero" t[-1] = "minus" t[math.maxinteger] = "max" t[math.mininteger] = "min" t[2^53] = "f" t[1e300] = "big" t[-0.5] = "half"
show(t[0], t[-1], t[math.maxinteger], t[math.mininteger], t[2^53|0], t[1e300], t[-0.5], #t, t[-0.0], t[math.maxinteger + 0.0])
local n = 0
for k in pairs(t) do n = n + 1 end
show(n)
--## keys of every type
local k1, k2, f = {}, {}, function () end
local t = {[k1] = 1, [k2] = 2, [f] = 3, [true] = 4, [false] = 5, [print] = 6, [io.stdout] = 7, ["s"] = 8, [1] = 9, [1.5] = 10, [coroutine.running()] = 11}
show(t[k1], t[k2], t[f], t[true], t[false], t[print], t[io.stdout], t.s, t[1], t[1.5], t[coroutine.running()], t[{}])
--## pairs visits everything once while values change
local t = {}
for i = 1, 200 do t[i] = i t["s" .. i] = i end
local sum, n = 0, 0
for k, v in pairs(t) do t[k] = v + 1 sum = sum + v n = n + 1 end
show(sum, n)
for k, v in pairs(t) do if type(k) == "string" then t[k] = nil end end
n = 0
for k in pairs(t) do n = n + 1 end
show(n, #t)
--## the array part is walked in order
local t = {10, 20, 30, 40}
local s = {}
for k, v in pairs(t) do s[#s + 1] = k .. "=" .. v end
print(table.concat(s, " "))
--## constructors with calls, varargs and trailing separators
local function v(...) return ... end
show(#{v(1, 2, 3)}, #{v(1, 2, 3),}, #{v(1, 2, 3), 4}, #{(v(1, 2, 3))}, #{v()}, #{1, 2; 3}, #{{}, {}}, ({a = 1, a = 2}).a, ({[1] = "x", "y"})[1])
local t = {}
for i = 1, 60 do t[i] = "v" .. i end
local c = load("return {" .. table.concat(t, ", "):gsub("v(%d+)", "'v%1'") .. "}")()
show(#c, c[1], c[50], c[51], c[60])
--## functions with wrong arguments
for _, name in ipairs {"insert", "remove", "concat", "unpack", "move", "sort", "pack"} do
  try(table[name]) try(table[name], nil) try(table[name], 1, 2) try(table[name], "x", 1)
end
--## large array parts grow and shrink
local t, u, sum = {}, {}, 0
for i = 1, 70000 do
  t[i] = i % 3 == 0 and "s" .. i or i
  if i % 7 == 0 then u[i // 7] = {t[i]} end
end
for i = 1, #t do sum = (sum * 31 + #tostring(t[i]) + (tonumber(t[i]) or 0)) % 1000000007 end
show(#t, sum, t[1], t[8192], t[8193], t[65536], t[69999], t[70000], #u, u[10000][1])
for i = 1, 5 do table.insert(t, 30000, i) end
for i = #t, 9001, -1 do t[i] = nil end
collectgarbage()
t.x, t.y, t.z = 1, 2, 3
show(#t, t[1], t[9000], t[9001], t.z)
for i = 9001, 40000 do t[i] = -i end
show(#t, t[8999], t[9000], t[40000], t.x)
