"""Brakes on a reset: each refusal with its exit code and sentence, and with gate, ledger and topic before and after; --once; the plan; what
typing the event's name allows; coupons deleted without a new round."""

import struct
import threading
from datetime import datetime, timedelta, timezone

from event import Event
from signature import mac_of
from terminal import typed as typed_at
from topic_store import produce
from waiting import wait_until

TITLE = "brakes on a reset: each refusal, with the gate's state before and after"
SECONDS = 300
ANOTHER_KEY = "5a" * 16


def _database(sandbox, number):
    """The sandbox's Redis, with another of its databases."""
    return sandbox.environment["COUPON_REDIS"].rsplit("/", 1)[0] + f"/{number}"


def _at(**later):
    return (datetime.now(timezone.utc) + timedelta(**later)).isoformat(timespec="seconds")


class Table:
    """Rows of one event: a call of coupon-reset, its exit code, what it says, and that nothing has changed."""

    def __init__(self, item, sandbox, name, *words):
        self.item, self.sandbox, self.rows = item, sandbox, 0
        self.event = Event(item, sandbox, name)
        self.event.reset(*words)

    def state(self):
        """Every key of the event in two databases, every row of the event, and the records on its topic."""
        gates = []
        with self.event.redis() as redis:
            for number in (0, 1):
                redis.ask("SELECT", number)
                gates.append({key: redis.hash(key) for key in sorted(redis.ask("KEYS", "coupon:{%s}*" % self.event.name))})
        rounds = self.event.ledger.query(f"SELECT * FROM coupon_round WHERE event = '{self.event.name}' ORDER BY round")
        coupons = self.event.ledger.query(f"SELECT round, slot, user_id FROM coupon WHERE event = '{self.event.name}' ORDER BY round, slot")
        return gates, rounds, coupons, len(self.event.records().records)

    def row(self, *words, code, says, changes=False, settings=None, topic=None):
        before = self.state()
        event = Event(self.item, self.sandbox, self.event.name, topic) if topic else self.event
        outcome = event.run("coupon-reset", *words, settings=settings)
        what = " ".join(map(str, words))
        self.item.equal(outcome.code, code, f"{self.event.name}: {what}: exit ({outcome.brief()})")
        said = outcome.out + outcome.err
        self.item.check(says in said, f"{self.event.name}: {what}: it does not say {says!r}: {said[-400:]}")
        self.item.equal(self.state() != before, changes, f"{self.event.name}: {what}: gate, ledger or topic changed")
        self.rows += 1
        return outcome

    def apply(self, user, code=0):
        outcome = self.event.run("coupon-apply", user)
        self.item.equal(outcome.code, code, f"{self.event.name}: coupon-apply {user} ({outcome.brief()})")

    def issue(self):
        outcome = self.event.run("coupon-consume", "--until-drained", "-q")
        self.item.equal(outcome.code, 0, f"{self.event.name}: coupon-consume ({outcome.brief()})")


def running(item, sandbox):
    table = Table(item, sandbox, "running", "--limit", 3000)
    table.apply(1)
    table.apply(2)
    refused = "round 1 is running (2 of 3,000 granted); nothing was changed; pass --end-running to end it"
    for words in ((), ("--force",), ("--purge-ledger",), ("--limit", 5)):
        table.row("--yes", *words, code=1, says=refused)
    table.row("--dry-run", code=1, says=refused)
    table.row("--yes", "--closes-at", _at(hours=-1), code=2, says="--closes-at")
    table.row("--yes", "--opens-at", _at(minutes=-2), code=2, says="2 min ago by the clock of redis://")
    table.row("--yes", "--end-running", "--opens-at", _at(days=-365), code=2, says="365 days ago")
    table.row("--yes", "--end-running", code=2, says="is not the gate of round 1", settings={"COUPON_REDIS": _database(sandbox, 1)})
    table.row("--yes", "--end-running", "--force", code=2, says="is not the gate of round 1", settings={"COUPON_REDIS": _database(sandbox, 1)})
    table.apply(3)
    table.issue()
    table.row("--yes", "--end-running", "--opens-at", "now", "--closes-at", "+1h", code=0, says="round 2 of event running: 100 coupons, open now, closes ",
              changes=True)
    item.figure("rows, running", table.rows)


