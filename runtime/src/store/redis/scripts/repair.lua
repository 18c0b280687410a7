-- Puts the copy in the place of a record that is not there, or that is still the older one that was seen, if this holder has
-- the lock. ARGV: holder, the record that was seen or nothing, the copy.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
if redis.call('EXISTS', KEYS[1]) == 1 and redis.pcall('GET', KEYS[1]) ~= ARGV[2] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[3])
redis.call('DEL', KEYS[6])
return 1
