-- Keeps the raw reply. Whoever left a marker may do so while that marker stands, even after the lease: it is the reply to it.
-- ARGV: holder, reply, 1 if the holder left a marker.
local mine = false
if ARGV[3] == '1' then
  local read, marker = pcall(cjson.decode, redis.call('GET', KEYS[3]) or '')
  mine = read and type(marker) == 'table' and marker.holder == ARGV[1]
else
  mine = redis.call('GET', KEYS[2]) == ARGV[1]
end
if not mine then
  return 0
end
redis.call('SET', KEYS[4], ARGV[2])
return 1
