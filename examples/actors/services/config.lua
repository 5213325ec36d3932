-- Configuration: the table of a version. It is shared, so functions in it have no upvalues.

local version = ...

local rows = {}
for i = 1, 200 do
  rows[i] = { id = i, version = version, name = "row " .. i, weight = i * version % 97, tags = { "v" .. version, "r" .. i } }
end

return {
  version = version,
  rows = rows,
  by_name = { first = rows[1], last = rows[#rows] },
  -- The sum of the weights; nil if a row is of another version than the table.
  sum = function(config)
    local sum = 0
    for i = 1, #config.rows do
      local row = config.rows[i]
      if row.version ~= config.version or row.tags[1] ~= "v" .. config.version then return nil end
      sum = sum + row.weight
    end
    return sum
  end,
}
