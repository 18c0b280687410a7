-- What is kept: for each key a pair of its state (0 absent, 1 there, 2 not to be read) and its value. ARGV: the largest value read.
local found = {}
for _, at in ipairs({1, 3, 4, 5, 6, 8, 9}) do
  local kind = redis.call('TYPE', KEYS[at]).ok
  local state, value = 1, ''
  if kind == 'none' then
    state = 0
  elseif kind ~= 'string' or redis.call('STRLEN', KEYS[at]) > tonumber(ARGV[1]) then
    state = 2
  else
    value = redis.call('GET', KEYS[at])
  end
  found[#found + 1] = {state, value}
end
return found
