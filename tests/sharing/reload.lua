-- Hot reload through `codecache.reload`. The argument is a folder for files.

local folder = ...
local number = 0

-- Writes a version of a file.
local function write(name, text)
  local file = assert(io.open(name, "w"))
  file:write(text)
  file:close()
end

-- A new file with a first version, loaded and run: its name, and what it returned.
local function load_first(text, ...)
  number = number + 1
  local name = folder .. "/file" .. number .. ".lua"
  write(name, text)
  return name, assert(loadfile(name))(...)
end

-- Gives the file new text and reloads it. Checks how many closures were updated, and which functions were kept.
local function load_next(name, text, updated, kept)
  write(name, text)
  local report = assert(codecache.reload(name))
  local found = {}
  for i, k in ipairs(report.kept) do found[i] = k.name .. ":" .. k.line .. ": " .. k.reason end
  found = table.concat(found, "; ")
  assert(found == (kept or ""), "kept " .. found)
  assert(report.updated == updated, "updated " .. report.updated)
end

local function test(what, f)
  local ok, message = xpcall(f, debug.traceback)
  if not ok then error(what .. ": " .. message, 0) end
end

test("a counter goes on counting in new code", function()
  local name, count = load_first "local n = 0; return function() n = n + 1; return n end"
  assert(count() == 1 and count() == 2)
  load_next(name, "local n = 100; return function() n = n + 10; return n end", 1)
  assert(count() == 12)
  load_next(name, "\n\nlocal n = 0; return function() n = n * 2; return n, 'third' end", 1)
  assert(select(2, count()) == "third" and count() == 48)
end)

test("functions in modules are found by name, wherever they stand now", function()
  local name, m = load_first [[
    local M = {}
    function M.a() return "a1" end
    function M.b() return "b1" end
    local function c() return "c1" end
    M.call_c = function() return c() end
    M.list = { f = function() return "f1" end }
    function M:method() return self.value, "m1" end
    return M]]
  local a, f = m.a, m.list.f
  m.value = 5
  load_next(name, [[
    local M = {}
    local function c() return "c2" end
    function M:method() return self.value, "m2" end
    M.list = { g = function() return "g2" end, f = function() return "f2" end }
    M.call_c = function() return c() end
    function M.b() return "b2" end
    function M.a() return "a2" end
    return M]], 6)
  assert(m.a() == "a2" and m.b() == "b2" and m.call_c() == "c2" and m.list.f() == "f2")
  assert(select(2, m:method()) == "m2")
  -- Everyone who has the function has the new one.
  assert(a == m.a and a() == "a2" and f == m.list.f)
end)

test("what is gone or has a variable that nothing has is kept and reported", function()
  local name, m = load_first [[
    local M = {}
    function M.gone() return 1 end
    function M.wants() return 1 end
    function M.stays() return 1 end
    return M]]
  load_next(name, [[
    local M = {}
    local fresh = 2
    function M.wants() return fresh end
    function M.stays() return 2 end
    return M]], 1, "M.gone:2: no function at its place; M.wants:3: no variable 'fresh'")
  assert(m.gone() == 1 and m.wants() == 1 and m.stays() == 2)
end)

test("a variable that another function has captured is found", function()
  local name, m = load_first [[
    local M, n = {}, 10
    function M.add() n = n + 1 return n end
    function M.get() return "not yet" end
    return M]]
  m.add()
  load_next(name, [[
    local M, n = {}, 10
    function M.add() n = n + 1 return n end
    function M.get() return n end
    return M]], 2)
  assert(m.get() == 11)
  m.add()
  assert(m.get() == 12)
end)

test("variables of several activations are told apart", function()
  local name, make = load_first [[
    return function(start)
      local n, step = start, 1
      return { inc = function() n = n + step end, get = function() return step end }
    end]]
  local a, b = make(10), make(20)
  a.inc()
  load_next(name, [[
    return function(start)
      local n, step = start, 1
      return { inc = function() n = n + 100 * step end, get = function() return n end }
    end]], 5)
  a.inc()
  assert(a.get() == 111 and b.get() == 20)
  local c = make(7)
  c.inc()
  assert(c.get() == 107)
  -- The same for a file that was run twice.
  local text = "local n = ...; return { inc = function() n = n + 1 end, get = function() return %s end }"
  local name, x = load_first(text:format("'old', n"), 1)
  local y = assert(loadfile(name))(50)
  load_next(name, text:format("n"), 4)
  x.inc()
  assert(x.get() == 2 and y.get() == 50)
end)

