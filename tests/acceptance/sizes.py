"""Limits from 1 to 100,000, with fewer users than slots, as many, one more, and 100 times as many.

For N = 100,000 the last is 10 times as many: 10,000,000 applications with their history would take longer than all other items together.
With N = 1 "fewer users" is nobody at all, a round that is exact only where none was expected.
"""

from event import Event

TITLE = "sizes: N from 1 to 100,000, users from N-1 to 100 N"
SECONDS = 1200
SMALL = (1, 2, 99, 100, 101, 1000)
LARGE, LARGE_TIMES = 100_000, 10


def _nobody(item, event):
    event.reset("--limit", 1)
    for words, code, verdict in (([], 5, "cannot_tell"), (["--expect", 0], 0, "exact")):
        outcome = event.audit("--wait", "5s", *words)
        item.equal((outcome.code, event.verdict_of(outcome)), (code, verdict), f"N=1, nobody applied, audit {words}: exit, verdict")


def _one_size(item, event, limit, users, seed):
    what = f"N={limit}, {users} users"
    event.reset("--limit", limit, seconds=180)
    history = event.history(f"{limit}-{users}")
    report = event.flood("--requests", users, "--concurrency", min(users, 256), "--timeout", "120s", "--seed", seed, history=history,
                         seconds=600)
    counts, winners = report["counts"], min(limit, users)
    item.equal((counts["granted"], counts["sold_out"], sum(counts.values())), (winners, users - winners, users),
               f"{what}: granted, sold out, answers")
    event.must_be_exact(what, limit, [history], expected=winners, wait="240s", seconds=400)
    history.unlink()
    return report


def run(item):
    with item.sandbox() as sandbox:
        event = Event(item, sandbox)
        event.reset("--limit", 1)
        rounds = 1
        with event.worker():
            _nobody(item, event)
            for limit in SMALL:
                for users in (limit - 1, limit, limit + 1, 100 * limit):
                    if users:
                        _one_size(item, event, limit, users, seed=500 + rounds)
                        rounds += 1
            item.figure("limits", " ".join(map(str, SMALL)) + ", each with N-1, N, N+1, 100 N users")
            for users in (LARGE - 1, LARGE, LARGE + 1, LARGE_TIMES * LARGE):
                report = _one_size(item, event, LARGE, users, seed=500 + rounds)
                rounds += 1
            item.figure(f"and {LARGE}", f"with N-1, N, N+1, {LARGE_TIMES} N users")
            item.figure("rounds", rounds)
            item.figure("largest: applications per second", report["per_second"])
            item.figure("largest: p99 to confirmed, ms", report["confirmed_latency_us"]["p99"] / 1000)
            item.figure("seeds", f"501..{500 + rounds - 1}")
