-- A JSON decoder in Lua, by patterns.
local unescapes = { ['"'] = '"', ["\\"] = "\\", n = "\n" }
local decode
local function skip(s, i) return s:find("%S", i) end
local function decode_string(s, i)
  local j = i + 1
  while true do
    local k = s:find('["\\]', j)
    if s:byte(k) == 34 then return (s:sub(i + 1, k - 1):gsub("\\(.)", unescapes)), k + 1 end
    j = k + 2
  end
end
function decode(s, i)
  i = skip(s, i)
  local c = s:sub(i, i)
  if c == "{" then
    local t = {}
    i = skip(s, i + 1)
    while s:sub(i, i) ~= "}" do
      local k, v
      k, i = decode_string(s, i)
      i = skip(s, i) + 1
      v, i = decode(s, i)
      t[k] = v
      i = skip(s, i)
      if s:sub(i, i) == "," then i = skip(s, i + 1) end
    end
    return t, i + 1
  elseif c == "[" then
    local t = {}
    i = skip(s, i + 1)
    while s:sub(i, i) ~= "]" do
      t[#t + 1], i = decode(s, i)
      i = skip(s, i)
      if s:sub(i, i) == "," then i = skip(s, i + 1) end
    end
    return t, i + 1
  elseif c == '"' then
    return decode_string(s, i)
  end
  local word = s:match("^[%w%.%-+]+", i)
  i = i + #word
  if word == "true" then return true, i elseif word == "false" then return false, i end
  return tonumber(word), i
end
local items = {}
for i = 1, 150 do
  items[i] = ('{"id": %d, "name": "item \\"%d\\"", "price": %.2f, "tags": ["x", "y"], "ok": true}'):format(i, i, i / 7)
end
local text, n = "[" .. table.concat(items, ", ") .. "]", 0
for round = 1, 200 do
  local t = decode(text, 1)
  n = n + #t + t[#t].id + #t[1].name
end
print(n)
