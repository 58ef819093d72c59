-- The first step of arming: names the epoch the gate will have. ARGV: the ledger's highest round: round, limit, opens_at, closes_at,
-- state, epoch; then the token a gate gets that is made here.

local highest_round, highest_state, highest_epoch = count_of(ARGV[1]), ARGV[5], count_of(ARGV[6])
local held, _, problem = sizes()
if problem then return problem end
local run_id, master_replid
run_id, master_replid, problem = identity()
if problem then return problem end

local is_lost, held_limit = held == 0, nil
local known = highest_epoch
if not is_lost then
    local gate, armed
    gate, problem = fields('round', 'epoch', 'limit', 'state', 'arming', 'run_id', 'master_replid')
    if problem then return problem end
    local round, epoch = count_of(gate.round), count_of(gate.epoch)
    local arming = gate.arming == '' and 0 or count_of(gate.arming)
    if not round then return unreadable('round') end
    if not epoch then return unreadable('epoch') end
    if not arming then return unreadable('arming') end
    if round == highest_round then
        armed, problem = is_armed(gate)
        if problem then return problem end
        if armed then return conflict('the gate is armed already') end
    end
    if round > highest_round then
        return fault('conflict', 'the gate holds round ' .. gate.round .. " but the ledger's highest is " .. ARGV[1],
            'the ledger lost a round; restore it')
    end
    if round == highest_round and gate.state == 'given_up' then return given_up() end
    is_lost = round < highest_round
    if not is_lost then
        known = math.max(known, epoch, arming)
        held_limit = gate.limit
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
if is_lost then
    redis.call('UNLINK', gate_key, outbox_key)
    redis.call('HSET', gate_key, 'round', ARGV[1], 'epoch', ARGV[6], 'limit', ARGV[2], 'state', highest_state, 'opens_at', ARGV[3],
        'closes_at', ARGV[4], 'granted', '0', 'published', '0', 'token', ARGV[7], 'run_id', '', 'master_replid', '',
        'arming', next_epoch, 'free', '')
else
    redis.call('HSET', gate_key, 'arming', next_epoch)
end
return {'ticket', ARGV[1], next_epoch, run_id, master_replid}
