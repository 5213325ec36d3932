-- Wants more memory than it may have, and lives on.

return {
  eat = function()
    local fine, reason = pcall(function()
      local eaten = {}
      while true do eaten[#eaten + 1] = ("x"):rep(1000) .. #eaten end
    end)
    actor.report(not fine and reason == "not enough memory" and "limits kept" or "limits broken")
  end,
  rest = function()
    collectgarbage()
    actor.report("rests")
  end,
}
