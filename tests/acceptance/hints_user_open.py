"""Serves item hints_user: users who were promised nothing."""

import time

from audited import ARM, NO_SUCH_ROUND, OTHER_ROUND, AuditedEvent, copy_database
from event import Event
from hint_table import told, tries
from redis_store import gate_key
from waiting import wait_until

STORY = "lib/audit/story_ending.cpp"
APPLY = "apply: … of … coupons are left"
OPENS = "apply from … on"
CLOSED = "the event is closed; after coupon-reset --reopen this user can apply"
OVER = "none: the round ended at …; apply in a later round"
SOLD_OUT = "none: all … coupons are taken; apply in a later round"
FIRST_ROUND = "coupon-reset opens a round"
LATER = "apply in a later round"
ASK_COPY = "ask a copy of the database from before, with --mysql"


def _at(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def _has_coupon_after_applying(event, user):
    event.apply(user)
    event.drain()
    event.story(user, 0, ())


@tries(STORY, APPLY, state="a round with free coupons", command="coupon-apply", better="the user has a coupon")
def apply_now(item, sandbox):
    event = AuditedEvent(item, sandbox, "free", users=(1,))
    event.story(9, 1, APPLY)
    _has_coupon_after_applying(event, 9)


@tries(STORY, FIRST_ROUND, state="an event without a round", command="coupon-reset, then coupon-apply", better="the user has a coupon")
def first_round(item, sandbox):
    told(item, FIRST_ROUND, Event(item, sandbox, "first").run("coupon-audit", "--user", 9), "an event without a round")
    _has_coupon_after_applying(AuditedEvent(item, sandbox, "first"), 9)


@tries(STORY, OPENS, state="a round that opens in a few seconds", command="coupon-apply once it is open", better="the user has a coupon")
def opens_later(item, sandbox):
    event = AuditedEvent(item, sandbox, "opens")
    event.new_round("--opens-at", _at(5))
    event.story(9, 1, OPENS)
    wait_until(lambda: "apply: " in event.run("coupon-audit", "--user", 9).out, 15, "the round does not open", interval=0.5)
    _has_coupon_after_applying(event, 9)


@tries(STORY, CLOSED, state="the event is closed", command="coupon-reset --reopen, then coupon-apply", better="the user has a coupon")
def closed(item, sandbox):
    event = AuditedEvent(item, sandbox, "closed")
    event.reset("--close")
    event.story(9, 1, CLOSED)
    event.reset("--reopen")
    _has_coupon_after_applying(event, 9)


@tries(STORY, OVER, state="a round whose end has come", command="coupon-apply in the next round", better="the user has a coupon")
def over(item, sandbox):
    event = AuditedEvent(item, sandbox, "over")
    event.new_round("--closes-at", _at(3))
    wait_until(lambda: "the round ended at" in event.run("coupon-audit", "--user", 9).out, 15, "the round does not end", interval=0.5)
    event.story(9, 1, OVER)
    event.new_round()
    _has_coupon_after_applying(event, 9)


@tries(STORY, SOLD_OUT, state="a round that is sold out", command="coupon-apply in the next round", better="the user has a coupon")
def sold_out(item, sandbox):
    event = AuditedEvent(item, sandbox, "sold-out", users=(1, 2), limit=2)
    event.story(9, 1, SOLD_OUT)
    event.new_round()
    _has_coupon_after_applying(event, 9)


@tries(STORY, NO_SUCH_ROUND, state="--round 7 of an event with one round", command="coupon-audit --user without --round",
       better="the user has a coupon")
def unknown(item, sandbox):
    event = AuditedEvent(item, sandbox, "unknown", users=(1,))
    event.story(1, 5, NO_SUCH_ROUND, "--round", 7)
    event.story(1, 0, ())


@tries(STORY, LATER, state="a round that a forced reset gave up, and one that is over", command="coupon-apply in the newest round",
       better="the user has a coupon of it")
def later(item, sandbox):
    event = AuditedEvent(item, sandbox, "later", users=(1,), drained=False)
    event.reset("--force", "--limit", 5, "--wait", "1s")
    event.story(1, 1, LATER, "--round", 1)
    event.new_round()
    event.story(1, 1, LATER, "--round", 2)
    _has_coupon_after_applying(event, 1)


@tries(STORY, ASK_COPY, state="the coupons of round 1 were deleted by --purge-ledger, and there is a copy of the database from before",
       command="coupon-audit --user --round 1 at the copy", better="the user has a coupon")
def purged(item, sandbox):
    event = AuditedEvent(item, sandbox, "purged-user", users=(1,))
    copy = copy_database(event, "coupon_before")
    event.new_round("--purge-ledger")
    event.story(1, 5, ASK_COPY, "--round", 1)
    event.story(1, 0, (), "--round", 1, settings=copy)


@tries(STORY, ARM, state="Redis was restarted", command="coupon-consume", better="the story tells that the user can apply")
def not_armed(item, sandbox):
    event = AuditedEvent(item, sandbox, "not-armed", users=(1,))
    event.restart_redis()
    event.story(9, 5, ARM)
    event.work_until_armed()
    event.story(9, 1, APPLY.split("…")[0])


@tries(STORY, OTHER_ROUND, state="Redis has the gate of round 1 again, from a backup, while round 2 is open", command="coupon-consume",
       better="the story tells that the user can apply")
def old_gate(item, sandbox):
    event = AuditedEvent(item, sandbox, "old-gate", users=(1,))
    dump = event.redis_says("DUMP", gate_key(event.name))
    event.new_round()
    event.redis_says("RESTORE", gate_key(event.name), 0, dump, "REPLACE")
    event.story(9, 5, OTHER_ROUND)
    event.work_until_armed()
    event.story(9, 1, APPLY.split("…")[0])
