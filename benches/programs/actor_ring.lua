-- A ring of actors: coroutines with mailboxes, a scheduler that resumes who has mail, tokens that go round.
local ready, first, last = {}, 1, 0

local Actor = {}
Actor.__index = Actor

local function actor(body, ...)
  local self = setmetatable({ mail = {}, read = 1, written = 0, waiting = false }, Actor)
  self.thread = coroutine.create(body)
  assert(coroutine.resume(self.thread, self, ...))
  return self
end

function Actor:send(message)
  self.written = self.written + 1
  self.mail[self.written] = message
  if self.waiting then
    self.waiting = false
    last = last + 1
    ready[last] = self
  end
end

-- Called by the actor itself.
function Actor:receive()
  if self.read > self.written then
    self.waiting = true
    coroutine.yield()
  end
  local message = self.mail[self.read]
  self.mail[self.read] = nil
  self.read = self.read + 1
  return message
end

local function run()
  while first <= last do
    local next_one = ready[first]
    ready[first] = nil
    first = first + 1
    assert(coroutine.resume(next_one.thread))
  end
end

local received, finished, sum = 0, 0, 0
local function member(self, number)
  local neighbour = self:receive()
  while true do
    local token = self:receive()
    if token == "end" then
      neighbour:send("end")
      return
    end
    received = received + 1
    if token.hops == 0 then
      finished = finished + 1
      sum = (sum * 31 + token.name * number) % 1000003
    else
      token.hops = token.hops - 1
      neighbour:send(token)
    end
  end
end

for round = 1, 3 do
  local size = 2000 * round
  local members = {}
  for i = 1, size do members[i] = actor(member, i) end
  for i = 1, size do members[i]:send(members[i % size + 1]) end
  for i = 1, 100 do members[i * 7]:send({ name = i, hops = 2500 + i * 13 }) end
  run()
  members[1]:send("end")
  run()
  for i = 1, size do assert(coroutine.status(members[i].thread) == "dead") end
end
print(received, finished, sum)
