-- Sharing by content, with the code cache off. The argument is a folder for files.

local folder = ...

-- Runs in a VM without the cache.
local function run(n, text, ...)
  return vm(n, 'codecache.mode "OFF" ' .. text:format(...))
end

local function write(name, text)
  local file = assert(io.open(name, "w"))
  file:write(text)
  file:close()
end

-- Files that are shared now.
local function shared() return codecache.stat().content_files end

local name = folder .. "/a.lua"
local other = folder .. "/b.lua"
local code = "#!/usr/bin/lua\nlocal t = { 'a constant', 0 }\nfunction f(n) t[2] = t[2] + n; return t[2] end\nreturn debug.getinfo(1, 'S').source .. debug.getinfo(f, 'S').linedefined"

-- The first VM compiles for itself, the second for all.
write(name, code)
assert(run(1, "return loadfile(%q)()", name) == "@" .. name .. "3")
assert(run(1, "return loadfile(%q)()", name) == "@" .. name .. "3")
assert(shared() == 0)
assert(run(2, "return loadfile(%q)()", name) == "@" .. name .. "3")
assert(shared() == 1)
local bytes = codecache.stat().content_bytes
assert(bytes > 100)
assert(run(3, "return loadfile(%q, 't')()", name) == "@" .. name .. "3")
assert(run(1, "return dofile(%q)", name) == "@" .. name .. "3")
assert(shared() == 1 and codecache.stat().content_bytes == bytes)

-- Code is shared, not what it works on.
assert(run(2, "return f(5)") == "5" and run(3, "return f(7)") == "7" and run(2, "return f(5)") == "10")
assert(run(2, "return select(2, debug.getupvalue(f, 1))[1]") == "a constant")

-- The same bytes under another name are another chunk.
write(other, code)
assert(run(2, "return loadfile(%q)()", other) == "@" .. other .. "3")
assert(shared() == 1)
assert(run(4, "return loadfile(%q)()", other) == "@" .. other .. "3")
assert(shared() == 2)

-- Content decides.
write(name, "return 'changed'")
assert(run(2, "return loadfile(%q)()", name) == "changed")
assert(shared() == 2)
assert(run(3, "return loadfile(%q)()", name) == "changed")
assert(shared() == 3)
write(name, code)
assert(run(4, "return loadfile(%q)()", name) == "@" .. name .. "3")

-- What nobody uses is gone.
local function collect(n) run(n, "f = nil; collectgarbage()") end
for n = 2, 4 do collect(n) end
assert(shared() == 1, "VM 1 still uses its function")
collect(1)
assert(shared() == 0, shared())
assert(codecache.stat().content_bytes == 0)
for n = 1, 4 do assert(run(n, "return loadfile(%q)()", name) == "@" .. name .. "3") end
assert(shared() == 1)
for n = 1, 4 do close_vm(n) end
assert(shared() == 0)

-- Mistakes are told to each VM as ever.
write(name, "x =")
for n = 1, 3 do
  -- Of a long name, messages have the end.
  assert(run(n, "local f, m = loadfile(%q); return m", name):find(name:sub(-20) .. ":1: unexpected symbol near <eof>", 1, true))
  assert(run(n, "local f, m = loadfile(%q); return m", folder .. "/none") == "cannot open " .. folder .. "/none: No such file or directory")
end
assert(shared() == 0)

-- Binary chunks, and modes.
write(name, string.dump(load "return 'binary'"))
for n = 1, 3 do
  assert(run(n, "return loadfile(%q)()", name) == "binary")
  assert(run(n, "local f, m = loadfile(%q, 't'); return m", name) == "attempt to load a binary chunk (mode is 't')")
  assert(run(n, "return loadfile(%q, 'b')()", name) == "binary")
end
assert(shared() == 1)

-- An environment of one's own; require; a list of constants of all kinds.
write(folder .. "/m.lua", "local M = { ... }; function M.f() return x, 1, 2.5, nil, true, ('long'):rep(20), 'another string that is too long to be short, by some' end; return M")
for n = 1, 4 do
  local text = "package.path = %q; local m = require 'm'; x = %d; assert(require 'm' == m and m[1] == 'm'); return m.f() .. #select(7, m.f())"
  assert(run(n, text, folder .. "/?.lua", n) == n .. #'another string that is too long to be short, by some')
  local text = "return (loadfile(%q, 'bt', { x = 'own' })().f())"
  assert(run(n, text, folder .. "/m.lua") == "own")
end

-- Texts from memory are nobody's business.
local before = shared()
for n = 1, 4 do assert(run(n, "return load 'return 1'()") == "1") end
assert(shared() == before)
-- A file that is not a regular one is read as it comes.
assert(run(1, "return loadfile '/dev/null'") and shared() == before)
