"""100,000 applications from 50,000 users by 4 floods at once, 64 connections in all, N = 100.

Each user applies in two processes: two floods have users 1..25,000, two have 25,001..50,000.
"""

from contextlib import ExitStack

from event import Event
from history_file import read_histories

TITLE = "100,000 applications, 50,000 users, 4 floods at once"
SECONDS = 300
FLOODS, EACH, CONNECTIONS = 4, 25_000, 16


def run(item):
    with item.sandbox() as sandbox:
        event = Event(item, sandbox)
        event.reset("--limit", 100)
        histories = [event.history(f"flood-{number}") for number in range(1, FLOODS + 1)]
        with event.worker(), ExitStack() as stack:
            floods = [stack.enter_context(event.start_flood(
                "--requests", EACH, "--users", EACH, "--first-user", 1 + EACH * (number % 2), "--concurrency", 256,
                "--connections", CONNECTIONS, "--timeout", "60s", "--seed", 31 + number, history=history))
                for number, history in enumerate(histories)]
            reports = [event.flood_document(flood, history=history) for flood, history in zip(floods, histories)]
            counts = {kind: sum(report["counts"][kind] for report in reports) for kind in reports[0]["counts"]}
            item.equal(counts["granted"], 100, f"granted by all four ({counts})")
            item.equal(sum(counts.values()), FLOODS * EACH, f"answers ({counts})")
            item.equal(counts["granted"] + counts["duplicate"] + counts["sold_out"], FLOODS * EACH, f"definite answers ({counts})")
            event.must_be_exact("four floods", 100, histories, expected=100)
        applications = read_histories(histories)
        item.equal(len(applications), FLOODS * EACH, "applications in the four histories")
        item.equal(len({application.user for application in applications}), 2 * EACH, "different users in them")
        began = max(min(a.invoke_ns for a in read_histories([path])) for path in histories)
        ended = min(max(a.answer_ns or 0 for a in read_histories([path])) for path in histories)
        item.check(began < ended, "the four floods did not run at the same time")
        item.figure("answers", " ".join(f"{kind} {count}" for kind, count in counts.items() if count))
        item.figure("applications per second, all four", sum(report["per_second"] for report in reports))
        item.figure("connections", FLOODS * CONNECTIONS)
        item.figure("worst p99, ms", max(report["latency_us"]["p99"] for report in reports) / 1000)
        item.figure("all four at work for, s", (ended - began) / 1e9)
        item.figure("seeds", "31..34")
