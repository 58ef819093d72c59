"""Two resets at once, resets killed at 30 seeded moments, a reset during a flood."""

from event import Event
from killed_resets import killed_resets
from judge import judge
from waiting import Failure, wait_until

TITLE = "two resets at once, killed resets, a reset during a flood"
SECONDS = 600
TRIES = 5


def two_at_once(item, sandbox):
    """The first waits for the old round's record to be issued, so the second surely comes while it is at work."""
    event = Event(item, sandbox, "twice")
    event.reset("--limit", 5)
    round_before = event.round()
    event.run("coupon-apply", 1)
    with event.start("coupon-reset", "--yes", "--end-running", "--limit", 5, "--wait", "30s") as first:
        wait_until(lambda: event.gate().state == "closed", 10, "the first reset does not close the gate")
        second = event.run("coupon-reset", "--yes", "--end-running", "--limit", 7, "--wait", "30s")
        item.equal(second.code, 6, f"exit code of the second reset ({second.brief()})")
        item.check(not first.ended(), "the first reset was over before the second")
        with event.worker():
            outcome = first.wait(40)
            item.equal(outcome.code, 0, f"exit code of the first reset ({outcome.brief()})")
            item.equal((event.round(), event.gate().number("limit"), event.gate().state), (round_before + 1, 5, "open"),
                       "round, limit and state afterwards")
            _at_the_same_moment(item, event)
    item.figure("second reset beside the first", f"exit {second.code} after {second.seconds:.2f} s")


def _at_the_same_moment(item, event):
    """Started together: one has the lock and the other says 6, unless it came only after the first was through."""
    seen = []
    for _ in range(TRIES):
        before = event.round()
        words = ("coupon-reset", "--yes", "-q", "--end-running", "--limit", 5)
        with event.start(*words) as one, event.start(*words) as other:
            codes = sorted((one.wait(60).code, other.wait(60).code))
        item.check(codes in ([0, 6], [0, 0]), f"two resets started together ended with {codes}")
        item.equal(event.round(), before + codes.count(0), "rounds after two resets started together")
        item.check(event.gate().state == "open" and event.gate().is_armed, "the gate is not open after two resets")
        seen.append("/".join(map(str, codes)))
    item.figure("started together", " ".join(seen))


def during_a_flood(item, sandbox):
    event = Event(item, sandbox, "flooded")
    event.reset("--limit", 100_000)
    old_round, old_history, new_history = event.round(), event.history("old"), event.history("new")
    with event.worker():
        with event.start_flood("--requests", 60_000, "--concurrency", 64, "--rate", "6000/s", "--timeout", "30s", "--seed", 112,
                               history=old_history) as flood:
            wait_until(lambda: event.gate_number("granted") >= 5_000, 60, "nobody is granted anything")
            event.reset("--limit", 50, "--wait", "40s", seconds=90)
            item.check(not flood.ended(), "the flood was over before the reset was")
            report = event.flood_document(flood, codes=(0, 13), history=old_history)
        counts = report["counts"]
        item.check(counts["granted"] >= 5_000 and counts["closed"] > 0, f"the flood over a reset was told {counts}")
        item.equal(event.round(), old_round + 1, "round after the reset")
        gate = event.gate()
        item.equal((gate.number("granted"), gate.claims, event.row_count()), (0, {}, 0), "new round after the old flood: granted, claims, rows")
        event.flood("--requests", 80, "--concurrency", 16, "--first-user", 1_000_001, "--seed", 113, history=new_history)
        event.must_be_exact("new round", 50, [new_history], expected=50)
        outcome = event.audit("--round", old_round, histories=[old_history])
        item.equal((outcome.code, event.verdict_of(outcome)), (0, "exact"), f"old round: exit, verdict ({outcome.brief()})")
        for sentence in judge(event.evidence(100_000, [old_history], round_number=old_round)):
            item.check(False, f"old round: {sentence}")
    item.figure("reset during a flood", "told " + " ".join(f"{kind} {count}" for kind, count in counts.items() if count)
                + f"; old round {event.ledger.count(event.name, old_round)} rows, new round 50")


def run(item):
    with item.sandbox() as sandbox:
        for part in (two_at_once, killed_resets, during_a_flood):
            try:
                part(item, sandbox)
            except Failure as failure:
                item.check(False, f"{part.__name__}: {failure}")
