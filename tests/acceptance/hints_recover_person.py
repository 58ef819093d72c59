"""Serves item hints_recover: what keeps a recovery from deciding by itself."""

from audited import OTHER_ROUND, AuditedEvent
from group_stranger import stranger
from hint_table import tried_by, tries
from redis_store import gate_key, outbox_key

PERSON, PLAN, FLOW = "lib/audit/recovery_person.cpp", "lib/audit/recovery_plan.cpp", "lib/flow/recover/recover.cpp"
TWO_USERS = "coupon-audit --user ID tells what each store has of the two users: delete the row of the user whom the gate did not grant it…"
END_IT = "end that program, or give it a group of its own; then run this again"
SKIPPED = "another program in the group may have committed past it: coupon-audit --preflight names the group's members"
NEXT_ROUND = "nothing of it can be recovered; coupon-reset opens the next round"
ARMS_IT = "run coupon-consume, which arms it or logs why it cannot; then run this again"
ISSUES_THEM = "run coupon-consume, which issues what can be issued; then run this again"
MAKES_IT = "run coupon-consume, which makes it again from ledger and topic within seconds; then run this again"
RESET = "run coupon-reset"
STILL = "10s"  # as long as a recovery may wait for an event whose gate is gone to stand still

TEST = "tests/flow/recover_test.cpp"
tried_by(TEST, "the broker does not acknowledge", FLOW, "run it again: a record that comes twice is issued once",
         state="the topic refuses a record that is republished", command="the recovery runs again", better="the record is on the topic")
tried_by(TEST, "a claim that cannot be confirmed is confirmed by the next run", FLOW,
         "run it again: a claim that stays pending is published and confirmed again",
         state="the gate goes away between publishing and confirming", command="the recovery runs again", better="no claim is pending")
tried_by(TEST, "a stop request", FLOW, "run it again; what was done stays done", state="a signal comes before the plan is carried out",
         command="the recovery runs again", better="every coupon is there")
tried_by(TEST, "a failed event is not issued once the gate was armed again since it was compared with the claims", FLOW,
         "the gate was armed again meanwhile; run this again", state="the gate is armed between plan and retry", command="the recovery runs again",
         better="the failed event is issued")
tried_by(TEST, "a log that went after the plan was made is told, and the next run issues what is there", FLOW,
         "run it again: the plan was made before",
         state="the broker loses its data between plan and reading", command="the recovery runs again", better="its claims are republished")
tried_by("tests/flow/skipped_records_test.cpp", "an account that may not issue, as that of coupon-reset, leaves the arming to a worker",
         "lib/flow/worker/skipped_records.cpp", "run coupon-consume, which issues them", state="coupon-reset arms a gate for which skipped records decide",
         command="a worker arms it", better="the gate is open, and the record's user has the coupon")


@tries(PERSON, TWO_USERS, state="the row of user 3 is given to another user by hand",
       command="coupon-audit --user of both, DELETE of the other one's row, --recover --yes",
       better="user 3 has the coupon, and nothing is left to recover")
def of_two_users(item, sandbox):
    event = AuditedEvent(item, sandbox, "two-users", users=(1, 2, 3))
    event.give_row_to(3, 99)
    event.recovery(1, TWO_USERS)
    item.check("claim of slot 3" in event.story(3, 1, ()).out, "the story of user 3 does not tell of the claim")
    item.check("no claim" in event.story(99, 0, ()).out, "the story of the other user does not tell that there is no claim")
    event.delete_row(99)
    event.recovery(0, (), "--yes")
    event.is_exact()


@tries(PERSON, END_IT, state="kcat is in the workers' group and has committed what it read", command="kcat is ended",
       better="nothing is left to recover")
@tries(PLAN, SKIPPED, state="the same", command="coupon-audit --preflight; --recover --yes",
       better="the preflight names kcat, and every user has the coupon")
def stranger_in_the_group(item, sandbox):
    event = AuditedEvent(item, sandbox, "stranger", users=(1, 2, 3), drained=False)
    with stranger(event, "-X", "auto.commit.interval.ms=500"):
        event.recovery(1, (END_IT, SKIPPED), wait=STILL)
        lines = event.run("coupon-audit", "--preflight", "--json").json()["checks"]
        members = next(line for line in lines if line["name"] == "group-members")
        item.check("rdkafka" in members["found"], f"the preflight does not name the stranger: {members}")
        event.recovery(1, END_IT, "--yes", wait=STILL)
    event.recovery(0, ())
    event.is_exact()


@tries(PERSON, NEXT_ROUND, state="the newest round was given up", command="coupon-reset", better="nothing is left to recover, and users have coupons")
def round_given_up(item, sandbox):
    event = AuditedEvent(item, sandbox, "given-up", users=(1,))
    event.ledger.query(f"UPDATE coupon_round SET state = 'abandoned' WHERE event = '{event.name}'")
    event.recovery(1, NEXT_ROUND)
    event.new_round()
    event.apply(11)
    event.drain()
    event.recovery(0, ())
    event.is_exact()


@tries(PERSON, OTHER_ROUND, state="Redis has the gate of round 1 again, from a backup", command="coupon-consume, then --recover",
       better="nothing is left to recover")
def old_gate(item, sandbox):
    event = AuditedEvent(item, sandbox, "old-gate", users=(1,))
    dump = event.redis_says("DUMP", gate_key(event.name))
    event.new_round()
    event.redis_says("RESTORE", gate_key(event.name), 0, dump, "REPLACE")
    event.recovery(1, OTHER_ROUND, wait=STILL)
    event.work_until_armed()
    event.recovery(0, ())


@tries(PERSON, ARMS_IT, state="Redis was restarted", command="coupon-consume, then --recover",
       better="nothing is left to recover, and the audit is exact")
def not_armed(item, sandbox):
    event = AuditedEvent(item, sandbox, "not-armed", users=(1, 2))
    event.restart_redis()
    event.recovery(1, ARMS_IT, wait=STILL)
    event.work_until_armed()
    event.recovery(0, ())
    event.is_exact()


@tries(PERSON, ISSUES_THEM, state="records that no worker has read", command="coupon-consume, then --recover",
       better="nothing is left to recover, and the audit is exact")
def unread(item, sandbox):
    event = AuditedEvent(item, sandbox, "unread", users=(1, 2), drained=False)
    event.recovery(1, ISSUES_THEM, wait=STILL)
    event.drain()
    event.recovery(0, ())
    event.is_exact()


@tries(PERSON, MAKES_IT, state="both keys of the gate are deleted", command="coupon-consume, then --recover",
       better="nothing is left to recover, and the audit is exact")
def without_a_gate(item, sandbox):
    event = AuditedEvent(item, sandbox, "no-gate", users=(1, 2))
    event.redis_says("DEL", gate_key(event.name), outbox_key(event.name))
    event.recovery(1, MAKES_IT, wait=STILL)
    event.work_until_armed()
    event.recovery(0, ())
    event.is_exact()


@tries(PERSON, RESET, state="the gate is given up, as a forced reset leaves it that dies", command="coupon-reset",
       better="nothing is left to recover, and users have coupons")
def given_up_gate(item, sandbox):
    event = AuditedEvent(item, sandbox, "gate-given-up", users=(1,))
    event.redis_says("HSET", gate_key(event.name), "state", "given_up")
    event.recovery(1, RESET, wait=STILL)
    event.new_round("--force", "--wait", "1s")
    event.apply(11)
    event.drain()
    event.recovery(0, ())
    event.is_exact()
