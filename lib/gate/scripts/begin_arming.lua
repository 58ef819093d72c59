-- The first step of arming: names the epoch the gate will have. ARGV: the ledger's highest round: round, limit, opens_at, closes_at,
-- state, epoch, key, seal, topic, cluster_id; then the token a gate gets that is made here, the highest epoch that was met, and of the gate
-- for which the ledger's epoch was stored run_id and database.

local highest_round, highest_state, highest_epoch = count_of(ARGV[1]), ARGV[5], count_of(ARGV[6])
local highest_met = math.max(highest_epoch, count_of(ARGV[12]))
local held, _, problem = sizes()
if problem then return problem end
local run_id, master_replid
run_id, master_replid, problem = identity()
if problem then return problem end

local is_of_round, known, held_limit, seal, old_copy, remembered = false, highest_met, nil, ARGV[8], '', ''
if held ~= 0 then
    local gate, armed
    gate, problem = fields('round', 'epoch', 'limit', 'state', 'arming', 'run_id', 'master_replid', 'database', 'seal', 'old_copy')
    if problem then return problem end
    local round, epoch = count_of(gate.round), count_of(gate.epoch)
    local arming = gate.arming == '' and 0 or count_of(gate.arming)
    if not round then return unreadable('round') end
    if not epoch then return unreadable('epoch') end
    if not arming then return unreadable('arming') end
    is_of_round = round == highest_round
    if is_of_round then
        problem = another_seal(gate.round, gate.seal, ARGV[8])
        if problem then return problem end
        armed, problem = is_armed(gate)
        if problem then return problem end
        if armed and epoch == highest_epoch and highest_met == highest_epoch then return conflict('the gate is armed already') end
        if gate.state == 'given_up' then return given_up() end
        known = math.max(known, epoch, arming)
        held_limit, seal, old_copy = gate.limit, gate.seal, gate.old_copy
        -- An arming that got as far as the ledger left this gate behind it; any other gate at an older epoch is an old copy. An armer that
        -- had read the ledger long before may have given such a copy the number that the ledger's arming had elsewhere.
        local is_home = ARGV[13] == '' or (ARGV[13] == run_id and ARGV[14] == database)
        if epoch < highest_met and not (arming >= highest_met and is_home) then old_copy = '1' end
        if gate.run_id == run_id and gate.master_replid == master_replid and gate.database == database then remembered = gate.epoch end
    end
    if round > highest_round then
        return fault('conflict', 'the gate holds round ' .. gate.round .. " but the ledger's highest is " .. ARGV[1],
            'restore the ledger, or check --mysql')
    end
end
if highest_state ~= 'open' and highest_state ~= 'closed' then
    return fault('refused', 'round ' .. ARGV[1] .. ' is ' .. highest_state, reset_hint)
end
if held_limit and held_limit ~= ARGV[2] then
    return corrupt('its limit is ' .. held_limit .. " but the ledger's is " .. ARGV[2])
end
problem = may_not('HSET', gate_key, 'UNLINK', gate_key, 'UNLINK', outbox_key)
if problem then return problem end

local next_epoch = text_of(known + 1)
if is_of_round then
    redis.call('HSET', gate_key, 'arming', next_epoch, 'old_copy', old_copy)
else
    redis.call('UNLINK', gate_key, outbox_key)
    redis.call('HSET', gate_key, 'round', ARGV[1], 'epoch', ARGV[6], 'limit', ARGV[2], 'state', highest_state, 'opens_at', ARGV[3],
        'closes_at', ARGV[4], 'granted', '0', 'published', '0', 'token', ARGV[11], 'run_id', '', 'master_replid', '',
        'arming', next_epoch, 'free', '', 'key', ARGV[7], 'seal', ARGV[8], 'topic', ARGV[9], 'database', '', 'old_copy', '',
        'cluster_id', ARGV[10], 'untold', '')
end
return {'ticket', ARGV[1], next_epoch, run_id, master_replid, database, seal, old_copy, remembered}
