-- Decides up to 100 applications of one round, each after the ones before it, as one step. ARGV: round, the round's seal, then the user's
-- field and the application of each. Replies with an array of one answer for each, in order: a text of words, or a fault. What concerns
-- them all is one fault, as of any other script. Everything is read and decided before the first write.

local asked_round, count = count_of(ARGV[1]), (#ARGV - 2) / 2
local names, replies = {}, {}
for i = 1, count do names[i] = ARGV[1 + 2 * i] end
local gate, problem = checked_gate('state', 'arming', 'run_id', 'master_replid', 'database', 'opens_at', 'closes_at', 'free', unpack(names))
if problem then return problem end
if gate.round > asked_round then
    for i = 1, count do replies[i] = 'closed round_over' end
    return replies
end
if gate.round < asked_round then return corrupt('it holds an older round than the one applied for') end
problem = another_seal(ARGV[1], gate.seal, ARGV[2])
if problem then return problem end

-- What the users hold, by field: the claim, and the entry in the outbox. A grant adds its own, so that a user who comes twice is answered
-- the second time as one who comes back.
local claims, pending, known = gate.held, {}, {}
for _, name in ipairs(names) do
    if claims[name] then known[#known + 1] = name end
end
if #known > 0 then
    local entries
    entries, problem = read('HMGET', outbox_key, unpack(known))
    if problem then return problem end
    for i, name in ipairs(known) do pending[name] = entries[i] end
end

-- The server is asked once whether the gate is armed.
local armed
local function ask_armed()
    if armed ~= nil then return end
    local fault_of_fields = absent(gate.held, fields_of_arms)
    if fault_of_fields then return fault_of_fields end
    armed, fault_of_fields = is_armed(gate.held)
    return fault_of_fields
end

-- The answer to a user who has a claim, or nil and what the script is to return.
local function repeated(name, application)
    local slot, owner = string.match(claims[name], '^([1-9]%d*):(.+)$')
    if not slot then return corrupt('the claim of user ' .. string.sub(name, 3) .. ' is unreadable') end
    local answer = owner == application and 'granted ' or 'duplicate '
    local entry = pending[name]
    if entry then
        local pending_slot, granted_at, epoch = string.match(entry, '^(%d+):(%-?%d+):(%d+)$')
        if not pending_slot then return corrupt('the outbox entry of user ' .. string.sub(name, 3) .. ' is unreadable') end
        if pending_slot ~= slot then
            return corrupt('user ' .. string.sub(name, 3) .. ' has slot ' .. slot .. ' and slot ' .. pending_slot .. ' in the outbox')
        end
        return answer .. slot .. ' ' .. epoch .. ' pending ' .. granted_at
    end
    -- "Granted" is a promise, so a gate that may have forgotten does not repeat it; a duplicate promises nothing.
    if answer == 'granted ' then
        local wrong = ask_armed()
        if wrong then return nil, wrong end
        if not armed then return not_armed() end
    end
    return answer .. slot .. ' ' .. gate.epoch .. ' confirmed'
end

-- Why no slot is granted now, or nil; then the moment as a text, or nil and what the script is to return.
local function refusal()
    local held = gate.held
    local wrong = absent(held, {'state', 'opens_at', 'closes_at', 'arming', 'run_id', 'master_replid', 'database', 'free'})
    if wrong then return nil, nil, wrong end
    local opens_at, closes_at = moment_of(held.opens_at), moment_of(held.closes_at)
    if opens_at == nil then return nil, nil, unreadable('opens_at') end
    if closes_at == nil then return nil, nil, unreadable('closes_at') end
    if held.state ~= 'open' and held.state ~= 'closed' and held.state ~= 'given_up' then return nil, nil, unreadable('state') end
    local now, now_text
    now, now_text, wrong = clock()
    if wrong then return nil, nil, wrong end
    if opens_at and now < opens_at then return 'closed not_yet', now_text end
    if closes_at and now >= closes_at then return 'closed ended', now_text end
    if held.state ~= 'open' then return 'closed by_operator', now_text end
    wrong = ask_armed()
    if wrong then return nil, nil, wrong end
    if not armed then return not_armed(), now_text end
    return nil, now_text
end

local granted, free = gate.granted, gate.held.free

-- The lowest free slot, taken; or nil and the fault.
local function take_slot()
    local slot, left = text_of(granted + 1), ''
    if free ~= '' then
        local first, last, rest = string.match(free, '^(%d+)%-(%d+)(.*)$')
        if not first or (rest ~= '' and string.sub(rest, 1, 1) ~= ',') then return nil, unreadable('free') end
        local lowest, highest = count_of(first), count_of(last)
        if not lowest or not highest or lowest < 1 or highest < lowest then return nil, unreadable('free') end
        if lowest > gate.limit then return nil, corrupt('slot ' .. first .. ' is free but the limit is ' .. text_of(gate.limit)) end
        slot = first
        left = lowest == highest and string.sub(rest, 2) or text_of(lowest + 1) .. '-' .. last .. rest
    end
    granted, free = granted + 1, left
    return slot
end

local to_gate, to_outbox = {}, {}
local refused, now_text

-- The answer to a user who has no claim, or nil and what the script is to return.
local function first_time(name, application)
    if granted == gate.limit then return 'sold_out' end
    if not now_text then
        local wrong
        refused, now_text, wrong = refusal()
        if wrong then return nil, wrong end
    end
    if refused then return refused end
    local slot, wrong = take_slot()
    if not slot then return wrong end
    local n = #to_gate
    claims[name], pending[name] = slot .. ':' .. application, slot .. ':' .. now_text .. ':' .. gate.epoch
    to_gate[n + 1], to_gate[n + 2] = name, claims[name]
    to_outbox[n + 1], to_outbox[n + 2] = name, pending[name]
    return 'granted ' .. slot .. ' ' .. gate.epoch .. ' pending ' .. now_text
end

for i, name in ipairs(names) do
    local answer = claims[name] and repeated or first_time
    replies[i], problem = answer(name, ARGV[2 + 2 * i])
    if problem then return problem end
end
if granted == gate.granted then return replies end
problem = may_not('HSET', gate_key, 'HSET', outbox_key)
if problem then return problem end

redis.call('HSET', gate_key, 'granted', text_of(granted), 'free', free, unpack(to_gate))
redis.call('HSET', outbox_key, unpack(to_outbox))
return replies
