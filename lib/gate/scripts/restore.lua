-- Puts claims back that the gate lost. ARGV: the ticket (round, epoch, run_id, master_replid, seal), then user and slot of each claim.

local problem = check_ticket()
if problem then return problem end
local gate
gate, problem = fields('granted', 'published')
if problem then return problem end
local granted, published = count_of(gate.granted), count_of(gate.published)
if not granted then return unreadable('granted') end
if not published then return unreadable('published') end
for i = 6, #ARGV, 2 do
    local own
    own, problem = read('HGET', gate_key, 'u:' .. ARGV[i])
    if problem then return problem end
    if own then
        local slot = string.match(own, '^([1-9]%d*):.+$')
        if not slot then return corrupt('the claim of user ' .. ARGV[i] .. ' is unreadable') end
        if slot ~= ARGV[i + 1] then
            return corrupt('user ' .. ARGV[i] .. ' has slot ' .. slot .. ' in the gate and ' .. ARGV[i + 1] .. ' elsewhere')
        end
    end
end
problem = may_not('HSETNX', gate_key, 'HSET', gate_key)
if problem then return problem end

local restored = 0
for i = 6, #ARGV, 2 do
    restored = restored + redis.call('HSETNX', gate_key, 'u:' .. ARGV[i], ARGV[i + 1] .. ':-')
end
if restored > 0 then
    redis.call('HSET', gate_key, 'granted', text_of(granted + restored), 'published', text_of(published + restored))
end
return {'done'}
