-- Counts a failure for each name, if none of them has to wait. Answers the longest wait in ms, or 0.
-- KEYS: the names
-- ARGV: failures that are free, first wait in ms, longest wait in ms, life of a failure in ms
local free, first, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local wait = 0
for _, name in ipairs(KEYS) do
  local count, last = unpack(redis.call('HMGET', name, 'count', 'last'))
  if count and tonumber(count) >= free then
    wait = math.max(wait, last + math.min(first * 2 ^ (count - free), longest) - now)
  end
end
if wait > 0 then
  return wait
end
for _, name in ipairs(KEYS) do
  redis.call('HINCRBY', name, 'count', 1)
  redis.call('HSET', name, 'last', now)
  redis.call('PEXPIRE', name, ARGV[4])
end
return 0
