-- Opens a closed gate without arming it. ARGV: round and token seen, new token, closes_at.

local held, _, problem = sizes()
if problem then return problem end
if held == 0 then return missing_gate() end
local gate
gate, problem = fields('round', 'token', 'state', 'untold')
if problem then return problem end
if gate.round ~= ARGV[1] or gate.token ~= ARGV[2] then return conflict('the gate changed since it was read') end
if gate.untold ~= '' then return conflict('the gate was closed, and the ledger was not told yet') end
if gate.state == 'given_up' then return given_up() end
problem = may_not('HSET', gate_key)
if problem then return problem end

redis.call('HSET', gate_key, 'state', 'open', 'closes_at', ARGV[4], 'token', ARGV[3])
return {'done'}
