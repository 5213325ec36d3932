-- The os library.
--## time from fields, normalized
local function t(f) local ok, v = pcall(os.time, f) show(ok, v) return f end
local f = t {year = 2000, month = 1, day = 1, hour = 0}
show(f.wday, f.yday, f.isdst, f.min, f.sec)
f = t {year = 2024, month = 14, day = -3, hour = 25, min = 61, sec = 3661}
show(f.year, f.month, f.day, f.hour, f.min, f.sec, f.wday, f.yday)
t {year = 2024, month = 2, day = 30}
t {year = 1970, month = 1, day = 1, hour = 0}
t {year = 1900, month = 1, day = 1}
t {year = "2000", month = "6", day = 15.0}
t {year = 2000, month = 1}
t {year = 2000, day = 1}
t {month = 1, day = 1}
t {year = "x", month = 1, day = 1}
t {year = 2000, month = 1.5, day = 1}
t {year = 2^40, month = 1, day = 1}
t {year = 2^31 + 1900, month = 1, day = 1}
t {year = 2000, month = 2^35|0, day = 1}
t {year = 2000, month = 1, day = {}}
t {year = 2000, month = 1, day = 1, isdst = true}
t {year = 2000, month = 1, day = 1, isdst = false}
t {year = 2000, month = 1, day = 1, hour = math.maxinteger}
t {}
try(os.time, 1) try(os.time, "x")
show(math.type(os.time()), os.time() > 1600000000, os.time(nil) > 0)
--## date with a fixed time in UTC
for _, c in ipairs {"%a", "%A", "%b", "%B", "%c", "%C", "%d", "%D", "%e", "%F", "%g", "%G", "%h", "%H", "%I", "%j", "%m", "%M", "%n", "%p", "%r", "%R", "%S", "%t", "%T", "%u", "%U", "%V", "%w", "%W", "%x", "%X", "%y", "%Y", "%z", "%Z", "%%", "%Ec", "%EC", "%Ex", "%EX", "%Ey", "%EY", "%Od", "%Oe", "%OH", "%OI", "%Om", "%OM", "%OS", "%Ou", "%OU", "%OV", "%Ow", "%OW", "%Oy"} do
  show(c, os.date("!" .. c, 1234567890))
end
--## date formats that are refused
for _, c in ipairs {"%", "%E", "%O", "%Ez", "%Oz", "%Q", "%i", "%!", "%5d", "abc%", "%ExE%", "%E%", "%1", "%L", "%f", "%-d", "%s", "%k", "%P", "%+"} do try(os.date, "!" .. c, 0) end
--## date as a table
local d = os.date("!*t", 951782400)
print(entries(d))
d = os.date("!*t", 0) print(entries(d)) d = os.date("!*t", -1) print(entries(d)) d = os.date("!*t", 2^40|0) print(entries(d))
show(os.time(os.date("*t", 1234567890)), os.date("!*t extra", 0).year, os.date("!%Y-%m-%d %H:%M:%S", 86399), os.date("!", 0), os.date("!no conversions", 0), #os.date("!" .. ("%Y"):rep(200), 0))
try(os.date, "!%Y", 2^60|0) try(os.date, "*t", 2^60|0) try(os.date, "!%Y", 1.5) try(os.date, "!%Y", "x") try(os.date, {}) try(os.date, "!%Y", {}) show(os.date("!%Y", 0.0), os.date("!%d\0%m", 0))
--## difftime and clock
show(os.difftime(10, 5), os.difftime(5, 10), os.difftime(0, 0), math.type(os.clock()), os.clock() >= 0) try(os.difftime) try(os.difftime, 1) try(os.difftime, "x", 1)
--## getenv
show(os.getenv("NO_SUCH_VARIABLE_HERE"), type(os.getenv("PATH"))) try(os.getenv) try(os.getenv, {})
--## remove and rename
io.open("x.txt", "w"):close()
show(os.rename("x.txt", "y.txt")) show(os.remove("y.txt")) show(os.remove("y.txt")) show(os.rename("none", "other")) show(os.remove("missing/dir/f")) try(os.remove) try(os.rename, "a") try(os.rename, {}, "b") try(os.remove, {})
os.execute("mkdir sub && touch sub/f") show(os.remove("sub")) os.remove("sub/f") show(os.remove("sub"))
--## tmpname gives a name that can be used
local n = os.tmpname() show(type(n), n:match("^/tmp/lua_%w+$") ~= nil, io.open(n, "w") ~= nil, os.remove(n))
--## execute reports how the command ended
show(os.execute("true")) show(os.execute("exit 3")) show(os.execute("kill -9 $$")) show(os.execute("kill -15 $$")) show(os.execute()) show(os.execute("exit 255")) try(os.execute, {})
--## setlocale
show(os.setlocale("C"), os.setlocale(nil), os.setlocale("C", "numeric"), os.setlocale("no such locale"), os.setlocale(nil, "all"), os.setlocale("C", "time"), os.setlocale("C", "collate"), os.setlocale("C", "ctype"), os.setlocale("C", "monetary"), os.setlocale("POSIX")) try(os.setlocale, "C", "bad") try(os.setlocale, {})
--## exit with numbers and booleans
print("before") os.exit(7)
--## exit with true
os.exit(true)
--## exit with false
os.exit(false)
--## exit closes the state when asked, running finalizers and close methods
setmetatable({}, {__gc = function () print("finalizer") end})
local x <close> = setmetatable({}, {__close = function () print("closed") end})
os.exit(5, true)
--## exit without closing runs nothing
setmetatable({}, {__gc = function () print("finalizer") end})
io.write("flushed")
os.exit(6, false)
--## exit from a coroutine
coroutine.wrap(function () local y <close> = setmetatable({}, {__close = function () print("y closed") end}) os.exit(9, true) end)()
--## exit with bad arguments
try(os.exit, {}) try(os.exit, "x") try(os.exit, 1.5)
