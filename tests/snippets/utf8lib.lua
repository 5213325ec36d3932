-- The utf8 library.
--## char
show(utf8.char(), utf8.char(72, 228, 8364, 128512), utf8.char(0), utf8.char(0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF, 0x110000, 0x7FFFFFFF))
try(utf8.char, -1) try(utf8.char, 0x80000000) try(utf8.char, "x") try(utf8.char, {}) try(utf8.char, 1.5) try(utf8.char, 65, -1) show(utf8.char("65"), utf8.char(66.0))
--## charpattern
show(utf8.charpattern)
for c in ("aé€😀"):gmatch(utf8.charpattern) do show(c, #c) end
--## len
show(utf8.len(""), utf8.len("abc"), utf8.len("aé€😀"), utf8.len("é", 2), utf8.len("aé", 2), utf8.len("abc", 4), utf8.len("abc", -1), utf8.len("abc", 2, 2), utf8.len("aé€", 1, 2), utf8.len("abc", 3, 2))
show(utf8.len("\xff")) show(utf8.len("ab\x80c")) show(utf8.len("\xe2\x82")) show(utf8.len("\xed\xa0\x80")) show(utf8.len("\xed\xa0\x80", 1, -1, true)) show(utf8.len("\xf4\x90\x80\x80")) show(utf8.len("\xf4\x90\x80\x80", 1, -1, true)) show(utf8.len("\xc0\x80")) show(utf8.len("\xe0\x80\x80")) show(utf8.len("\xfd\xbf\xbf\xbf\xbf\xbf", 1, -1, true))
try(utf8.len) try(utf8.len, {}) try(utf8.len, "abc", 5) try(utf8.len, "abc", 0) try(utf8.len, "abc", 1, 4) try(utf8.len, "abc", -10) try(utf8.len, "abc", "x") try(utf8.len, "abc", 1, -10)
--## codepoint
show(utf8.codepoint("aé€😀", 1, -1)) show(utf8.codepoint("abc")) show(utf8.codepoint("abc", 2)) show(utf8.codepoint("abc", -1)) show(utf8.codepoint("é", 1, 1)) show(select("#", utf8.codepoint("abc", 3, 2))) show(utf8.codepoint("\xed\xa0\x80", 1, 1, true))
try(utf8.codepoint, "é", 2) try(utf8.codepoint, "abc", 4) try(utf8.codepoint, "", 1) try(utf8.codepoint, "\xff") try(utf8.codepoint, "abc", 0) try(utf8.codepoint, "abc", 1, 10) try(utf8.codepoint) try(utf8.codepoint, "\xed\xa0\x80") try(utf8.codepoint, "\xe2\x82") try(utf8.codepoint, "\xf4\x90\x80\x80") try(utf8.codepoint, ("x"):rep(10000000), 1, -1)
--## offset
local s = "aé€😀z"
for i = -6, 7 do show(i, pcall(utf8.offset, s, i)) end
show(utf8.offset(s, 0, 3), utf8.offset(s, 0, 5), utf8.offset(s, 0), utf8.offset(s, 1, 2), utf8.offset(s, 2, 4), utf8.offset(s, -1, 4), utf8.offset("", 1), utf8.offset("", 0), utf8.offset("", -1), utf8.offset("abc", 5), utf8.offset("abc", 4), utf8.offset("abc", 1, 4))
try(utf8.offset, s, 1, 3) try(utf8.offset, s, 1, 100) try(utf8.offset, s) try(utf8.offset) try(utf8.offset, s, "x") try(utf8.offset, s, 1, -100) try(utf8.offset, {}, 1) try(utf8.offset, s, -1, 3)
--## codes
for p, c in utf8.codes("aé€😀") do show(p, c) end
for p, c in utf8.codes("") do show("never") end
for _, bad in ipairs {"a\xffb", "a\x80", "\xe2\x82", "ab\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xe2\x28\xa1", "é\x80"} do
  print((pcall(function () for p, c in utf8.codes(bad) do io.write(p, ":", c, " ") end end)), select(2, pcall(function () for p, c in utf8.codes(bad) do end end)))
end
for p, c in utf8.codes("\xed\xa0\x80\xf4\x90\x80\x80", true) do show(p, c) end
try(utf8.codes) try(utf8.codes, {}) local f, s, c = utf8.codes("abc") show(type(f), s, c, f(s, c)) show(f(s, 3)) show(f(s, 10))
try(f, "abc", "x") show(pcall(f, "\x80", 0)) show(pcall(f, "é", 1))
--## escapes and lengths agree
for _, n in ipairs {0, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff, 0x200000, 0x4000000} do local c = utf8.char(n) show(n, #c, utf8.codepoint(c, 1, 1, true), load('return "\\u{' .. string.format("%x", n) .. '}"')() == c) end
