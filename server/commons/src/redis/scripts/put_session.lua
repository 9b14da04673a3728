-- Begins a session. All sessions of a user since the last time that all were ended form a series, named after the
-- first of them; a session whose series is not the user's is over.
-- KEYS: the session, the series of all users
-- ARGV: user, stamp, longest idle time in ms, longest life in ms
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

redis.call('HSETNX', KEYS[2], ARGV[1], KEYS[1])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
local series = redis.call('HGET', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[1], 'user', ARGV[1], 'stamp', ARGV[2], 'series', series, 'until', now + ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
