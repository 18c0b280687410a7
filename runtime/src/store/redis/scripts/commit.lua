-- Replaces the record if it is the one that its writer has read, whoever has the lock: the lease saves work, this keeps the tokens.
-- A loss does not drop a reply that its writer does not know: the tokens may be in it.
-- ARGV: expected generation, record, its generation, 1 if it is a loss, the reply that the writer knows, the record that it has
-- read, 1 if the quarantined replies are of no more use, 1 for a logout. Answers 1, or 0 and the record that is there.
local kind = redis.call('TYPE', KEYS[1]).ok
local kept, current = '', '0'
if kind ~= 'none' then
  current = ''
  if kind == 'string' then
    kept = redis.call('GET', KEYS[1])
    -- An earlier try of this very commit came through, and its answer was lost.
    if kept == ARGV[2] then
      return {1, ''}
    end
    local read, record = pcall(cjson.decode, kept)
    if read and type(record) == 'table' and type(record.generation) == 'number' then
      current = string.format('%.0f', record.generation)
    end
  end
end
local is_the_one = current == ARGV[1] or (kept ~= '' and kept == ARGV[6])
if not is_the_one then
  return {0, kept}
end
if ARGV[4] == '1' and redis.call('EXISTS', KEYS[4]) == 1 and redis.pcall('GET', KEYS[4]) ~= ARGV[5] then
  return {0, kept}
end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('DEL', KEYS[8])
redis.call('SET', KEYS[8], ARGV[2])
local newest = redis.pcall('GET', KEYS[5])
newest = type(newest) == 'string' and tonumber(newest) or 0
if tonumber(ARGV[3]) > newest then
  redis.call('DEL', KEYS[5])
  redis.call('SET', KEYS[5], ARGV[3])
end
redis.call('DEL', KEYS[3], KEYS[4], KEYS[6], KEYS[9])
local function empty(counter)
  local last = redis.pcall('GET', counter)
  last = type(last) == 'string' and tonumber(last) or 0
  for number = 1, last do
    redis.call('DEL', counter .. ':' .. number)
  end
  redis.call('DEL', counter)
end
if ARGV[7] == '1' then
  empty(KEYS[10])
end
if ARGV[8] == '1' then
  empty(KEYS[7])
end
return {1, ''}
