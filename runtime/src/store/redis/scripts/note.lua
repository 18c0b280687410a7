-- Notes the question to the server, if this holder still has the lock. ARGV: holder, note.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[9])
redis.call('SET', KEYS[9], ARGV[2])
return 1
