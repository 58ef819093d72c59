-- A forced reset gives the gate up: it confirms nothing from here on. ARGV: round and token seen.

local held, _, problem = sizes()
if problem then return problem end
if held == 0 then return {'done'} end
local gate
gate, problem = fields('round', 'token')
if problem then return problem end
if gate.round ~= ARGV[1] or gate.token ~= ARGV[2] then return conflict('the gate changed since it was read') end
problem = may_not('HSET', gate_key)
if problem then return problem end

redis.call('HSET', gate_key, 'state', 'given_up')
return {'done'}
