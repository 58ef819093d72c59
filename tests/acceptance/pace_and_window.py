"""The worker's pace, and the event's opening hours by the clock of Redis."""

import json
import time

from event import Event
from waiting import wait_until

TITLE = "pace and window"
SECONDS = 180
CLAIMS = 100


def _pace(item, sandbox):
    event = Event(item, sandbox, "pace")
    event.reset("--limit", CLAIMS)
    history = event.history("pace")
    event.flood("--requests", CLAIMS, "--concurrency", 32, "--seed", 91, history=history)
    item.equal(event.row_count(), 0, "rows before a worker runs")
    seen, started = [], time.monotonic()
    with event.start("coupon-consume", "--until-drained", "--max-rate", "600/m") as worker:
        while not worker.ended() and time.monotonic() - started < 40:
            rows = event.row_count()
            if not seen or rows != seen[-1][1]:
                seen.append((time.monotonic(), rows))
        outcome = worker.wait(20)
    item.equal(outcome.code, 0, f"exit code of the worker until drained ({outcome.brief()})")
    first = next((when for when, rows in seen if rows > 0), 0)
    last = next((when for when, rows in seen if rows >= CLAIMS), 0)
    item.within(last - first, 9, 11, "seconds from the first row to the last")
    burst = max(rows - before for when, rows in seen for began, before in seen if 0 <= when - began <= 1)
    item.check(burst <= 15, f"{burst} rows within one second is no steady pace of 10/s")
    event.must_be_exact("pace", CLAIMS, [history], expected=CLAIMS)
    item.figure("first row to last, s", last - first)
    item.figure("whole run until drained, s", outcome.seconds)
    item.figure("most rows within a second", burst)


def _apply(item, event, user, code, answer, reason=""):
    outcome = event.run("coupon-apply", "--json", user)
    told = json.loads(outcome.out.splitlines()[0]) if outcome.out else {}
    item.equal((outcome.code, told.get("answer")), (code, answer), f"user {user}: exit, answer ({outcome.brief()})")
    if reason:
        item.check(reason in str(told.get("reason")), f"user {user}: the reason is {told.get('reason')!r}, not {reason}")


def _window(item, sandbox):
    event = Event(item, sandbox, "window")
    with event.redis() as redis:
        before = redis.milliseconds()
        event.reset("--limit", 10, "--opens-at", "+4s", "--closes-at", "+7s")
        gate = event.gate()
        opens_at, closes_at = gate.number("opens_at"), gate.number("closes_at")
        item.within(opens_at - before, 3900, 5500, "ms from the start of coupon-reset to opens_at")
        item.equal(closes_at - opens_at, 3000, "ms the event is open")
        _apply(item, event, 1, 12, "closed", "not_yet")
        item.check(redis.milliseconds() < opens_at, "the machine was too slow to look before the event opens")
        with event.worker():
            wait_until(lambda: redis.milliseconds() >= opens_at, 10, "opens_at never comes")
            _apply(item, event, 2, 0, "granted")
            item.check(redis.milliseconds() < closes_at, "the machine was too slow to look before the event closes")
            wait_until(lambda: redis.milliseconds() >= closes_at, 10, "closes_at never comes")
            _apply(item, event, 3, 12, "closed", "ended")
            _apply(item, event, 2, 11, "duplicate")
            event.must_be_exact("window", 10, expected=1)
            event.reset("--limit", 10, "--opens-at", "2099-01-01T00:00:00+09:00")
            item.equal(event.gate().number("opens_at"), 4070876400000, "opens_at given as RFC 3339 (1 January 2099, 00:00 in Seoul)")
            _apply(item, event, 4, 12, "closed", "not_yet")
    item.figure("before / within / after the window, the winner again", "12 / 0 / 12 / 11")


def run(item):
    with item.sandbox() as sandbox:
        _pace(item, sandbox)
        _window(item, sandbox)
