-- What every gate script starts with: how the gate's keys are read, and the faults the scripts share. Nothing here writes.
--
-- KEYS: coupon:{EVENT} (the gate), coupon:{EVENT}:outbox. Every script is the function of its name in core/gate_rule.hpp.
-- A script's reply is an array of texts: an answer, or 'fault', kind, message, hint. What the world may rightly say is never an error
-- reply. Scripts validate first and write last: they are atomic, not transactional, and what was written before an error stays.
-- User ids stay texts: a Lua number is a double, which turns 9007199254740993 into 9007199254740992.
--
-- ARGV begins with the number of the database that the connection has selected: a script cannot ask for it. It is taken off here.

local gate_key, outbox_key = KEYS[1], KEYS[2]
local database = table.remove(ARGV, 1)
local fixed_fields = 20
local reset_hint = 'run coupon-reset'

local function fault(kind, message, hint)
    return {'fault', kind, message, hint}
end

local function missing_gate()
    return fault('missing', 'the gate does not exist',
        'a running coupon-consume rebuilds it where a round is open; where none is, run coupon-reset')
end

local function corrupt(why)
    return fault('corrupt', 'the gate contradicts itself: ' .. why, 'coupon-reset --rebuild-gate makes it again; coupon-audit names what is wrong')
end

local function conflict(what)
    return fault('conflict', what, 'another coupon-reset or a worker acted on the gate; run this again')
end

local function given_up()
    return fault('refused', 'the gate was given up by a forced reset', reset_hint)
end

local function not_armed()
    return fault('not_armed', 'the gate is not armed: its server restarted, failed over or lost data since it was armed',
        'a running coupon-consume arms it again')
end

local function unknown_command(command)
    return fault('unsupported', 'redis does not know the command ' .. command,
        'rename-command, or a proxy, hides a command that the gate needs; give it its name back')
end

local function denied(commands)
    return fault('denied', 'the redis account lacks ' .. table.concat(commands, ', '),
        'allow it in the ACL of the account; README.md, "Least rights", has the rule of each program')
end

-- The decimal text of a whole number; the default form of 100000000000000 would be 1e+14.
local function text_of(number)
    return string.format('%d', number)
end

-- The number a text spells, or nil. 15 digits are exact in a double.
local function count_of(text)
    if text and #text <= 15 and string.find(text, '^%d+$') and (text == '0' or string.byte(text) ~= 48) then
        return tonumber(text)
    end
end

-- A moment in milliseconds since the epoch; false where the text is empty, nil where it is no moment.
local function moment_of(text)
    if text == '' then return false end
    if string.sub(text, 1, 1) ~= '-' then return count_of(text) end
    local before = count_of(string.sub(text, 2))
    return before and -before
end

-- A command that only reads: its reply, or nil and what the script is to return. Nothing was written yet, so every fault is without effect.
local function read(...)
    local reply = redis.pcall(...)
    if type(reply) ~= 'table' or not reply.err then return reply end
    if string.find(reply.err, 'WRONGTYPE', 1, true) then
        return nil, corrupt('a key of the gate is not a hash')
    end
    -- The words of Redis 7.0, and those of 7.2 and later.
    if string.find(reply.err, 'user executing the script', 1, true) or string.find(reply.err, 'ACL failure in script', 1, true) then
        local command, key = ...
        local has_key = key == gate_key or key == outbox_key
        return nil, denied({command .. (has_key and ' on ' .. key or '')})
    end
    -- "Unknown Redis command called from script", or Valkey.
    if string.find(reply.err, 'command called from script', 1, true) then return nil, unknown_command((...)) end
    return nil, reply
end

