"""The part of item 17 where gate and ledger contradict each other: the gate stays shut, the worker says why, the audit names the users.

Taken back, the running worker arms the gate by itself.
"""

import time

from event import Event
from item_08_plants import named_users
from redis_store import gate_key, outbox_key
from waiting import Failure, wait_until

STRANGER = 555_000_555


def _armed(event):
    try:
        gate = event.gate()
    except (OSError, Failure):
        return False
    return gate is not None and gate.is_armed


def _stays_shut(item, sandbox, event, what, users, words):
    """Restarted with the plant in place: no grant, the reason on stderr, the users in the audit."""
    sandbox.kill("redis")
    sandbox.start("redis")
    with event.start("coupon-consume") as worker:
        wait_until(lambda: "the gate is not armed" in worker.err_so_far(), 20, f"{what}: the worker says nothing: {worker.err_so_far()[-300:]}")
        said = worker.err_so_far()
        item.check(all(word in said for word in words), f"{what}: the worker does not say {words}: {said[-400:]}")
        time.sleep(2)
        item.check(not _armed(event), f"{what}: the gate was armed")
        outcome = event.run("coupon-apply", "--timeout", "1s", 999)
        item.equal(outcome.code, 3, f"{what}: coupon-apply ({outcome.brief()})")
        verdict = event.audit("--wait", "1s")
        item.equal((verdict.code, event.verdict_of(verdict)), (1, "violated"), f"{what}: the audit ({verdict.brief()})")
        item.check(users <= named_users(verdict.json()), f"{what}: the audit names {named_users(verdict.json())}, not {users}")
        item.check(all(finding["hint"] for check in verdict.json()["checks"] for finding in check["findings"]), f"{what}: a finding has no hint")
        fences = len(event.ledger.fences(event.name, event.round()))
        item.check(fences <= 40, f"{what}: {fences} fences were stored while the worker tried in vain")
        yield worker


def contradictions(item, sandbox):
    event = Event(item, sandbox, "contradiction")
    event.reset("--limit", 20)
    history = event.history("contradiction")
    event.run("coupon-apply", "--history", history, *range(1, 13))
    with event.worker():
        event.wait_rows(12)
    round_number = event.round()
    slot_5 = next(row.user for row in event.ledger.rows(event.name, round_number) if row.slot == 5)
    where = f"WHERE event = '{event.name}' AND round = {round_number} AND slot = 5"

    def redis(*words):
        with event.redis() as connection:
            return connection.ask(*words)

    key, outbox = gate_key(event.name), outbox_key(event.name)
    plants = (
        ("two users of a slot", {slot_5, STRANGER}, ("slot 5", str(slot_5), str(STRANGER)),
         lambda: event.ledger.query(f"UPDATE coupon SET user_id = {STRANGER} {where}"),
         lambda: event.ledger.query(f"UPDATE coupon SET user_id = {slot_5} {where}")),
        ("another limit", set(), ("its limit is 21", "the ledger's is 20"),
         lambda: redis("HSET", key, "limit", 21), lambda: redis("HSET", key, "limit", 20)),
        ("a pending claim of another slot", {slot_5}, ("slot 9", f"user {slot_5}"),
         lambda: (redis("HSET", outbox, f"u:{slot_5}", "9:1:1"), redis("HINCRBY", key, "published", -1)),
         lambda: (redis("HDEL", outbox, f"u:{slot_5}"), redis("HINCRBY", key, "published", 1))),
    )
    for what, users, words, plant, take_back in plants:
        plant()
        for worker in _stays_shut(item, sandbox, event, what, users, words):
            take_back()
            back = time.monotonic()
            wait_until(lambda: _armed(event), 20, f"{what}: the gate is not armed though the plant was taken back: {worker.err_so_far()[-300:]}")
            seconds = time.monotonic() - back
            item.equal(worker.end().code, 0, f"{what}: exit of the worker")
        item.figure(f"{what}: armed after it was taken back, s", seconds)
    event.must_be_exact("contradictions taken back", 20, [history], expected=12)
