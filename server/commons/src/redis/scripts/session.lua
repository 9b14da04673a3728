-- Uses a session. Answers its user and stamp, or nothing.
-- KEYS: the session, the series of all users
-- ARGV: longest idle time in ms
local user, stamp, series, last = unpack(redis.call('HMGET', KEYS[1], 'user', 'stamp', 'series', 'until'))
if not user then
  return false
end
local time = redis.call('TIME')
local left = last - (time[1] * 1000 + math.floor(time[2] / 1000))
if left <= 0 or redis.call('HGET', KEYS[2], user) ~= series then
  redis.call('DEL', KEYS[1])
  return false
end
redis.call('PEXPIRE', KEYS[1], math.min(left, ARGV[1]))
return {user, stamp}
