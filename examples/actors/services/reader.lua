-- Reads the configuration, again and again, while it is replaced.

local reading, held = true, nil

local function is_right(config)
  local sum = 0
  for _, row in ipairs(config.rows) do sum = sum + row.weight end
  return config:sum() == sum and config.by_name.last.name == "row " .. #config.rows and not pcall(rawset, config, "version", 0)
end

return {
  read = function()
    actor.report(is_right(actor.config()) and "reads" or "wrong reads")
    actor.refresh() -- the next message may see another version
    if reading then
      actor.send(actor.self(), "read")
    else
      actor.report("readers stopped")
    end
  end,
  stop = function()
    reading = false
  end,
  -- Keeps what it has.
  hold = function()
    held = held or actor.config().version
    local config = actor.config()
    actor.report(is_right(config) and config.version == held and "holds" or "wrong holds")
  end,
}