def strangers(item, sandbox):
    """A gate of a round that the ledger lost, another ledger's gate, another event's topic, and another environment's records."""
    table = Table(item, sandbox, "strangers", "--limit", 3)
    event = table.event
    key = event.ledger.round_key(event.name, 1)
    event.ledger.query(f"UPDATE coupon_round SET round_key = '{ANOTHER_KEY}' WHERE event = '{event.name}'")
    for words in ((), ("--force",)):
        table.row("--yes", "--end-running", *words, code=2, says="they belong to different ledgers")
    table.row("--reopen", "--yes", code=2, says="they belong to different ledgers")
    event.ledger.query(f"UPDATE coupon_round SET round_key = '{key}' WHERE event = '{event.name}'")
    with event.redis() as redis:
        redis.ask("HSET", "coupon:{%s}" % event.name, "round", "2")
    for words in ((), ("--force",)):
        table.row("--yes", "--end-running", *words, code=1, says="the gate holds round 2, and the ledger does not know it: its highest round is 1")
    with event.redis() as redis:
        redis.ask("HSET", "coupon:{%s}" % event.name, "round", "1")
    table.apply(1)
    other = Table(item, sandbox, "other-event")
    table.row("--yes", "--end-running", topic=other.event.topic, code=2,
              says=f"--topic {other.event.topic}: round 1 of event strangers uses strangers_create, and is not settled: users can still apply")
    table.apply(2)
    table.issue()
    foreign = mac_of(ANOTHER_KEY, event.name, 1, 1, 9, 99, 1)
    produce(sandbox.brokers, event.topic, key="99", value=struct.pack(">q", 99),
            headers=[("event", event.name), ("round", "1"), ("epoch", "1"), ("slot", "9"), ("granted_at", "1"), ("v", "1"), ("mac", foreign)])
    for words in ((), ("--force",)):
        table.row("--yes", "--end-running", *words, code=2, says=f"topic {event.topic} holds 1 record, at ")
    preflight = event.run("coupon-audit", "--preflight")
    item.equal(preflight.code, 1, f"preflight beside a foreign record ({preflight.brief()})")
    item.check("foreign-records" in preflight.out, f"preflight does not name it: {preflight.out[-300:]}")
    table.issue()
    table.row("--yes", "--end-running", code=0, says="round 2 of event strangers", changes=True)
    item.figure("rows, strangers", table.rows)


def once(item, sandbox):
    """A crontab line that fires twice, in turn and at the same moment, sold out or not."""
    table = Table(item, sandbox, "once", "--limit", 2, "--once", "2026-12-01")
    again = ("--yes", "--end-running", "--limit", 2, "--once", "2026-12-01")
    said = "round 1 of event once was opened with --once 2026-12-01 already; nothing was changed"
    table.row(*again, code=0, says=said)
    table.apply(1)
    table.apply(2)
    table.row(*again, code=0, says=said)
    table.row(*again, "--purge-ledger", "--closes-at", _at(hours=-1), code=0, says=said)
    item.equal(table.event.run("coupon-reset", *again, "-q").out, "", "-q: what it prints")
    table.issue()
    table.row("--yes", "--limit", 2, "--once", "2026-12-02", code=0, says="round 2 of event once: 2 coupons", changes=True)
    table.row(*again, code=0, says=said)

    codes = []
    twins = [threading.Thread(target=lambda: codes.append(table.event.run("coupon-reset", "--yes", "--end-running", "--once", "2026-12-03").code))
             for _ in range(2)]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join()
    item.check(sorted(codes) in ([0, 0], [0, 6]), f"two resets with one key at the same moment end with {sorted(codes)}")
    item.equal(table.event.round(), 3, "the newest round after two resets with one key at the same moment")
    item.figure("two at the same moment, exits", str(sorted(codes)))
    item.figure("rows, once", table.rows)


def reopened(item, sandbox):
    table = Table(item, sandbox, "over", "--closes-at", "+3s")
    event = table.event
    wait_until(lambda: event.run("coupon-apply", "--dry-run", 1).code == 12, 20, "the window does not end")
    event.reset("--close")
    table.row("--reopen", "--yes", code=1, says="the window of round 1 ended at ")
    table.row("--reopen", "--dry-run", code=1, says="give a later end (--closes-at TIME)")
    table.row("--reopen", "--yes", "--closes-at", _at(seconds=-5), code=2, says="--closes-at")
    story = event.run("coupon-audit", "--user", 1)
    item.check("--reopen" not in story.out, f"the audit recommends --reopen of a round that is over: {story.out}")
    table.row("--reopen", "--dry-run", "--closes-at", "+1h", code=0, says="(in 60 min)")
    table.row("--reopen", "--yes", "--closes-at", "+1h", code=0, says="event over is open: round 1, 0 of 100 granted, open now, closes ", changes=True)
    table.apply(2)
    with event.redis() as redis:
        redis.ask("DEL", "coupon:{%s}" % event.name, "coupon:{%s}:outbox" % event.name)
    with event.worker():
        wait_until(lambda: event.gate() is not None and event.gate().is_armed, 30, "the gate is not made again")
        table.apply(3)
    item.figure("rows, over", table.rows)


