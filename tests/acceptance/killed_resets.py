"""The part of competing_resets where coupon-reset dies: SIGKILL at seeded moments.

A third of them is counted from its start, a third from its first write to the gate, a third from the moment the gate is of the new round: the
last stages take a few milliseconds, and moments counted from the start alone would never hit them.
"""

import random
import statistics
import time
from collections import Counter

from event import Event
from redis_store import gate_key, read_gate
from waiting import wait_until

KILLS, LIMIT, SEED = 30, 5, 11
STAGES = ("start", "first write", "new round")


def _mark(redis, event, stage):
    """What changes in the gate when coupon-reset has come to this stage."""
    return redis.ask("HGET", gate_key(event.name), "round" if stage == "new round" else "token")


def _wait_stage(redis, event, stage, before):
    if stage != "start":
        wait_until(lambda: _mark(redis, event, stage) != before, 30, f"coupon-reset does not come to its {stage}", interval=0)


def _undisturbed(event, redis):
    """How long each stage takes until the next one, and the last until the end: medians of five."""
    lasted = {stage: [] for stage in STAGES}
    for _ in range(5):
        marks = {stage: _mark(redis, event, stage) for stage in STAGES}
        reached = []
        with event.start("coupon-reset", "--yes", "-q", "--end-running", "--limit", LIMIT) as reset:
            for stage in STAGES:
                _wait_stage(redis, event, stage, marks[stage])
                reached.append(time.monotonic())
            reset.wait(60)
        reached.append(time.monotonic())
        for stage, began, ended in zip(STAGES, reached, reached[1:]):
            lasted[stage].append(ended - began)
    return {stage: statistics.median(times) for stage, times in lasted.items()}


def _look(item, event, before, round_before, what):
    """What the killed reset left: as it was, closed, or finished. Anything else is half open."""
    with event.redis() as redis:
        gate = read_gate(redis, event.name)
    if gate is None:
        item.check(False, f"{what}: the gate is gone")
        return "gone"
    if (gate.fields, gate.claims) == (before.fields, before.claims):
        return "as it was"
    if gate.state == "closed":
        return "closed, old round" if gate.number("round") == round_before else "closed, new round"
    number = gate.number("round")
    state, limit = event.ledger.round_state(event.name, number)
    finished = (gate.state == "open" and gate.is_armed and number == round_before + 1 and state == "open" and limit == LIMIT
                and gate.number("limit") == LIMIT and not gate.claims and not gate.outbox and gate.number("granted") == 0)
    item.check(finished, f"{what}: half open: gate {gate.fields}, ledger {state}")
    return "finished" if finished else "half open"


def _kill_one(event, redis, stage, moment):
    """Kills a reset `moment` seconds after it has come to the stage. True when it still ran."""
    before = _mark(redis, event, stage)
    with event.start("coupon-reset", "--yes", "-q", "--end-running", "--limit", LIMIT) as reset:
        _wait_stage(redis, event, stage, before)
        end = time.monotonic() + moment
        while time.monotonic() < end:
            pass
        reset.kill()
        return reset.wait(1).code == 137


def killed_resets(item, sandbox):
    event = Event(item, sandbox, "killed")
    event.reset("--limit", LIMIT)
    chance, seen, alive = random.Random(SEED), Counter(), 0
    with event.worker(), event.redis() as redis:
        lasts = _undisturbed(event, redis)
        for number in range(1, KILLS + 1):
            what = f"kill {number}"
            history = event.history(f"kill-{number}")
            event.run("coupon-apply", "--history", history, *range(10 * number, 10 * number + 3))
            event.must_be_exact(f"{what}, round before", LIMIT, [history], expected=3)
            before, round_before = event.gate(), event.round()
            stage = STAGES[number % len(STAGES)]
            alive += _kill_one(event, redis, stage, chance.uniform(0, lasts[stage]))
            seen[_look(item, event, before, round_before, what)] += 1
            event.reset("--limit", LIMIT)
            gate, number_now = event.gate(), event.round()
            item.check(gate.state == "open" and gate.is_armed and not gate.claims and gate.number("round") == number_now,
                       f"{what}: after the next run the gate is {gate.fields}")
            item.equal(event.ledger.round_state(event.name, number_now), ("open", LIMIT), f"{what}: ledger after the next run")
        history = event.history("after")
        event.flood("--requests", 20, "--concurrency", 4, "--seed", SEED, history=history)
        event.must_be_exact("after all kills", LIMIT, [history], expected=LIMIT)
    item.check(alive >= KILLS // 2, f"only {alive} of {KILLS} resets were still at work when they were killed")
    for left in ("as it was", "closed, old round", "closed, new round"):
        item.check(seen[left], f"no kill left the gate {left}, so that was not tried: {dict(seen)}")
    item.figure(f"{KILLS} kills", ", ".join(f"{name} {count}" for name, count in sorted(seen.items())))
    item.figure("an undisturbed reset from each stage to the next, ms", " ".join(f"{1000 * lasts[stage]:.1f}" for stage in STAGES))
    item.figure("seed", SEED)
