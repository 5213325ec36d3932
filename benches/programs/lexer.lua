-- A hand-written lexer over bytes.
local source = [[
local function add(a, b) -- comment
  if a >= 10 and b ~= nil then return a + b * 2.5 else return "text" .. 'more' end
end
]]
source = source:rep(60)
local keywords = {}
for w in ("and else end function if local nil return then"):gmatch("%a+") do keywords[w] = true end
local byte, sub = string.byte, string.sub
local function lex(s)
  local i, n, kinds = 1, #s, { name = 0, keyword = 0, number = 0, string = 0, op = 0 }
  while i <= n do
    local c = byte(s, i)
    if c == 32 or c == 10 then
      i = i + 1
    elseif c == 45 and byte(s, i + 1) == 45 then
      while byte(s, i) ~= 10 do i = i + 1 end
    elseif c >= 97 and c <= 122 then
      local j = i
      repeat i = i + 1 c = byte(s, i) until not c or not (c >= 97 and c <= 122 or c == 95)
      local kind = keywords[sub(s, j, i - 1)] and "keyword" or "name"
      kinds[kind] = kinds[kind] + 1
    elseif c >= 48 and c <= 57 then
      repeat i = i + 1 c = byte(s, i) until not c or not (c >= 48 and c <= 57 or c == 46)
      kinds.number = kinds.number + 1
    elseif c == 34 or c == 39 then
      local q = c
      repeat i = i + 1 until byte(s, i) == q
      i = i + 1
      kinds.string = kinds.string + 1
    else
      i = i + 1
      kinds.op = kinds.op + 1
    end
  end
  return kinds
end
local total = 0
for round = 1, 400 do
  local k = lex(source)
  total = total + k.name + k.keyword * 2 + k.number * 3 + k.string * 4 + k.op * 5
end
print(total)
