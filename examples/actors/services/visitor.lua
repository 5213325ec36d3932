-- Comes, does one thing, and goes.

local text = require("util.text")
local journal = require("game.quest_journal")

return {
  visit = function(_, number)
    local words = text.split("the visitor number " .. number, " ")
    actor.report("visitor sum", tonumber(words[#words]) + journal.check(1) * 0)
    actor.report("visits")
    actor.exit()
  end,
}
