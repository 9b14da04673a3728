-- Takes back one failure of each name that has one.
-- KEYS: the names
for _, name in ipairs(KEYS) do
  local count = redis.call('HGET', name, 'count')
  if count and tonumber(count) > 0 then
    redis.call('HINCRBY', name, 'count', -1)
  end
end
