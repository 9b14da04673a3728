-- Counts a failure for each name, if none of them has to wait. Answers the longest wait in ms, or 0.
-- KEYS: the names, each a list of when its failures were, the last of them first
-- ARGV: first wait in ms, longest wait in ms, life of failures in ms, failures to keep; for each name, how many are free
local first, longest = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local wait = 0
for at, name in ipairs(KEYS) do
  local more = redis.call('LLEN', name) - ARGV[4 + at]
  if more >= 0 then
    wait = math.max(wait, redis.call('LINDEX', name, 0) + math.min(first * 2 ^ more, longest) - now)
  end
end
if wait > 0 then
  return wait
end
for _, name in ipairs(KEYS) do
  redis.call('LPUSH', name, now)
  redis.call('LTRIM', name, 0, ARGV[4] - 1)
  redis.call('PEXPIRE', name, ARGV[3])
end
return 0
