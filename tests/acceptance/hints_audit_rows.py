"""Serves item hints_audit: rows that somebody wrote or changed, who is found in the database's binary log."""

from audited import ROW, AuditedEvent, statement_is_found
from hint_table import tries
from ledger_store import administer

ORIGINS, PROMISES, RECORDS = "lib/audit/check_origins.cpp", "lib/audit/check_promises.cpp", "lib/audit/check_records.cpp"
ONE_IS_WRONG = "coupon-audit --user ID tells what each store has of a user: where the gate is wrong, run coupon-reset --rebuild-gate; where…"
TOLD_NO = "these users do not know of their coupons: tell them, or find the statement that wrote the row in the database's binary log…"
KEYS = "the keys of table coupon make this impossible: delete the rows that are too many, then run coupon-audit --preflight…"
STRANGER = 777_000_777


@tries(ORIGINS, ONE_IS_WRONG, state="a row without a claim: once the claim was removed by hand, once the row was written by hand",
       command="coupon-audit --user ID, and by what it tells coupon-reset --rebuild-gate, or the binary log",
       better="the story tells which is wrong; the gate is made again, or the statement is found and its row removed; the audit is exact")
def rows_and_claims(item, sandbox):
    event = AuditedEvent(item, sandbox, "forgotten", users=(1, 2, 3))
    event.forget_claim(3)
    event.audited(1, ONE_IS_WRONG)
    story = event.story(3, 0, ())
    item.check("no claim" in story.out and ": issued" in story.out, f"the story does not tell that the gate is wrong: {story.out}")
    event.rebuild()
    event.is_exact()
    event.row_by_hand(STRANGER, 5)
    event.audited(1, ONE_IS_WRONG)
    story = event.story(STRANGER, 0, ())
    item.check("no claim" in story.out and "no record" in story.out, f"the story does not tell that the row is wrong: {story.out}")
    statement_is_found(event, "INSERT INTO coupon", str(STRANGER))
    event.delete_row(STRANGER)
    event.is_exact()


@tries(PROMISES, ROW, state="the row of user 3 is given to another user by hand, and that of user 2 another slot", command="mariadb-binlog",
       better="the statements are found; undone, the audit is exact")
def moved(item, sandbox):
    event = AuditedEvent(item, sandbox, "moved", users=(1, 2, 3))
    event.give_row_to(3, STRANGER)
    event.ledger.query(f"UPDATE coupon SET slot = 5 WHERE event = '{event.name}' AND user_id = 2")
    said = event.audited_with_histories(1, ROW)
    for found in ("I4 told granted, but the row has another slot", "I4 told granted, but the slot went to somebody else"):
        item.check(found in said.out, f"the audit does not find {found!r}: {said.out[-600:]}")
    statement_is_found(event, "UPDATE coupon SET user_id", str(STRANGER))
    statement_is_found(event, "UPDATE coupon SET slot")
    event.give_row_to(STRANGER, 3)
    event.ledger.query(f"UPDATE coupon SET slot = 2 WHERE event = '{event.name}' AND user_id = 2")
    event.is_exact()


@tries(PROMISES, TOLD_NO, state="a user who was told sold_out has the row of a winner, which somebody gave away by hand", command="mariadb-binlog",
       better="the statement is found; undone, the audit is exact")
def told_no(item, sandbox):
    event = AuditedEvent(item, sandbox, "told-no", users=(1, 2), limit=2)
    event.apply(3, code=10)
    event.give_row_to(2, 3)
    event.audited_with_histories(1, TOLD_NO)
    statement_is_found(event, "UPDATE coupon SET user_id", "user_id = 3")
    event.give_row_to(3, 2)
    event.is_exact()


@tries(RECORDS, ROW, state="a row written by hand for a record that is fenced, and for a claim that a forced reset gave up", command="mariadb-binlog",
       better="the statement is found; its row removed, the audit is exact")
def fenced_or_given_up(item, sandbox):
    event = AuditedEvent(item, sandbox, "fenced", users=(1, 2, 3))
    event.restart_redis()
    event.work_until_armed()
    event.record_by_hand(50, 4, epoch=1)
    event.drain()
    event.row_by_hand(50, 4)
    said = event.audited(1, ROW)
    item.check("I9 row of a fenced record" in said.out, f"the audit does not find the fenced record: {said.out[-600:]}")
    statement_is_found(event, "INSERT INTO coupon", ", 50,")
    event.delete_row(50)
    event.is_exact()
    event = AuditedEvent(item, sandbox, "abandoned", users=(1, 2), drained=False)
    event.reset("--force", "--limit", 5, "--wait", "1s")
    event.row_by_hand(1, 1, number=1)
    said = event.audited(1, ROW, "--round", 1)
    item.check("I9 row of a claim that was given up" in said.out, f"the audit does not find the claim: {said.out[-600:]}")
    statement_is_found(event, "INSERT INTO coupon", ", 1,")
    event.delete_row(1, number=1)
    event.audited(0, (), "--round", 1)


@tries(RECORDS, ROW, state="a row written by hand into round 2 for the user and slot of a record of round 1", command="mariadb-binlog",
       better="the statement is found; its row removed, the audit is exact")
def of_another_round(item, sandbox):
    event = AuditedEvent(item, sandbox, "other-round", users=(1, 2))
    event.new_round()
    event.apply(11)
    event.record_by_hand(50, 3, number=1)
    event.drain()
    event.row_by_hand(50, 3)
    said = event.audited(1, ROW)
    item.check("I10 row that a record of another round explains" in said.out, f"the audit does not find the row: {said.out[-600:]}")
    statement_is_found(event, "INSERT INTO coupon", ", 50,")
    event.delete_row(50)
    event.is_exact()


@tries("lib/audit/check_slots.cpp", KEYS, state="table coupon lacks its unique key of users, and a user has two rows",
       command="DELETE of the second row, then coupon-audit --preflight, and what its fix says",
       better="the preflight names the missing key; with it the line is ok and the audit exact")
def keys(item, sandbox):
    event = AuditedEvent(item, sandbox, "keys", users=(1, 2, 3))
    administer(sandbox, "ALTER TABLE coupon.coupon DROP INDEX coupon_one_per_user")
    event.row_by_hand(1, 4)
    try:
        event.audited(1, KEYS)
    finally:
        event.ledger.query(f"DELETE FROM coupon WHERE event = '{event.name}' AND slot = 4")
        before = event.run("coupon-audit", "--preflight")
        administer(sandbox, "ALTER TABLE coupon.coupon ADD CONSTRAINT coupon_one_per_user UNIQUE (event, round, user_id)")
    item.check("table coupon lacks its unique key event,round,user_id" in before.out, f"the preflight does not name the key: {before.out[-600:]}")
    after = event.run("coupon-audit", "--preflight")
    item.check("lacks its unique key" not in after.out, f"the preflight names a key that is there: {after.out[-600:]}")
    event.is_exact()
