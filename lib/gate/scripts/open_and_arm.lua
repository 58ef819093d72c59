-- Opens the gate of a new round and arms it. ARGV: round, token, run_id, master_replid and database the gate was
-- created with.

local held, _, problem = sizes()
if problem then return problem end
if held == 0 then return missing_gate() end
local gate, armed
gate, problem = fields('round', 'token', 'state', 'arming', 'run_id', 'master_replid', 'database')
if problem then return problem end
if gate.round ~= ARGV[1] or gate.token ~= ARGV[2] then return conflict('the gate changed since it was created') end
if gate.state == 'open' then
    armed, problem = is_armed(gate)
    if problem then return problem end
    if armed then return {'done'} end
end
if gate.state ~= 'closed' or gate.arming ~= '' then return conflict('the gate is being armed by somebody else') end
local run_id, master_replid
run_id, master_replid, problem = identity()
if problem then return problem end
if run_id ~= ARGV[3] or master_replid ~= ARGV[4] or database ~= ARGV[5] then return conflict("the gate's server changed since the gate was created") end
_, problem = checked_gate()
if problem then return problem end
problem = may_not('HSET', gate_key)
if problem then return problem end

redis.call('HSET', gate_key, 'state', 'open', 'run_id', run_id, 'master_replid', master_replid, 'database', database)
return {'done'}
