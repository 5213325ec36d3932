-- Writes a code base such as a game server has: about 90 files, 370 KB. Every run writes the same bytes.
--
--   usage: lua codebase.lua FOLDER        the folder, with `config`, `util` and `game` in it, has to exist
--
-- `config` holds tables of data, `util` functions that everything uses, `game` classes that require both and each other. The module
-- `main` requires all of it and has `check(n)`, which makes every class work and gives a number that is the same in every VM.

local folder = assert(..., "usage: codebase.lua FOLDER")

-- ---- names and numbers ------------------------------------------------------------------------------------------

local state = 20240229

--- A number from 1 to n; the sequence is the same everywhere.
local function draw(n)
  state = (state * 1103515245 + 12345) % 2147483648
  return state // 65536 % n + 1
end

local function pick(list)
  return list[draw(#list)]
end

local areas = {
  "combat", "inventory", "quest", "chat", "guild", "mail", "market", "map", "skill", "friend", "login", "rank",
}
local parts = { "manager", "journal", "session", "rules", "history", "store" }
local fields = {
  "amount", "balance", "capacity", "charge", "cooldown", "credit", "damage", "distance", "duration", "energy", "experience",
  "fatigue", "honour", "interest", "luck", "morale", "pressure", "priority", "progress", "quality", "range", "reputation", "score",
  "shield", "speed", "stamina", "strength", "tax", "threat", "value", "volume", "weight", "wisdom", "yield",
}
local nouns = {
  "arrow", "badge", "banner", "bounty", "bridge", "caravan", "castle", "chapter", "contract", "crystal", "decree", "dungeon", "envoy",
  "feather", "forge", "fragment", "gate", "harbour", "herald", "invitation", "journey", "key", "lantern", "ledger", "letter",
  "market", "medal", "merchant", "offer", "oath", "packet", "parcel", "patrol", "portal", "potion", "prisoner", "puzzle", "relic",
  "request", "ritual", "scroll", "season", "shipment", "signal", "talent", "temple", "ticket", "token", "tournament", "treaty",
  "trophy", "vessel", "visitor", "voucher", "warrant",
}
local kinds = { "common", "rare", "epic", "legendary", "seasonal", "bound", "trial" }

--- Fills in a template: `$name` stands for the entry of that name.
local function fill(template, entries)
  return (template:gsub("%$([%a_]%w*)", function(name)
    return tostring(assert(entries[name], name))
  end))
end

local function title(word)
  return (word:gsub("^%l", string.upper))
end

-- ---- config -----------------------------------------------------------------------------------------------------

--- A table of data: rows with names, numbers, lists and texts.
local function config_module(name)
  local out = { "-- " .. title(name) .. ": generated from the designers' sheets.\n\nlocal rows = {\n" }
  for i = 1, 18 do
    local noun, field, other = pick(nouns), pick(fields), pick(fields)
    out[#out + 1] = fill(
      '  { id = $id, name = "$noun of $field", kind = "$kind", $field = $n1, price = $n2, rate = $n3.$n4, needs = { $n5, $n6 },\n'
        .. '    text = "A $kind $noun that gives $n1 $field to its owner and costs $n7 $other." },\n',
      {
        id = 1000 * #name + i, noun = noun, field = field, other = other, kind = pick(kinds), n1 = draw(90), n2 = draw(5000),
        n3 = draw(9) - 1, n4 = draw(99), n5 = draw(40), n6 = draw(40), n7 = draw(20),
      }
    )
  end
  out[#out + 1] = "}\n\nlocal limits = {\n"
  for _, field in ipairs(fields) do
    out[#out + 1] = ("  %s = %d,\n"):format(field, 50 + draw(400))
  end
  out[#out + 1] = [[
}

local by_id = {}
for _, row in ipairs(rows) do
  by_id[row.id] = row
end

return { rows = rows, limits = limits, by_id = by_id, revision = ]] .. draw(1000) .. " }\n"
  return table.concat(out)
end

-- ---- util -------------------------------------------------------------------------------------------------------

local utilities = {}

utilities.list = [[
--- Functions on sequences.
local list = {}

function list.map(t, f)
  local out = {}
  for i = 1, #t do out[i] = f(t[i], i) end
  return out
end

function list.filter(t, f)
  local out = {}
  for i = 1, #t do
    if f(t[i]) then out[#out + 1] = t[i] end
  end
  return out
end

function list.fold(t, start, f)
  local value = start
  for i = 1, #t do value = f(value, t[i]) end
  return value
end

function list.index_of(t, wanted)
  for i = 1, #t do
    if t[i] == wanted then return i end
  end
  return nil
end

function list.reversed(t)
  local out, n = {}, #t
  for i = 1, n do out[i] = t[n - i + 1] end
  return out
end

function list.slice(t, first, last)
  return table.move(t, first, math.min(last, #t), 1, {})
end

return list
]]

utilities.text = [[
--- Functions on strings.
local text = {}

function text.split(s, separator)
  local out, from = {}, 1
  while true do
    local at, past = s:find(separator, from, true)
    if not at then break end
    out[#out + 1] = s:sub(from, at - 1)
    from = past + 1
  end
  out[#out + 1] = s:sub(from)
  return out
end

function text.trim(s)
  return s:match("^%s*(.-)%s*$")
end

function text.capital(s)
  return (s:gsub("^%l", string.upper))
end

function text.pairs_of(s)
  local out = {}
  for key, value in s:gmatch("([%w_]+)=([^;]*)") do out[key] = tonumber(value) or value end
  return out
end

function text.hash(s)
  local h = 5381
  for i = 1, #s do h = (h * 33 + s:byte(i)) % 4294967296 end
  return h
end

return text
]]

utilities.events = [[
--- Listeners by the name of an event.
local events = {}
events.__index = events

function events.new()
  return setmetatable({ listeners = {}, emitted = 0 }, events)
end

function events:on(name, listener)
  local all = self.listeners[name]
  if not all then
    all = {}
    self.listeners[name] = all
  end
  all[#all + 1] = listener
  return function()
    for i, known in ipairs(all) do
      if known == listener then
        table.remove(all, i)
        return true
      end
    end
    return false
  end
end

function events:emit(name, ...)
  self.emitted = self.emitted + 1
  local called = 0
  for _, listener in ipairs(self.listeners[name] or {}) do
    listener(...)
    called = called + 1
  end
  return called
end

return events
]]

utilities.queue = [[
--- A queue with priorities, as a binary heap.
local queue = {}
queue.__index = queue

function queue.new()
  return setmetatable({ size = 0, weights = {}, values = {} }, queue)
end

function queue:push(weight, value)
  local weights, values = self.weights, self.values
  local i = self.size + 1
  self.size = i
  while i > 1 and weights[i // 2] > weight do
    weights[i], values[i] = weights[i // 2], values[i // 2]
    i = i // 2
  end
  weights[i], values[i] = weight, value
end

function queue:pop()
  if self.size == 0 then return nil end
  local weights, values, n = self.weights, self.values, self.size
  local weight, value = weights[1], values[1]
  local last_weight, last_value = weights[n], values[n]
  weights[n], values[n] = nil, nil
  n = n - 1
  self.size = n
  local i = 1
  while 2 * i <= n do
    local child = 2 * i
    if child < n and weights[child + 1] < weights[child] then child = child + 1 end
    if last_weight <= weights[child] then break end
    weights[i], values[i] = weights[child], values[child]
    i = child
  end
  if n > 0 then weights[i], values[i] = last_weight, last_value end
  return value, weight
end

return queue
]]

utilities.result = [[
--- What a request ended with: a value, or a reason.
local result = { codes = { ok = 0, missing = 1, refused = 2, limit = 3, busy = 4 } }

function result.ok(value)
  return { code = result.codes.ok, value = value }
end

function result.fail(code, ...)
  return { code = result.codes[code] or error("no such code: " .. tostring(code)), reason = string.format(...) }
end

function result.is_ok(r)
  return r.code == result.codes.ok
end

return result
]]

-- ---- game: methods of classes -----------------------------------------------------------------------------------

-- Each entry is a method, and a line of `check` that uses it. `$Class`, `$noun`, `$f1` to `$f3` and `$n1` to `$n4` are filled in.
local methods = {
  {
    [[
--- Adds a $noun, unless that would be too much $f1.
function $Class:add_$noun(id, count)
  count = count or 1
  local entry = self.entries[id]
  local limit = limits.$f1 + self.level * $n1
  if (entry and entry.count or 0) + count > limit then
    return result.fail("limit", "no room for %d more of $noun %s (at most %d)", count, tostring(id), limit)
  end
  if entry then
    entry.count = entry.count + count
  else
    entry = { id = id, count = count, kind = "$noun", $f1 = count * $n2, $f2 = $n3 }
    self.entries[id] = entry
    self.order[#self.order + 1] = id
  end
  self.$f1 = self.$f1 + count * $n2
  self.changes:emit("$noun_added", id, count)
  return result.ok(entry)
end
]],
    "if result.is_ok(subject:add_$noun(i % $n4 + 1, i)) then sum = sum + 1 end",
  },
  {
    [[
--- Takes a $noun away and gives what is left of it.
function $Class:take_$noun(id, count)
  local entry = self.entries[id]
  if entry == nil or entry.count < count then
    return nil, string.format("%s has only %d of $noun %s", self.owner, entry and entry.count or 0, tostring(id))
  end
  entry.count = entry.count - count
  if entry.count == 0 then
    self.entries[id] = nil
    for i = #self.order, 1, -1 do
      if self.order[i] == id then table.remove(self.order, i) end
    end
  end
  self.$f2 = math.max(0, self.$f2 - count * $n1)
  return entry.count
end
]],
    "sum = sum + (subject:take_$noun(i % $n4 + 1, 1) or 0)",
  },
  {
    [[
--- What the $noun is worth after so many rounds; grows until the limit of $f2 is reached.
function $Class:worth_of_$noun(rounds)
  local worth, step = self.level * $n1, $n2
  for round = 1, rounds do
    if round % 3 == 0 then
      step = step + 1
    elseif worth > limits.$f2 then
      worth = worth // 2
    end
    worth = worth + step * (round & 7)
  end
  return worth
end
]],
    "sum = sum + subject:worth_of_$noun(i % $n4)",
  },
  {
    [[
--- One line about every entry, the $noun first.
function $Class:describe_$noun(wide)
  local lines = { string.format("%s (level %d, $f1 %d)", self.owner, self.level, self.$f1) }
  for position, id in ipairs(self.order) do
    local entry = self.entries[id]
    if entry then
      local line = string.format("%2d. %-12s x%-4d", position, entry.kind .. "#" .. id, entry.count)
      if wide then line = line .. " $f2 " .. tostring(entry.$f2 or 0) end
      lines[#lines + 1] = line
    end
  end
  return table.concat(lines, "\n")
end
]],
    "sum = sum + #subject:describe_$noun(i % 2 == 0)",
  },
  {
    [[
--- Reads a $noun as players write it: "$f1=3;$f2=high;name=...".
function $Class.parse_$noun(line)
  local known = text.pairs_of(line)
  if type(known.$f1) ~= "number" then return nil, "a $noun needs a $f1" end
  known.$f1 = math.max(0, math.min(known.$f1, limits.$f1))
  known.name = known.name and text.trim(known.name) or "unnamed $noun"
  known.$f2 = known.$f2 == "high" and $n1 or known.$f2 == "low" and $n2 or 0
  return known
end
]],
    'sum = sum + $Class.parse_$noun("$f1=" .. i .. ";$f2=low;name= $noun ").$f1',
  },
  {
    [[
--- Goes on with the $noun by some time: from waiting over active to resting.
function $Class:step_$noun(elapsed)
  local phase = self.phases.$noun or "waiting"
  self.clock = self.clock + elapsed
  if phase == "waiting" and self.clock >= $n1 then
    phase, self.clock = "active", 0
    self.changes:emit("$noun_begins", self.owner)
  elseif phase == "active" then
    self.$f3 = self.$f3 + elapsed * $n2
    if self.$f3 > limits.$f3 then
      phase, self.$f3 = "resting", 0
    end
  elseif phase == "resting" and self.clock >= $n3 then
    phase = "waiting"
  end
  self.phases.$noun = phase
  return phase
end
]],
    "sum = sum + #subject:step_$noun(i % 5)",
  },
  {
    [[
--- The entries in the order of their $f2, then of their names.
function $Class:sorted_by_$f2(descending)
  local all = {}
  for _, entry in pairs(self.entries) do all[#all + 1] = entry end
  table.sort(all, function(a, b)
    local x, y = a.$f2 or 0, b.$f2 or 0
    if x == y then
      if a.kind == b.kind then return a.id < b.id end
      return a.kind < b.kind
    end
    if descending then return x > y end
    return x < y
  end)
  return all
end
]],
    "sum = sum + #subject:sorted_by_$f2(i % 2 == 1)",
  },
  {
    [[
--- Everything that is to be kept of the $noun, as text.
function $Class:save_$noun()
  local out = { "$noun", tostring(self.level), tostring(self.$f1), tostring(self.$f3) }
  for _, id in ipairs(self.order) do
    local entry = self.entries[id]
    if entry then out[#out + 1] = id .. ":" .. entry.kind .. ":" .. entry.count end
  end
  return table.concat(out, "|")
end

--- Makes the $noun what `save_$noun` kept.
function $Class:load_$noun(saved)
  local pieces = text.split(saved, "|")
  if pieces[1] ~= "$noun" then error("this is no saved $noun: " .. tostring(pieces[1])) end
  self.level, self.$f1, self.$f3 = tonumber(pieces[2]), tonumber(pieces[3]), tonumber(pieces[4])
  self.entries, self.order = {}, {}
  for i = 5, #pieces do
    local id, kind, count = pieces[i]:match("^(%d+):(%a+):(%d+)$")
    id = tonumber(id)
    self.entries[id] = { id = id, kind = kind, count = tonumber(count), $f2 = $n1 }
    self.order[#self.order + 1] = id
  end
  return #self.order
end
]],
    "sum = sum + subject:load_$noun(subject:save_$noun())",
  },
  {
    [=[
--- Which rows of the sheet a $noun of this level may use.
function $Class:usable_for_$noun(at_most)
  local found = {}
  for _, row in ipairs(config.rows) do
    local need = row.needs[1] + row.needs[2]
    if need <= self.level * $n1 and row.price < (at_most or math.huge) and row.kind ~= "trial" then
      found[#found + 1] = row.id
    end
  end
  return found, #found > 0 and config.by_id[found[1]].name or "nothing"
end
]=],
    "sum = sum + #subject:usable_for_$noun(i * $n4)",
  },
  {
    [[
--- Raises the level for a $noun, if its price can be paid.
function $Class:raise_with_$noun(purse)
  local row = config.rows[self.level % #config.rows + 1]
  local price = row.price + $n1 * self.level
  if purse < price then
    return result.fail("refused", "a $noun for level %d costs %d, and there is only %d", self.level + 1, price, purse)
  end
  self.level = self.level + 1
  self.$f1 = self.$f1 + (row.$f1 or $n2)
  self.changes:emit("level", self.level, row.name)
  return result.ok(purse - price)
end
]],
    "sum = sum + subject:raise_with_$noun(i * $n4).code",
  },
  {
    [[
--- Goes through the entries whose $f2 is at least so high.
function $Class:each_$noun(least)
  local position = 0
  return function()
    while true do
      position = position + 1
      local id = self.order[position]
      if id == nil then return nil end
      local entry = self.entries[id]
      if entry and (entry.$f2 or 0) >= least then return id, entry end
    end
  end
end
]],
    "for id, entry in subject:each_$noun($n4) do sum = sum + id * entry.count end",
  },
  {
    [[
--- Hands the $noun to someone else; both stay as they were when one side refuses.
function $Class:give_$noun(receiver, id, count)
  local fine, reason = pcall(function()
    if receiver == self then error("a $noun cannot be given to its owner", 0) end
    local entry = self.entries[id] or error("there is no $noun " .. tostring(id), 0)
    if entry.count < count then error("there are only " .. entry.count .. " of $noun " .. tostring(id), 0) end
    entry.count = entry.count - count
    local other = receiver.entries[id]
    if other then
      other.count = other.count + count
    else
      receiver.entries[id] = { id = id, kind = entry.kind, count = count, $f2 = entry.$f2 }
      receiver.order[#receiver.order + 1] = id
    end
  end)
  self.$f3 = self.$f3 + (fine and $n1 or 0)
  return fine, reason
end
]],
    "if subject:give_$noun(other, i % $n4 + 1, 1) then sum = sum + 1 end",
  },
  {
    [[
--- What to do for the $noun, one step after the other, most urgent first.
function $Class:plan_$noun(steps)
  local waiting = queue.new()
  for step = 1, steps do waiting:push((step * $n1) % $n3, "$noun " .. step) end
  return coroutine.wrap(function()
    local done = 0
    while true do
      local task, weight = waiting:pop()
      if task == nil then return nil end
      done = done + 1
      coroutine.yield(task, weight + done)
    end
  end)
end
]],
    "for task, weight in subject:plan_$noun(i % 4) do sum = sum + #task + weight end",
  },
  {
    [[
--- Whether a $noun can be right; what is wrong with it otherwise.
function $Class.validate_$noun(entry)
  local problems = {}
  local function complain(...)
    problems[#problems + 1] = string.format(...)
  end
  if type(entry.id) ~= "number" then complain("the id of a $noun is a number, not a %s", type(entry.id)) end
  if (entry.count or 0) < 0 then complain("there cannot be %d of a $noun", entry.count) end
  if (entry.$f1 or 0) > limits.$f1 then complain("$f1 %d is above %d", entry.$f1, limits.$f1) end
  if entry.$f2 and entry.$f2 % 1 ~= 0 then complain("$f2 has to be whole") end
  return #problems == 0, problems
end
]],
    "sum = sum + select(2, $Class.validate_$noun({ id = i % 2 == 0 and i or 'x', count = -i, $f1 = i * $n4 }))[1]:len()",
  },
}

--- A class: constructor, methods, and a check that uses them.
local function game_module(area, part, before)
  local class = title(area) .. title(part)
  local own = {
    "--- The " .. part .. " of the " .. area .. " system.\n",
    'local config = require("config.' .. area .. '")\n',
  }
  for _, name in ipairs({ "events", "list", "queue", "result", "text" }) do
    own[#own + 1] = ('local %s = require("util.%s")\n'):format(name, name)
  end
  if before then own[#own + 1] = ('local neighbour = require("%s")\n'):format(before) end
  own[#own + 1] = fill([[

local limits = config.limits

local $Class = { area = "$area", part = "$part", revision = $n1 }
$Class.__index = $Class

$Class.codes = { accepted = $n2, refused = $n3, delayed = $n4, expired = $n5 }

--- Makes the $part of an owner.
function $Class.new(owner, level)
  local self = setmetatable({ owner = owner, level = level or 1, clock = 0, entries = {}, order = {}, phases = {} }, $Class)
  for _, name in ipairs({$names}) do self[name] = 0 end
  self.changes = events.new()
  self.heard = 0
  self.changes:on("level", function() self.heard = self.heard + 1 end)
  return self
end

]], {
    Class = class, area = area, part = part, n1 = draw(50), n2 = draw(9), n3 = 10 + draw(9), n4 = 20 + draw(9), n5 = 30 + draw(9),
    names = '\n    "' .. table.concat(fields, '", "', 1, 11) .. '",\n    "' .. table.concat(fields, '", "', 12, 23) .. '",\n    "'
      .. table.concat(fields, '", "', 24) .. '",\n  ',
  })
  local checks = {}
  local order, used = {}, {}
  for i = 1, #methods do order[i] = i end
  for i = #order, 3, -1 do -- the first stays: without entries the others have little to do
    local j = 1 + draw(i - 1)
    order[i], order[j] = order[j], order[i]
  end
  for i = 1, 4 do
    local method = methods[order[i]]
    local noun
    repeat noun = pick(nouns) until not used[noun]
    used[noun] = true
    local f = {}
    for k = 1, 3 do
      repeat f[k] = pick(fields) until f[k] ~= f[k - 1] and f[k] ~= f[k - 2]
    end
    local entries = {
      Class = class, noun = noun, noun_added = noun .. "_added", noun_begins = noun .. "_begins", f1 = f[1], f2 = f[2], f3 = f[3],
      n1 = draw(20), n2 = draw(12), n3 = 10 + draw(30), n4 = 2 + draw(11),
    }
    own[#own + 1] = fill(method[1], entries) .. "\n"
    checks[#checks + 1] = "    " .. fill(method[2], entries) .. "\n"
  end
  own[#own + 1] = fill([[
--- Uses everything above `n` times over; the result depends on nothing else.
function $Class.check(n)
  local subject, other = $Class.new("first", 3), $Class.new("second", 5)
  local sum = $Class.revision
  for i = 1, n do
$checks  end
  sum = sum + #list.filter(subject.order, function(id) return id % 2 == 0 end)$neighbour
  return sum + subject.heard
end

return $Class
]], { Class = class, checks = table.concat(checks), neighbour = before and "\n  sum = sum + neighbour.revision" or "" })
  return table.concat(own)
end

-- ---- writing ----------------------------------------------------------------------------------------------------

local files, bytes = 0, 0

local function write(module, content)
  local file = assert(io.open(folder .. "/" .. module:gsub("%.", "/") .. ".lua", "wb"))
  assert(file:write(content))
  assert(file:close())
  files, bytes = files + 1, bytes + #content
end

for _, area in ipairs(areas) do write("config." .. area, config_module(area)) end
local names = {}
for name in pairs(utilities) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(names) do write("util." .. name, utilities[name]) end

local modules = {}
for i, part in ipairs(parts) do
  for _, area in ipairs(areas) do
    local before = i > 1 and ("game.%s_%s"):format(area, parts[i - 1]) or nil
    local module = ("game.%s_%s"):format(area, part)
    write(module, game_module(area, part, before))
    modules[#modules + 1] = module
  end
end

local main = { "--- The whole server.\nlocal modules = {}\n" }
for _, module in ipairs(modules) do main[#main + 1] = ('modules[#modules + 1] = require("%s")\n'):format(module) end
main[#main + 1] = [[

local main = { modules = modules }

--- Lets every class work; the same number in every VM.
function main.check(n)
  local sum = 0
  for _, class in ipairs(modules) do sum = (sum * 31 + class.check(n)) % 1000000007 end
  return sum
end

return main
]]
write("main", table.concat(main))

print(("%d files, %d bytes"):format(files, bytes))
