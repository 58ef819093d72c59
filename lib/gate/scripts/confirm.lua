-- Takes published claims out of the outbox. ARGV: round, epoch, seal, then user and slot of each claim. Replies with an array of one reply for
-- each claim, in order; what concerns them all is one reply as of any other script.

local asked_round = count_of(ARGV[1])
local gate, problem = checked_gate(unpack(fields_of_arms))
if problem then return problem end
if gate.round > asked_round then return {'round_over'} end
if gate.round < asked_round then return corrupt('it holds an older round than the one confirmed') end
problem = another_seal(ARGV[1], gate.seal, ARGV[3])
if problem then return problem end

problem = absent(gate.held, fields_of_arms)
if problem then return problem end
local armed
armed, problem = is_armed(gate.held)
if problem then return problem end
if not armed then return not_armed() end

local names = {}
for i = 4, #ARGV, 2 do names[#names + 1] = 'u:' .. ARGV[i] end
local claims
claims, problem = read('HMGET', gate_key, unpack(names))
if problem then return problem end
local replies, confirmed, went_back = {}, {}, false
local epoch, asked_epoch = count_of(gate.epoch), count_of(ARGV[2])
for i, name in ipairs(names) do
    local slot = claims[i] and string.match(claims[i], '^([1-9]%d*):.+$')
    if claims[i] and not slot then
        replies[i] = corrupt('the claim of user ' .. string.sub(name, 3) .. ' is unreadable')
    elseif epoch > asked_epoch then
        replies[i] = {'gone'}
    elseif slot ~= ARGV[3 + 2 * i] or epoch < asked_epoch then
        replies[i] = {'went_back'}
        went_back = true
    else
        replies[i] = {'confirmed'}
        confirmed[#confirmed + 1] = name
    end
end
-- Within an epoch a gate forgets nothing, so this one is older than the claim: it may have given the slot away, and others with it.
if went_back then
    problem = may_not('HSET', gate_key)
    if problem then return problem end
    redis.call('HSET', gate_key, 'run_id', '', 'master_replid', '', 'database', '')
    for i, reply in ipairs(replies) do
        if reply[1] == 'confirmed' then replies[i] = not_armed() end
    end
    return replies
end
if #confirmed == 0 then return replies end
problem = may_not('HDEL', outbox_key, 'HSET', gate_key)
if problem then return problem end

local taken = redis.call('HDEL', outbox_key, unpack(confirmed))
if taken > 0 then redis.call('HSET', gate_key, 'published', text_of(gate.published + taken)) end
return replies
