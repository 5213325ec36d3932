-- N-body: float fields of records.
local sun = { x = 0, y = 0, z = 0, vx = 0, vy = 0, vz = 0, mass = 39.47 }
local bodies = { sun }
for i = 1, 4 do
  bodies[i + 1] = { x = i * 4.8, y = i * -1.1, z = i * 0.1, vx = 0.6 / i, vy = 2.8 / i, vz = -0.02 * i, mass = 0.03 / i }
end
local function advance(dt)
  local n = #bodies
  for i = 1, n do
    local a = bodies[i]
    for j = i + 1, n do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      local d2 = dx * dx + dy * dy + dz * dz
      local mag = dt / (d2 * d2 ^ 0.5)
      local bm, am = b.mass * mag, a.mass * mag
      a.vx, a.vy, a.vz = a.vx - dx * bm, a.vy - dy * bm, a.vz - dz * bm
      b.vx, b.vy, b.vz = b.vx + dx * am, b.vy + dy * am, b.vz + dz * am
    end
  end
  for i = 1, n do
    local a = bodies[i]
    a.x, a.y, a.z = a.x + dt * a.vx, a.y + dt * a.vy, a.z + dt * a.vz
  end
end
for i = 1, 120000 do advance(0.001) end
print(string.format("%.9f %.9f", bodies[1].x, bodies[2].vy))
