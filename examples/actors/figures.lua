-- Puts what `actors start` printed side by side: a table here, and bars in an SVG.
--
--   usage: lua figures.lua PLOT.svg NAME FILE [NAME FILE]...

local plot, runs = ..., {}

for i = 2, select("#", ...), 2 do
  local name, path = select(i, ...)
  local run = { name = name }
  for line in io.lines(path) do
    local figure, value = line:match("^([%w_]+)%s+([%d.e+-]+)$")
    if figure then run[figure] = tonumber(value) end
  end
  runs[#runs + 1] = run
end

local columns = {
  { title = "services", format = "%d", of = function(run) return run.services end },
  { title = "seconds", format = "%.2f", of = function(run) return run.seconds end },
  { title = "ms of processor each", format = "%.2f", of = function(run) return run.ms_each end, drawn = true },
  { title = "KB each", format = "%.0f", of = function(run) return run.bytes_each / 1024 end },
  { title = "KB resident each", format = "%.0f", of = function(run) return run.resident_each / 1024 end, drawn = true },
}

local line = { ("%-20s"):format("") }
for _, column in ipairs(columns) do line[#line + 1] = ("%22s"):format(column.title) end
print(table.concat(line, " "))
for _, run in ipairs(runs) do
  line = { ("%-20s"):format(run.name) }
  for _, column in ipairs(columns) do
    line[#line + 1] = ("%22s"):format(column.format:format(column.of(run)))
  end
  print(table.concat(line, " "))
end

-- ---- the plot ---------------------------------------------------------------------------------------------------

local LEFT, WIDTH, ROW, HEADING = 160, 400, 20, 40
local colours = { "#5b8db8", "#999", "#d98c4a" }
local svg, y = {}, 0

local function add(...)
  svg[#svg + 1] = string.format(...)
end

for _, column in ipairs(columns) do
  if column.drawn then
    local largest = 0
    for _, run in ipairs(runs) do largest = math.max(largest, column.of(run)) end
    add('<text x="%d" y="%d" font-weight="bold">%s</text>', LEFT, y + 26, column.title)
    for i, run in ipairs(runs) do
      local top, length = y + HEADING + (i - 1) * ROW, column.of(run) / largest * WIDTH
      add('<text x="%d" y="%d" text-anchor="end">%s</text>', LEFT - 8, top + 12, run.name)
      add('<rect x="%d" y="%d" width="%.1f" height="14" fill="%s"/>', LEFT, top, length, colours[(i - 1) % #colours + 1])
      add('<text x="%.1f" y="%d">%s</text>', LEFT + length + 6, top + 12, column.format:format(column.of(run)))
    end
    y = y + HEADING + #runs * ROW
  end
end

local file = assert(io.open(plot, "w"))
file:write(('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">\n'):format(LEFT + WIDTH + 60, y + 16))
file:write('<rect width="100%" height="100%" fill="#fff"/>\n', table.concat(svg, "\n"), "\n</svg>\n")
file:close()
print("plot: " .. plot)
