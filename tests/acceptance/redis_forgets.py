"""Redis forgets, while a flood, a worker and a reset run. Every scenario has an event of its own.

Kafka is paused for a moment before each loss, so that there are claims which nothing but Redis knows of: they are lost for good, given
again in the next epoch, and their records, which come late, are fenced.
"""

import random
import time
from collections import Counter

from event import Event
from history_file import read_histories
from contradictions import contradictions, row_against_claim
from failback import failed_back
from million_claims import a_million
from judge import judge
from losses import Backup, cut_tail, empty, log_size
from waiting import Failure, wait_until

TITLE = "Redis forgets"
SECONDS = 900
LIMIT, REQUESTS = 4_000, 9_000
ARMED_WITHIN_S = 5
SEED, MOMENTS = 17, 12
NEW_LIMIT = 50


def is_armed(event):
    """Whether the gate is there and armed; False while Redis does not answer."""
    try:
        gate = event.gate()
    except (OSError, Failure):
        return False
    return gate is not None and gate.is_armed


class Losing:
    """A flood and a worker, and something that makes Redis forget in the middle."""

    def __init__(self, item, sandbox, name, lose):
        self.item, self.sandbox, self.name = item, sandbox, name
        self.event = Event(item, sandbox, name.replace(" ", ""))
        self._lose = lose
        self.history = self.event.history(self.event.name)
        self.event.reset("--limit", LIMIT)

    def flood(self):
        return self.event.start_flood("--requests", REQUESTS, "--concurrency", 64, "--rate", "2500/s", "--timeout", "30s", "--seed", SEED,
                                      history=self.history)

    def forget(self):
        """Keeps what `_lose` needs, lets claims gather that only Redis knows of, and loses them. Returns how many claims are gone."""
        event, sandbox = self.event, self.sandbox
        wait_until(lambda: event.gate_number("granted") >= LIMIT // 4, 60, "nobody is granted anything")
        act = self._lose(sandbox)
        wait_until(lambda: event.gate_number("granted") >= LIMIT // 2, 60, "nobody else is granted anything")
        sandbox.pause("kafka")
        published = event.gate_number("published")
        wait_until(lambda: event.gate_number("granted") >= published + 40, 20, "no claim waits for Kafka")
        before = event.gate_number("granted")
        act()
        after = event.gate_number("granted")
        sandbox.resume("kafka")
        self.item.check(after < before, f"{self.name}: nothing was lost ({before} claims, then {after})")
        wait_until(lambda: is_armed(event), 30, f"{self.name}: the gate is not armed again")
        return before - after


def from_a_backup(sandbox):
    return Backup(sandbox).restore


def by_its_tail(sandbox):
    size = log_size(sandbox)
    # In the middle of an entry, as a power cut leaves it.
    return lambda: cut_tail(sandbox, size + 777)


def by_flushall(sandbox):
    return lambda: empty(sandbox)


def _losing_under_a_flood(item, sandbox, name, lose):
    losing = Losing(item, sandbox, name, lose)
    event = losing.event
    with event.worker(), losing.flood() as flood:
        lost = losing.forget()
        item.check(not flood.ended(), f"{name}: the flood was over before the gate was armed again")
        report = event.flood_document(flood, codes=(0, 3, 5, 13), history=losing.history)
        event.must_be_exact(name, LIMIT, [losing.history], expected=LIMIT, wait="90s", armed={})
    granted = Counter(a.slot for a in read_histories([losing.history]) if a.answer == "granted")
    item.check(max(granted.values()) == 1, f"{name}: slot {granted.most_common(1)[0][0]} was promised to {granted.most_common(1)[0][1]} users")
    item.equal(report["counts"]["closed"], 0, f"{name}: users told closed, though the round was open")
    item.figure(name, f"{lost} claims lost, epoch {event.gate_number('epoch')}, told "
                + " ".join(f"{kind} {count}" for kind, count in report["counts"].items() if count))


def emptied(item, sandbox):
    _losing_under_a_flood(item, sandbox, "emptied", by_flushall)


def tail_cut(item, sandbox):
    _losing_under_a_flood(item, sandbox, "tail cut", by_its_tail)


def old_backup(item, sandbox):
    _losing_under_a_flood(item, sandbox, "old backup", from_a_backup)


def _losing_under_a_reset(item, sandbox, name, lose):
    """The same while a reset waits for the round to settle: the round it ends is exact, and so is the one it opens."""
    losing = Losing(item, sandbox, name, lose)
    event, old_round = losing.event, losing.event.round()
    with event.worker():
        with losing.flood() as flood:
            wait_until(lambda: event.gate_number("granted") >= LIMIT // 4, 60, "nobody is granted anything")
            act = lose(sandbox)
            wait_until(lambda: event.gate_number("granted") >= LIMIT // 2, 60, "nobody else is granted anything")
            sandbox.pause("kafka")
            with event.start("coupon-reset", "--yes", "-q", "--end-running", "--limit", NEW_LIMIT, "--wait", "60s", "--timeout", "20s") as reset:
                # It asks all three servers first, so Kafka has to answer until the gate is closed.
                sandbox.resume("kafka")
                wait_until(lambda: event.gate_number("round") > old_round or event.gate().state == "closed", 30, "the reset closes nothing")
                sandbox.pause("kafka")
                act()
                sandbox.resume("kafka")
                outcome = reset.wait(120)
            item.check(outcome.code in (0, 3), f"{name}: exit of the reset ({outcome.brief()})")
            report = event.flood_document(flood, codes=(0, 3, 5, 13), history=losing.history)
        if outcome.code != 0:
            event.reset("--limit", NEW_LIMIT)  # the gate was lost, and perhaps made anew, after the last look: the next run finishes what this one began
        item.within(event.round(), old_round + 1, old_round + 2, f"{name}: round after the reset")
        new_history = event.history("new")
        event.flood("--requests", 2 * NEW_LIMIT, "--concurrency", 16, "--first-user", 1_000_001, "--seed", SEED, history=new_history)
        event.must_be_exact(f"{name}, new round", NEW_LIMIT, [new_history], expected=NEW_LIMIT)
        outcome = event.audit("--round", old_round, histories=[losing.history])
        item.equal((outcome.code, event.verdict_of(outcome)), (0, "exact"), f"{name}, old round: exit, verdict ({outcome.brief()})")
        for sentence in judge(event.evidence(LIMIT, [losing.history], round_number=old_round, armed={})):
            item.check(False, f"{name}, old round: {sentence}")
    item.figure(name, f"exit of the reset {outcome.code}, old round {event.ledger.count(event.name, old_round)} rows, told "
                + " ".join(f"{kind} {count}" for kind, count in report["counts"].items() if count))


def emptied_under_a_reset(item, sandbox):
    _losing_under_a_reset(item, sandbox, "emptied under a reset", by_flushall)


def tail_cut_under_a_reset(item, sandbox):
    _losing_under_a_reset(item, sandbox, "tail cut under a reset", by_its_tail)


def old_backup_under_a_reset(item, sandbox):
    _losing_under_a_reset(item, sandbox, "old backup under a reset", from_a_backup)


def emptied_at_any_moment_of_a_reset(item, sandbox):
    """FLUSHALL at seeded moments of a reset. One that was disturbed says so, and the next finishes its work."""
    event, chance, seen = Event(item, sandbox, "anymoment"), random.Random(SEED), Counter()
    event.reset("--limit", NEW_LIMIT)
    started = time.monotonic()
    with event.worker():
        event.reset("--limit", NEW_LIMIT)
        lasts = time.monotonic() - started
        for moment in range(MOMENTS):
            what, history = f"moment {moment}", event.history(f"moment-{moment}")
            old_round = event.round()
            event.run("coupon-apply", "--history", history, *range(100 * moment + 1, 100 * moment + 9))
            with event.start("coupon-reset", "--yes", "-q", "--end-running", "--limit", NEW_LIMIT, "--wait", "20s") as reset:
                time.sleep(chance.uniform(0, lasts))
                empty(sandbox)
                code = reset.wait(90).code
            item.check(code in (0, 1, 3, 5, 6), f"{what}: the disturbed reset ended with {code}")
            seen[code] += 1
            outcome = event.audit("--round", old_round, "--wait", "20s", histories=[history])
            item.equal((outcome.code, event.verdict_of(outcome)), (0, "exact"), f"{what}, the round before: exit, verdict ({outcome.brief()})")
            wait_until(lambda: is_armed(event) or code != 0, 20, f"{what}: the gate is not armed again")
            event.reset("--limit", NEW_LIMIT)
            item.equal((event.gate().state, event.gate().claims), ("open", {}), f"{what}: gate after the next reset")
    item.figure(f"emptied at {MOMENTS} moments of a reset, exit codes", " ".join(f"{code}: {count}" for code, count in sorted(seen.items())))


def restarted(item, sandbox):
    """A restart that lost nothing. Without a worker the gate stays shut; with one it is armed within seconds."""
    event, worst = Event(item, sandbox, "restarted"), 0
    history = event.history("restarted")
    event.reset("--limit", 100)
    event.run("coupon-apply", "--history", history, *range(1, 41))
    with event.worker():
        event.wait_rows(40)
        for _ in range(3):
            sandbox.kill("redis")
            sandbox.start("redis")
            back = time.monotonic()
            wait_until(lambda: is_armed(event), 30, "the gate is not armed again")
            worst = max(worst, time.monotonic() - back)
        event.must_be_exact("restarted", 100, [history], expected=40)
    item.within(worst, 0, ARMED_WITHIN_S, "armed again after a restart that lost nothing, s")
    sandbox.kill("redis")
    sandbox.start("redis")
    outcome = event.run("coupon-apply", "--timeout", "1s", 41)
    item.equal(outcome.code, 3, f"coupon-apply while the gate is not armed: exit ({outcome.brief()})")
    item.check("not armed" in outcome.out + outcome.err and "coupon-consume" in outcome.out + outcome.err,
               f"coupon-apply does not say that the gate is not armed, nor who arms it: {outcome.out + outcome.err}")
    item.figure("armed again after a restart that lost nothing, slowest of 3, s", worst)


def opening_forgotten(item, sandbox):
    """A copy from before the gate was opened comes back. Arming never opens: the worker and the preflight say who does."""
    event = Event(item, sandbox, "forgotten")
    history, later = event.history("forgotten"), event.history("later")
    event.reset("--limit", 100)
    event.run("coupon-apply", "--history", history, *range(1, 41))
    with event.worker() as worker:
        event.wait_rows(40)
        event.reset("--close")
        backup = Backup(sandbox)
        event.reset("--reopen")
        backup.restore()
        wait_until(lambda: is_armed(event), 30, "the gate is not armed again")
        wait_until(lambda: "coupon-reset --reopen" in worker.err_so_far(), 10, "the worker does not say that the gate stays closed")
        item.equal(event.gate().state, "closed", "state of the gate after arming")
        item.equal(event.run("coupon-apply", 41).code, 12, "exit of coupon-apply while the gate is closed")
        preflight = event.run("coupon-audit", "--preflight")
        item.check("coupon-reset --reopen" in preflight.out, f"the preflight does not say how to open the gate: {preflight.out[-500:]}")
        event.reset("--reopen")
        item.equal(event.run("coupon-apply", "--history", later, 41).code, 0, "exit of coupon-apply once it is open again")
        event.must_be_exact("forgotten", 100, [history, later], expected=41)


SCENARIOS = (restarted, opening_forgotten, emptied, tail_cut, old_backup, emptied_under_a_reset, tail_cut_under_a_reset, old_backup_under_a_reset,
             emptied_at_any_moment_of_a_reset, failed_back, contradictions, row_against_claim, a_million)


def run(item):
    with item.sandbox() as sandbox:
        item.each(SCENARIOS, sandbox)
