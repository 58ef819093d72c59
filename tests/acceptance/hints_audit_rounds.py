"""Serves item hints_audit: rounds of which there is nothing to judge, or not here."""

from audited import NO_SUCH_ROUND, OTHER_ROUND, AuditedEvent
from hint_table import tries
from redis_store import gate_key

READINGS = "lib/audit/check_readings.cpp"
NONE_APPLIED = "where no user was to apply, audit with --expect 0"
OPEN_ONE = "coupon-reset opens a round"
PURGED = "only an audit from before can tell: audit the next round before coupon-reset --purge-ledger deletes its coupons"


@tries(READINGS, NONE_APPLIED, state="a round that no user applied to", command="coupon-audit --expect 0", better="exact")
def empty(item, sandbox):
    event = AuditedEvent(item, sandbox, "empty")
    event.audited(5, NONE_APPLIED)
    event.audited(0, (), "--expect", 0)


@tries(READINGS, NO_SUCH_ROUND, state="--round 7 of an event with one round", command="coupon-audit without --round, and with --round 1",
       better="exact both times")
def unknown_round(item, sandbox):
    event = AuditedEvent(item, sandbox, "unknown-round", users=(1, 2))
    event.audited(5, NO_SUCH_ROUND, "--round", 7)
    event.audited(0, ())
    event.audited(0, (), "--round", 1)


@tries(READINGS, OPEN_ONE, state="a round that is opening: its reset did not finish", command="coupon-reset",
       better="the new round is open, and its audit exact")
def opening(item, sandbox):
    event = AuditedEvent(item, sandbox, "opening")
    event.ledger.query(f"UPDATE coupon_round SET state = 'opening' WHERE event = '{event.name}'")
    event.audited(5, OPEN_ONE)
    event.new_round()
    event.apply(1)
    event.drain()
    event.is_exact()


@tries(READINGS, OTHER_ROUND, state="Redis has the gate of round 1 again, from a backup, while round 2 is open", command="coupon-consume",
       better="the gate is that of round 2, with the coupons of its users; the audit is exact")
def gate_of_another_round(item, sandbox):
    event = AuditedEvent(item, sandbox, "old-gate", users=(1, 2))
    dump = event.redis_says("DUMP", gate_key(event.name))
    event.new_round()
    event.apply(11)
    event.drain()
    event.redis_says("RESTORE", gate_key(event.name), 0, dump, "REPLACE")
    event.audited_with_histories(5, OTHER_ROUND)
    event.work_until_armed()
    event.is_exact()


@tries(READINGS, PURGED, state="the coupons of round 1 were deleted by --purge-ledger",
       command="coupon-audit of round 2, before its coupons are deleted",
       better="exact")
def purged(item, sandbox):
    event = AuditedEvent(item, sandbox, "purged", users=(1, 2))
    event.new_round("--purge-ledger")
    event.audited(5, PURGED, "--round", 1)
    event.apply(11)
    event.drain()
    event.is_exact()
