"""The part of item 11 where coupon-reset dies: SIGKILL at seeded moments, half of them counted from its start, half from its first write
to the gate, so that the few milliseconds in which it changes something are hit as well."""

import random
import statistics
import time
from collections import Counter

from event import Event
from redis_store import gate_key, read_gate
from waiting import wait_until

KILLS, LIMIT, SEED = 30, 5, 11


def _token(redis, event):
    return redis.ask("HMGET", gate_key(event.name), "round", "token", "state")


def _undisturbed(event, redis):
    """How long a reset takes, and how long before its first write to the gate: medians of five."""
    whole, until_write = [], []
    for _ in range(5):
        before, started = _token(redis, event), time.monotonic()
        with event.start("coupon-reset", "--yes", "-q", "--limit", LIMIT) as reset:
            wait_until(lambda: _token(redis, event) != before, 30, "coupon-reset writes nothing", interval=0)
            until_write.append(time.monotonic() - started)
            reset.wait(60)
        whole.append(time.monotonic() - started)
    return statistics.median(whole), statistics.median(until_write)


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


def _kill_one(event, redis, moment, from_write):
    """Kills a reset `moment` seconds after its start, or after its first write to the gate. True when it still ran."""
    before = _token(redis, event)
    with event.start("coupon-reset", "--yes", "-q", "--limit", LIMIT) as reset:
        if from_write:
            wait_until(lambda: _token(redis, event) != before, 30, "coupon-reset writes nothing", interval=0)
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
        whole, until_write = _undisturbed(event, redis)
        for number in range(1, KILLS + 1):
            what = f"kill {number}"
            history = event.history(f"kill-{number}")
            event.run("coupon-apply", "--history", history, *range(10 * number, 10 * number + 3))
            event.must_be_exact(f"{what}, round before", LIMIT, [history], expected=3)
            before, round_before = event.gate(), event.round()
            from_write = number % 2 == 0
            moment = chance.uniform(0, whole - until_write if from_write else whole)
            alive += _kill_one(event, redis, moment, from_write)
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
    item.check(seen["closed, old round"] + seen["closed, new round"] > 0, f"no kill came while the gate was closed: {dict(seen)}")
    item.figure(f"{KILLS} kills", ", ".join(f"{name} {count}" for name, count in sorted(seen.items())))
    item.figure("undisturbed reset, s", whole)
    item.figure("seed", SEED)
