"""Serves item hints_audit: coupons that are missing, and users who lost or were refused."""

from audited import FAILED, LAG, RECOVER, VOID, AuditedEvent, copy_database, stranger_is_shown
from hint_table import tries
from ledger_store import administer
from redis_store import gate_key

TOTALS, PROMISES, RECORDS = "lib/audit/check_totals.cpp", "lib/audit/check_promises.cpp", "lib/audit/check_records.cpp"
REFUSED = "these users were refused while coupons were left: let them apply again; CLIENT LIST at the gate's Redis shows…"
EXPECTED = "where every other check is ok, each promise was kept: audit with the number of coupons that there are"
GIVEN_UP = "these users hold no coupon: tell them, and let them apply in a later round"


@tries(TOTALS, REFUSED, state="claims by hand took the last slots while a user was told sold_out, and were removed again",
       command="the user applies again; CLIENT LIST",
       better="the user is granted and has the coupon; the connection that did it is told from the suite's")
def refused(item, sandbox):
    event = AuditedEvent(item, sandbox, "refused", users=(1,), limit=3)
    with event.redis() as stranger:
        for user, slot in ((998, 2), (999, 3)):
            event.claim_by_hand(user, slot)
        event.apply(2, code=10)
        for user in (998, 999):
            event.forget_claim(user)
        event.audited_with_histories(1, REFUSED)
        event.apply(2)
        event.drain()
        item.equal(event.run("coupon-audit", "--user", 2).code, 0, "the user who was refused has the coupon")
        stranger_is_shown(event, stranger)


@tries(TOTALS, EXPECTED, state="--expect 3 of a round with 2 coupons", command="coupon-audit --expect 2", better="exact")
def expected(item, sandbox):
    event = AuditedEvent(item, sandbox, "expected", users=(1, 2))
    event.audited_with_histories(1, EXPECTED, "--expect", 3)
    event.is_exact("--expect", 2)


@tries(TOTALS, GIVEN_UP, state="a forced reset gave up the claims of two users", command="they apply in the next round",
       better="both have coupons of it, and the audit is exact")
def given_up(item, sandbox):
    event = AuditedEvent(item, sandbox, "given-up", users=(1, 2), drained=False)
    event.reset("--force", "--limit", 5, "--wait", "1s")
    event.audited(0, GIVEN_UP, "--round", 1)
    event.histories = []
    event.apply(1, 2)
    event.drain()
    event.is_exact("--expect", 2)


@tries(TOTALS, FAILED, state="a trigger refuses the coupon of one user, which is a failed event",
       command="DROP TRIGGER, then coupon-consume --retry-failed",
       better="the user has the coupon, and the audit is exact")
@tries(PROMISES, FAILED, state="the same, by what the user was told", command="DROP TRIGGER, then coupon-consume --retry-failed", better="exact")
def failed(item, sandbox):
    event = AuditedEvent(item, sandbox, "failed", users=(1, 2, 3), drained=False)
    administer(sandbox, "DELIMITER //\nCREATE TRIGGER coupon.refuse BEFORE INSERT ON coupon.coupon FOR EACH ROW "
                        f"IF NEW.event = '{event.name}' AND NEW.user_id = 3 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'barred'; END IF//")
    try:
        event.work_until(lambda: event.ledger.failed(event.topic) and event.row_count() == 2, "the trigger refuses nothing")
        said = event.audited_with_histories(1, FAILED, "--json")
    finally:
        administer(sandbox, "DROP TRIGGER coupon.refuse")
    of_failed = {one["id"] for one in said.json()["checks"] if any(finding["hint"] == FAILED for finding in one["findings"])}
    item.equal(of_failed, {"I4", "I7"}, "checks that have the hint")
    event.sees(0, (), "coupon-consume", "--retry-failed")
    event.is_exact()


@tries(TOTALS, RECOVER, state="a row is deleted by hand", command="coupon-consume --recover --yes",
       better="the user has the coupon, and the audit is exact")
@tries(PROMISES, RECOVER, state="the same, by what the user was told", command="coupon-consume --recover --yes", better="exact")
@tries(RECORDS, RECOVER, state="the same, by the user's record", command="coupon-consume --recover --yes", better="exact")
def rows_deleted(item, sandbox):
    event = AuditedEvent(item, sandbox, "row-deleted", users=(1, 2, 3))
    event.delete_row(2)
    said = event.audited_with_histories(1, RECOVER, "--json")
    of_recover = {one["id"] for one in said.json()["checks"] if any(finding["hint"] == RECOVER for finding in one["findings"])}
    item.equal(of_recover, {"I4", "I7", "I9"}, "checks that have the hint")
    event.recovery(1, ())
    event.recovery(0, (), "--yes")
    event.is_exact()


@tries(TOTALS, LAG, state="the audit asks a copy of the database, in which the newest coupon is missing",
       command="coupon-audit of the database that the workers write to",
       better="exact")
@tries(PROMISES, LAG, state="the same, by what the user was told", command="coupon-audit of the database that the workers write to", better="exact")
@tries(RECORDS, LAG, state="the same, by the user's record; then the workers write to the copy", command="coupon-consume --recover at the copy",
       better="the copy has the coupon, and its audit is exact")
def lagging(item, sandbox):
    event = AuditedEvent(item, sandbox, "lagging", users=(1, 2))
    copy = copy_database(event, "coupon_copy")
    event.apply(3)
    event.drain()
    said = event.sees(5, LAG, "coupon-audit", "--wait", "1s", "--json", *event.told(), settings=copy)
    of_lag = {one["id"] for one in said.json()["checks"] if any(finding["hint"].startswith(LAG[:60]) for finding in one["findings"])}
    item.equal(of_lag, {"I4", "I7", "I9"}, "checks that have the hint")
    event.is_exact()
    event.sees(0, (), "coupon-consume", "--recover", "--yes", "--wait", "1s", settings=copy)
    event.sees(0, (), "coupon-audit", "--wait", "1s", *event.told(), settings=copy)


@tries(TOTALS, VOID,
       state="the claim of user 1 is removed by hand and its slot given back; user 3 gets it, and an arming finds one of the two claims void",
       command="coupon-reset; the user applies in the next round",
       better="the user has a coupon of it; the worker's log tells when the gate went back")
@tries(PROMISES, VOID, state="the same, by what the user was told", command="coupon-reset; the user applies in the next round",
       better="the user has a coupon")
def void(item, sandbox):
    event = AuditedEvent(item, sandbox, "void", users=(1, 2), drained=False)
    event.forget_claim(1)
    event.redis_says("HSET", gate_key(event.name), "free", "1-1")
    event.apply(3)
    logged = event.work_until(lambda: event.epoch() == 2 and event.is_armed(), "the gate is not armed again")
    item.check("the gate went back in time" in logged, f"the log does not tell it: {logged[-600:]}")
    event.drain()
    said = event.audited_with_histories(1, VOID, "--json").json()
    losers = [int(user) for one in said["checks"] if one["id"] == "I4" for finding in one["findings"] for user in finding["users"]]
    item.check(losers in ([1], [3]), f"of users 1 and 3 one is named: {losers}")
    event.new_round()
    event.apply(*losers)
    event.drain()
    event.is_exact()
