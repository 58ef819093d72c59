"""Serves item hints_reset: why a reset refuses, and what helps."""

import signal
import struct
import time

from event import Event
from group_stranger import stranger
from hint_shown import issue, shown, works
from hint_table import tries
from redis_store import gate_key, outbox_key
from signature import mac_of
from topic_admin import create_topic
from topic_store import produce
from waiting import wait_until

CLOSED = "then repeat this"
RECOVERY = "run coupon-consume --recover --yes, then repeat this; add --force to abandon what it could not issue"
FOREIGN = ("another environment uses the topic: name another one (--topic), or check --brokers and --mysql. Where another program in the workers' group "
           "read them, coupon-consume --recover --yes keeps them as failed events")


def _opened(item, sandbox, name, *users):
    """An event whose users were granted coupons."""
    event = Event(item, sandbox, name)
    event.reset("--limit", 10)
    for user in users:
        works(event, "coupon-apply", user)
    return event


def _reset(event, *words, code=0, hint=None):
    """A reset that waits for two seconds at most. With a hint it fails."""
    outcome = event.run("coupon-reset", "--yes", "--end-running", "--limit", 10, "--wait", "2s", *words)
    if hint:
        shown(event, outcome, code, hint)
    else:
        event.item.equal(outcome.code, code, f"the reset afterwards ({outcome.brief()})")
        event.item.equal(event.gate().state, "open", "the gate afterwards")


@tries("lib/core/reset_brakes.cpp", "pass --end-running to end it", state="a round that is open and not sold out", command="coupon-reset --end-running",
       better="a new round is open")
def running(item, sandbox):
    event = _opened(item, sandbox, "running")
    shown(event, event.run("coupon-reset", "--yes"), 1, "pass --end-running to end it")
    works(event, "coupon-reset", "--yes", "--end-running")
    item.equal(event.round(), 2, "the newest round")


@tries("lib/core/reset_steps.cpp", f"run coupon-consume --until-drained, {CLOSED}", state="a claim whose record no worker has read",
       command="coupon-consume --until-drained; coupon-reset", better="the user has a coupon, and the new round is open")
def settled_by_a_worker(item, sandbox):
    event = _opened(item, sandbox, "drained", 1)
    _reset(event, code=1, hint=f"run coupon-consume --until-drained, {CLOSED}")
    item.equal(event.gate().state, "closed", "the gate of a reset that was refused")
    issue(event)
    _reset(event)
    item.equal(event.ledger.count(event.name, 1), 1, "coupons of the old round")


@tries("lib/core/reset_steps.cpp", RECOVERY, state="a claim whose record another program in the workers' group has read",
       command="coupon-consume --recover --yes; coupon-reset", better="the user has a coupon, and the new round is open")
def settled_by_a_recovery(item, sandbox):
    event = _opened(item, sandbox, "recovered")
    with stranger(event):
        works(event, "coupon-apply", 1)
        time.sleep(6)
    _reset(event, code=1, hint=RECOVERY)
    works(event, "coupon-consume", "--recover", "--yes")
    _reset(event)
    item.equal(event.ledger.count(event.name, 1), 1, "coupons of the old round")


@tries("lib/core/reset_steps.cpp", f"run coupon-reset --rebuild-gate, {CLOSED}",
       state="two pending claims of one slot of which nothing is on the topic; counters that disagree; a claim that cannot be read",
       command="coupon-reset --rebuild-gate; coupon-consume --recover --yes where claims have no coupon; coupon-reset", better="the new round is open")
def settled_by_a_rebuild(item, sandbox):
    event = _opened(item, sandbox, "rebuilt", 1)
    issue(event)
    key, outbox = gate_key(event.name), outbox_key(event.name)
    for harm in ((("HSET", key, "u:4", "4:a", "u:5", "4:b", "granted", 3, "run_id", "another"), ("HSET", outbox, "u:4", "4:1:1", "u:5", "4:1:1")),
                 (("HSET", key, "granted", 2),), (("HSET", key, "u:1", "garbage", "run_id", "another"),)):
        with event.redis() as redis:
            for words in harm:
                redis.ask(*words)
        _reset(event, code=1, hint=f"run coupon-reset --rebuild-gate, {CLOSED}")
        works(event, "coupon-reset", "--rebuild-gate", "--yes")
        _reset(event)
        works(event, "coupon-apply", 1)
        issue(event)


def _foreign(event, user, slot):
    """A record of the event's round that a program without the round's key wrote."""
    mac = mac_of("5a" * 16, event.name, 1, 1, slot, user, 1)
    produce(event.sandbox.brokers, event.topic, key=str(user), value=struct.pack(">q", user),
            headers=[("event", event.name), ("round", "1"), ("epoch", "1"), ("slot", str(slot)), ("granted_at", "1"), ("v", "1"), ("mac", mac)])


