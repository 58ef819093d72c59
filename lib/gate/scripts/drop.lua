-- Takes claims out that do not count. ARGV: the ticket (round, epoch, run_id, master_replid, seal), then the users.

local problem = check_ticket()
if problem then return problem end
local gate
gate, problem = fields('granted', 'published')
if problem then return problem end
local granted, published = count_of(gate.granted), count_of(gate.published)
if not granted then return unreadable('granted') end
if not published then return unreadable('published') end
problem = may_not('HDEL', gate_key, 'HDEL', outbox_key, 'HSET', gate_key)
if problem then return problem end

for i = 6, #ARGV do
    if redis.call('HDEL', gate_key, 'u:' .. ARGV[i]) == 1 then
        granted = granted - 1
        if redis.call('HDEL', outbox_key, 'u:' .. ARGV[i]) == 0 then published = published - 1 end
    end
end
redis.call('HSET', gate_key, 'granted', text_of(granted), 'published', text_of(published))
return {'done'}
