-- The last step of arming. ARGV: the ticket (round, epoch, run_id, master_replid, seal), claims counted, free slots, '1' where the ledger
-- says closed.

local problem = check_ticket()
if problem then return problem end
local own, gate
own, problem = fields('state')
if problem then return problem end
if own.state == 'given_up' then return given_up() end
gate, problem = checked_gate()
if problem then return problem end
if gate.granted ~= count_of(ARGV[6]) then return conflict("the gate's claims changed while it was being armed") end

-- Every pending claim takes the new epoch: records of the old one may be fenced from here on. All are read before one is written.
local renewed = {}
local cursor = '0'
repeat
    local page
    page, problem = read('HSCAN', outbox_key, cursor, 'COUNT', 1000)
    if problem then return problem end
    cursor = page[1]
    for i = 1, #page[2], 2 do
        local user, entry = page[2][i], page[2][i + 1]
        local slot, granted_at = string.match(entry, '^(%d+):(%-?%d+):%d+$')
        if not slot then return corrupt('an outbox entry is unreadable') end
        local claim
        claim, problem = read('HGET', gate_key, user)
        if problem then return problem end
        if not claim or string.match(claim, '^(%d+):') ~= slot then
            return corrupt('the outbox has slot ' .. slot .. ' for user ' .. string.sub(user, 3) .. ', the claims do not')
        end
        renewed[#renewed + 1] = user
        renewed[#renewed + 1] = slot .. ':' .. granted_at .. ':' .. ARGV[2]
    end
until cursor == '0'
problem = may_not('HSET', gate_key, 'HSET', outbox_key)
if problem then return problem end

for i = 1, #renewed, 2 do
    redis.call('HSET', outbox_key, renewed[i], renewed[i + 1])
end
redis.call('HSET', gate_key, 'epoch', ARGV[2], 'run_id', ARGV[3], 'master_replid', ARGV[4], 'database', database,
    'arming', '', 'old_copy', '', 'free', ARGV[7], 'state', ARGV[8] == '1' and 'closed' or own.state)
return {'done'}
