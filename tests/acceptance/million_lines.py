"""A million lines in constant memory; a failed event whose cause is gone; --until-drained interrupted."""

import json
import signal
import time

from event import Event
from waiting import Failure, wait_until

TITLE = "1,000,000 lines in constant memory, --retry-failed, --until-drained"
SECONDS = 600
LINES, LIMIT_KB = 1_000_000, 64 * 1024


def _peak_while(process, seconds):
    """The most resident memory the process had, read until it ends."""
    peak, end = 0, time.monotonic() + seconds
    while not process.ended():
        if time.monotonic() > end:
            raise Failure(f"{process.command} did not end within {seconds} s")
        peak = max(peak, process.resident_peak_kb())
        time.sleep(0.02)
    return peak


def _memory(item, sandbox):
    event = Event(item, sandbox, "million")
    event.reset("--limit", 100)
    users, out, history = item.folder / "users.txt", item.folder / "answers.jsonl", event.history("million")
    with open(users, "w", encoding="ascii") as file:
        file.writelines(f"{user}\n" for user in range(1, LINES + 1))
    with event.worker(), open(users, "rb") as lines:
        with event.start("coupon-apply", "--stdin", "--json", "--timeout", "30s", "--history", history, stdin=lines, out=out) as apply:
            peak = _peak_while(apply, 300)
            outcome = apply.wait(5, keep_out=False)
        item.equal(outcome.code, 0, f"exit code of coupon-apply --stdin ({outcome.err[-200:]})")
        item.check(0 < peak < LIMIT_KB, f"coupon-apply held {peak} kB, {LIMIT_KB} are allowed")
        counts = {}
        with open(out, encoding="utf-8") as answers:
            for line in answers:
                told = json.loads(line)
                if "user" in told:
                    counts[told["answer"]] = counts.get(told["answer"], 0) + 1
        item.equal(counts, {"granted": 100, "sold_out": LINES - 100}, "answers printed")
        item.check("user" not in told, f"the last line is not the one with the counts: {line[:120]}")
        event.must_be_exact("a million lines", 100, [history], expected=100)
    item.figure("peak of resident memory, MB", peak / 1024)
    item.figure("lines per second", LINES / outcome.seconds)
    item.figure("answers", " ".join(f"{answer} {count}" for answer, count in counts.items()))
    for path in (users, out, history):
        path.unlink()


def _retry_failed(item, sandbox):
    """The cause: somebody else's row on the winner's slot. It goes; the failed event is tried again."""
    event = Event(item, sandbox, "retry")
    event.reset("--limit", 3)
    history = event.history("retry")
    event.run("coupon-apply", "--history", history, 501)
    columns = "event, round, slot, slot_limit, user_id, granted_at, issued_at"
    event.ledger.query(f"INSERT INTO coupon ({columns}) VALUES ('{event.name}', {event.round()}, 1, 3, 999, 1, 1)")
    with event.worker():
        failed = wait_until(lambda: event.ledger.failed(event.topic), 30, "the conflict did not become a failed event")
    item.equal([(user, resolved) for _, _, user, _, resolved in failed], [("501", False)], "failed events: user, resolved")
    outcome = event.audit("--wait", "3s", histories=[history])
    item.equal((outcome.code, event.verdict_of(outcome)), (1, "violated"), "audit while the failed event stands: exit, verdict")
    outcome = event.run("coupon-consume", "--retry-failed", seconds=60)
    item.equal(outcome.code, 1, f"exit code of --retry-failed while the cause stands ({outcome.brief()})")
    event.ledger.query(f"DELETE FROM coupon WHERE event = '{event.name}' AND user_id = 999")
    outcome = event.run("coupon-consume", "--retry-failed", seconds=60)
    item.equal(outcome.code, 0, f"exit code of --retry-failed ({outcome.brief()})")
    item.equal([(user, resolved) for _, _, user, _, resolved in event.ledger.failed(event.topic)], [("501", True)],
               "failed events after the retry: user, resolved")
    event.must_be_exact("retried", 3, [history], expected=1)
    item.figure("failed event retried", f"reason {failed[0][3]!r}, then issued and marked")


def _until_drained(item, sandbox):
    event = Event(item, sandbox, "drain")
    event.reset("--limit", 100)
    history = event.history("drain")
    event.flood("--requests", 100, "--concurrency", 32, "--seed", 101, history=history)
    with event.start("coupon-consume", "--json", "--until-drained", "--max-rate", "60/m") as worker:
        event.wait_rows(2)
        worker.signal(signal.SIGTERM)
        outcome = worker.wait(15)
    rows = event.row_count()
    item.equal(outcome.code, 143, f"exit code of --until-drained on SIGTERM ({outcome.brief()})")
    item.check(2 <= rows < 100, f"interrupted at {rows} rows of 100, which is not the middle")
    item.check(outcome.out.strip() and outcome.json().get("issued") == rows, f"its report does not say the {rows} rows: {outcome.out[:200]}")
    outcome = event.run("coupon-consume", "--until-drained", seconds=60)
    item.equal(outcome.code, 0, f"exit code of --until-drained afterwards ({outcome.brief()})")
    event.must_be_exact("drained", 100, [history], expected=100)
    item.figure("--until-drained", f"143 at {rows} rows, then 0 at 100")


def run(item):
    with item.sandbox() as sandbox:
        for part in (_memory, _retry_failed, _until_drained):
            try:
                part(item, sandbox)
            except Failure as failure:
                item.check(False, f"{part.__name__[1:]}: {failure}")
