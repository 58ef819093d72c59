"""Serves item hints_user: users with a claim, or who were told granted."""

from audited import FAILED, LAG, REBUILD, RECOVER, START, VOID, AuditedEvent, copy_database
from hint_table import tried_by, tries
from hints_reset_refusals import RECOVERY
from ledger_store import administer
from redis_store import gate_key, outbox_key
from topic_admin import delete_records

STORY = "lib/audit/story_ending.cpp"
ISSUES_IT = "run coupon-consume, which issues it"
PUBLISHES_IT = "run coupon-consume, which publishes it again; so does the user by asking again"
DISMISSED = "an operator dismissed it (…): apply in a later round"
NO_STORE_KNOWS = "no store knows of the claim: give this user a coupon of a later round"
OLDER_ROUND = "none repairs a round that is over; give this user a coupon of a later round"

tried_by("tests/audit/story_test.cpp", "a store that was not read is told with what to do, and the story is told once it is read",
         STORY, START, "…; " + START,
         state="a store was not read, and its fault has no hint of its own", command="the store is read", better="the story tells how it stands")
tried_by("tests/audit/story_test.cpp", "what is newer than what was read is told once it is read", STORY, "ask again in a few seconds",
         "ask again in a few seconds; if this stays, " + RECOVER, state="a claim came, or its record was read, while the stores were read",
         command="the stores are read again",
         better="the user has the coupon")


def _in_a_later_round(event, user, *words):
    event.new_round(*words)
    event.apply(user)
    event.drain()
    event.story(user, 0, ())


@tries(STORY, ISSUES_IT, state="the user's record waits, and no worker runs", command="coupon-consume", better="the user has the coupon")
@tries(STORY, PUBLISHES_IT, state="two claims stay pending: their program died before it published them",
       command="one user asks again; coupon-consume for the other", better="both have their coupons")
def on_the_way(item, sandbox):
    event = AuditedEvent(item, sandbox, "on-the-way", users=(1,), drained=False)
    event.story(1, 5, ISSUES_IT)
    event.drain()
    event.story(1, 0, ())
    with event.redis() as redis:
        long_ago = redis.milliseconds() - 60_000
    for user, slot in ((2, 2), (3, 3)):
        event.claim_by_hand(user, slot)
        event.redis_says("HSET", outbox_key(event.name), f"u:{user}", f"{slot}:{long_ago}:1")
        event.redis_says("HINCRBY", gate_key(event.name), "published", -1)
        event.story(user, 5, PUBLISHES_IT)
    item.equal(event.run("coupon-apply", 2).code, 11, "the user who asks again is told duplicate")
    event.story(2, 5, ISSUES_IT)
    event.drain()
    for user in (2, 3):
        event.story(user, 0, ())


@tries(STORY, RECOVER, state="the user's row is deleted by hand", command="coupon-consume --recover --yes", better="the user has the coupon")
def row_deleted(item, sandbox):
    event = AuditedEvent(item, sandbox, "deleted-row", users=(1, 2))
    event.delete_row(1)
    event.story(1, 1, RECOVER)
    event.recovery(0, (), "--yes")
    event.story(1, 0, ())


def _barred(event, user):
    """A trigger refuses the user's coupon, which becomes a failed event; then it is gone."""
    administer(event.sandbox, f"DELIMITER //\nCREATE TRIGGER coupon.bar BEFORE INSERT ON coupon.coupon FOR EACH ROW IF NEW.event = '{event.name}' "
                              f"AND NEW.user_id = {user} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'barred'; END IF//")
    try:
        event.work_until(lambda: event.ledger.failed(event.topic), "the trigger refuses nothing")
    finally:
        administer(event.sandbox, "DROP TRIGGER coupon.bar")


@tries(STORY, FAILED, state="a trigger refused the user's coupon", command="DROP TRIGGER, then coupon-consume --retry-failed",
       better="the user has the coupon")
def failed(item, sandbox):
    event = AuditedEvent(item, sandbox, "barred", users=(1,), drained=False)
    _barred(event, 1)
    event.story(1, 1, FAILED)
    event.sees(0, (), "coupon-consume", "--retry-failed")
    event.story(1, 0, ())


