-- Reads all that is fixed about the gate in one step, broken or not: server identity with the database, and clock, the sizes of both keys, then the fields in
-- the order of gate_layout.hpp. An absent field is false, which arrives as nil; a Lua nil would end the array.

local held, waiting, problem = sizes()
if problem then return problem end
if held == 0 then return missing_gate() end
local run_id, master_replid, now, _
run_id, master_replid, problem = identity()
if problem then return problem end
_, now, problem = clock()
if problem then return problem end
local texts
texts, problem = read('HMGET', gate_key, 'round', 'epoch', 'limit', 'state', 'opens_at', 'closes_at', 'granted', 'published', 'token',
    'run_id', 'master_replid', 'arming', 'free', 'key', 'seal', 'topic', 'database', 'old_copy', 'cluster_id', 'untold')
if problem then return problem end
local reply = {'summary', run_id, master_replid, database, now, text_of(held), text_of(waiting)}
for i = 1, fixed_fields do
    reply[#reply + 1] = texts[i]
end
return reply