test("a variable with one name in two activations that share nothing is not guessed", function()
  local name, make = load_first [[
    return function(start)
      local n = start
      return { inc = function() n = n + 1 end, get = function() return 0 end }
    end]]
  local a, b = make(10), make(20)
  load_next(name, [[
    return function(start)
      local n = start
      return { inc = function() n = n + 2 end, get = function() return n end }
    end]], 3, "get:3: no variable 'n'")
  assert(a.get() == 0)
end)

test("code may begin to use globals", function()
  local name, m = load_first "local M = {}; function M.f() return 1 end; return M"
  global_of_test = 33
  load_next(name, "local M = {}; function M.f() return global_of_test end; return M", 1)
  assert(m.f() == 33)
  global_of_test = nil
end)

test("recursive functions continue in new code, the calls under way finish in the old", function()
  local name, m = load_first [[
    local M = {}
    local function sum(n, at)
      if n == 0 then return 0 end
      if n == at then M.reload() end
      return n + sum(n - 1, at)
    end
    function M.run(n, at) return sum(n, at) end
    return M]]
  function m.reload()
    -- The new code adds ten times as much. Five closures: run, sum in its variable; nothing else.
    load_next(name, [[
    local M = {}
    local function sum(n, at)
      if n == 0 then return 0 end
      return 10 * n + sum(n - 1, at)
    end
    function M.run(n, at) return sum(n, at) end
    return M]], 2)
  end
  assert(m.run(4, 3) == 4 + 3 + 20 + 10)
  assert(m.run(4, 0) == 100)
end)

test("coroutines that are suspended inside finish in the old code", function()
  local text = [[
    local M, n = {}, 0
    function M.body(a)
      while true do
        n = n + 1
        a = coroutine.yield("%s", n, a)
      end
    end
    function M.helper() return n end
    return M]]
  local name, m = load_first(text:format("old"))
  local co = coroutine.wrap(m.body)
  local later = coroutine.create(m.body)
  local r, n, a = co("x")
  assert(r == "old" and n == 1 and a == "x")
  -- body twice (a coroutine that has not begun has it too, the same), helper.
  load_next(name, "local _ = 1\n" .. text:format("new"), 2)
  r, n, a = co("y")
  assert(r == "old" and n == 2 and a == "y", "the coroutine goes on as it was")
  local _
  _, r, n = coroutine.resume(later, "z")
  assert(r == "new" and n == 3, "one that had not begun has new code")
  assert(m.helper() == 3)
  collectgarbage()
  assert(co() == "old")
end)

test("metatables, keys, upvalues of C functions, user values, locals and the registry", function()
  local text = [[
    local M = {}
    function M.index(t, k) return "%s" .. k end
    function M.compare(a, b) return a > b end
    function M.iterate() return "%s" end
    function M.close() closed = "%s" end
    return M]]
  local name, m = load_first(text:gsub("%%s", "1"))
  local object = setmetatable({}, { __index = m.index })
  local keys = { [m.index] = "by function", [m.compare] = m.compare }
  local weak = setmetatable({ [m.iterate] = true }, { __mode = "k" })
  local wrapped = coroutine.wrap(m.iterate)
  local u = io.tmpfile()
  debug.setuservalue(u, m.index)
  debug.getregistry()[1000] = m.index
  local kept = m.index
  local guard <close> = setmetatable({}, { __close = m.close })
  debug.setmetatable(1, { __index = m.index })
  load_next(name, text:gsub("%%s", "2"), 4)
  assert(object.x == "2x" and (5).y == "2y" and kept == m.index)
  debug.setmetatable(1, nil)
  assert(keys[m.index] == "by function" and keys[m.compare] == m.compare and next(weak) == m.iterate)
  local count = 0
  for _ in pairs(keys) do count = count + 1 end
  assert(count == 2)
  assert(wrapped() == "2")
  assert(debug.getregistry()[1000] == m.index)
  debug.getregistry()[1000] = nil
  u:close()
end)
assert(closed == "2", "the variable was closed by new code")
closed = nil

