-- A place in a ring: hands a token on until it has made all its hops.

local following

return {
  link = function(_, address)
    following = address
    actor.report("ring linked")
  end,
  token = function(_, hops, sum)
    if hops == 0 then
      actor.report("token sum", sum)
      actor.report("tokens home")
    else
      actor.send(following, "token", hops - 1, (sum * 31 + hops) % 1000003)
    end
  end,
}
