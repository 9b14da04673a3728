-- Renews places of a user that are still open; those that the store has lost are put back.
-- KEYS: the user's places, each with its end
-- ARGV: life of a place in ms, the places
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

for place = 2, #ARGV do
  redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[place])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
