-- Helpers that every snippet has: output that is equal on every run.

-- A value as text, with type and exact number; never an address.
function repr(v)
  local kind = math.type(v)
  if kind == "float" then
    if v ~= v then return "nan" end
    return string.format("%.17g", v) .. (v == math.floor(v) and v - v == 0 and "f" or "")
  elseif kind == "integer" then
    return string.format("%d", v)
  elseif type(v) == "string" then
    return (string.format("%q", v):gsub("\\\n", "\\n"))
  elseif v == nil or type(v) == "boolean" then
    return tostring(v)
  end
  return "<" .. type(v) .. ">"
end

-- Prints all values on one line.
function show(...)
  local all = table.pack(...)
  for i = 1, all.n do all[i] = repr(all[i]) end
  print(table.concat(all, "  "))
end

-- Calls and shows the results or the error.
function try(f, ...)
  local all = table.pack(pcall(f, ...))
  local ok = all[1]
  for i = 2, all.n do all[i] = repr(all[i]) end
  print((ok and "ok: " or "error: ") .. table.concat(all, "  ", 2, all.n))
end

-- Compiles and runs a piece of text; shows its results, its run-time error or its syntax error.
function run(text, name)
  local f, message = load(text, name or "=text")
  if not f then
    print("syntax: " .. message)
  else
    try(f)
  end
end

-- The entries of a table with string or number keys, in a fixed order.
function entries(t)
  local keys = {}
  for k in next, t do keys[#keys + 1] = k end
  table.sort(keys, function (a, b)
    if type(a) == type(b) then return a < b end
    return type(a) < type(b)
  end)
  local parts = {}
  for i, k in ipairs(keys) do parts[i] = repr(k) .. "=" .. repr(rawget(t, k)) end
  return "{" .. table.concat(parts, ", ") .. "}"
end
