"""The plain spike, 100,000 applications for 100 coupons, again and again: every one exact, and the audit finds nothing."""

from event import Event

TITLE = "plain spikes in a row"
SECONDS, LONG_SECONDS = 400, 7200
SPIKES, LONG_SPIKES = 5, 100
APPLICATIONS, LIMIT = 100_000, 100


def run(item):
    spikes = LONG_SPIKES if item.long else SPIKES
    exact, rates = 0, []
    with item.sandbox() as sandbox:
        event = Event(item, sandbox)
        event.reset("--limit", LIMIT)
        with event.worker():
            for number in range(1, spikes + 1):
                if number > 1:
                    event.reset("--limit", LIMIT)
                history = event.history(f"spike-{number}")
                report = event.flood("--requests", APPLICATIONS, "--concurrency", 256, "--seed", number, history=history)
                counts = report["counts"]
                item.equal((counts["granted"], counts["sold_out"]), (LIMIT, APPLICATIONS - LIMIT), f"spike {number}: granted, sold out")
                exact += event.must_be_exact(f"spike {number}", LIMIT, [history], expected=LIMIT)
                rates.append(report["per_second"])
                history.unlink()
    item.equal(exact, spikes, "spikes that were exact")
    item.figure("spikes exact", f"{exact} of {spikes}")
    item.figure("applications each", APPLICATIONS)
    item.figure("applications per second, slowest and fastest", f"{min(rates):.0f} and {max(rates):.0f}")
    item.figure("seeds", f"1..{spikes}")
