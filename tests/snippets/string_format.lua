-- string.format with every conversion.
--## integers: d and i with flags, width and precision
for _, f in ipairs {"%d", "%i", "%5d", "%-5d|", "%05d", "%+d", "% d", "%.3d", "%8.3d", "%-8.3d|", "%+05d", "%.0d", "%20d", "%.20d", "%099d"} do
  print(f, string.format(f, 42), string.format(f, -42), string.format(f, 0))
end
print(string.format("%d %d", math.maxinteger, math.mininteger), string.format("%d", 3.0), string.format("%d", "10"), string.format("%d", "3.0"))
--## integers that are refused
try(string.format, "%d", 1.5) try(string.format, "%d", "1.5") try(string.format, "%d", "x") try(string.format, "%d", {}) try(string.format, "%d", nil) try(string.format, "%d") try(string.format, "%d", 2^63) try(string.format, "%x", -1.5) try(string.format, "%d %d", 1)
--## unsigned forms: x, X, o
for _, f in ipairs {"%x", "%X", "%o", "%#x", "%#X", "%#o", "%08x", "%-8x|", "%.5x", "%#10.4x", "%2x"} do
  print(f, string.format(f, 255), string.format(f, 0), string.format(f, -1), string.format(f, math.mininteger))
end
try(string.format, "%u", 1)
--## characters
print(string.format("%c%c%c", 72, 105, 33), (string.format("%c", 0):byte()), string.format("%5c|%-5c|", 65, 66), #string.format("%c", 256 + 65))
try(string.format, "%c") try(string.format, "%c", "x") try(string.format, "%05c", 65) try(string.format, "%.1c", 65)
--## floats: e, E, f, F, g, G
for _, f in ipairs {"%e", "%E", "%f", "%g", "%G", "%.0f", "%.3f", "%10.2f", "%-10.2f|", "%+f", "% f", "%010.3f", "%#.0f", "%#g", "%.0e", "%.10g", "%5g", "%.3g", "%+.3e", "%.20f", "%99.99f"} do
  print(f, string.format(f, 3.14159265), string.format(f, -0.0), string.format(f, 1e20), string.format(f, 1e-5), string.format(f, 100))
end
print(string.format("%f %e %g %.1f", 1/0, -1/0, 1/0, 1/0), (string.format("%f", 0/0):gsub("-", "")), string.format("%5.1f|%-8f|%08f", 1/0, 1/0, -1/0))
print(#string.format("%.99f", 1e308), #string.format("%99.99f", -1e308), string.format("%.14g", 0.1), string.format("%.17g", 0.1), string.format("%.3f", "2.5"))
try(string.format, "%f", "x") try(string.format, "%f") try(string.format, "%f", {}) try(string.format, "%F", 1)
--## hexadecimal floats
for _, v in ipairs {1, 0.5, 3.14159, -0.0, 1e300, 2^-1074, 0, 255} do print(string.format("%a %A %.3a %20a| %-20a| %+a %.0a", v, v, v, v, v, v, v)) end
print(string.format("%a", 1/0), string.format("%a", -1/0), string.format("%10a|", 1/0))
--## strings: widths, precisions and zeros
print(string.format("%s|%5s|%-5s|%.2s|%5.1s|%-6.3s|%s", "abc", "abc", "abc", "abc", "abc", "abcdef", ""))
show(string.format("%s", "a\0b"), string.format("%s|", ("x"):rep(200)):len(), string.format("%-200s|", "x") == nil)
try(string.format, "%10s", "a\0b") try(string.format, "%.20s", ("x"):rep(200)) try(string.format, "%s") try(string.format, "%100s", "x") try(string.format, "%.100s", "x") try(string.format, "%0s", "x") try(string.format, "%+s", "x")
print(string.format("%s %s %s %s %s", nil, true, 12, 1.5, 2^63))
print(string.format("%s", setmetatable({}, {__tostring = function () return "meta" end})), string.format("%.3s", 123456))
try(string.format, "%s", setmetatable({}, {__tostring = function () return 1 end}))
try(string.format, "%s", setmetatable({}, {__tostring = function () error("E", 0) end}))
print((string.format("%s", setmetatable({}, {__name = "Named"})):gsub("0x%x+", "ADDR")))
show(#string.format("%99s", "x"), #string.format("%-99s", "x"))
--## quoted strings
show(string.format("%q", "plain"), string.format("%q", 'with "quotes" and \\'), string.format("%q", "line\nbreak\r\t\0001\0a\200\127\1"), string.format("%q", ""))
print(string.format("%q", "a\nb"), string.format("%q", "\0"), string.format("%q", "\0\49"), string.format("%q", "\r9"))
--## quoted numbers and other constants
print(string.format("%q %q %q %q %q %q", 1, -1, math.mininteger, math.maxinteger, 0, 12345678901234))
print(string.format("%q %q %q %q %q %q %q", 0.1, 1.0, -0.0, 1/0, -1/0, 2^63, 1e100), (string.format("%q", 0/0)))
print(string.format("%q %q %q", nil, true, false))
for _, v in ipairs {1, 0.1, -0.0, 1/0, math.mininteger, 2^53, "a\0\n\r\"b", 1e-320} do local back = load("return " .. string.format("%q", v))() show(back == v, math.type(back)) end
try(string.format, "%q", {}) try(string.format, "%q", print) try(string.format, "%q") try(string.format, "%5q", "x") try(string.format, "%.2q", "x") try(string.format, "%-q", "x")
--## pointers
show(string.format("%p", 1), string.format("%p", nil), string.format("%p", true), string.format("%10p|", 1.5), string.format("%-10p|", false))
local t = {}
show(string.format("%p", t) == string.format("%p", t), string.format("%p", t) ~= string.format("%p", {}), string.format("%p", print):match("^0x%x+$") ~= nil, #string.format("%40p", t), string.format("%p", "abc") == string.format("%p", "abc"))
try(string.format, "%p") try(string.format, "%.3p", t) try(string.format, "%05p", t)
--## percent signs and texts around
print(string.format("%%"), string.format("100%%"), string.format("%d%%%d", 1, 2), string.format("no conversions"), string.format(""))
show(string.format("a\0b%d\0c", 5))
--## conversions that do not exist
for _, f in ipairs {"%", "abc%", "%y", "%h", "%l", "%ld", "%n", "%5", "%-", "%.", "%.d5", "%123d", "%.123d", "%-+ #0d", "%-+ #00d", "%--d", "%*d", "%5.5.5d", "%\0", "% ", "%#d", "%#s", "%#c", "%1$d", "%v", "%5%", "%-5%", "%.3%", "%i%", "%010.10.d"} do
  try(string.format, f, 1, 2)
end
--## too few and too many arguments
try(string.format) try(string.format, "%d", 1, 2, 3) try(string.format, "%s %s", 1) try(string.format, {}) try(string.format, nil) try(string.format, 12)
--## a long result from many parts
local parts = {}
for i = 1, 300 do parts[i] = i end
local s = string.format(("%d,"):rep(300), table.unpack(parts))
show(#s, s:sub(1, 20), s:sub(-20))
show(#string.format(("%99d"):rep(50), table.unpack(parts)), #string.format("%s%s%s", ("x"):rep(5000), ("y"):rep(5000), "z"))
--## numbers by tostring and by format agree
for _, v in ipairs {1, 1.5, 1e15, 1e16, 0.1, -0.0, 2^63, 1/0} do print(tostring(v) == string.format(math.type(v) == "integer" and "%d" or "%.14g", v), string.format("%s", v)) end
