-- The io library, on files of the snippet's own folder.
--## write, close, read back
local f = assert(io.open("a.txt", "w"))
show(io.type(f), f:write("line 1\n", 2, " ", 3.5, "\nlast") == f, f:close(), io.type(f))
f = assert(io.open("a.txt"))
show(f:read()) show(f:read("n")) show(f:read("n")) show(f:read("l")) show(f:read("L")) show(f:read("a")) show(f:read("a")) show(f:read()) show(f:read("n"))
f:close()
--## read formats
local f = assert(io.open("a.txt", "w+"))
f:write("one\ntwo\n\nfour") f:seek("set")
show(f:read("l", "L", "l", "l", "l")) f:seek("set")
show(f:read("a")) f:seek("set")
show(f:read(0), f:read(1), f:read(2, 3), f:read(100), f:read(0), f:read(1), f:read("a"), f:read("l")) f:seek("set")
show(f:read("*l"), f:read("*L"), f:read("*a")) f:seek("set")
show(f:read()) f:seek("end") show(f:read(0)) show(f:read("L"))
try(f.read, f, "x") try(f.read, f, "*x") try(f.read, f, {}) try(f.read, f, "") try(f.read, f, -1 == 1) try(f.read, f, 1.5)
f:close()
--## reading numbers
local f = assert(io.open("n.txt", "w+"))
f:write("10 -5 +7 3.25 .5 5. 1e3 1E-2 0x1F 0x.8p2 0xA.8 -0x10 1e 0x 12abc nan inf 99999999999999999999 1..2 - 5 0x1p 08 1e+ .e1 " .. ("1"):rep(250))
f:seek("set")
local count = 0
while count < 60 do
  local v = f:read("n")
  count = count + 1
  if v == nil then local rest = f:read(1) if not rest then break end io.write("<", rest, ">") else io.write("[", math.type(v), " ", tostring(v), "]") end
