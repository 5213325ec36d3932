-- With PERILUNE_SHARE=all: chunks from memory are shared as files are.

local function shared() return codecache.stat().content_files end

for n = 1, 4 do
  -- The script that the host runs there is a text, too.
  assert(vm(n, "f = load('local a = ... return a, 12', '=text'); return f(5) + select(2, f(5))") == "17")
  assert(shared() == (n == 1 and 0 or 2), shared())
end
assert(vm(1, "return pcall(load, function() error('reader', 0) end)") == "reader")
for n = 1, 3 do
  assert(vm(n, "local pieces = { 'return ', '1', ' + 1' }; return load(function() return table.remove(pieces, 1) end)()") == "2")
  assert(vm(n, "return (select(2, load('x =')))") == "[string \"x =\"]:1: unexpected symbol near <eof>")
  local message = vm(n, "local n = 0; return (select(2, load(function() n = n + 1; return n == 1 and 'return ' or n == 2 and 1 or {} end)))")
  assert(message:find(":1: reader function must return a string", 1, true), message)
end
for n = 1, 4 do close_vm(n) end
assert(shared() == 0)
