-- Every library function against every kind of argument: what matters is the message.
--## string functions
local values = {nil, true, 12, 1.5, "text", {}, print, io.stdout, coroutine.create(print)}
for _, name in ipairs {"byte", "char", "dump", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack", "packsize", "rep", "reverse", "sub", "unpack", "upper"} do
  for i = 1, 9 do local ok, m = pcall(string[name], values[i]) if not ok then print(name, 1, m) end end
  for i = 1, 9 do local ok, m = pcall(string[name], "i4", values[i]) if not ok then print(name, 2, m) end end
  for i = 1, 9 do local ok, m = pcall(string[name], "abcdefgh", "1", values[i]) if not ok then print(name, 3, m) end end
end
--## table functions
local values = {nil, true, 12, 1.5, "text", {}, print, io.stdout, coroutine.create(print)}
for _, name in ipairs {"concat", "insert", "move", "remove", "sort", "unpack"} do
  for i = 1, 9 do local ok, m = pcall(table[name], values[i]) if not ok then print(name, 1, m) end end
  for i = 1, 9 do local ok, m = pcall(table[name], {3, 2, 1}, values[i]) if not ok then print(name, 2, m) end end
  for i = 1, 9 do local ok, m = pcall(table[name], {3, 2, 1}, 1, values[i]) if not ok then print(name, 3, m) end end
  for i = 1, 9 do local ok, m = pcall(table[name], {3, 2, 1}, 1, 2, values[i]) if not ok then print(name, 4, m) end end
end
--## base functions
local values = {nil, true, 12, 1.5, "text", {}, print, io.stdout, coroutine.create(print)}
for _, name in ipairs {"assert", "collectgarbage", "dofile", "getmetatable", "ipairs", "load", "loadfile", "next", "pairs", "pcall", "rawequal", "rawget", "rawlen", "rawset", "require", "select", "setmetatable", "tonumber", "tostring", "type", "xpcall", "error"} do
  for i = 1, 9 do local ok, m = pcall(_G[name], values[i]) if not ok and type(m) == "string" and not m:find("no file") then print(name, 1, m) end end
  for i = 1, 9 do local ok, m = pcall(_G[name], {}, values[i]) if not ok and type(m) == "string" then print(name, 2, m) end end
end
--## utf8 functions
local values = {nil, true, 12, 1.5, "text", {}, print, io.stdout, coroutine.create(print)}
for _, name in ipairs {"char", "codepoint", "codes", "len", "offset"} do
  for i = 1, 9 do local ok, m = pcall(utf8[name], values[i]) if not ok then print(name, 1, m) end end
  for i = 1, 9 do local ok, m = pcall(utf8[name], "abc", values[i]) if not ok then print(name, 2, m) end end
  for i = 1, 9 do local ok, m = pcall(utf8[name], "abc", 1, values[i]) if not ok then print(name, 3, m) end end
end
--## math functions
local values = {nil, true, "x", {}, print, io.stdout, coroutine.create(print), "10", 2^70}
for _, name in ipairs {"abs", "acos", "asin", "ceil", "cos", "deg", "exp", "floor", "fmod", "log", "max", "min", "modf", "rad", "random", "sin", "sqrt", "tan", "tointeger", "type", "ult"} do
  for i = 1, 9 do local ok, m = pcall(math[name], values[i]) if not ok then print(name, 1, m) end end
  for i = 1, 9 do local ok, m = pcall(math[name], 3, values[i]) if not ok then print(name, 2, m) end end
end
--## coroutine functions
local values = {nil, true, 12, 1.5, "text", {}, print, io.stdout, coroutine.create(print)}
for _, name in ipairs {"close", "create", "isyieldable", "resume", "running", "status", "wrap", "yield"} do
  for i = 1, 9 do local ok, m = pcall(coroutine[name], values[i]) if not ok then print(name, 1, m) end end
end
--## os functions
local values = {true, 1.5, {}, print, io.stdout, coroutine.create(print)}
for _, name in ipairs {"date", "difftime", "execute", "getenv", "remove", "rename", "setlocale", "time"} do
  for i = 1, 6 do local ok, m = pcall(os[name], values[i]) if not ok then print(name, 1, m) end end
  if name ~= "execute" then for i = 1, 6 do local ok, m = pcall(os[name], "!%Y", values[i]) if not ok then print(name, 2, m) end end end
end
--## package functions
local values = {nil, true, 1.5, {}, print, io.stdout, coroutine.create(print)}
for _, name in ipairs {"searchpath", "loadlib"} do for i = 1, 7 do local ok, m = pcall(package[name], values[i]) if not ok then print(name, 1, m) end ok, m = pcall(package[name], "x", values[i]) if not ok then print(name, 2, m) end end end
--## arguments in messages count without self for methods
local s = "text" try(function () s:rep() end) try(function () s:rep({}) end) try(function () s.rep() end) try(function () s.rep({}, 1) end) try(function () io.stdout:write({}) end) try(function () io.stdout.write({}) end) try(function () io.stdout:setvbuf() end) try(function () io.stdout:seek("cur", {}) end) try(function () local m = s.rep m(s, {}) end) try(function () ("x"):format() ("%d"):format() end)
--## calling a method on the wrong self
try(function () local t = setmetatable({}, {__index = string}) t:upper() end) try(function () local t = {rep = string.rep} t:rep(1) end) try(function () local f = {close = io.stdout.close} f:close() end)
--## functions reached through pcall have no name, through fields they do
try(string.rep) try(function () string.rep() end) local r = string.rep try(function () r() end) try(function () local q = {z = string.rep} q.z() end) myrep = string.rep try(function () myrep() end) try(function () return string.rep() end) package.loaded.mylib = {func = string.rep} string.secret = nil try(function () for a in string.rep do end end)
--## integer arguments
for _, v in ipairs {"1", "1.0", "1.5", "x", 1.0, 1.5, 2^53, 2^63, -2^63, 1/0, 0/0, " 1 ", "0x1", "1e0"} do local ok, m = pcall(string.rep, "a", type(v) == "number" and v > 1000 and -v or v) show(v, ok, ok and #m or m) end
