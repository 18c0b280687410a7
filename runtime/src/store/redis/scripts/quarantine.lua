-- Moves a value that cannot be read to a key of its own, if this holder has the lock and it is still the value that was seen.
-- ARGV: holder, which key, 1 if its value was seen, that value. Answers the new key, or nothing.
local at = tonumber(ARGV[2])
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return ''
end
local kind = redis.call('TYPE', KEYS[at]).ok
if kind == 'none' then
  return ''
end
if ARGV[3] == '1' and (kind ~= 'string' or redis.call('GET', KEYS[at]) ~= ARGV[4]) then
  return ''
end
local aside
repeat
  aside = KEYS[7] .. ':' .. redis.call('INCR', KEYS[7])
until redis.call('EXISTS', aside) == 0
redis.call('RENAME', KEYS[at], aside)
redis.call('PERSIST', aside)
-- Without its record the store must not look as if it had never held one.
if at == 1 then
  redis.call('SET', KEYS[6], aside)
end
return aside
