"""The part of redis_forgets where gate and ledger disagree.

What no row decides keeps the gate shut, the worker says why and the audit names the users; taken back, the running worker arms the gate by
itself. Of two users of a slot the one with the row wins, and the claim of the other is void.
"""

import time

from event import Event
from planted_defects import named_users
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

    def redis(*words):
        with event.redis() as connection:
            return connection.ask(*words)

    key, outbox = gate_key(event.name), outbox_key(event.name)
    plants = (
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


def row_against_claim(item, sandbox):
    """Somebody gives the row of a slot to another user. The gate is armed with the row; the claim is void, and its user is named."""
    event = Event(item, sandbox, "row-against-claim")
    event.reset("--limit", 20)
    history = event.history("row-against-claim")
    event.run("coupon-apply", "--history", history, *range(1, 13))
    with event.worker():
        event.wait_rows(12)
    loser = next(row.user for row in event.ledger.rows(event.name, event.round()) if row.slot == 5)
    event.ledger.query(f"UPDATE coupon SET user_id = {STRANGER} WHERE event = '{event.name}' AND slot = 5")
    sandbox.kill("redis")
    sandbox.start("redis")
    with event.worker() as worker:
        wait_until(lambda: _armed(event), 20, f"the gate is not armed: {worker.err_so_far()[-300:]}")
        said = worker.err_so_far()
        item.check(f"user {loser}'s claim of slot 5" in said, f"the worker does not tell which claim is void: {said[-400:]}")
        void = event.ledger.query(f"SELECT slot, user_id, reason FROM void_claim WHERE event = '{event.name}'")
        item.equal(void, [["5", str(loser), "slot_taken"]], "the table void_claim")
        outcome = event.audit("--wait", "10s", histories=[history])
        item.equal((outcome.code, event.verdict_of(outcome)), (1, "violated"), f"the audit ({outcome.brief()})")
        item.check({loser, STRANGER} <= named_users(outcome.json()), f"the audit names {named_users(outcome.json())}")
    item.figure("row against claim: claims void", len(void))
