-- Keeps the reply a second time, under a key that no commit of a loss drops, if this holder still has the lock. ARGV: holder.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
if redis.call('TYPE', KEYS[4]).ok == 'string' then
  local aside
  repeat
    aside = KEYS[10] .. ':' .. redis.call('INCR', KEYS[10])
  until redis.call('EXISTS', aside) == 0
  redis.call('SET', aside, redis.call('GET', KEYS[4]))
end
return 1
