-- String buffers: pieces collected in tables and joined, text taken apart into bytes, lines and fields and joined again.
local Buffer = {}
Buffer.__index = Buffer
function Buffer.new() return setmetatable({ size = 0 }, Buffer) end
function Buffer:add(...)
  for i = 1, select("#", ...) do
    local size = self.size + 1
    self[size], self.size = (select(i, ...)), size
  end
  return self
end
function Buffer:text(separator) return table.concat(self, separator, 1, self.size) end

-- A page of rows and cells.
local function page(rows)
  local buffer = Buffer.new():add("<table>\n")
  for i = 1, rows do
    buffer:add("<tr><td>", i, "</td><td>", "row " .. i % 17, "</td><td>", i * 37 % 1000, "</td></tr>\n")
  end
  return buffer:add("</table>\n"):text()
end

-- Each letter moved on by `by` places in the alphabet.
local function moved(text, by)
  local letters = {}
  for i = 1, #text do
    local byte = text:byte(i)
    if byte >= 97 and byte <= 122 then byte = (byte - 97 + by) % 26 + 97 end
    letters[i] = string.char(byte)
  end
  return table.concat(letters)
end

-- The cells of the page, as lines of fields.
local function cells(text)
  local lines = {}
  for line in text:gmatch("<tr>(.-)</tr>") do
    local fields = {}
    for field in line:gmatch("<td>(.-)</td>") do fields[#fields + 1] = field end
    lines[#lines + 1] = table.concat(fields, ";")
  end
  return table.concat(lines, "\n")
end

-- The lines in opposite order, put in front one by one.
local function backwards(text)
  local result = ""
  for line in text:gmatch("[^\n]+") do result = line .. "\n" .. result end
  return result
end

local sum = 0
for round = 1, 24 do
  local text = page(600)
  local secret = moved(text, round)
  assert(moved(secret, 26 - round) == text)
  local turned = backwards(cells(text))
  for i = 1, #turned, 7 do sum = (sum * 31 + turned:byte(i)) % 1000003 end
  sum = sum + #text + #secret
end
print(sum)
