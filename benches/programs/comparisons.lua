-- Order and equality: integers with floats, short and long strings, and fields that they decide about.
local words = {}
for i = 1, 400 do words[i] = ("word%03d"):format(i * 7 % 400) end
local prefix = ("the same beginning "):rep(6)
local lines = {}
for i = 1, 60 do lines[i] = prefix .. (i * 17 % 60) end

local function below(limit, n)
  local count = 0
  for i = 1, n do if i < limit then count = count + 1 end end
  for x = 0.5, n do if x <= limit and x ~= count then count = count - 1 end end
  return count
end

local function largest(list)
  local found = list[1]
  for i = 2, #list do
    local s = list[i]
    if s > found then found = s end
  end
  return found
end

local function find(list, wanted)
  for i = 1, #list do if list[i] == wanted then return i end end
end

local total = 0
for round = 1, 36 do
  total = total + below(50000.5, 100000)
  for i = 1, 200 do total = total + #largest(words) + #largest(lines) + #words[i] end
  for i = 1, #words do total = total + find(words, words[i]) end
  for i = 1, #lines do total = total + find(lines, prefix .. i % 60) end
end
print(total)
