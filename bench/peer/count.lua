-- count.lua N - ns of CPU time of a round of the count loop, the best of five goes, and what it counted.
-- The loop of gilsim's count.gasm.
local n = tonumber(arg[1])
local best_s, c = math.huge, 0
for _ = 1, 5 do
	c = 0
	local began = os.clock()
	for _ = 1, n do
		c = c + 1
	end
	best_s = math.min(best_s, os.clock() - began)
end
print(string.format("%.6g %d", best_s * 1e9 / n, c))
