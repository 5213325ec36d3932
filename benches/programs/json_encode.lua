-- A JSON encoder in Lua.
local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n" }

local function encode_into(v, out)
  local t = type(v)
  if t == "table" then
    if #v > 0 then
      out[#out + 1] = "["
      for i = 1, #v do
        if i > 1 then out[#out + 1] = "," end
        encode_into(v[i], out)
      end
      out[#out + 1] = "]"
    else
      out[#out + 1] = "{"
      local keys = {}
      for k in pairs(v) do keys[#keys + 1] = k end
      table.sort(keys)
      for i, k in ipairs(keys) do
        if i > 1 then out[#out + 1] = "," end
        encode_into(k, out)
        out[#out + 1] = ":"
        encode_into(v[k], out)
      end
      out[#out + 1] = "}"
    end
  elseif t == "string" then
    out[#out + 1] = '"' .. v:gsub('["\\\n]', escapes) .. '"'
  else
    out[#out + 1] = tostring(v)
  end
end
local data = { users = {} }
for i = 1, 200 do
  data.users[i] = { id = i, name = "user \"" .. i .. "\"", tags = { "a", "b", "c" }, score = i * 1.5, active = i % 2 == 0 }
end
local n = 0
for round = 1, 200 do
  local out = {}
  encode_into(data, out)
  n = n + #table.concat(out)
end
print(n)