@tries("lib/flow/reset/reset_look.cpp", FOREIGN, state="a record that no round of this ledger signed; one that another program in the group has read",
       command="coupon-reset --topic with another name; coupon-consume --recover --yes, then coupon-reset", better="a new round is open")
def foreign_records(item, sandbox):
    event = Event(item, sandbox, "foreign")
    create_topic(sandbox.brokers, event.topic, 1)
    _foreign(event, 99, 9)
    _reset(event, code=2, hint=FOREIGN)
    event.topic = f"{event.name}_own"
    _reset(event)
    works(event, "coupon-apply", 1)
    issue(event)
    _foreign(event, 98, 9)
    with stranger(event):
        wait_until(lambda: "foreign-records" in event.run("coupon-audit", "--preflight").out, 20, "the record is not on the topic")
    _reset(event, code=2, hint=FOREIGN)
    works(event, "coupon-consume", "--recover", "--yes")
    _reset(event)


@tries("lib/flow/reset/reset_look.cpp", "give event … a topic of its own (--topic)", state="coupon-reset --topic with the topic of another event",
       command="coupon-reset --topic with another name", better="the event is open")
@tries("lib/flow/reset/reset_look.cpp", "…; to move the event, close it and let coupon-consume finish first",
       state="coupon-reset --topic with another name, while users can apply", command="coupon-reset --close; coupon-consume --until-drained; coupon-reset",
       better="the event is open, on the other topic")
def topics(item, sandbox):
    event = _opened(item, sandbox, "moves", 1)
    other = Event(item, sandbox, "taker", topic=event.topic)
    _reset(other, code=2, hint="give event … a topic of its own (--topic)")
    other.topic = f"{other.name}_own"
    _reset(other)
    own, event.topic = event.topic, f"{event.name}_other"
    _reset(event, code=2, hint="…; to move the event, close it and let coupon-consume finish first")
    wanted, event.topic = event.topic, own
    event.reset("--close")
    issue(event)
    event.topic = wanted
    _reset(event)
    works(event, "coupon-apply", 2)
    item.equal(len(event.records().records), 1, "records on the other topic")


@tries("lib/flow/reset/reset_look.cpp", "check --brokers", "…; to move the event, close it and let coupon-consume finish first",
       state="coupon-reset --brokers with another cluster, while a claim is on its way",
       command="coupon-reset with the right --brokers; coupon-reset --close, coupon-consume --until-drained, then coupon-reset with the others",
       better="a new round is open, and then one on the other cluster")
def other_cluster(item, sandbox):
    event = _opened(item, sandbox, "clusters", 1)
    hint = "…; to move the event, close it and let coupon-consume finish first"
    with item.sandbox("--only", "kafka", name="kafka") as other:
        there = {"COUPON_BROKERS": other.environment["COUPON_BROKERS"]}
        words = ("coupon-reset", "--yes", "--end-running", "--limit", 10)
        shown(event, event.run(*words, settings=there), 2, "check --brokers", hint)
        issue(event)
        works(event, *words)
        works(event, "coupon-apply", 1)
        shown(event, event.run(*words, settings=there), 2, hint)
        event.reset("--close")
        issue(event)
        works(event, *words, settings=there)
        works(event, "coupon-apply", 1, settings=there)


@tries("lib/flow/reset/ledger_purge.cpp", "coupon-reset --purge-ledger --no-round goes on with it", state="a trigger refuses to delete coupons",
       command="coupon-reset --purge-ledger --no-round, once the trigger is gone", better="the coupons of the older round are gone")
def purge(item, sandbox):
    event = _opened(item, sandbox, "purged", 1)
    issue(event)
    event.ledger.query("CREATE TRIGGER kept BEFORE DELETE ON coupon FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'kept'")
    try:
        _reset(event, "--purge-ledger", code=3, hint="coupon-reset --purge-ledger --no-round goes on with it")
        item.equal(event.ledger.count(event.name, 1), 1, "coupons of the older round")
    finally:
        event.ledger.query("DROP TRIGGER kept")
    works(event, "coupon-reset", "--purge-ledger", "--no-round", "--yes")
    item.equal(event.ledger.count(event.name, 1), 0, "coupons of the older round afterwards")


@tries("lib/flow/reset/reset_settle.cpp", "the gate is closed; run this again", state="coupon-reset gets SIGTERM while it waits for a claim",
       command="coupon-reset, once a worker has issued it", better="a new round is open")
def interrupted(item, sandbox):
    event = _opened(item, sandbox, "interrupted", 1)
    with event.start("coupon-reset", "--yes", "--end-running") as process:
        wait_until(lambda: event.gate().state == "closed", 20, "the reset does not close the gate")
        process.signal(signal.SIGTERM)
        shown(event, process.wait(20), 143, "the gate is closed; run this again")
    issue(event)
    _reset(event)
