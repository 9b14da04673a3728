-- Makes everything in the store older by so many milliseconds, as if that time had passed.
local by = tonumber(ARGV[1])
for _, key in ipairs(redis.call('KEYS', '*')) do
  local left = redis.call('PTTL', key)
  if left >= 0 and left <= by then
    redis.call('DEL', key)
  else
    local kind = redis.call('TYPE', key).ok
    if kind == 'list' then
      for at = 0, redis.call('LLEN', key) - 1 do
        redis.call('LSET', key, at, redis.call('LINDEX', key, at) - by)
      end
    elseif kind == 'zset' then
      for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
        redis.call('ZINCRBY', key, -by, member)
      end
    elseif kind == 'hash' then
      for _, field in ipairs({'last', 'until'}) do
        local time = redis.call('HGET', key, field)
        if time then
          redis.call('HSET', key, field, time - by)
        end
      end
    end
    if left >= 0 then
      redis.call('PEXPIRE', key, left - by)
    end
  end
end
