-- string.pack, unpack and packsize.
--## integers of every size and order
local function hex(s) return (s:gsub(".", function (c) return ("%02x"):format(c:byte()) end)) end
for n = 1, 16 do
  print(n, hex(string.pack("<i" .. n, 100)), hex(string.pack(">i" .. n, 100)), hex(string.pack("<i" .. n, -2)), hex(string.pack(">I" .. n, 200)))
  show(string.unpack("<i" .. n, string.pack("<i" .. n, -2)))
end
--## native sizes
for _, c in ipairs {"b", "B", "h", "H", "i", "I", "l", "L", "j", "J", "T", "f", "d", "n", "s", "s1", "s2", "s4", "z", "x", "i3", "I7", "!", "!4", "!8", "<", ">", "=", "Xi4"} do
  local ok, size = pcall(string.packsize, c)
  show(c, ok, size)
end
--## every option packs and unpacks
show(string.unpack("<b B h H i I l L j J T", string.pack("<b B h H i I l L j J T", -1, 255, -2, 65535, -3, 4294967295, -4, 5, -6, 7, 8)))
show(string.unpack("<f d n", string.pack("<f d n", 1.5, 2.25, -0.1)))
show(string.unpack("<s z s1 s2", string.pack("<s z s1 s2", "size_t", "zero", "one", "two")))
show(string.unpack("c5 c0 c3", string.pack("c5 c0 c3", "abc", "", "xyz")))
--## alignment and padding
local function hex(s) return (s:gsub(".", function (c) return ("%02x"):format(c:byte()) end)) end
print(hex(string.pack("<!4 i1 i4", 1, 2)), hex(string.pack("<!8 i1 d", 1, 2)), hex(string.pack("<! i1 !2 i8", 1, 2)), hex(string.pack("<i1 !4 Xi4 i2", 1, 2)), hex(string.pack("<i1 x x i1", 1, 2)), hex(string.pack("<!4 i1 !4 i2", 1, 2)), hex(string.pack(">!4 b Xi4 b Xi4", 1, 2)))
show(string.unpack("<!4 i1 i4", string.pack("<!4 i1 i4", 1, 2)))
show(string.packsize("<!4 i1 i4"), string.packsize("!8 b d"), string.packsize("b Xh h"), string.packsize(""), string.packsize("i4 i4 c10"))
--## overflow and signs
try(string.pack, "b", 128) try(string.pack, "b", -129) try(string.pack, "B", 256) try(string.pack, "B", -1) try(string.pack, "h", 40000) try(string.pack, "i4", 2^31) try(string.pack, "I4", 2^32) try(string.pack, "i7", 1 << 55) try(string.pack, "j", 2^63) try(string.pack, "b", 1.5) try(string.pack, "b", "x") try(string.pack, "b")
show(string.unpack("<i16", string.pack("<i16", math.mininteger)))
try(string.unpack, "<i16", ("\255"):rep(8) .. ("\1"):rep(8)) try(string.unpack, "<I9", ("\255"):rep(9)) try(string.unpack, ">i9", "\1" .. ("\0"):rep(8))
show(string.unpack("<i9", ("\255"):rep(9)), string.unpack("<I8", ("\255"):rep(8)))
--## strings that do not fit
try(string.pack, "c3", "abcd") try(string.pack, "z", "a\0b") try(string.pack, "s1", ("x"):rep(256)) try(string.pack, "c", "x") try(string.pack, "s", 12) try(string.pack, "s", {}) try(string.pack, "c3") try(string.unpack, "z", "no end") try(string.unpack, "s1", "\5abc") try(string.unpack, "s", "\5") try(string.unpack, "c5", "abc")
--## invalid formats
for _, f in ipairs {"i0", "i17", "I20", "!0", "!17", "!3", "y", "i4 q", "X", "Xz", "Xc", "Xs", "X ", "c", "s17", "!5 i5", "!4 i3", "i99999999999", "<>=!", "i4 X", "Xi17", "%"} do
  try(string.pack, f, 1, 2) try(string.packsize, f)
end
--## packsize refuses variable sizes
try(string.packsize, "s") try(string.packsize, "z") try(string.packsize, "c" .. math.maxinteger // 2 .. "c" .. math.maxinteger // 2) try(string.packsize) try(string.packsize, "c2147483647c1")
--## unpack positions
local s = string.pack("<i4 i4 i4", 1, 2, 3)
show(string.unpack("<i4", s, 5), string.unpack("<i4", s, -4), string.unpack("", s), string.unpack("", s, 13), string.unpack("<i4 i4", s, 5))
try(string.unpack, "<i4", s, 10) try(string.unpack, "<i4", s, 14) try(string.unpack, "", s, 14) try(string.unpack, "<i4", s, -20) try(string.unpack, "<i4", s, 0) try(string.unpack, "<i4", "") try(string.unpack, "<i4") try(string.unpack, "i4", s, "x")
--## too few values and extra values
try(string.pack, "i4 i4", 1) show(#string.pack("i4", 1, 2, 3)) try(string.pack) try(string.pack, {}) try(string.pack, "") try(string.unpack)
--## floats keep their bits
for _, v in ipairs {0.0, -0.0, 1.5, 1/0, -1/0, 1e300, 5e-324} do show(string.unpack("<d", string.pack("<d", v)) == v, string.pack(">d", v):byte(1, -1)) end
show(string.unpack("<f", string.pack("<f", 1e300)), string.unpack("<f", string.pack("<f", 0.1)), string.unpack("f", string.pack("f", 3)))
local s = string.pack("<n", 0/0) show(#s, (string.unpack("<n", s)) ~= (string.unpack("<n", s)))
--## many values in one format
local t = {}
for i = 1, 200 do t[i] = i end
local s = string.pack(("<i2"):rep(200), table.unpack(t))
local u = {string.unpack(("<i2"):rep(200), s)}
show(#s, #u, u[1], u[200], u[201])
