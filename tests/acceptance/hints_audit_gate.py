"""Serves item hints_audit: gates that somebody wrote to, counters set right."""

import zlib

from audited import REBUILD, SOMEBODY, AuditedEvent, stranger_is_shown
from hint_table import tries
from redis_store import gate_key, outbox_key
from waiting import wait_until

ORDER = "somebody else wrote to the gate, which grants in the order of arrival: CLIENT LIST at its Redis shows…"
TWICE = "the gate granted it twice, or a holder of the round's key wrote to the topic: run coupon-consume, which issues…"


def _claim(event, user, slot):
    event.redis_says("HSET", gate_key(event.name), f"u:{user}", f"{slot}:{SOMEBODY}")


def _move(event, user, other, slot):
    event.redis_says("HDEL", gate_key(event.name), f"u:{user}")
    _claim(event, other, slot)


def _pending(event, user, slot):
    """An entry of another slot than the user's claim."""
    event.redis_says("HSET", outbox_key(event.name), f"u:{user}", f"{slot}:1:1")
    event.redis_says("HINCRBY", gate_key(event.name), "published", -1)


# Users 1, 2 and 3 have the coupons of slots 1, 2 and 3. What is done, and what the audit finds besides.
HARMS = {
    "a claim is forgotten": (lambda event: event.forget_claim(3), "gate memory slot of the ledger unknown to the gate"),
    "a claim of another slot than the coupon": (lambda event: _claim(event, 3, 4), "gate the gate says the free slots"),
    "a claim moved to a user without a coupon": (lambda event: _move(event, 3, 9, 2), "I3 slot with two claims"),
    "a claim of a slot that does not exist": (lambda event: event.claim_by_hand(99, 999), "I3 claim of an impossible slot"),
    "more claims than slots": (lambda event: [event.claim_by_hand(user, 4) for user in (97, 98, 99)], "I1 there are 6 claims, the limit is 5"),
    "another limit": (lambda event: event.redis_says("HSET", gate_key(event.name), "limit", 50), "gate the gate's limit is 50, the ledger's 5"),
    "a pending entry of another slot": (lambda event: _pending(event, 3, 2), "gate outbox entry with another slot than the claim"),
    "granted is another number": (lambda event: event.redis_says("HSET", gate_key(event.name), "granted", 2), "gate granted is 2"),
}


@tries("lib/audit/check_gate.cpp", REBUILD, state="claims, entries, counters and the limit of a gate changed by hand, other counters set right",
       command="coupon-reset --rebuild-gate", better="the audit with all histories is exact")
@tries("lib/audit/check_slots.cpp", REBUILD, state="claims of a slot that another user has, of a slot that does not exist, and more claims than slots",
       command="coupon-reset --rebuild-gate", better="the audit with all histories is exact")
def gates(item, sandbox):
    for number, (name, (harm, found)) in enumerate(HARMS.items()):
        event = AuditedEvent(item, sandbox, f"gate{number}", users=(1, 2, 3))
        harm(event)
        said = event.audited_with_histories(1, REBUILD).out
        item.check(found in said, f"{name}: the audit does not find {found!r}: {said[-600:]}")
        event.rebuild()
        event.is_exact()
    item.figure("gates made again", len(HARMS))


@tries("lib/audit/check_order.cpp", ORDER,
       state="the claim of user 1 is removed and its slot is given back by hand, so that user 3 gets a lower slot than user 2 before",
       command="CLIENT LIST", better="the address of the connection that did it stands there, apart from the suite's by its name")
def order(item, sandbox):
    event = AuditedEvent(item, sandbox, "order", users=(1, 2), drained=False)
    with event.redis() as stranger:
        event.forget_claim(1)
        stranger.ask("HSET", gate_key(event.name), "free", "1-1")
        event.apply(3)
        said = event.audited_with_histories(1, ORDER)
        item.check("I8 a later request got a lower slot" in said.out, f"the audit does not name the order: {said.out[-600:]}")
        stranger_is_shown(event, stranger)


def _user_behind(record, partitions):
    """A user whose record comes to lie behind this one: kcat chooses the partition by the key's CRC-32."""
    return next(user for user in range(50, 100) if zlib.crc32(str(user).encode()) % partitions == record.partition)


@tries("lib/audit/check_slots.cpp", TWICE,
       state="a second record of slot 1, signed with the round's key, for a user who never applied", command="coupon-consume",
       better="the first record has its coupon, the other is a failed event, and the audit is exact")
def two_records(item, sandbox):
    event = AuditedEvent(item, sandbox, "two-records", users=(1,), drained=False)
    event.record_by_hand(_user_behind(event.records().records[0], len(event.ends())), 1)
    event.audited(1, TWICE)
    event.work_until(lambda: event.ledger.failed(event.topic), "the second record does not become a failed event")
    wait_until(lambda: event.row_count() == 1, 10, "the first record is not issued")
    event.is_exact()
