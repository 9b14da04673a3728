-- The generations of a user that count now, and the milliseconds until one more may begin than now.
-- KEYS: the user's log of generations
-- ARGV: limit, window in ms
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local log = redis.call('LRANGE', KEYS[1], 0, -1)
local first = 1
while log[first] and log[first] + window <= now do
  first = first + 1
end
local count = #log - first + 1
if count == 0 then
  return {0, 0}
end
return {count, log[first + math.max(0, count - limit)] + window - now}
