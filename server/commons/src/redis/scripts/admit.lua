-- Counts one call of a user. Answers -1 if it is admitted, else the milliseconds until there is room.
-- KEYS: the user's log of generations; the run, if the call belongs to one
-- ARGV: limit, window in ms, calls of a run, life of a run in ms
local log, run = KEYS[1], KEYS[2]
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if run then
  local calls = redis.call('GET', run)
  if calls and tonumber(calls) < tonumber(ARGV[3]) then
    redis.call('INCR', run)
    return -1
  end
end

local oldest = redis.call('LINDEX', log, 0)
while oldest and oldest + window <= now do
  redis.call('LPOP', log)
  oldest = redis.call('LINDEX', log, 0)
end
local count = redis.call('LLEN', log)
if count >= limit then
  return redis.call('LINDEX', log, count - limit) + window - now
end

redis.call('RPUSH', log, now)
redis.call('PEXPIRE', log, window)
if run then
  redis.call('SET', run, 1, 'PX', ARGV[4])
end
return -1
