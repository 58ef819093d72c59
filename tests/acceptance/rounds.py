"""1,000 users, 32 at once, 20 rounds in a row, one worker all the time."""

from event import Event

TITLE = "1,000 users, 32 at once, 20 rounds"
SECONDS = 600
ROUNDS = 20


def run(item):
    exact, rates, slowest = 0, [], 0
    with item.sandbox() as sandbox:
        event = Event(item, sandbox)
        event.reset("--limit", 100)
        first = event.round()
        with event.worker():
            for each in range(ROUNDS):
                if each:
                    event.reset("--limit", 100)
                item.equal(event.round(), first + each, "round number")
                history = event.history(f"round-{each + 1}")
                report = event.flood("--requests", 1000, "--concurrency", 32, "--seed", each + 1, history=history)
                counts = report["counts"]
                item.equal((counts["granted"], counts["sold_out"], report["sent"]), (100, 900, 1000),
                           f"round {each + 1}: granted, sold out, sent")
                item.equal(sum(counts.values()), 1000, f"round {each + 1}: answers {counts}")
                exact += event.must_be_exact(f"round {each + 1}", 100, [history], expected=100)
                rates.append(report["per_second"])
                slowest = max(slowest, report["latency_us"]["p99"])
            totals = event.ledger.query(f"SELECT COUNT(*), COUNT(DISTINCT round) FROM coupon WHERE event = '{event.name}'")
            item.equal(totals, [[str(100 * ROUNDS), str(ROUNDS)]], "rows and rounds in the ledger at the end")
    item.equal(exact, ROUNDS, "rounds that were exact")
    item.figure("rounds exact", f"{exact} of {ROUNDS}")
    item.figure("granted/sold out/rows each", "100/900/100")
    item.figure("seeds", f"1..{ROUNDS}")
    item.figure("applications per second, slowest and fastest round", f"{min(rates):.0f} and {max(rates):.0f}")
    item.figure("worst p99 to the gate's answer, ms", slowest / 1000)
