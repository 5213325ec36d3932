-- Pattern matching.
--## find: plain, positions, captures
show(("hello world"):find("wor"), ("hello"):find("l"), ("hello"):find("xyz"), ("hello"):find(""), ("hello"):find("", 10), ("hello"):find("", 6))
show(("hello"):find("l", 4), ("hello"):find("l", -1), ("hello"):find("h", -100), ("hello"):find("h", 2), ("a.b"):find(".", 1, true), ("a.b"):find("%."), ("a+b"):find("+", 1, true))
show(("hello"):find("(l)(l)"), ("hello"):find("()ll()"), ("key=val"):find("(%w+)=(%w+)"), (""):find(""), (""):find("x"), ("a\0b"):find("\0"), ("a\0b"):find("%z"))
show(("abc"):find("b", nil, true), ("abc"):find("[b", 1, true), ("abc"):find("b", 1, false), ("abc"):find("", 4), ("abc"):find("", 5), ("abc"):find("", -10))
--## character classes
local all = {}
for i = 0, 255 do all[#all + 1] = string.char(i) end
all = table.concat(all)
for _, c in ipairs {"%a", "%c", "%d", "%g", "%l", "%p", "%s", "%u", "%w", "%x", "%A", "%C", "%D", "%G", "%L", "%P", "%S", "%U", "%W", "%X", ".", "%.", "%z", "%Z", "[%w_]", "[^%s]", "[a-f]", "[^a-f]", "[%a-z]", "[]]", "[^]]", "[a-]", "[-a]", "[%]]", "[%-x]", "[a%-z]", "[+--]", "[%a%d]"} do
  local n, sum = 0, 0
  for m in all:gmatch(c) do n = n + 1 sum = (sum * 31 + m:byte()) % 1000003 end
  show(c, n, sum)
end
--## repetitions
for _, p in ipairs {"a*", "a+", "a-", "a?", "a*b", "a-b", "a?b", "a+b", "^a*$", "^a-$", "^a-b$", "a*a", "a-a", "a?a?a?", "ab*", ".-b", ".*b", "[ab]-$", "^", "$", "^$", "a$b", "a^b", "%d*", "x*y*z*"} do
  for _, s in ipairs {"aaab", "b", "", "aaa", "xaab", "a$b a^b"} do io.write(tostring(s:match(p)), "|") end
  print(p)
end
--## anchors
show(("abc"):match("^b"), ("abc"):match("^a"), ("abc"):match("c$"), ("abc"):match("b$"), ("abc"):find("^", 2), ("abc"):match("^(b)", 2), ("a^b"):match("a^b"), ("a$b"):match("a$b"), ("abc$"):match("$", 1), ("abc"):gsub("^a", "x"), ("aaa"):gsub("^a", "x"), ("aaa"):gsub("a$", "x"))
--## captures: nested, positions, empty, back references
show(("hello"):match("((h)(e))"), ("hello"):match("()"), ("hello"):match("(.)(.)(.)"), ("abcabc"):match("(abc)%1"), ("abab"):match("(a)(b)%1%2"), ("x"):match("(x)()"), ("=[[a]]="):match("=(%[+)(.-)%]"), ("aa"):match("^(a)%1$"))
show(("\"quoted\" 'other'"):match("([\"'])(.-)%1"), ("x=1, y=2"):match("(%w)=(%w), (%w)=(%w)"), ("abc"):match("(a(b(c)))"), ("abc"):match("a()b()c()"))
--## balanced matches and frontiers
show(("f(a(b)c)d)"):match("%b()"), ("(()"):match("%b()"), ("[[x]]"):match("%b[]"), ("aXbXc"):match("%bXX"), ("THE (quick) fox"):find("%((%a+)%)"), ("x"):match("%b()"))
show(("THE (quick) fox"):gsub("%f[%a]%a+", "W"), ("hello world"):match("%f[%w]%w+", 2), ("abc"):find("%f[%z]"), ("abc"):find("%f[\0]"), (""):find("%f[%w]"), ("a b"):gsub("%f[%w]", "<"), ("a b"):gsub("%f[%W]", ">"))
--## gmatch with captures, anchors, positions and empty matches
for a, b in ("k1=v1; k2=v2"):gmatch("(%w+)=(%w+)") do show(a, b) end
for w in ("one two  three"):gmatch("%a+") do show(w) end
for p in ("abc"):gmatch("()") do show(p) end
for m in ("abc"):gmatch("x*") do show(m) end
for m in ("aXbXX"):gmatch("X*") do show(m) end
for m in ("^a^a"):gmatch("^a") do show(m) end
for m in ("hello"):gmatch("l", 4) do show("from 4", m) end
for m in ("hello"):gmatch(".", -2) do show(m) end
for m in ("hello"):gmatch(".", 10) do show("never") end
for m in ("abc"):gmatch("", 3) do show("empty", m) end
--## gmatch inside gmatch and abandoned iterators
for line in ("a b\nc d\n"):gmatch("[^\n]+") do for w in line:gmatch("%w") do io.write(w, ",") end io.write(";") end print()
local it = ("a b c"):gmatch("%w")
show(it(), it(), it(), it(), it())
--## gsub with strings
show(("hello"):gsub("l", "L"), ("hello"):gsub("l", "L", 1), ("hello"):gsub("l", "L", 0), ("hello"):gsub("l", "L", -1), ("hello"):gsub("", "-"), ("hello"):gsub("x", "y"), ("abc"):gsub("%w", "%0%0"), ("abc"):gsub("(%w)(%w)", "%2%1"), ("abc"):gsub("%w", "%%"), ("abc"):gsub("b", "%1"))
show(("hello world"):gsub("o", "%0%0", 1), ("abc"):gsub(".", {a = 1, b = true, c = false}), ("a,b,c"):gsub(",", "\0"), (" x "):gsub("^%s*(.-)%s*$", "%1"), ("abc"):gsub("$", "!"), ("abc"):gsub("^", "!"), ("ab"):gsub("x*", "-"))
--## gsub with functions and tables
show(("abc"):gsub("%w", function (c) if c == "b" then return nil end return c:upper() end))
show(("abc"):gsub("(%w)(%w)", function (a, b) return b .. a end), ("abc"):gsub("%w", function () return 1 end), ("abc"):gsub("%w", function () return 1.5 end), ("abc"):gsub("%w", function () return false end), ("abc"):gsub("()", function (p) return p end))
show(("$name is $age"):gsub("%$(%w+)", {name = "Ann", age = 7}), ("$x"):gsub("%$(%w+)", {}), ("abc"):gsub("%w", setmetatable({}, {__index = function (_, k) return k .. k end})), ("a1"):gsub("%d", {["1"] = "one"}), ("ab"):gsub("()(b)", {[2] = "B"}))
--## gsub refuses other replacements
try(string.gsub, "abc", "b", function () return {} end) try(string.gsub, "abc", "b", function () return true end) try(string.gsub, "abc", "b", {b = {}}) try(string.gsub, "abc", "b", nil) try(string.gsub, "abc", "b", true) try(string.gsub, "abc", "b") try(string.gsub, "abc", "b", print, "x") try(string.gsub, "abc", "b", 12) try(string.gsub, "abc", "b", function () error("E", 0) end)
--## invalid replacement strings
for _, r in ipairs {"%", "%2", "%a", "x%", "%9", "%.", "%%%", "%-"} do try(string.gsub, "abc", "b", r) end
--## malformed patterns
for _, p in ipairs {"[", "[a", "[^", "[]", "[^]", "%", "a%", "(", "(a", "a)", ")", "()(", "%b", "%bx", "%f", "%fa", "(()", "%1", "(%1)", "(a)%2", "%0", "[a-", "[a-z", "[%", "[%a", "(a)(b)%3", "((a)%2)"} do
  try(string.find, "some text a b", p) try(string.match, "", p) try(string.gsub, "abc", p, "x")
end
--## gmatch and gsub report malformed patterns when used
try(function () for m in ("abc"):gmatch("[") do end end)
try(function () for m in ("abc"):gmatch("(") do end end)
try(string.gmatch, "abc") try(string.gmatch) try(string.gmatch, "abc", {}) try(string.gmatch, "abc", "a", "x")
--## many captures, and too many
show(("abcdefghijklmnopqrstuvwxyz012345"):match(("(.)"):rep(32)))
try(string.match, ("x"):rep(40), ("(.)"):rep(33))
show(select("#", ("x"):rep(40):find(("()"):rep(32))))
try(string.gsub, ("x"):rep(40), ("(.)"):rep(33), "x")
--## pattern too complex
try(string.match, ("a"):rep(300000), ("a?"):rep(300000) .. "b")
try(string.find, ("("):rep(300), ("%b()"):rep(300))
show(#("a"):rep(300000):match(".-$"), #("a"):rep(300000):match("a*"), #("ab"):rep(100000):match("^[ab]*$"), ("a"):rep(3000):find(".-b"))
--## patterns that start late or at the end
show(("abc"):match("b", 2), ("abc"):match("b", 3), ("abc"):match("", 4), ("abc"):match("", 5), ("abc"):match(".", -1), ("abc"):match(".", -10), ("abc"):match("()", 10))
try(string.find, "abc", "b", "x") try(string.find, "abc", "b", 1.5) try(string.find, "abc") try(string.find) try(string.match, "abc") try(string.find, "abc", nil) try(string.find, 123, 2) try(string.match, 123, "%d")
--## special characters in plain finds
for _, c in ipairs {"^", "$", "*", "+", "?", ".", "(", ")", "[", "]", "%", "-"} do show(c, ("x" .. c .. "y"):find(c, 1, true), ("x" .. c .. "y"):find("%" .. c)) end
--## zeros in subjects, patterns and replacements
show(("a\0b\0c"):gsub("\0", "|"), ("a\0b"):match("^a\0b$"), ("a\0b"):match("[\0]b"), ("\0\0\0"):gsub("%z", "z"), ("a\0b"):gsub("b", "\0%0\0"), ("x\0y"):find("\0y"))
--## parsing with patterns: CSV, trim, split, words, dates
local function split(s, sep) local t = {} for piece in (s .. sep):gmatch("(.-)" .. sep:gsub("%p", "%%%0")) do t[#t + 1] = piece end return t end
print(table.concat(split("a,b,,c,", ","), "|"), table.concat(split("1.2.3", "."), "|"))
show(("2024-02-29"):match("^(%d%d%d%d)-(%d%d)-(%d%d)$"), ("  trim me "):match("^%s*(.-)%s*$"), ("CamelCaseWords"):gsub("(%l)(%u)", "%1_%2"), ("path/to/file.txt"):match("([^/]+)%.(%w+)$"), ("%41%20b"):gsub("%%(%x%x)", function (h) return string.char(tonumber(h, 16)) end))
--## results of gsub used in calls take both values
print(("abc"):gsub("b", "x"))
print((("abc"):gsub("b", "x")))
show(#{("abc"):gsub("b", "x")}, select("#", ("abc"):gsub("q", "x")))
--## sets with ranges and classes at the edges
show(("a-z"):match("[a-]+"), ("]"):match("[]]"), ("^"):match("[%^]"), ("a^"):match("[a^]+"), ("é"):match("[\xc3][\xa9]"), ("%"):match("[%%]"), ("x-y"):match("[x%-y]+"), ("0-9a"):match("[0-9a-]+"), ("\\"):match("[\\]"))
--## searches that come back to the same bytes again and again
local a = ("a"):rep(7000)
show(a:find(".*b")) show(a:find("(.*)b")) show((a .. "b" .. a):find(".*b")) show((a .. "b" .. a):find(".*ba.*c")) show(a:match(".*[b]")) show(select(2, (a .. "\n"):rep(3):gsub(".*\n", "")))
--## sets of all bytes but one
for _, p in ipairs {"[^;]", "[^;]*", "([^;]+);*", "[^;]-;", "[^;]?;", "^[^;]*$", "[^^]+", "[^-]+", "[^]]+", "[^%]", "[^%]]+", "[^a", "[^]", "[^\0]+", "%f[^;]", "[^;][^a]", "[^.]+$"} do
  for _, s in ipairs {"", ";", "a;b;;c", "a-b^c]d", "\0;\0", ("x"):rep(40) .. ";" .. ("y"):rep(40), "%]"} do show(p, pcall(string.find, s, p)) show(pcall(string.gsub, s, p, "<%0>")) end
end
show(("a\0b"):find("[%z]"), ("a\0b"):find("[^%z]+"), ("a\0b"):match("[%Z]+"), ("\0\0b"):match("%Z"), ("ab\0"):gsub("%Z*", "-"))
