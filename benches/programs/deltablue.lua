-- DeltaBlue: an incremental solver of constraints with strengths; inheritance, method calls that depend on the object, lists.
local REQUIRED, PREFERRED, STRONG_DEFAULT, NORMAL, WEAKEST = 0, 2, 3, 4, 6

local function push(list, value) list[#list + 1] = value end
local function pop(list)
  local n = #list
  local value = list[n]
  list[n] = nil
  return value
end
local function remove(list, value)
  for i = 1, #list do
    if list[i] == value then return table.remove(list, i) end
  end
end
local function class(parent)
  local new = setmetatable({}, parent)
  new.__index = new
  return new
end

-- Knows the constraints it takes part in and the one that computes it. `strength` is that of the weakest constraint which would have to
-- give way for another value, `stays` that nothing the user edits has an influence on it.
local function variable(value)
  return { value = value, constraints = {}, determined_by = nil, mark = 0, strength = WEAKEST, stays = true }
end

local Planner = class()

-- What every constraint can do; how its method is chosen, where it reads and where it writes depends on its kind.
local Constraint = class()

function Constraint:add(planner)
  self.planner = planner
  self:connect()
  planner:add(self)
  return self
end

function Constraint:destroy()
  if self:satisfied() then self.planner:remove(self) else self:disconnect() end
end

-- Makes the constraint hold, if it is strong enough; gives the weaker one that does no longer.
function Constraint:satisfy(mark)
  self:choose_method(mark)
  if not self:satisfied() then
    assert(self.strength ~= REQUIRED, "a required constraint cannot be satisfied")
    return nil
  end
  self:mark_inputs(mark)
  local output = self:output()
  local overridden = output.determined_by
  if overridden then overridden:give_up() end
  output.determined_by = self
  assert(self.planner:propagate(self, mark), "the constraints form a cycle")
  output.mark = mark
  return overridden
end

function Constraint:is_input() return false end

-- Constraints with one variable.
local Unary = class(Constraint)
function Unary.new(kind, target, strength, planner)
  return setmetatable({ target = target, strength = strength, holds = false }, kind):add(planner)
end
function Unary:connect() push(self.target.constraints, self) end
function Unary:disconnect() remove(self.target.constraints, self) end
function Unary:choose_method(mark) self.holds = self.target.mark ~= mark and self.strength < self.target.strength end
function Unary:satisfied() return self.holds end
function Unary:give_up() self.holds = false end
function Unary:output() return self.target end
function Unary:mark_inputs() end
function Unary:inputs_known() return true end
function Unary:recalculate()
  self.target.strength = self.strength
  self.target.stays = not self:is_input()
end
function Unary:execute() end

local Stay = class(Unary) -- keeps its value
local Edit = class(Unary) -- is changed from outside
function Edit:is_input() return true end

-- Constraints between two variables, either of which can be computed from the other.
local Binary = class(Constraint)
function Binary.between(kind, first, second, strength, fields)
  fields.first, fields.second, fields.strength = first, second, strength
  return setmetatable(fields, kind)
end
function Binary:connect()
  push(self.first.constraints, self)
  push(self.second.constraints, self)
end
function Binary:disconnect()
  remove(self.first.constraints, self)
  remove(self.second.constraints, self)
end
function Binary:write_to(target, source, mark)
  self.target, self.source = nil, nil
  if target.mark ~= mark and self.strength < target.strength then self.target, self.source = target, source end
end
function Binary:choose_method(mark)
  local first, second = self.first, self.second
  if first.mark == mark then
    self:write_to(second, first, mark)
  elseif second.mark == mark or first.strength > second.strength then
    self:write_to(first, second, mark)
  else
    self:write_to(second, first, mark)
  end
end
function Binary:satisfied() return self.target ~= nil end
function Binary:give_up() self.target, self.source = nil, nil end
function Binary:output() return self.target end
function Binary:mark_inputs(mark) self.source.mark = mark end
local function known(input, mark) return input.mark == mark or input.stays or not input.determined_by end
function Binary:inputs_known(mark) return known(self.source, mark) end
function Binary:stays() return self.source.stays end
function Binary:recalculate()
  local target = self.target
  target.strength = math.max(self.strength, self.source.strength)
  target.stays = self:stays()
  if target.stays then self:execute() end
end

local Equal = class(Binary)
function Equal.new(first, second, strength, planner)
  return Binary.between(Equal, first, second, strength, {}):add(planner)
end
function Equal:execute() self.target.value = self.source.value end

-- second = first * factor + offset
local Scale = class(Binary)
function Scale.new(first, factor, offset, second, strength, planner)
  return Binary.between(Scale, first, second, strength, { factor = factor, offset = offset }):add(planner)
end
function Scale:connect()
  Binary.connect(self)
  push(self.factor.constraints, self)
  push(self.offset.constraints, self)
end
function Scale:disconnect()
  Binary.disconnect(self)
  remove(self.factor.constraints, self)
  remove(self.offset.constraints, self)
end
function Scale:mark_inputs(mark) self.source.mark, self.factor.mark, self.offset.mark = mark, mark, mark end
function Scale:inputs_known(mark)
  return known(self.source, mark) and known(self.factor, mark) and known(self.offset, mark)
end
function Scale:stays() return self.source.stays and self.factor.stays and self.offset.stays end
function Scale:execute()
  if self.target == self.second then
    self.second.value = self.first.value * self.factor.value + self.offset.value
  else
    self.first.value = (self.second.value - self.offset.value) // self.factor.value
  end
end

function Planner:new_mark()
  self.mark = self.mark + 1
  return self.mark
end

function Planner:add(constraint)
  local mark = self:new_mark()
  local overridden = constraint:satisfy(mark)
  while overridden do overridden = overridden:satisfy(mark) end
end

-- Weaker constraints that could not hold may do so when one is gone: the strongest first.
function Planner:remove(constraint)
  local output = constraint:output()
  constraint:give_up()
  constraint:disconnect()
  local unsatisfied = self:forget(output)
  for strength = REQUIRED, WEAKEST do
    for _, candidate in ipairs(unsatisfied) do
      if candidate.strength == strength then self:add(candidate) end
    end
  end
end

local function push_readers(list, of)
  for _, constraint in ipairs(of.constraints) do
    if constraint ~= of.determined_by and constraint:satisfied() then push(list, constraint) end
  end
end

-- Brings strengths and values up to date behind a constraint. False for a cycle.
function Planner:propagate(constraint, mark)
  local todo = { constraint }
  while #todo > 0 do
    local next_one = pop(todo)
    local output = next_one:output()
    if output.mark == mark then
      self:remove(constraint)
      return false
    end
    next_one:recalculate()
    push_readers(todo, output)
  end
  return true
end

-- The variable is determined by nothing now. Gives the constraints behind it that do not hold.
function Planner:forget(output)
  output.determined_by, output.strength, output.stays = nil, WEAKEST, true
  local unsatisfied, todo = {}, { output }
  while #todo > 0 do
    local next_one = pop(todo)
    for _, constraint in ipairs(next_one.constraints) do
      if not constraint:satisfied() then
        push(unsatisfied, constraint)
      elseif constraint ~= next_one.determined_by then
        constraint:recalculate()
        push(todo, constraint:output())
      end
    end
  end
  return unsatisfied
end

-- The constraints to execute, in order, whenever what `edits` write has changed.
function Planner:plan(edits)
  local mark, plan, todo = self:new_mark(), {}, {}
  for _, edit in ipairs(edits) do
    if edit:is_input() and edit:satisfied() then push(todo, edit) end
  end
  while #todo > 0 do
    local constraint = pop(todo)
    local output = constraint:output()
    if output.mark ~= mark and constraint:inputs_known(mark) then
      push(plan, constraint)
      output.mark = mark
      push_readers(todo, output)
    end
  end
  return plan
end

local function execute(plan)
  for i = 1, #plan do plan[i]:execute() end
end

local function planner() return setmetatable({ mark = 0 }, Planner) end

-- A chain of equal variables; one end is edited, and the other follows.
local function chain(length)
  local solver, variables = planner(), { variable(0) }
  for i = 2, length do
    variables[i] = variable(0)
    Equal.new(variables[i - 1], variables[i], REQUIRED, solver)
  end
  local first, last = variables[1], variables[length]
  Unary.new(Stay, last, STRONG_DEFAULT, solver)
  local edit = Unary.new(Edit, first, PREFERRED, solver)
  local plan = solver:plan { edit }
  for value = 1, 100 do
    first.value = value
    execute(plan)
    assert(last.value == value, "the chain")
  end
  edit:destroy()
  return last.value + #plan
end

local function change(solver, target, value)
  local edit = Unary.new(Edit, target, PREFERRED, solver)
  local plan = solver:plan { edit }
  for round = 1, 10 do
    target.value = value
    execute(plan)
  end
  edit:destroy()
end

-- Pairs of variables, one computed from the other by a factor and an offset that all have in common; all four are edited in turn.
local function projection(count)
  local solver, factor, offset, sources, targets = planner(), variable(10), variable(1000), {}, {}
  for i = 1, count do
    sources[i], targets[i] = variable(i), variable(i)
    Unary.new(Stay, sources[i], NORMAL, solver)
    Scale.new(sources[i], factor, offset, targets[i], REQUIRED, solver)
  end
  change(solver, sources[count], 17)
  assert(targets[count].value == 1170, "the first projection")
  change(solver, targets[count], 1050)
  assert(sources[count].value == 5, "the second projection")
  change(solver, factor, 5)
  for i = 1, count - 1 do assert(targets[i].value == i * 5 + 1000, "the third projection") end
  change(solver, offset, 2000)
  local sum = 0
  for i = 1, count - 1 do
    assert(targets[i].value == i * 5 + 2000, "the fourth projection")
    sum = sum + targets[i].value
  end
  return sum
end

local sum = 0
for round = 1, 7 do sum = sum + chain(1500) + projection(1500) end
print(sum)