test("functions without names are matched in order, where their shapes agree", function()
  local name, list = load_first [[
    return { function() return 1 end, function(a) return 2 end, function(...) return 3 end }]]
  load_next(name, [[
    return { function() return 10 end, function() return 15 end, function(a) return 20 end }]],
    2, "?:1: no function at its place")
  assert(list[1]() == 10 and list[2]() == 20 and list[3]() == 3)
end)

test("stripped code is matched in order", function()
  local name = folder .. "/stripped.luac"
  local function compile(text) write(name, string.dump(assert(load(text, "@" .. name)), true)) end
  compile "local n = 5; return function() return n end, function() return 'second' end"
  local f, g = assert(loadfile(name))()
  compile "local n = 5; return function() return n + 1 end, function() return 'new' end"
  local report = codecache.reload(name)
  -- The name of the file is stripped too: nothing tells that these are its functions.
  assert(report.updated == 0 and f() == 5 and g() == "second")
  assert(loadfile(name)()() == 6)
end)

test("a file that cannot be loaded changes nothing", function()
  local name, f = load_first "return function() return 1 end"
  write(name, "return function( return 2 end")
  local report, message = codecache.reload(name)
  assert(report == nil and message:find("<name> or '...' expected near 'return'", 1, true), message)
  assert(f() == 1)
  os.remove(name)
  report, message = codecache.reload(name)
  assert(report == nil and message == "cannot open " .. name .. ": No such file or directory", message)
  assert(f() == 1 and loadfile(name)()() == 1, "it is still in the cache")
  local status, text = reload(name)
  assert(status == 6 and text == message)
end)

test("the cache gives the new code to others; what they have stays", function()
  local name = load_first "return function() return 1 end"
  assert(vm(1, ("f = loadfile(%q)(); return f()"):format(name)) == "1")
  write(name, "return function() return 2 end")
  local status, report = reload(name)
  assert(status == 0 and report.updated == 0)
  assert(vm(1, ("return f() .. loadfile(%q)()()"):format(name)) == "12")
  assert(vm(1, ("return codecache.reload(%q).updated"):format(name)) == "1")
  assert(vm(1, "return f()") == "2")
end)

test("old code is let go of", function()
  local name, f = load_first "return function() return 0 end"
  for i = 1, 100 do
    load_next(name, "return function() return " .. i .. " end", 1)
    assert(f() == i)
  end
  collectgarbage()
  local versions = 0
  for _, file in ipairs(codecache.stat()) do
    if file.name == name then versions = versions + 1 end
  end
  assert(versions <= 2, versions)
end)

test("in generational mode too", function()
  collectgarbage("generational")
  local text = "local n = 0; local t = {}; return function() n = n + 1; t[n] = {%d}; return t[n][1], n end"
  local name, f = load_first(text:format(0))
  for i = 1, 50 do
    load_next(name, text:format(i), 1)
    local r, n = f()
    assert(r == i and n == i)
    collectgarbage("step")
  end
  collectgarbage("incremental")
end)

test("in finalizers", function()
  local name, f = load_first "local n = 0; return function() n = n + 1; return n end"
  for _, mode in ipairs { "incremental", "generational" } do
    collectgarbage(mode)
    local reloaded = 0
    for i = 1, 100 do
      setmetatable({}, { __gc = function() reloaded = reloaded + codecache.reload(name).updated end })
    end
    -- Each collection calls some of them, for a reload ends it.
    for i = 1, 100 do collectgarbage() end
    assert(reloaded == 100, reloaded)
  end
  collectgarbage("incremental")
  assert(f() == 1 and f() == 2)
  -- While the VM closes.
  closing = setmetatable({}, { __gc = function() assert(codecache.reload(name)) end })
end)

assert(not pcall(codecache.reload), "a name is needed")
