-- Game of life on a torus: nested tables of integers read at neighbouring places.
local width, height = 96, 64

local function empty()
  local grid = {}
  for y = 1, height do
    local row = {}
    for x = 1, width do row[x] = 0 end
    grid[y] = row
  end
  return grid
end

local function put(grid, left, top, picture)
  local y = top
  for line in picture:gmatch("[^\n]+") do
    for x = 1, #line do grid[y][left + x - 1] = line:sub(x, x) == "#" and 1 or 0 end
    y = y + 1
  end
end

local function generation(old, new)
  for y = 1, height do
    local above, row, below = old[y > 1 and y - 1 or height], old[y], old[y < height and y + 1 or 1]
    local into = new[y]
    for x = 1, width do
      local left, right = x > 1 and x - 1 or width, x < width and x + 1 or 1
      local neighbours = above[left] + above[x] + above[right] + row[left] + row[right] + below[left] + below[x] + below[right]
      into[x] = (neighbours == 3 or neighbours == 2 and row[x] == 1) and 1 or 0
    end
  end
end

local now, after = empty(), empty()
put(now, 4, 4, "..#\n#.#\n.##") -- a glider
put(now, 40, 30, ".##\n##.\n.#.") -- lives for a thousand generations
put(now, 70, 10, ".#.....\n...#...\n##..###") -- for five thousand
for round = 1, 500 do
  generation(now, after)
  now, after = after, now
end
local alive, sum = 0, 0
for y = 1, height do
  for x = 1, width do
    alive = alive + now[y][x]
    sum = sum + now[y][x] * (x * 31 + y * 17)
  end
end
print(alive, sum)
