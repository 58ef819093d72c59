"""A gate that goes back in time while its server goes on: its hash is set back to an older state in the middle of a flood, or one claim is
removed by hand. It loses its arms at once, is armed again with all coupons, and the promise to users told before it went back is kept."""

import time

from event import Event
from group_stranger import stranger
from history_file import read_histories
from redis_store import gate_key, outbox_key
from waiting import wait_until

TITLE = "a gate that goes back while its server goes on"
SECONDS = 300
LIMIT, REQUESTS = 2_000, 2_600

# Removes the claim of a user, and sets the counters right, in one step; with its slot freed or not.
REMOVE = """
local slot = string.match(redis.call('HGET', KEYS[1], 'u:' .. ARGV[1]), '^(%d+)')
redis.call('HDEL', KEYS[1], 'u:' .. ARGV[1])
if redis.call('HDEL', KEYS[2], 'u:' .. ARGV[1]) == 0 then redis.call('HINCRBY', KEYS[1], 'published', -1) end
redis.call('HINCRBY', KEYS[1], 'granted', -1)
if ARGV[2] == 'free' then redis.call('HSET', KEYS[1], 'free', slot .. '-' .. slot) end
return slot
"""


def _epoch(event):
    return event.gate_number("epoch")


def removed_by_hand(item, sandbox):
    """Support removes the claim of a user who has a coupon: nobody else gets its slot, and nobody loses anything."""
    for freed in ("kept", "free"):
        event = Event(item, sandbox, f"removed-{freed}")
        event.reset("--limit", 20)
        history = event.history(event.name)
        with event.worker() as worker:
            event.run("coupon-apply", "--history", history, *range(1, 11))
            event.wait_rows(10)
            with event.redis() as redis:
                redis.ask("EVAL", REMOVE, 2, gate_key(event.name), outbox_key(event.name), 3, freed)
            wait_until(lambda: _epoch(event) == 2 and event.gate().is_armed, 10, "the gate is not armed again")
            later = event.history(event.name)
            outcome = event.run("coupon-apply", "--history", later, *range(11, 31))
            item.equal(outcome.out.count("granted"), 10, f"granted afterwards, slot {freed} ({outcome.brief()})")
            event.wait_rows(20)
            event.must_be_exact(f"removed, slot {freed}", 20, [history, later], expected=20, armed={})
            item.check("the gate went back in time" in worker.err_so_far(), "the worker does not tell that the gate went back")
        item.figure(f"claim removed by hand, slot {freed}", f"{event.row_count()} coupons, epoch {_epoch(event)}")


def read_by_a_stranger(item, sandbox):
    """Another program in the workers' group has read the records of two users of one slot. A worker arms the gate: one of them has the
    coupon, the other is named."""
    event = Event(item, sandbox, "read-by-stranger")
    event.reset("--limit", 20)
    histories = [event.history(when) for when in ("before", "between")]
    with stranger(event, "-X", "partition.assignment.strategy=range", "-X", "auto.commit.interval.ms=500"):
        event.run("coupon-apply", "--history", histories[0], *range(1, 11))
        with event.redis() as redis:
            redis.ask("EVAL", REMOVE, 2, gate_key(event.name), outbox_key(event.name), 3, "free")
        event.run("coupon-apply", "--history", histories[1], 11)
        wait_until(lambda: _is_read(event), 20, "the stranger does not commit all that it reads")
    sandbox.stop("redis")
    sandbox.start("redis")
    with event.worker():
        wait_until(lambda: _epoch(event) == 2 and event.gate().is_armed, 20, "the gate is not armed again")
        event.wait_rows(10)
        outcome = event.audit("--wait", "30s", histories=histories)
    rows = {row.user: row.slot for row in event.ledger.rows(event.name, event.round())}
    losers = {one.user for one in read_histories(histories) if one.answer == "granted" and rows.get(one.user) != one.slot}
    promises = next(check for check in outcome.json()["checks"] if check["id"] == "I4")
    item.equal({int(user) for finding in promises["findings"] for user in finding["users"]}, losers, "users whom the audit names")
    item.check(len(losers) == 1 and losers <= {3, 11}, f"of users 3 and 11, who were told slot 3, one has it: {losers} have not")
    item.figure("records of two users of a slot read by a stranger", f"{len(rows)} coupons, user {min(losers, default='nobody')} named")


def _is_read(event):
    topic = event.records()
    return len(topic.records) == 11 and all(topic.committed.get(partition, low) == high for partition, (low, high) in topic.ends.items())


def _copy(redis, keys):
    """Of one and the same moment: a gate that contradicts itself is another fault."""
    redis.ask("MULTI")
    for key in keys:
        redis.ask("DUMP", key)
    return dict(zip(keys, redis.ask("EXEC")))


def _set_back(event, dumps):
    with event.redis() as redis:
        redis.ask("MULTI")
        for key, dump in dumps.items():
            redis.ask(*(("RESTORE", key, 0, dump, "REPLACE") if dump else ("DEL", key)))
        redis.ask("EXEC")


def set_back_in_a_flood(item, sandbox):
    """Both keys are restored from a copy in the middle of a flood. The server remembers nothing of it."""
    event = Event(item, sandbox, "set-back")
    event.reset("--limit", LIMIT)
    history = event.history("set-back")
    with event.worker() as worker, event.start_flood("--requests", REQUESTS, "--concurrency", 50, "--rate", "400/s", "--timeout", "20s",
                                                     history=history) as flood:
        wait_until(lambda: event.gate_number("granted") >= 200, 30, "nobody is granted anything")
        with event.redis() as redis:
            dumps = _copy(redis, (gate_key(event.name), outbox_key(event.name)))
        wait_until(lambda: event.gate_number("granted") >= 500, 30, "nobody else is granted anything")
        before_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        _set_back(event, dumps)
        wait_until(lambda: _epoch(event) == 2 and event.gate().is_armed, 20, "the gate is not armed again")
        event.flood_document(flood, codes=(0, 3, 5, 13), history=history)
        told = [one for one in read_histories([history]) if one.answer == "granted"]
        wait_until(lambda: event.row_count() == event.gate_number("granted"), 60, "claims and coupons do not become equal")
        item.check("the gate went back in time" in worker.err_so_far() + flood.err_so_far(), "neither worker nor flood tells it")
    rows = {row.user: row.slot for row in event.ledger.rows(event.name, event.round())}
    void = {int(user) for (user,) in event.ledger.query(f"SELECT user_id FROM void_claim WHERE event = '{event.name}'")}
    losers = {one.user for one in told if rows.get(one.user) != one.slot}
    item.check(all(rows.get(one.user) == one.slot for one in told if one.answer_ns < before_ns), "a user told before lost the coupon")
    item.equal(losers - void, set(), "users told granted without their coupon whom the ledger does not name")
    outcome = event.audit("--wait", "30s", histories=[history])
    item.equal((outcome.code, event.verdict_of(outcome)), (1, "violated") if losers else (0, "exact"), "the audit's word")
    item.figure("set back in a flood", f"{len(told)} told granted, {len(rows)} coupons, {len(void)} claims void, {len(losers)} of them told")


def run(item):
    with item.sandbox() as sandbox:
        item.each((removed_by_hand, read_by_a_stranger, set_back_in_a_flood), sandbox)
