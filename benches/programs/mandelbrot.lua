-- Mandelbrot set: nested float loops.
local n, inside = 600, 0
for py = 0, n - 1 do
  local ci = 2.0 * py / n - 1.0
  for px = 0, n - 1 do
    local cr, zr, zi, i = 2.0 * px / n - 1.5, 0.0, 0.0, 0
    while i < 50 and zr * zr + zi * zi < 4.0 do
      zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
      i = i + 1
    end
    if i == 50 then inside = inside + 1 end
  end
end
print(inside)
