-- With PERILUNE_SHARE=0: nothing is shared unasked. The argument is a folder for files.

local name = ... .. "/a.lua"
local file = assert(io.open(name, "w"))
file:write "return 'private'"
file:close()
for n = 1, 4 do
  assert(vm(n, ("codecache.mode 'OFF'; return loadfile(%q)()"):format(name)) == "private")
  assert(codecache.stat().content_files == 0)
end
