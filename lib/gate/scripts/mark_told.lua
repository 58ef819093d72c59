-- The ledger knows that the gate was closed. ARGV: round and token seen, new token.

local held, _, problem = sizes()
if problem then return problem end
if held == 0 then return missing_gate() end
local gate
gate, problem = fields('round', 'token', 'untold')
if problem then return problem end
if gate.round ~= ARGV[1] or gate.token ~= ARGV[2] or gate.untold ~= '1' then return conflict('the gate changed since it was read') end
problem = may_not('HSET', gate_key)
if problem then return problem end

redis.call('HSET', gate_key, 'untold', '', 'token', ARGV[3])
return {'done'}
