-- Takes a published claim out of the outbox. ARGV: user, slot, round, epoch.

local field = 'u:' .. ARGV[1]
local asked_round = count_of(ARGV[3])
local gate, problem = checked_gate(field)
if problem then return problem end
if gate.round > asked_round then return {'round_over'} end
if gate.round < asked_round then return corrupt('it holds an older round than the one confirmed') end

local held, armed
held, problem = fields('state', 'arming', 'run_id', 'master_replid')
if problem then return problem end
armed, problem = is_armed(held)
if problem then return problem end
if not armed then return not_armed() end

if not gate.own then return {'gone'} end
local slot = string.match(gate.own, '^([1-9]%d*):.+$')
if not slot then return corrupt('the claim of user ' .. ARGV[1] .. ' is unreadable') end
if slot ~= ARGV[2] or gate.epoch ~= ARGV[4] then return {'gone'} end
problem = may_not('HDEL', 'HSET')
if problem then return problem end

if redis.call('HDEL', outbox_key, field) == 1 then
    redis.call('HSET', gate_key, 'published', text_of(gate.published + 1))
end
return {'confirmed'}
