"""One user, 10,000 applications in flight at once."""

from collections import Counter

from event import Event
from history_file import read_histories

TITLE = "one user, 10,000 parallel applications"
SECONDS = 180
TIMES, USER = 10_000, 4711


def run(item):
    with item.sandbox() as sandbox:
        event = Event(item, sandbox)
        event.reset("--limit", 100)
        history = event.history("one-user")
        with event.worker():
            report = event.flood("--requests", TIMES, "--users", 1, "--first-user", USER, "--concurrency", TIMES,
                                 "--connections", 64, "--timeout", "60s", "--seed", 41, history=history)
            event.must_be_exact("one user", 100, [history], expected=1)
        applications = read_histories([history])
        told = Counter((application.answer, application.slot) for application in applications)
        item.equal(dict(told), {("granted", 1): 1, ("duplicate", 1): TIMES - 1}, "answers and slots in the history")
        item.equal({application.user for application in applications}, {USER}, "users in the history")
        item.equal((report["counts"]["granted"], report["counts"]["duplicate"]), (1, TIMES - 1), "answers in the report")
        rows = event.ledger.rows(event.name, event.round())
        item.equal([(row.slot, row.user) for row in rows], [(1, USER)], "rows")
        order = sorted(applications, key=lambda application: application.invoke_ns)
        first_answer = min(application.answer_ns for application in applications)
        item.figure("granted/duplicate/rows", f"{report['counts']['granted']}/{report['counts']['duplicate']}/{len(rows)}")
        item.figure("asked before the first answer", sum(application.invoke_ns < first_answer for application in order))
        item.figure("applications per second", report["per_second"])
        item.figure("p99, ms", report["latency_us"]["p99"] / 1000)
        item.figure("seed", 41)
