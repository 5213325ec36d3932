-- Richards: the scheduler of an operating system with its devices and handlers; method calls that depend on the object, flags, lists.
local IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = 1, 2, 3, 4, 5, 6
local DATA_SIZE = 4

local function packet(rest, target, kind)
  return { next = rest, target = target, kind = kind, position = 1, data = { 0, 0, 0, 0 } }
end

-- A list with a packet at its end.
local function appended(list, added)
  added.next = nil
  if not list then return added end
  local last = list
  while last.next do last = last.next end
  last.next = added
  return list
end

local Scheduler = {}
Scheduler.__index = Scheduler

-- A task has packets waiting, is itself waiting for one, or is held until someone releases it. `Kind` says what it does when it runs.
function Scheduler:add(id, priority, queue, Kind, fields)
  local task = setmetatable(fields, Kind)
  task.scheduler, task.id, task.priority, task.queue = self, id, priority, queue
  task.pending, task.waiting, task.held = queue ~= nil, true, false
  task.next = self.tasks
  self.tasks, self.by_id[id] = task, task
  return task
end

function Scheduler:run()
  local task = self.tasks
  while task do
    if task.held or task.waiting and not task.pending then
      task = task.next
    else
      self.current = task
      local received
      if task.waiting then
        received = task.queue
        task.queue = received.next
        task.waiting, task.pending = false, task.queue ~= nil
      end
      task = task:step(received)
    end
  end
end

-- These give the task that is to run next.
function Scheduler:wait()
  self.current.waiting = true
  return self.current
end

function Scheduler:hold()
  self.holds = self.holds + 1
  self.current.held = true
  return self.current.next
end

function Scheduler:release(id)
  local task = self.by_id[id]
  task.held = false
  return task.priority > self.current.priority and task or self.current
end

function Scheduler:send(sent)
  local receiver, sender = self.by_id[sent.target], self.current
  self.sends = self.sends + 1
  sent.next, sent.target = nil, sender.id
  if receiver.queue then
    receiver.queue = appended(receiver.queue, sent)
    return sender
  end
  receiver.queue, receiver.pending = sent, true
  return receiver.priority > sender.priority and receiver or sender
end

-- Releases the devices in a random order.
local Idle = {}
Idle.__index = Idle
function Idle:step()
  self.count = self.count - 1
  if self.count == 0 then return self.scheduler:hold() end
  local odd = self.random & 1 == 1
  self.random = self.random >> 1
  if not odd then return self.scheduler:release(DEVICE_A) end
  self.random = self.random ~ 0xD008
  return self.scheduler:release(DEVICE_B)
end

-- Fills packets with letters, for both handlers in turn.
local Worker = {}
Worker.__index = Worker
function Worker:step(received)
  if not received then return self.scheduler:wait() end
  self.target = self.target == HANDLER_A and HANDLER_B or HANDLER_A
  received.target, received.position = self.target, 1
  for i = 1, DATA_SIZE do
    self.letter = self.letter % 26 + 1
    received.data[i] = self.letter
  end
  return self.scheduler:send(received)
end

-- Gives what the worker sent to a device, a letter in each of the device's packets.
local Handler = {}
Handler.__index = Handler
function Handler:step(received)
  if received then
    if received.kind == "work" then
      self.work = appended(self.work, received)
    else
      self.device = appended(self.device, received)
    end
  end
  local work = self.work
  if work then
    if work.position > DATA_SIZE then
      self.work = work.next
      return self.scheduler:send(work)
    end
    local device = self.device
    if device then
      self.device = device.next
      device.position = work.data[work.position]
      work.position = work.position + 1
      return self.scheduler:send(device)
    end
  end
  return self.scheduler:wait()
end

-- Takes a packet, is held until the idle task releases it, and sends the packet back.
local Device = {}
Device.__index = Device
function Device:step(received)
  if received then
    self.kept = received
    return self.scheduler:hold()
  end
  local kept = self.kept
  if not kept then return self.scheduler:wait() end
  self.kept = nil
  return self.scheduler:send(kept)
end

local function packets(count, target, kind)
  local list
  for i = 1, count do list = packet(list, target, kind) end
  return list
end

local function richards()
  local scheduler = setmetatable({ by_id = {}, sends = 0, holds = 0 }, Scheduler)
  scheduler:add(IDLE, 0, nil, Idle, { random = 1, count = 10000 }).waiting = false
  scheduler:add(WORKER, 1000, packets(2, WORKER, "work"), Worker, { target = HANDLER_A, letter = 0 })
  scheduler:add(HANDLER_A, 2000, packets(3, DEVICE_A, "device"), Handler, {})
  scheduler:add(HANDLER_B, 3000, packets(3, DEVICE_B, "device"), Handler, {})
  scheduler:add(DEVICE_A, 4000, nil, Device, {})
  scheduler:add(DEVICE_B, 5000, nil, Device, {})
  scheduler:run()
  return scheduler.sends, scheduler.holds
end

local sends, holds = 0, 0
for round = 1, 20 do
  local s, h = richards()
  assert(s == 23246 and h == 9297, "the benchmark's own check")
  sends, holds = sends + s, holds + h
end
print(sends, holds)
