-- Which commands of the gate's scripts this account may not run on the gate's keys, by name. Asks, and runs none of them.

local lacks = {}
for command, key in pairs({HSET = outbox_key, HSETNX = gate_key, HDEL = outbox_key, UNLINK = gate_key}) do
    if may_not(command, key) then lacks[#lacks + 1] = string.lower(command) end
end
return lacks
