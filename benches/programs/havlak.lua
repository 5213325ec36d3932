-- Havlak: the nesting of loops in generated control-flow graphs; depth-first search, sets, union-find, many small objects.
local Graph = {}
Graph.__index = Graph

local function graph() return setmetatable({ blocks = {} }, Graph) end
function Graph:block()
  local new = { id = #self.blocks + 1, before = {}, after = {} }
  self.blocks[new.id] = new
  return new
end
local function edge(from, to)
  from.after[#from.after + 1] = to
  to.before[#to.before + 1] = from
end

-- Regions of code: each is built behind `from` and gives its last block.
local seed = 7
local function random(n)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return (seed >> 8) % n
end
local region

local function straight(g, from, depth)
  for i = 1, 1 + random(3) do
    local new = g:block()
    edge(from, new)
    from = new
  end
  return from
end

local function branch(g, from, depth)
  local join = g:block()
  for i = 1, 2 do
    local side = g:block()
    edge(from, side)
    edge(region(g, side, depth - 1), join)
  end
  return join
end

local function loop(g, from, depth)
  local header, behind = g:block(), g:block()
  edge(from, header)
  local body = header
  for i = 1, 2 do body = region(g, body, depth - 1) end
  edge(body, header)
  edge(header, behind)
  -- Sometimes there is a second way in, which makes it irreducible.
  if random(10) == 0 then edge(from, body) end
  return behind
end

local function spin(g, from)
  local new = g:block()
  edge(from, new)
  edge(new, new)
  return straight(g, new)
end

local kinds = { straight, branch, loop, loop, spin }
function region(g, from, depth)
  if depth == 0 then return straight(g, from) end
  return kinds[random(#kinds) + 1](g, from, depth)
end

-- A set of numbers for each node of the graph, joined to its loop's header when the loop is known.
local function find(nodes, node)
  local root = node
  while nodes[root].parent ~= root do root = nodes[root].parent end
  while node ~= root do
    node, nodes[node].parent = nodes[node].parent, root
  end
  return root
end

-- Nodes in depth-first order, each with the number of the last one below it.
local function numbered(start)
  local nodes, number_of = {}, {}
  local function visit(block)
    local number = #nodes + 1
    number_of[block] = number
    local node = { block = block, parent = number, back = {}, other = {} }
    nodes[number] = node
    for _, successor in ipairs(block.after) do
      if not number_of[successor] then visit(successor) end
    end
    node.last = #nodes
  end
  visit(start)
  return nodes, number_of
end

local function loops_of(start)
  local nodes, number_of = numbered(start)
  local function is_below(node, ancestor) return ancestor <= node and node <= nodes[ancestor].last end
  for number, node in ipairs(nodes) do
    for _, predecessor in ipairs(node.block.before) do
      local from = number_of[predecessor]
      if from then
        if is_below(from, number) then
          node.back[#node.back + 1] = from
        else
          node.other[from] = true
        end
      end
    end
  end

  -- Innermost loops first: what belongs to one is represented by its header afterwards.
  local found = {}
  for header = #nodes, 1, -1 do
    local node, body, pooled, kind = nodes[header], {}, {}, nil
    for _, from in ipairs(node.back) do
      if from == header then
        kind = kind or "self"
      else
        local member = find(nodes, from)
        kind = "reducible"
        if not pooled[member] then
          pooled[member] = true
          body[#body + 1] = member
        end
      end
    end
    local at = 1
    while at <= #body do
      local entries = {}
      for from in pairs(nodes[body[at]].other) do entries[#entries + 1] = from end
      table.sort(entries)
      for _, from in ipairs(entries) do
        local member = find(nodes, from)
        if not is_below(member, header) then
          kind = "irreducible"
          node.other[member] = true
        elseif member ~= header and not pooled[member] then
          pooled[member] = true
          body[#body + 1] = member
        end
      end
      at = at + 1
    end
    if kind then
      local new = { kind = kind, blocks = 1, inner = {} }
      for _, member in ipairs(body) do
        nodes[member].parent = header
        local inner = nodes[member].loop
        if inner then
          new.inner[#new.inner + 1] = inner
          inner.outer = new
        else
          new.blocks = new.blocks + 1
        end
      end
      node.loop = new
      found[#found + 1] = new
    end
  end
  return found
end

local function depth_below(outer)
  local deepest = 0
  for _, inner in ipairs(outer.inner) do deepest = math.max(deepest, depth_below(inner)) end
  return deepest + 1
end

local count, sum = { self = 0, reducible = 0, irreducible = 0 }, 0
for round = 1, 18 do
  local g = graph()
  local start = g:block()
  local last = start
  for i = 1, 60 do last = region(g, last, 6) end
  for again = 1, 2 do
    local found = loops_of(start)
    for _, one in ipairs(found) do
      count[one.kind] = count[one.kind] + 1
      sum = (sum * 31 + one.blocks) % 1000003
      if not one.outer then sum = (sum + depth_below(one)) % 1000003 end
    end
    sum = (sum + #g.blocks + #found) % 1000003
  end
end
print(count.self, count.reducible, count.irreducible, sum)
