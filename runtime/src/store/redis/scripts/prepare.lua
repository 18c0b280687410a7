-- Leaves the marker of an exchange, if this holder still has the lock. ARGV: holder, marker.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[3], ARGV[2])
redis.call('DEL', KEYS[4])
return 1
