-- require, package and its searchers.
--## require loads once and passes name and place
local function write(n, s) local f = assert(io.open(n, "w")) f:write(s) f:close() end
package.path = "./?.lua;./?/init.lua"
write("mod.lua", "print('loading', ...) return {v = 1}") show(require("mod") == require("mod"), select(2, require("mod"))) show(package.loaded.mod.v, require("mod").v)
write("nothing.lua", "x = 1") show(require("nothing")) show(require("nothing")) write("isfalse.lua", "return false") show(require("isfalse")) show(package.loaded.isfalse) write("selfset.lua", "package.loaded[...] = 'set itself'") show(require("selfset"))
os.execute("mkdir dir dir/sub") write("dir/init.lua", "return ...") write("dir/sub/leaf.lua", "return {...}") show(require("dir")) show(require("dir.sub.leaf")[1], require("dir.sub.leaf")[2])
--## modules that are missing list where they were sought
package.path = "./?.lua;/nowhere/?/x.lua" package.cpath = "./?.so;/nowhere/?.so" print(select(2, pcall(require, "missing.module"))) print(select(2, pcall(require, "simple"))) package.path = "" package.cpath = "" print(select(2, pcall(require, "m"))) package.path = "one?two;three" print(select(2, pcall(require, "a.b"))) package.path = ";;?" print(select(2, pcall(require, "a.b")))
--## modules that do not compile or fail
package.path = "./?.lua" local function write(n, s) local f = assert(io.open(n, "w")) f:write(s) f:close() end write("broken.lua", "x = = 1") show(pcall(require, "broken")) write("fails.lua", "error('inside')") show(pcall(require, "fails")) show(package.loaded.fails, package.loaded.broken) write("failstable.lua", "error({})") show(pcall(require, "failstable"))
--## preload comes first
package.path, package.cpath = "./?.lua", "./?.so"
package.preload.p = function (...) return {select("#", ...), ...} end local p, extra = require("p") show(p[1], p[2], p[3], extra) package.preload.q = 12 show(pcall(require, "q")) package.preload.r = setmetatable({}, {__call = function (self, n, a) return n .. a end}) show(pcall(require, "r"))
--## searchers can be replaced
local s = package.searchers show(#s, type(s[1]), type(s[4])) table.insert(s, 2, function (n) if n == "virtual" then return function (...) return table.concat({...}, "+") end, "place" end return "\n\tmy searcher knows no '" .. n .. "'" end) show(require("virtual")) package.path = "./?.nothing" package.cpath = "" print(select(2, pcall(require, "other")))
table.insert(s, 3, function () return nil end) table.insert(s, 4, function () return false end) print(select(2, pcall(require, "other2"))) package.searchers = nil show(pcall(require, "x")) package.searchers = {} show(pcall(require, "x")) package.searchers = {function () return 12 end} show(pcall(require, "x")) package.searchers = {function () error("searcher", 0) end} show(pcall(require, "x")) package.searchers = {print} show(pcall(require, "y"))
--## searchpath
local f = io.open("here.lua", "w") f:close() show(package.searchpath("here", "./?.lua;/x/?")) show(package.searchpath("a.b", "./?.lua;/x/?.y")) show(package.searchpath("a.b", "./?", "", "_")) show(package.searchpath("a-b", "./?", "-", "+")) show(package.searchpath("a.b", "?", ".", "")) show(package.searchpath("x", "")) show(package.searchpath("x", "?;?;?")) show(package.searchpath("here.lua", "./?", "")) try(package.searchpath) try(package.searchpath, "x") try(package.searchpath, {}, "x") try(package.searchpath, "x", "y", {})
--## config, loaded and path types
show(package.config) show(package.loaded._G == _G, package.loaded.string == string, package.loaded.package == package, type(package.path), type(package.cpath)) local n = {} for k in pairs(package.loaded) do n[#n + 1] = k end table.sort(n) print(table.concat(n, " ")) package.cpath = "./?.so" package.path = 12 show(pcall(require, "zz")) package.path = nil show(pcall(require, "zz")) package.path = {} show(pcall(require, "zz")) package.path = "" package.cpath = nil show(pcall(require, "zz"))
--## loadlib on what is not there
local f, m, w = package.loadlib("./none.so", "f") show(f, type(m), w) f, m, w = package.loadlib("./none.so", "*") show(f, type(m), w) try(package.loadlib) try(package.loadlib, "x") try(package.loadlib, {}, "f")
--## loadlib on a real library without Lua functions
show((package.loadlib("libm.so.6", "*"))) local f, m, w = package.loadlib("libm.so.6", "no_such_symbol_here") show(f, w)
--## require refuses strange names
try(require) try(require, {}) try(require, nil) package.path, package.cpath = "", "" show(pcall(require, 12)) show(pcall(require, "")) show(pcall(require, "a\0b"))
--## require inside require, and loops
local function write(n, s) local f = assert(io.open(n, "w")) f:write(s) f:close() end package.path = "./?.lua" write("a.lua", "local b = require 'b' return {name = 'a', b = b}") write("b.lua", "return {name = 'b'}") show(require("a").b.name) write("loop1.lua", "return require 'loop2'") write("loop2.lua", "return require 'loop1'") local ok, m = pcall(require, "loop1") show(ok)
--## searchers by themselves
package.path = "./?.lua" package.cpath = "./?.so" for i, s in ipairs(package.searchers) do show(i, pcall(s, "nothing.here")) try(s) end
--## many searchers, and what they give
local s = {} for i = 1, 300 do s[i] = function(n) return i % 3 == 0 and i or i % 3 == 1 and "\0cut " .. i or nil, n end end package.searchers = s print(select(2, pcall(require, "m"))) s[301] = function(n) return function(...) return select("#", ...) end, "extra" end show(require("m"))
package.searchers = {package.searchers[1], function() return 1.5 end, function() return {} end, function() return "why" end} print(select(2, pcall(require, "n"))) package.path, package.cpath = "a;b?c;;d\0e;f?", "" print(select(2, pcall(package.searchpath, "x.y", "?;;z?;"))) print(package.searchpath("a;b", "./?.x;?")) print(package.searchpath("", "")) print(package.searchpath("x", ";"))
