-- Decides one application. ARGV: user, application, round, the round's seal.

local field = 'u:' .. ARGV[1]
local application, asked_round = ARGV[2], count_of(ARGV[3])
local gate, problem = checked_gate(field)
if problem then return problem end
if gate.round > asked_round then return {'closed', 'round_over'} end
if gate.round < asked_round then return corrupt('it holds an older round than the one applied for') end
problem = another_seal(ARGV[3], gate.seal, ARGV[4])
if problem then return problem end

if gate.own then
    local slot, owner = string.match(gate.own, '^([1-9]%d*):(.+)$')
    if not slot then return corrupt('the claim of user ' .. ARGV[1] .. ' is unreadable') end
    local answer = owner == application and 'granted' or 'duplicate'
    local pending
    pending, problem = read('HGET', outbox_key, field)
    if problem then return problem end
    if pending then
        local pending_slot, granted_at, epoch = string.match(pending, '^(%d+):(%-?%d+):(%d+)$')
        if not pending_slot then return corrupt('the outbox entry of user ' .. ARGV[1] .. ' is unreadable') end
        if pending_slot ~= slot then
            return corrupt('user ' .. ARGV[1] .. ' has slot ' .. slot .. ' and slot ' .. pending_slot .. ' in the outbox')
        end
        return {answer, slot, epoch, granted_at, 'pending'}
    end
    -- "Granted" is a promise, so a gate that may have forgotten does not repeat it; a duplicate promises nothing.
    if answer == 'granted' then
        local held, armed
        held, problem = fields('state', 'arming', 'run_id', 'master_replid', 'database')
        if problem then return problem end
        armed, problem = is_armed(held)
        if problem then return problem end
        if not armed then return not_armed() end
    end
    return {answer, slot, gate.epoch, '', 'confirmed'}
end

if gate.granted == gate.limit then return {'sold_out'} end

local held, now, now_text, armed
held, problem = fields('state', 'opens_at', 'closes_at', 'arming', 'run_id', 'master_replid', 'database', 'free')
if problem then return problem end
local opens_at, closes_at = moment_of(held.opens_at), moment_of(held.closes_at)
if opens_at == nil then return unreadable('opens_at') end
if closes_at == nil then return unreadable('closes_at') end
if held.state ~= 'open' and held.state ~= 'closed' and held.state ~= 'given_up' then return unreadable('state') end
now, now_text, problem = clock()
if problem then return problem end
if opens_at and now < opens_at then return {'closed', 'not_yet'} end
if closes_at and now >= closes_at then return {'closed', 'ended'} end
if held.state ~= 'open' then return {'closed', 'by_operator'} end
armed, problem = is_armed(held)
if problem then return problem end
if not armed then return not_armed() end

local slot, free = text_of(gate.granted + 1), ''
if held.free ~= '' then
    local first, last, rest = string.match(held.free, '^(%d+)%-(%d+)(.*)$')
    if not first or (rest ~= '' and string.sub(rest, 1, 1) ~= ',') then return unreadable('free') end
    local lowest, highest = count_of(first), count_of(last)
    if not lowest or not highest or lowest < 1 or highest < lowest then return unreadable('free') end
    if lowest > gate.limit then return corrupt('slot ' .. first .. ' is free but the limit is ' .. text_of(gate.limit)) end
    slot = first
    free = lowest == highest and string.sub(rest, 2) or text_of(lowest + 1) .. '-' .. last .. rest
end
problem = may_not('HSET', gate_key, 'HSET', outbox_key)
if problem then return problem end

redis.call('HSET', gate_key, field, slot .. ':' .. application, 'granted', text_of(gate.granted + 1), 'free', free)
redis.call('HSET', outbox_key, field, slot .. ':' .. now_text .. ':' .. gate.epoch)
return {'granted', slot, gate.epoch, now_text, 'pending'}