end
print() show(count) f:close()
--## lines with and without a file
local f = assert(io.open("l.txt", "w")) f:write("a\nb\n\nc") f:close()
for l in io.lines("l.txt") do show(l) end
for l in io.lines("l.txt", "L") do show(l) end
for a, b in io.lines("l.txt", 1, "l") do show(a, b) end
for a in io.lines("l.txt", "a") do show(a) break end
for n in io.lines("l.txt", 2) do show(n) end
f = io.open("l.txt") for l in f:lines() do show(l) break end show(f:read()) for l in f:lines("L") do show(l) end show(io.type(f)) f:close()
show(pcall(io.lines, "missing.txt")) try(io.lines, {}) try(function () for l in io.lines("l.txt", "x") do end end) try(f.lines, f) try(f.lines)
local it = io.lines("l.txt") for i = 1, 5 do it() end show(pcall(it))
show(select("#", io.lines("l.txt")), select(2, io.lines("l.txt")))
--## lines closes its file at the end, on break and on error
local f = assert(io.open("l.txt", "w")) f:write("a\nb\n") f:close()
local file
for l in io.lines("l.txt") do file = select(4, io.lines("l.txt")) break end
show(io.type(file))
local it, s, c, closing = io.lines("l.txt")
show(s, c, io.type(closing)) it() it() show(it()) show(io.type(closing)) show(pcall(it))
local it, _, _, h = io.lines("l.txt")
pcall(function () for l in it, nil, nil, h do error("stop") end end) show(io.type(h))
--## seek
local f = assert(io.open("s.txt", "w+")) f:write("0123456789")
show(f:seek(), f:seek("set"), f:seek("cur", 3), f:read(1), f:seek("cur"), f:seek("end"), f:seek("end", -2), f:read("a"), f:seek("set", 100), f:read(1))
show(f:seek("set", -1)) show(f:seek("cur", -1000)) try(f.seek, f, "bad") try(f.seek, f, "set", "x") try(f.seek, f, "set", 1.5) try(f.seek, f, {}) try(f.seek)
f:seek("set", 2) f:write("XX") f:seek("set") show(f:read("a")) f:close()
--## open modes
for _, m in ipairs {"r", "w", "a", "r+", "w+", "a+", "rb", "wb", "r+b", "a+b"} do local f, e, c = io.open("m.txt", m) show(m, io.type(f), e, c) if f then show(f:write("x") == f, (f:read("a"))) f:close() end end
for _, m in ipairs {"", "x", "rw", "+", "r++", "br", "rb+", "rbb", "r+bx", " r", "rt"} do try(io.open, "m.txt", m) end
try(io.open) try(io.open, {}) try(io.open, "m.txt", {}) show(io.open("missing/dir/file")) show(io.open("missing.txt")) show(io.open(".", "w")) show(io.open("", "r"))
--## writing to a file opened for reading and the reverse
io.open("r.txt", "w"):close()
local f = io.open("r.txt", "r") show(f:write("x")) show(f:seek("cur")) f:close()
f = io.open("r.txt", "w") show(f:read(1)) show(f:read("a")) show(f:read("n")) show(f:read("l")) f:close()
--## closed files
local f = assert(io.open("c.txt", "w")) f:close()
try(f.close, f) try(f.write, f, "x") try(f.read, f) try(f.seek, f) try(f.flush, f) try(f.lines, f) try(f.setvbuf, f, "no") show(io.type(f), tostring(f))
try(io.type) show(io.type(1), io.type({}), io.type(nil)) try(f.close) try(f.close, 1) try(f.write, "x") try(f.read, {}) try(io.close, f) try(io.input, f)
--## the default files
local f = assert(io.open("d.txt", "w"))
local old = io.output()
show(io.output(f) == f, io.output() == f) io.write("by default ", 12, " ", 1.5, "\n") show(io.write() == f) io.close() show(io.type(f)) 
io.output(old) show(pcall(io.output, f)) io.output(old)
show(io.type(io.input("d.txt")), io.read("l"), io.read("l")) show(io.read("a")) io.close(io.input()) try(io.read) try(io.lines) io.input(io.stdin) show(io.input() == io.stdin)
try(io.input, "missing.txt") try(io.output, "missing/dir/x") try(io.input, {}) try(io.output, 12 == 13) try(io.write, {}) try(io.write, nil)
for l in io.lines() do show("stdin has", l) end show(io.read(), io.read("n"), io.read(0), io.read("a"))
--## standard files cannot be closed but say so
show(io.stdin:close()) show(io.type(io.stdin), io.stderr:write("to the error output\n") == io.stderr, io.stdout:flush() == io.stdout, io.flush() == io.stdout)
--## writing numbers, and values that are refused
local f = assert(io.open("w.txt", "w+"))
f:write(1, " ", -0.0, " ", 2^53, " ", 1e100, " ", math.mininteger, " ", "text", "\0zero")
f:seek("set") show(f:read("a")) try(f.write, f, {}) try(f.write, f, nil) try(f.write, f, 1, true) try(f.write, f, print) show(f:write() == f) f:close()
--## buffering modes
local f = assert(io.open("b.txt", "w"))
show(f:setvbuf("no"), f:setvbuf("full"), f:setvbuf("line"), f:setvbuf("full", 1024), f:setvbuf("no", 0)) try(f.setvbuf, f, "bad") try(f.setvbuf, f) try(f.setvbuf, f, "full", "x") try(f.setvbuf, f, {})
f:setvbuf("full", 4096) f:write("buffered") local g = io.open("b.txt") show(g:read("a")) f:flush() show(g:read("a")) f:write(" more") show(f:flush() == f) show(g:read("a")) g:close() f:close()
--## long lines and big reads
local f = assert(io.open("big.txt", "w")) f:write(("x"):rep(100000), "\n", ("y"):rep(5000), "\n", ("z"):rep(1023), "\n", ("w"):rep(1024), "\n\n") f:close()
f = io.open("big.txt") show(#f:read("l"), #f:read("L"), #f:read("l"), #f:read("l"), #f:read("l"), f:read("l")) f:seek("set") show(#f:read("a"), f:seek()) f:seek("set") show(#f:read(50000), #f:read(1000000), f:read(1)) f:close()
--## zeros and carriage returns in lines
local f = assert(io.open("z.txt", "wb")) f:write("a\0b\nc\r\nd\0") f:close()
f = io.open("z.txt", "rb") show(f:read("l"), f:read("L"), f:read("a")) f:close()
--## popen reads, writes and reports status
local p = assert(io.popen("echo one; echo two; exit 3")) show(io.type(p), p:read("a")) show(p:close())
p = assert(io.popen("cat > p.txt", "w")) p:write("through a pipe") show(p:close()) show(io.open("p.txt"):read("a"))
p = io.popen("exit 0") show(p:close()) p = io.popen("kill -9 $$") show(p:close())
try(io.popen, "true", "x") try(io.popen, "true", "rw") try(io.popen) try(io.popen, {}) for l in io.popen("printf 'a\nb\n'"):lines() do show(l) end
--## tmpfile
local f = assert(io.tmpfile()) f:write("temporary") f:seek("set") show(f:read("a"), io.type(f), f:close())
--## files are collected and closed
do local f = io.open("gc.txt", "w") f:write("left open") end collectgarbage() collectgarbage() show(io.open("gc.txt"):read("a"))
do local f <close> = io.open("cl.txt", "w") f:write("closed at the end") end show(io.open("cl.txt"):read("a"))
show((tostring(io.stdout):gsub("0x%x+", "ADDR")), getmetatable(io.stdout).__name, type(getmetatable(io.stdout).__gc), type(getmetatable(io.stdout).__close))
--## read with many formats at once stops at the first failure
local f = assert(io.open("f.txt", "w+")) f:write("1 x 2") f:seek("set") show(f:read("n", "n", "n")) f:seek("set") show(f:read(1, 1, 100, 1, 1)) f:close()
--## every function with bad arguments
local names = {}
for k, v in pairs(io) do if type(v) == "function" and k ~= "tmpfile" and k ~= "read" and k ~= "lines" and k ~= "close" and k ~= "flush" and k ~= "output" then names[#names + 1] = k end end
table.sort(names)
for _, n in ipairs(names) do io.write(n, " ") try(io[n], {}) io.write(n, " ") try(io[n], true) end
local mt = getmetatable(io.stdout)
for _, n in ipairs {"close", "flush", "lines", "read", "seek", "setvbuf", "write"} do io.write(n, " ") try(mt.__index[n]) io.write(n, " ") try(mt.__index[n], "x") io.write(n, " ") try(mt.__index[n], {}) end
try(mt.__tostring) try(mt.__gc) try(mt.__gc, {}) try(mt.__tostring, 1)
--## too many formats and arguments for lines
try(io.lines, "x", table.unpack({}, 1, 260))
io.open("many.txt", "w"):write(("ab"):rep(300)):close()
show(select("#", io.lines("many.txt", table.unpack(setmetatable({}, {__index = function () return 1 end}), 1, 250))()))
