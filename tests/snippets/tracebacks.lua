-- Tracebacks: what each level is called.
--## an uncaught error's traceback
local function inner() error("boom") end
local function middle() inner() end
function global_function() middle() end
global_function()
--## a traceback through a field, a method and an upvalue
local t = {}
function t.field() error("in field") end
function t:method() t.field() end
local up = function () t:method() end
local function call() up() return 1 end
call()
--## a traceback through C functions
local function f() table.sort({3, 2, 1}, function (a, b) error("while sorting") end) end
f()
--## a traceback through pcall shows only what is alive
show(pcall(error, "caught"))
local function g() string.gsub("abc", "b", function () error("in gsub") end) end
g()
--## a traceback through a metamethod
local o = setmetatable({}, {__add = function () error("no sum") end, __index = function (_, k) return k + {} end})
local function f() return o.x end
f()
--## a traceback through arithmetic metamethods
local o = setmetatable({}, {__add = function () error("no sum") end})
local function f() return o + 1 end
f()
--## a traceback through tail calls
local function last() error("at the end") end
local function first() return last() end
local function start() local x = first() return x end
start()
--## a traceback through an iterator
local function iterate() error("no next") end
for x in iterate do print(x) end
--## a traceback with an error object
error(setmetatable({}, {__tostring = function () return "object text" end}))
--## a traceback with a table without text
error({})
--## a traceback with no error value
error()
--## a traceback with a number
error(12)
--## a syntax error has no traceback levels of its own
assert(load("x = = 1", "=text"))
--## long tracebacks are cut in the middle
local function deep(n) if n == 0 then error("deep enough") end return 1 + deep(n - 1) end
deep(40)
--## tracebacks of just 21, 22 and 23 levels
local function deep(n) if n == 0 then print(debug.traceback("at the end")) return 1 end return 1 + deep(n - 1) end
for n = 15, 22 do deep(n) end
--## debug.traceback with message and level
local function f() 
  print(debug.traceback("message"))
  print(debug.traceback("message", 0))
  print(debug.traceback("message", 1))
  print(debug.traceback("message", 2))
  print(debug.traceback("message", 100))
  print(debug.traceback(nil, 1))
  print(debug.traceback())
  show(debug.traceback({}), debug.traceback(true))
  print(debug.traceback(12))
end
f()
--## debug.traceback of a coroutine
local function inner() coroutine.yield() end
local co = coroutine.create(function () local x = 1 inner() end)
print(debug.traceback(co))
coroutine.resume(co)
print(debug.traceback(co))
print(debug.traceback(co, "message"))
print(debug.traceback(co, "message", 1))
print(debug.traceback(co, nil, 2))
print(debug.traceback(co, "message", 10))
show(debug.traceback(co, {}))
coroutine.resume(co)
print(debug.traceback(co))
--## traceback of a coroutine that failed
local co = coroutine.create(function () local t = nil; t.x = 1 end)
show(coroutine.resume(co))
print(debug.traceback(co))
--## an error inside a wrapped coroutine carries the position twice
local w = coroutine.wrap(function () error("in the coroutine") end)
w()
--## functions found in loaded modules are named by module
package.loaded.mymodule = {deep = {}, run = function () error("in module") end}
package.loaded.mymodule.run()
--## a standard function is named by its library
string.rep("x", {})
--## a method call on a string
local s = "x"
s:rep({})
--## a global function called in a coroutine
function work() error("working") end
local co = coroutine.create(work)
local ok, m = coroutine.resume(co)
print(ok, m)
print(debug.traceback(co, m))
--## main chunk, functions by line, and hooks
local f = function () error("anonymous") end
(function () f() end)()
--## a traceback from a finalizer's warning
setmetatable({}, {__gc = function () error("in the finalizer") end})
collectgarbage()
print("after")
--## a traceback from a close method
local function open() return setmetatable({}, {__close = function () error("while closing") end}) end
local function f() local x <close> = open() return 1 end
f()
--## a traceback through for loops with closing values
local function iter() error("iterating") end
local function f()
  for x in iter, nil, nil, setmetatable({}, {__close = function (_, e) print("closed with", e) end}) do end
end
f()
--## a traceback through require
package.preload.broken = function (...) print(...) error("cannot load this") end
require "broken"
--## a traceback through load with a reader that fails
local f, m = load(function () error("reader") end)
print(f, m)
print(debug.traceback("here"))
--## names of global functions under other names
local alias = print
local function f() debug.getinfo(1).x.y = 1 end
f()
--## recursive functions with locals
local function fact(n) if n == 0 then return nil + 1 end return n * fact(n - 1) end
fact(3)
