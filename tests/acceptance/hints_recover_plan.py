"""Serves item hints_recover: records that were skipped or failed."""

import zlib

from audited import AuditedEvent
from hint_table import tries
from ledger_store import administer
from topic_store import produce

PLAN = "lib/audit/recovery_plan.cpp"
LISTS_THEM = "coupon-consume --retry-failed lists them afterwards with their reasons; --dismiss drops what is owed to no user"
REMOVE_REASON = "remove what the reason names, then run this again; tell the user until then"
ARM_FIRST = "run coupon-consume, which arms the gate; then run this again"
NOT_GRANTED = "the gate did not grant it, and coupon-audit --user ID tells what each store has of the user: coupon-consume --dismiss…"
FORGOTTEN = "the gate forgot the claim: run coupon-reset --rebuild-gate, which restores it where the slot is free; then run this again"
DISAGREE = "topic and gate do not agree on this user or slot: run coupon-consume, which arms the gate and settles it; then run this again"
STILL = "10s"


def _fails(event, user, make):
    """A trigger refuses the user's coupon while `make` brings the record; then it is gone."""
    before = len(event.ledger.failed(event.topic))
    administer(event.sandbox, f"DELIMITER //\nCREATE TRIGGER coupon.bar BEFORE INSERT ON coupon.coupon FOR EACH ROW IF NEW.event = '{event.name}' "
                              f"AND NEW.user_id = {user} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'barred'; END IF//")
    try:
        make()
        event.work_until(lambda: len(event.ledger.failed(event.topic)) > before, "the trigger refuses nothing")
    finally:
        administer(event.sandbox, "DROP TRIGGER coupon.bar")


@tries(PLAN, LISTS_THEM, state="another program committed past garbage on the topic",
       command="--recover --yes, coupon-consume --retry-failed, --dismiss",
       better="the list has the reason; dismissed, nothing is left to recover")
def to_be_kept(item, sandbox):
    event = AuditedEvent(item, sandbox, "garbage", users=(1,))
    produce(sandbox.brokers, event.topic, key="x", value=b"garbage")
    event.skip_records()
    event.recovery(1, LISTS_THEM)
    event.recovery(0, (), "--yes")
    said = event.sees(1, (), "coupon-consume", "--retry-failed")
    item.check("header v is missing" in said.out, f"the list has no reason: {said.out}")
    event.sees(0, (), "coupon-consume", "--dismiss", "undecodable", "--why", "a test", "--yes")
    event.recovery(0, ())
    event.is_exact()


@tries(PLAN, REMOVE_REASON, state="a trigger refused a coupon and is gone, and somebody wrote the row of its slot by hand for another user",
       command="DELETE of that row, then --recover --yes", better="the user has the coupon, and the audit is exact")
def slot_taken(item, sandbox):
    event = AuditedEvent(item, sandbox, "slot-taken", users=(1,))
    _fails(event, 2, lambda: event.apply(2))
    event.row_by_hand(99, 2)
    said = event.recovery(1, REMOVE_REASON, wait=STILL)
    item.check("slot 2 belongs to user 99" in said.out, f"the recovery does not tell the reason: {said.out}")
    event.delete_row(99)
    event.recovery(0, (), "--yes")
    event.is_exact()


@tries(PLAN, ARM_FIRST, state="a trigger refused a coupon and is gone, and Redis was restarted", command="coupon-consume, then --recover --yes",
       better="the user has the coupon, and the audit is exact")
def failed_and_not_armed(item, sandbox):
    event = AuditedEvent(item, sandbox, "failed-unarmed")
    _fails(event, 1, lambda: event.apply(1))
    event.restart_redis()
    event.recovery(1, ARM_FIRST, wait=STILL)
    event.work_until_armed()
    event.recovery(0, (), "--yes")
    event.is_exact()


@tries(PLAN, NOT_GRANTED, state="failed events of slots that the gate granted to no user: one record by hand, one of a claim that the gate forgot",
       command="coupon-audit --user of both; --dismiss of the first, --retry-failed of the second",
       better="nothing is left to recover; the user who was told granted has the coupon")
def not_granted(item, sandbox):
    event = AuditedEvent(item, sandbox, "not-granted", users=(1,))
    _fails(event, 50, lambda: event.record_by_hand(50, 4))
    _fails(event, 2, lambda: event.apply(2))
    event.forget_claim(2)
    event.recovery(1, NOT_GRANTED, wait=STILL)
    item.check("told granted" not in event.story(50, 1, (), *event.told()).out, "the story of the stranger tells of an answer")
    item.check("told granted" in event.story(2, 1, (), *event.told()).out, "the story of the winner tells of no answer")
    partition, offset = next(failed[:2] for failed in event.ledger.failed(event.topic) if failed[2] == "50")
    event.sees(0, (), "coupon-consume", "--dismiss", f"{partition}:{offset}", "--why", "a test", "--yes")
    event.sees(0, (), "coupon-consume", "--retry-failed")
    event.story(2, 0, ())
    event.rebuild()
    event.recovery(0, ())
    event.is_exact()


@tries(PLAN, FORGOTTEN, state="another program committed past all records, and the gate forgot one claim",
       command="coupon-reset --rebuild-gate, then --recover --yes",
       better="every user has the coupon, and the audit is exact")
def claim_forgotten(item, sandbox):
    event = AuditedEvent(item, sandbox, "claim-forgotten", users=(1, 2, 3), drained=False)
    event.skip_records()
    event.forget_claim(3)
    event.recovery(1, FORGOTTEN, wait=STILL)
    event.rebuild()
    event.recovery(0, (), "--yes")
    event.is_exact()


@tries(PLAN, DISAGREE, state="another program committed past two signed records of slot 1, and Redis was restarted",
       command="coupon-consume, then --recover",
       better="the first record's user has the coupon, the other record is a failed event, and nothing is left to recover")
def contested(item, sandbox):
    event = AuditedEvent(item, sandbox, "contested", users=(1,), drained=False)
    first, partitions = event.records().records[0], len(event.ends())
    event.record_by_hand(next(user for user in range(50, 100) if zlib.crc32(str(user).encode()) % partitions == first.partition), 1)
    event.skip_records()
    event.restart_redis()
    event.recovery(1, DISAGREE, wait=STILL)
    event.work_until_armed()
    event.recovery(0, (), "--yes")
    event.is_exact()