def _typed(table, answer, *words):
    """coupon-reset on a terminal, at which the operator types the answer; its exit code, and what the terminal shows."""
    return typed_at(table.event, answer, "coupon-reset", *words)


def typed(item, sandbox):
    """The prompts show the plan: addresses, round, what is granted. The event's name allows what --end-running allows."""
    table = Table(item, sandbox, "typed", "--limit", 3000)
    table.apply(1)
    table.apply(2)
    table.issue()
    before = table.state()
    code, shown = _typed(table, "typo", "--limit", 50, "--partitions", 9, "--purge-ledger", "--opens-at", "+29m")
    item.equal(code, 1, f"another name: exit ({shown[-200:]})")
    item.equal(table.state(), before, "another name: gate, ledger and topic")
    partitions = len(table.event.records().ends)
    for line in (f"skipped  create topic: {table.event.topic} exists with {partitions} partition",
                 "; --partitions 9 is not applied",
                 "planned  close round: round 1, in mysql://",
                 "planned  close gate: 2 of 3,000 granted in round 1, at redis://",
                 "planned  settle: every claim of round 1 has its coupon within 30 s",
                 "planned  insert round: round 2, 50 coupons, opens ",
                 " (in 29 min)",
                 f"planned  purge topic: 2 records of {table.event.topic}, at kafka at ",
                 "planned  purge ledger: 2 coupons of 1 older round; the newest round is kept, in mysql://",
                 "\nThis ends round 1 (2 of 3,000 granted).\nType \"typed\" to continue: "):
        item.check(line in shown, f"the prompt lacks {line!r}: {shown}")
    code, shown = _typed(table, "typo", "--close")
    item.equal((code, table.state()), (1, before), "--close, another name: exit and state")
    item.check("planned  close gate: round 1, 2 of 3,000 granted, at redis://" in shown, f"the prompt of --close: {shown}")
    code, shown = _typed(table, "typed", "--close")
    item.equal((code, table.event.gate().state), (0, "closed"), f"--close, the event's name: exit and gate ({shown[-200:]})")
    code, shown = _typed(table, "typed", "--reopen")
    item.equal((code, table.event.gate().state), (0, "open"), f"--reopen, the event's name: exit and gate ({shown[-200:]})")
    item.check("planned  reopen round: round 1, 2 of 3,000 granted, in mysql://" in shown, f"the prompt of --reopen: {shown}")
    item.check("planned  open gate: at redis://" in shown, f"the prompt of --reopen: {shown}")
    code, shown = _typed(table, "typed", "--limit", 50)
    item.equal((code, table.event.round()), (0, 2), f"the event's name: exit and round ({shown[-200:]})")


def purged(item, sandbox):
    """Coupons of all rounds but the newest N are deleted, with a round or without one."""
    table = Table(item, sandbox, "purged", "--limit", 2)
    event = table.event
    for number in range(1, 5):
        table.apply(1)
        table.apply(2)
        table.issue()
        if number < 4:
            event.reset("--limit", 2)
    rows = lambda: [event.ledger.count(event.name, number) for number in range(1, 6)]  # noqa: E731
    table.row("--purge-ledger", "--keep", 3, "--no-round", "--dry-run", code=0, says="planned  purge ledger: 2 coupons of 1 older round; the newest 3 rounds")
    item.equal(rows(), [2, 2, 2, 2, 0], "rows after the plan")
    table.row("--purge-ledger", "--keep", 3, "--no-round", "--yes", code=0, says="done     purge ledger: 2 coupons of 1 older round", changes=True)
    item.equal((rows(), event.round()), ([0, 2, 2, 2, 0], 4), "rows and newest round")
    table.row("--purge-ledger", "--keep", 2, "--yes", "--limit", 2, code=0, says="done     purge ledger: 4 coupons of 2 older rounds", changes=True)
    item.equal((rows(), event.round()), ([0, 0, 0, 2, 0], 5), "rows and newest round after a reset that keeps two")
    item.figure("rows, purged", table.rows)


def run(item):
    with item.sandbox() as sandbox:
        item.each((running, strangers, once, reopened, typed, purged), sandbox)
