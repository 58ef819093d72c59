-- The kill switch: closes whatever gate there is. ARGV: the token it left at the gate before it told the ledger, empty the first time; new
-- token. Reads nothing that could hold it up, so that it works on a gate whose other fields are broken.

local held, problem = read('HLEN', gate_key)
if problem then return problem end
if held == 0 then return {'missing'} end
local texts
texts, problem = read('HMGET', gate_key, 'token', 'state', 'round', 'granted', 'limit')
if problem then return problem end
problem = may_not('HSET', gate_key)
if problem then return problem end

local is_told = texts[1] == ARGV[1]
redis.call('HSET', gate_key, 'state', texts[2] == 'given_up' and 'given_up' or 'closed', 'untold', is_told and '' or '1', 'token', ARGV[2])
return {is_told and 'told' or 'untold', texts[3] or '', texts[4] or '', texts[5] or ''}
