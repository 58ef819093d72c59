-- Closes a gate whose round the ledger has as closed. ARGV: round and token seen, new token. Reads only what it compares, so that it works
-- on a gate whose other fields are broken.

local held, _, problem = sizes()
if problem then return problem end
if held == 0 then return {'done'} end
local gate
gate, problem = fields('round', 'token', 'state')
if problem then return problem end
if gate.round ~= ARGV[1] or gate.token ~= ARGV[2] then return conflict('the gate changed since it was read') end
problem = may_not('HSET', gate_key)
if problem then return problem end

redis.call('HSET', gate_key, 'state', gate.state == 'given_up' and 'given_up' or 'closed', 'untold', '', 'token', ARGV[3])
return {'done'}
