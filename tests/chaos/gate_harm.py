"""Sets the gate of a running Redis back, each time in one step, and notes what it forgot by that."""

import time

from redis_store import Gate, Redis, RedisError, gate_key, outbox_key
from set_back import SetBack, slots_given_again
from waiting import Failure

_LOOK = """
local function look() return {redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2])} end
local before = look()
"""

# ARGV: how many, from where (0 the lowest slots, 100 the highest), and whether their slots are entered as free.
_REMOVE = _LOOK + """
local claims = {}
for i = 1, #before[1], 2 do
    local slot = string.match(before[1][i], '^u:') and string.match(before[1][i + 1], '^(%d+):')
    if slot then claims[#claims + 1] = {before[1][i], tonumber(slot)} end
end
if #claims == 0 then return false end
table.sort(claims, function(a, b) return a[2] < b[2] end)
local count = math.min(tonumber(ARGV[1]), #claims)
local first = math.floor((#claims - count) * tonumber(ARGV[2]) / 100) + 1
local free, lowest, published = {}, 1, 0
for i, claim in ipairs(claims) do
    if i >= first and i < first + count then
        redis.call('HDEL', KEYS[1], claim[1])
        if redis.call('HDEL', KEYS[2], claim[1]) == 0 then published = published + 1 end
    else
        if claim[2] > lowest then free[#free + 1] = lowest .. '-' .. (claim[2] - 1) end
        lowest = claim[2] + 1
    end
end
redis.call('HINCRBY', KEYS[1], 'granted', -count)
redis.call('HINCRBY', KEYS[1], 'published', 0 - published) -- -0 is no integer to Redis
if ARGV[3] == 'freed' then redis.call('HSET', KEYS[1], 'free', table.concat(free, ',')) end
return {before, look()}
"""

_COPY = "return {redis.call('HGET', KEYS[1], 'round') or '', redis.call('DUMP', KEYS[1]) or '', redis.call('DUMP', KEYS[2]) or ''}"

# ARGV: the round, which a reset may have ended since, and both dumps.
_RESTORE = _LOOK + """
if redis.call('HGET', KEYS[1], 'round') ~= ARGV[1] then return false end
for i = 1, 2 do
    if ARGV[1 + i] == '' then redis.call('DEL', KEYS[i]) else redis.call('RESTORE', KEYS[i], 0, ARGV[1 + i], 'REPLACE') end
end
return {before, look()}
"""

_DELETE = _LOOK + """
if redis.call('DEL', KEYS[1], KEYS[2]) == 0 then return false end
return {before, look()}
"""


def harm_gate(port, event, fault):
    """Carries the fault out. Returns the SetBack; None where there was nothing to harm."""
    keys = gate_key(event), outbox_key(event)
    try:
        with Redis(port) as redis:
            script, words = {"remove claims from": (_REMOVE, fault.words), "delete the keys in": (_DELETE, ())}.get(fault.kind, (_RESTORE, ()))
            if script is _RESTORE:
                words = redis.ask("EVAL", _COPY, 2, *keys)
                time.sleep(fault.seconds)
            begin_ns = time.monotonic_ns()
            looks = redis.ask("EVAL", script, 2, *keys, *words)
    except RedisError as error:
        raise Failure(f"redis answered {error} to a script that sets the gate back") from None
    return _noted(*map(_gate, looks), begin_ns) if looks else None


def _gate(look):
    """A gate as a script saw it."""
    pairs, pending = ([text.decode(errors="replace") for text in flat] for flat in look)
    gate = Gate(outbox=pending[::2])
    for name, value in zip(pairs[::2], pairs[1::2]):
        if name.startswith("u:"):
            gate.claims[int(name[2:])] = int(value.split(":", 1)[0])
        else:
            gate.fields[name] = value
    return gate


def _noted(before, after, begin_ns):
    lost = {user: slot for user, slot in before.claims.items() if after.claims.get(user) != slot}
    epochs = [int(gate.fields.get(name) or 0) for gate in (before, after) for name in ("epoch", "arming")]
    again = slots_given_again(before, after) if after.fields else set()  # a gate that is gone gives nothing
    return SetBack(int(before.fields["round"]), max(epochs), begin_ns, lost, again)