@tries(STORY, DISMISSED, state="the user's failed event was dismissed", command="coupon-apply in the next round", better="the user has a coupon")
@tries("lib/core/reset_steps.cpp", RECOVERY, state="the user's failed event was dismissed, and no recovery issues it",
       command="coupon-consume --recover --yes; coupon-reset; coupon-reset --force", better="the next round is open")
def dismissed(item, sandbox):
    event = AuditedEvent(item, sandbox, "dismissed", users=(1,), drained=False)
    _barred(event, 1)
    event.sees(0, (), "coupon-consume", "--dismiss", "refused", "--why", "a test", "--yes")
    event.story(1, 1, DISMISSED)
    event.sees(1, RECOVERY, "coupon-reset", "--yes", "--end-running", "--wait", "1s")
    event.recovery(0, (), "--yes")
    event.sees(1, RECOVERY, "coupon-reset", "--yes", "--end-running", "--wait", "1s")
    _in_a_later_round(event, 1, "--force", "--wait", "1s")


@tries(STORY, VOID, state="the user's claim was removed by hand and its slot given to another user; an arming found one claim void",
       command="coupon-apply in the next round", better="the user has a coupon")
def void(item, sandbox):
    event = AuditedEvent(item, sandbox, "void-user", users=(1, 2), drained=False)
    event.forget_claim(1)
    event.redis_says("HSET", gate_key(event.name), "free", "1-1")
    event.apply(3)
    event.work_until(lambda: event.epoch() == 2 and event.is_armed(), "the gate is not armed again")
    event.drain()
    losers = {1, 2, 3} - {row.user for row in event.ledger.rows(event.name, event.round())}
    item.check(losers in ({1}, {3}), f"users without a row: {losers}")
    for user in losers:
        event.story(user, 1, VOID, *event.told())
        _in_a_later_round(event, user)


@tries(STORY, REBUILD, state="claim and row of the user are removed by hand, and the record is there",
       command="coupon-reset --rebuild-gate, then coupon-consume --recover --yes",
       better="the user has the coupon")
def rebuilt(item, sandbox):
    event = AuditedEvent(item, sandbox, "rebuilt", users=(1, 2))
    event.delete_row(1)
    event.forget_claim(1)
    event.story(1, 1, REBUILD, *event.told())
    event.rebuild()
    event.story(1, 1, RECOVER)
    event.recovery(0, (), "--yes")
    event.story(1, 0, ())


@tries(STORY, NO_STORE_KNOWS, state="record and claim of the user are gone before a worker read the record", command="coupon-apply in the next round",
       better="the user has a coupon")
def lost_everywhere(item, sandbox):
    event = AuditedEvent(item, sandbox, "nowhere", users=(1,), drained=False)
    event.forget_claim(1)
    delete_records(sandbox.brokers, event.topic, event.ends())
    event.story(1, 1, NO_STORE_KNOWS, *event.told())
    _in_a_later_round(event, 1)


@tries(STORY, OLDER_ROUND, state="the row of a winner of round 1 is deleted while round 2 is open", command="coupon-apply in round 2",
       better="the user has a coupon of it")
def older_round(item, sandbox):
    event = AuditedEvent(item, sandbox, "older", users=(1,))
    told = event.told()
    event.new_round()
    event.delete_row(1, number=1)
    event.story(1, 1, OLDER_ROUND, "--round", 1, *told)
    event.apply(1)
    event.drain()
    event.story(1, 0, ())


@tries(STORY, LAG, state="the story asks a copy of the database, in which the user's coupon is missing",
       command="the story of the database that the workers write to",
       better="the user has the coupon")
def lagging(item, sandbox):
    event = AuditedEvent(item, sandbox, "lag-user", users=(1,))
    copy = copy_database(event, "coupon_old")
    event.apply(2)
    event.drain()
    event.story(2, 5, LAG, settings=copy)
    event.story(2, 0, ())
