-- What the code cache keeps, and what it does not. The argument is a folder for files.

local folder = ...

local function write(name, text)
  local file = assert(io.open(name, "w"))
  file:write(text)
  file:close()
end

-- What the cache knows of a name.
local function entry(name)
  for _, file in ipairs(codecache.stat()) do
    if file.name == name then return file end
  end
end

-- A file that cannot be loaded leaves nothing behind.
local name = folder .. "/later.lua"
for i = 1, 3 do assert(not loadfile(name)) end
write(name, "syntax error")
assert(not loadfile(name) and not entry(name))
write(name, "return 1")
assert(loadfile(name)() == 1 and entry(name).generation == 1)
codecache.clear(name)
assert(loadfile(name)() == 1 and entry(name).generation == 2)
codecache.clear(name)
os.remove(name)
assert(not loadfile(name))
write(name, "return 2")
assert(loadfile(name)() == 2 and entry(name).generation == 3)

-- What is no file is read as it comes.
assert(loadfile("/dev/null")() == nil and not entry("/dev/null"))
local function failure(ok, message) assert(not ok) return message end
assert(failure(loadfile("/dev/zero")):find("unexpected symbol", 1, true))
assert(failure(loadfile(folder)):find("cannot read", 1, true))
assert(failure(codecache.reload("/dev/zero")) == "cannot read /dev/zero: not a file")
