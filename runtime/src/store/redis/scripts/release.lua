-- Gives the lock back if this holder still has it. ARGV: holder.
if redis.call('GET', KEYS[2]) == ARGV[1] then
  redis.call('DEL', KEYS[2])
end
return 1
