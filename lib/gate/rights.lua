-- Which commands of the gate's scripts this account may not run on the gate's keys, by name. Asks, and runs none of them.

local lacks = {}
for _, command in ipairs({'HLEN', 'HMGET', 'HSCAN', 'HSET', 'HSETNX', 'HDEL', 'UNLINK'}) do
    if may_not(command) then lacks[#lacks + 1] = string.lower(command) end
end
return lacks