-- An ACL refusal in the middle of the writes would leave half of them, so the account is asked about each command on each key before the
-- first write. Takes command and key, as often as there are any, and names all that are refused. acl_check_cmd checks the number of
-- arguments since Redis 8.0.2.
local function may_not(...)
    local asked, refused = {...}, {}
    local arguments = {HSET = {'field', 'value'}, HSETNX = {'field', 'value'}, HDEL = {'field'}, UNLINK = {}}
    for i = 1, #asked, 2 do
        local is_known, may = pcall(redis.acl_check_cmd, asked[i], asked[i + 1], unpack(arguments[asked[i]]))
        if not is_known then return unknown_command(asked[i]) end
        if not may then
            refused[#refused + 1] = asked[i] .. ' on ' .. asked[i + 1]
        end
    end
    if #refused > 0 then return denied(refused) end
end

-- How many fields both keys hold, 0 and 0 where there is no gate.
local function sizes()
    local held, problem = read('HLEN', gate_key)
    if problem then return nil, nil, problem end
    local waiting
    waiting, problem = read('HLEN', outbox_key)
    return held, waiting, problem
end

-- A fault where one of these fixed fields is absent.
local function absent(by_name, names)
    for _, name in ipairs(names) do
        if not by_name[name] then return corrupt('the field ' .. name .. ' is absent') end
    end
end

-- The fixed fields asked for, by name, false for one that is absent.
local function texts_of(names)
    local texts, problem = read('HMGET', gate_key, unpack(names))
    if problem then return nil, problem end
    local by_name = {}
    for i, name in ipairs(names) do by_name[name] = texts[i] end
    return by_name
end

-- The fixed fields asked for, by name. One that is absent is a fault.
local function fields(...)
    local names = {...}
    local by_name, problem = texts_of(names)
    problem = problem or absent(by_name, names)
    if problem then return nil, problem end
    return by_name
end

local function unreadable(name)
    return corrupt('the field ' .. name .. ' is unreadable')
end

-- The counters, checked against the sizes of both keys in constant time. Further fields may be named, to be read with the same command; in
-- `held` all stand as texts, false for one that is absent.
local function checked_gate(...)
    local size, waiting, problem = sizes()
    if problem then return nil, problem end
    if size == 0 then return nil, missing_gate() end
    local held
    held, problem = texts_of({'round', 'epoch', 'limit', 'granted', 'published', 'seal', ...})
    if problem then return nil, problem end
    local round, epoch, limit = count_of(held.round), count_of(held.epoch), count_of(held.limit)
    local granted, published = count_of(held.granted), count_of(held.published)
    if not round then return nil, unreadable('round') end
    if not epoch then return nil, unreadable('epoch') end
    if not limit or limit < 1 then return nil, unreadable('limit') end
    if not granted then return nil, unreadable('granted') end
    if not published then return nil, unreadable('published') end
    if not held.seal then return nil, corrupt('the field seal is absent') end

    local claims = size - fixed_fields
    if claims ~= granted then
        return nil, corrupt('granted is ' .. held.granted .. ' but there are ' .. text_of(claims) .. ' claims')
    end
    if granted > limit then
        return nil, corrupt('granted is ' .. held.granted .. ' but the limit is ' .. held.limit)
    end
    if waiting ~= granted - published then
        return nil, corrupt('granted - published is ' .. text_of(granted - published) .. ' but the outbox holds ' .. text_of(waiting))
    end
    return {round = round, epoch = held.epoch, limit = limit, granted = granted, published = published, seal = held.seal, held = held}
end

-- run_id and master_replid of the process that runs this. INFO is slow: only what grants, confirms or arms asks.
local function identity()
    local info, problem = read('INFO', 'server', 'replication')
    if problem then return nil, nil, problem end
    return string.match(info, '\nrun_id:(%w+)'), string.match(info, '\nmaster_replid:(%w+)')
end

-- Whether the gate has proven that it remembers everything. `held` has these fields.
local fields_of_arms = {'state', 'arming', 'run_id', 'master_replid', 'database'}
local function is_armed(held)
    if held.state == 'given_up' or held.arming ~= '' or held.run_id == '' then return false end
    local run_id, master_replid, problem = identity()
    if problem then return nil, problem end
    return held.run_id == run_id and held.master_replid == master_replid and held.database == database
end

-- The server's clock in milliseconds since the epoch, as a number and as a text.
local function clock()
    local now, problem = read('TIME')
    if problem then return nil, nil, problem end
    local text = now[1] .. string.format('%03d', math.floor(tonumber(now[2]) / 1000))
    return tonumber(text), text
end

-- A gate of the same round that another ledger opened. An empty seal, of a round opened by an earlier release, is not compared.
local function another_seal(round, own, wanted)
    if own == '' or wanted == '' or own == wanted then return nil end
    return fault('refused', 'the gate of round ' .. round .. ' has seal ' .. own .. ', not ' .. wanted,
        'it belongs to another ledger; check --redis and --mysql')
end

-- Everything that arming compares before it writes. ARGV begins with the ticket: round, epoch, run_id, master_replid, seal.
local function check_ticket()
    local held, _, problem = sizes()
    if problem then return problem end
    if held == 0 then return missing_gate() end
    local own
    own, problem = fields('round', 'arming', 'seal')
    if problem then return problem end
    if own.round ~= ARGV[1] or own.arming ~= ARGV[2] then return conflict('another arming took over') end
    problem = another_seal(own.round, own.seal, ARGV[5])
    if problem then return problem end
    local run_id, master_replid
    run_id, master_replid, problem = identity()
    if problem then return problem end
    if run_id ~= ARGV[3] or master_replid ~= ARGV[4] then
        return conflict("the gate's server changed while the gate was being armed")
    end
end

