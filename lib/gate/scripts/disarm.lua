-- Takes the arms away from a gate that went back in time while its server went on. ARGV: round and epoch seen, seal.

local held, _, problem = sizes()
if problem then return problem end
if held == 0 then return missing_gate() end
local gate
gate, problem = fields('round', 'epoch', 'seal')
if problem then return problem end
if gate.round ~= ARGV[1] or gate.epoch ~= ARGV[2] then return conflict('the gate was armed again') end
problem = another_seal(gate.round, gate.seal, ARGV[3])
if problem then return problem end
problem = may_not('HSET', gate_key)
if problem then return problem end

redis.call('HSET', gate_key, 'run_id', '', 'master_replid', '', 'database', '')
return {'done'}
