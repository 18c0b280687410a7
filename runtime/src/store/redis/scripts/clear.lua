-- Drops marker and reply, if this holder has the lock or the marker is its own. ARGV: holder.
if redis.call('EXISTS', KEYS[3], KEYS[4]) == 0 then
  return 1
end
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  local read, marker = pcall(cjson.decode, redis.call('GET', KEYS[3]) or '')
  if not (read and type(marker) == 'table' and marker.holder == ARGV[1]) then
    return 0
  end
end
redis.call('DEL', KEYS[3], KEYS[4])
return 1
