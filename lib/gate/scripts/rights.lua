-- The commands that this account may not run. ARGV: each a command and its arguments, separated by blanks. Replies with the indices, from 0,
-- of the refused ones, those of commands that the server does not know with a "?" before. Takes no keys and runs none of the commands.

local refused = {}
for i, line in ipairs(ARGV) do
    local words = {}
    for word in string.gmatch(line, '%S+') do words[#words + 1] = word end
    local is_known, may = pcall(redis.acl_check_cmd, unpack(words))
    if not is_known then
        refused[#refused + 1] = '?' .. text_of(i - 1)
    elseif not may then
        refused[#refused + 1] = text_of(i - 1)
    end
end
return refused
