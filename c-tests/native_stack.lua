-- Lua code of every kind, between two measurements of the native stack, which must not have grown. The interpreter's
-- handlers of instructions call each other, and only the optimizer makes jumps of these calls; one that stays a call adds
-- a native frame for each instruction executed.

local prelude = [[
  local depth = depth
  local t, list, s, n, x, i = {a = 1, n = 2}, {1, 2, 3}, "text", 7, 1.5, 3
  local mt = {}
  for _, event in ipairs {"add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "shl", "shr", "bnot", "concat"} do
    mt["__" .. event] = function() return 1 end
  end
  mt.__len, mt.__eq, mt.__lt, mt.__le = mt.__add, mt.__add, mt.__add, mt.__add
  mt.__index = function(self, key) return key end
  mt.__newindex = function() end
  mt.__call = function(self, ...) return ... end
  local o, p = setmetatable({}, mt), setmetatable({}, mt)
  local child = setmetatable({}, {__index = setmetatable({}, {__index = {f = 1, m = function() end}})})
  local long = ("long"):rep(20)
  local function none() end
  local function one(v) return v end
  local function two(a, b, c) return a, b end
  local function all(...) return ... end
  local function captured() local v = 1 return function() return v end end
  local q = setmetatable({}, {__index = function() return none end})
  local u, v = 1, nil
  local function upvalue() u = u + 1 v = {} return u end
  local r
]]

local snippets = {
  -- loads
  "r = n", "r = 5", "r = 5.0", "r = 'constant'", "r = true", "r = false", "r = n == 7", "r = not n", "local a, b, c",
  "upvalue()", "collectgarbage('step') upvalue()",
  -- tables
  "g = 1 r = g", "r = undefined", "r = t.a", "r = t[s]", "r = list[2]", "r = list[i]", "r = list[n]", "r = t[x]", "r = t[long]", "r = t.none",
  "r = child.f", "r = child.none", "r = o.key", "r = o[1]", "r = o[s]", "r = s.len", "t.a = 2", "t.b = 2", "t[s] = n", "t[s] = nil", "t[x] = n",
  "t[long] = n", "list[2] = n", "list[9] = 1", "list[i] = x", "list[n] = x", "t[100] = 1", "o.key = 1", "o[1] = 1", "o[s] = 1",
  "r = {}", "r = {1, 2, 3}", "r = {a = 1}", "r = {all(1, 2, 3)}", "for k = 1, 3000 do r = {k} end",
  "local f = child.m", "child:m()", "s:len()", "q:key()", "r = #t", "r = #s", "r = #o",
  -- operators
  "r = n + 1", "r = n + 100000", "r = n + i", "r = n - i", "r = n * i", "r = n // i", "r = n % i", "r = n / i", "r = n ^ 2", "r = n & i", "r = n | i",
  "r = n ~ i", "r = n << i", "r = n >> i", "r = n << 1", "r = 1 << n", "r = n >> 1", "r = n & 1", "r = n | 1", "r = n ~ 1", "r = n - 1.5", "r = n * 3",
  "r = n // 2", "r = n % 2", "r = n / 2", "r = n // 2.0", "r = n % 2.5", "r = n * 2.5", "r = n ^ x", "r = -n", "r = -x", "r = ~n", "r = ~2.0",
  "r = x + 1", "r = x + 2.5", "r = x + x", "r = x + n", "r = x - n", "r = x * n", "r = x / x", "r = x // x", "r = x % x", "r = x % n", "r = x ^ 2",
  "r = x ^ x", "local y = 2.0 r = y & n", "local y = 2.0 r = y << 1", "local y = 2.0 r = y | 3",
  "r = '1' + 1", "r = o + 1", "r = o + 1.5", "r = o - p", "r = 1 - o", "r = o * 2", "r = o / 2", "r = o // 2", "r = o % 2", "r = o ^ 2", "r = -o", "r = ~o",
  "r = o & 1", "r = o | p", "r = o ~ 1", "r = o << 1", "r = 1 << o", "r = o >> p", "r = s .. n .. x", "r = o .. s", "r = s .. o",
  -- branches
  "if n == 7 then r = 1 end", "if n == 8 then r = 1 end", "if n == i then r = 1 end", "if n == x then r = 1 end", "if s == 'text' then r = 1 end",
  "if x == 1.5 then r = 1 end", "if long == ('long'):rep(20) then r = 1 end", "if t == list then r = 1 end", "if o == p then r = 1 end",
  "if s == nil then r = 1 end", "if n < i then r = 1 end", "if n <= i then r = 1 end", "if x < n then r = 1 end", "if x < x then r = 1 end",
  "if s < 'u' then r = 1 end", "if o < p then r = 1 end", "if o <= p then r = 1 end", "if n < 5 then r = 1 end", "if n > 5 then r = 1 end",
  "if n <= 5 then r = 1 end", "if n >= 5 then r = 1 end", "if x < 5 then r = 1 end", "if x > 5 then r = 1 end", "if x <= 5 then r = 1 end",
  "if x >= 5 then r = 1 end", "if o < 5 then r = 1 end", "if o > 5 then r = 1 end", "if o <= 5 then r = 1 end", "if o >= 5 then r = 1 end",
  "if r then n = 1 end", "r = r or n", "r = r and n", "goto over do r = 1 end ::over::", "repeat i = i - 1 until i == 0", "while i > 0 do i = i - 1 end",
  -- loops
  "for k = 1, 3 do end", "for k = 1, 0 do end", "for k = 1.0, 3 do end", "for k, e in pairs(t) do end", "for k, e in ipairs(list) do end",
  "for k in next, t do end", "for k in all do break end", "for k in captured() do break end", "for k in o do break end",
  "for w in ('a b'):gmatch('%a') do end",
  -- calls
  "none()", "one(1)", "r = one(1)", "r = none()", "local a, b, c = two(1, 2)", "two(1)", "two(1, 2, 3, 4)", "all(all(1, 2, 3))", "local a, b = all(1, 2, 3)",
  "r = rawequal(n, n)", "rawlen(t)", "local a, b, c = math.modf(x)", "r = select('#', all())", "r = all(select(2, 1, 2, 3))", "r = o(1)", "r = captured()()",
  "r = tostring(setmetatable({}, {__tostring = function() return s end}))", "r = pcall(none)", "r = pcall(error)", "r = xpcall(one, none, 1)",
  "r = coroutine.wrap(function() coroutine.yield(1) return 2 end)()", "r = pcall(one, 1)",
  "r = pcall(two, 1, 2)", "local a, b, c = pcall(all, 1, 2)", "r = pcall(pcall, one, 1)",
  "r = coroutine.wrap(function() for k = 1, 9 do coroutine.yield(k) end end) for k = 1, 9 do r() end",
  "for k in coroutine.wrap(function() for k = 1, 9 do coroutine.yield(k) end end) do r = k end",
  "r = coroutine.create(function() while true do coroutine.yield(one(1)) end end) for k = 1, 9 do coroutine.resume(r, k) end",
  "r = coroutine.create(function() for k = 1, 9 do coroutine.yield() end error() end) for k = 1, 11 do coroutine.resume(r, k) end",
  "local c <close> = nil", "do local c <close> = setmetatable({}, {__close = none}) end",
  "do local c = 1 r = function() return c end end", "r = (function() return one(1) end)()", "r = (function() return rawlen(s) end)()",
  "r = (function() return o(1) end)()", "r = (function(...) return one(...) end)(1)", "r = (function(...) return all(...) end)(1, 2)",
  "r = (function() local c = 1 r = function() return c end return one(c) end)()", "r = (function() local c <close> = nil return 1 end)()",
  "r = (function() local c <close> = setmetatable({}, {__close = none}) return 1 end)()", "r = (function(...) local a, b = ... return b end)(1)",
  "r = table.concat(list, ',')", "table.sort(list, function(a, b) return a > b end)", "r = s:gsub('t', one)", "r = load('return 1')()",
}

-- After an error that ends a coroutine the run goes on in another native function, once. And a call that has to make room first is made from
-- further in, where handlers do call each other; so there is room.
pcall(error, table.unpack({}, 1, 200))
coroutine.resume(coroutine.create(error))

local function measure(code)
  local chunk = assert(load(prelude .. "local before = depth() " .. code .. " return depth() - before", "=" .. code))
  local change = chunk()
  assert(change == 0, code .. ": the native stack changed by " .. tostring(change) .. " bytes")
end

for _, code in ipairs(snippets) do
  measure(code)
end
debug.sethook(function() end, "crl", 1)
for _, code in ipairs(snippets) do
  measure(code)
end
debug.sethook()

-- Instructions without any jump or call.
local straight = assert(load("local a, b = ... " .. ("a = a + b b = b - a "):rep(200000) .. "return a"))
assert(math.type(straight(1, 2)) == "integer")
print(#snippets .. " pieces of code")
