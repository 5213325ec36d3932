-- Code that is replaced while it runs: as it is later.

local greeted = 0

local function greeting(name)
  greeted = greeted + 1
  return "good morning, " .. name
end

return {
  greet = function(_, name)
    actor.report(greeting(name))
    actor.report("greetings", greeted)
    actor.report("greeters")
  end,
  reload = function(_, file)
    local updated = require("skynet.codecache").reload(file).updated
    actor.report("functions reloaded", updated)
    actor.report("reloads")
  end,
}
