-- Takes back the last failure of each name that has one: its wait and its end are again those of the failure before. A
-- name without any is gone, as every empty list.
-- KEYS: the names, each a list of when its failures were, the last of them first
-- ARGV: life of failures in ms
for _, name in ipairs(KEYS) do
  redis.call('LPOP', name)
  local last = redis.call('LINDEX', name, 0)
  if last then
    redis.call('PEXPIREAT', name, last + ARGV[1])
  end
end
