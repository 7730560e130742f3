-- laplace.lua N UPDATES - ns of CPU time of a cell update in place, the best of five goes, and the sum of the grid.
-- The loops of gilsim's laplace.gasm, in the same order: the sum has the same bits.
local n, updates = tonumber(arg[1]), tonumber(arg[2])
local dx2, dy2 = 0.1 * 0.1, 0.1 * 0.1

local function new_grid()
	local u = {}
	for i = 1, n do
		u[i] = {}
		for j = 1, n do
			u[i][j] = i == 1 and 1.0 or 0.0
		end
	end
	return u
end

local function update(u)
	for i = 2, #u - 1 do
		for j = 2, #u[1] - 1 do
			u[i][j] = ((u[i + 1][j] + u[i - 1][j]) * dy2 +
				(u[i][j + 1] + u[i][j - 1]) * dx2) / (2 * (dx2 + dy2))
		end
	end
end

local function total(u)
	local sum = 0.0
	for i = 1, n do
		for j = 1, n do
			sum = sum + u[i][j]
		end
	end
	return sum
end

local best_s, sum = math.huge, 0
for _ = 1, 5 do
	local u = new_grid()
	local began = os.clock()
	for _ = 1, updates do
		update(u)
	end
	best_s = math.min(best_s, os.clock() - began)
	sum = total(u)
end
print(string.format("%.6g %a", best_s * 1e9 / ((n - 2) * (n - 2) * updates), sum))
