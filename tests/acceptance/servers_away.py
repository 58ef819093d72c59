"""Workers that die, servers that go away, while 10,000 claims are on their way. Every scenario has an event of its own.

Where something is to happen "in the middle" the scenario waits until it is the middle, and says where that was.
"""

import time

from event import Event
from history_file import read_histories
from kafka_away import kafka_paused_under_apply, kafka_stopped_under_flood
from waiting import wait_until

TITLE = "killed workers, servers that go away"
SECONDS = 900
CLAIMS, MIDDLE = 10_000, 3_000
DATABASE_AWAY_S, ARMED_WITHIN_S = 10, 5


def _flood(event, history, *words):
    return event.start_flood("--requests", CLAIMS + 500, "--concurrency", 64, "--timeout", "60s", "--seed", 71, *words, history=history)


def _in_the_middle(item, event, what):
    rows = event.row_count()
    item.check(0 < rows < CLAIMS, f"{what}: {rows} of {CLAIMS} rows is not the middle")
    return rows


def _settled(item, event, what, flood, history):
    """The flood ends well, and the whole is exact."""
    report = event.flood_document(flood, history=history)
    item.equal((report["counts"]["granted"], report["counts"]["sold_out"]), (CLAIMS, 500), f"{what}: granted, sold out")
    started = time.monotonic()
    event.must_be_exact(what, CLAIMS, [history], expected=CLAIMS, wait="90s")
    return time.monotonic() - started


def worker_killed(item, sandbox):
    event = Event(item, sandbox, "killed")
    event.reset("--limit", CLAIMS)
    history = event.history("killed")
    with _flood(event, history) as flood:
        with event.start("coupon-consume", "--max-rate", "2000/s") as worker:
            event.wait_rows(MIDDLE)
            worker.kill()
        rows = _in_the_middle(item, event, "worker killed")
        with event.worker():
            _settled(item, event, "worker killed", flood, history)
    item.figure("worker killed at", f"{rows} rows")


def one_of_two_killed(item, sandbox):
    event = Event(item, sandbox, "two")
    event.reset("--limit", CLAIMS)
    history = event.history("two")
    with event.worker("--max-rate", "1500/s") as survivor, event.start("coupon-consume", "--max-rate", "1500/s") as victim:
        with _flood(event, history) as flood:
            event.wait_rows(MIDDLE)
            victim.kill()
            rows = _in_the_middle(item, event, "one of two killed")
            _settled(item, event, "one of two killed", flood, history)
        outcome = victim.wait(1)
        item.equal(outcome.code, 137, "the killed worker's end")
        item.check(not survivor.ended(), "the other worker ended")
    item.figure("one of two killed at", f"{rows} rows")


def database_stopped(item, sandbox):
    event = Event(item, sandbox, "dbaway")
    event.reset("--limit", CLAIMS)
    history = event.history("dbaway")
    with event.worker("--max-rate", "2000/s") as worker, _flood(event, history) as flood:
        event.wait_rows(MIDDLE)
        lines_before = len(worker.err_so_far().splitlines())
        sandbox.stop("mariadb")
        time.sleep(DATABASE_AWAY_S)
        lines = worker.err_so_far().splitlines()[lines_before:]
        sandbox.start("mariadb")
        back = time.monotonic()
        rows = _in_the_middle(item, event, "MariaDB stopped")
        event.wait_rows(rows + 1)
        item.figure("MariaDB away 10 s: rows again after, s", time.monotonic() - back)
        item.check(1 <= len(lines) <= 4, f"the worker said {len(lines)} lines while the database was away: {lines[:6]}")
        _settled(item, event, "MariaDB stopped", flood, history)
    item.figure("MariaDB stopped at", f"{rows} rows")


def redis_restarted(item, sandbox):
    event = Event(item, sandbox, "redisaway")
    event.reset("--limit", CLAIMS)
    history = event.history("redisaway")
    with event.worker(), _flood(event, history, "--rate", "2500/s") as flood:
        event.wait_rows(MIDDLE)
        sandbox.stop("redis")
        sandbox.start("redis")
        back = time.monotonic()
        rows = _in_the_middle(item, event, "Redis restarted")
        item.check(not flood.ended(), "the flood was over before Redis came back")
        wait_until(lambda: (gate := event.gate()) and gate.is_armed, 30, "the gate is not armed again")
        seconds = time.monotonic() - back
        item.within(seconds, 0, ARMED_WITHIN_S, "armed again after Redis came back, s")
        epoch = event.gate_number("epoch")
        item.check(epoch > 1, f"the epoch after arming again is {epoch}")
        report = event.flood_document(flood, codes=(0, 3, 5, 13), history=history)
        event.must_be_exact("Redis restarted", CLAIMS, [history], wait="90s")
        applications = read_histories([history])
        item.check(any(a.answer == "granted" and a.answer_ns > back * 1e9 for a in applications), "nobody was granted after the restart")
    item.figure("Redis restarted at", f"{rows} rows, armed after {seconds:.2f} s, epoch {epoch}, told "
                + " ".join(f"{kind} {count}" for kind, count in report["counts"].items() if count))


SCENARIOS = (worker_killed, one_of_two_killed, database_stopped, redis_restarted, kafka_stopped_under_flood, kafka_paused_under_apply)


def run(item):
    with item.sandbox() as sandbox:
        item.each(SCENARIOS, sandbox)
        item.figure("flood seed", 71)
