-- Prolongs the lease of this holder, and of no other. ARGV: holder, lease in milliseconds.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[2], ARGV[2])
