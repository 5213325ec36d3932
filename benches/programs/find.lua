-- Plain and pattern searches, byte and char.
local hay, n = ("abcdefghij"):rep(2000) .. "needle" .. ("klmnopqrst"):rep(500), 0
for i = 1, 3000 do
  n = n + hay:find("needle", 1, true) + hay:find("needle") + (hay:find("n%a+e", 19000))
  n = n + (hay:find("zzz", 1, true) and 1 or 0)
end
for i = 1, 1000000 do n = n + hay:byte(i % 20000 + 1) end
print(n)
