-- Removes a gate that contradicts itself; arming makes it again. ARGV: round and token seen, both empty where the round cannot be read,
-- as summary.lua reads it: where one of the keys is no hash it reads nothing.

local held, _, problem = sizes()
if problem and problem[2] ~= 'corrupt' then return problem end
local round, token = '', ''
if not problem then
    if held == 0 then return {'done'} end
    local texts
    texts, problem = read('HMGET', gate_key, 'round', 'token')
    if problem then return problem end
    if count_of(texts[1]) then round, token = texts[1], texts[2] or '' end
end
if round ~= ARGV[1] or token ~= ARGV[2] then return conflict('the gate changed since it was read') end
problem = may_not('UNLINK', gate_key, 'UNLINK', outbox_key)
if problem then return problem end

redis.call('UNLINK', gate_key, outbox_key)
return {'done'}
