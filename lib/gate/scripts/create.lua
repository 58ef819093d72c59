-- Replaces a gate of an older round by an empty, closed, not armed one. ARGV: round, limit, opens_at, closes_at, token, key, seal, topic,
-- cluster_id.

local held, _, problem = sizes()
if problem then return problem end
local run_id, master_replid
run_id, master_replid, problem = identity()
if problem then return problem end
local done = {'server', run_id, master_replid, database}
if held ~= 0 then
    local gate
    gate, problem = fields('round', 'token')
    if problem then return problem end
    local round = count_of(gate.round)
    if not round then return unreadable('round') end
    if gate.round == ARGV[1] and gate.token == ARGV[5] then return done end
    if round >= count_of(ARGV[1]) or gate.token ~= ARGV[5] then return conflict('the gate changed since it was closed') end
end
problem = may_not('HSET', gate_key, 'UNLINK', gate_key, 'UNLINK', outbox_key)
if problem then return problem end

redis.call('UNLINK', gate_key, outbox_key)
redis.call('HSET', gate_key, 'round', ARGV[1], 'epoch', '1', 'limit', ARGV[2], 'state', 'closed', 'opens_at', ARGV[3],
    'closes_at', ARGV[4], 'granted', '0', 'published', '0', 'token', ARGV[5], 'run_id', '', 'master_replid', '', 'arming', '',
    'free', '', 'key', ARGV[6], 'seal', ARGV[7], 'topic', ARGV[8], 'database', '', 'old_copy', '', 'cluster_id', ARGV[9],
    'untold', '')
return done
