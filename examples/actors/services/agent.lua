-- What a player has on a game server: the whole code base.

local main = require("main")

return {
  start = function()
    actor.report("agents started")
  end,
  check = function(_, rounds)
    actor.report("agent sum", main.check(rounds))
    actor.report("agent checks")
  end,
  collect = function()
    collectgarbage()
    actor.report("agents collected")
  end,
}
