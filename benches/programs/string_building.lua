-- Concatenation of several operands, table.concat, rep and sub.
local parts, n = {}, 0
for i = 1, 300000 do
  n = n + 1
  parts[n] = "item " .. i .. ": " .. (i * 0.5) .. ";"
  if n == 1000 then
    local s = table.concat(parts, ",")
    parts, n = { s:sub(1, 20) }, 1
  end
end
local s = ""
for i = 1, 6000 do s = s .. "x" .. i end
print(#table.concat(parts), #s, #(("ab"):rep(100000, "-")))
