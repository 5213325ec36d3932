-- Never comes to an end, and catches every error.

return {
  spin = function()
    actor.report("spinning")
    while true do
      pcall(function()
        while true do
        end
      end)
    end
  end,
}
