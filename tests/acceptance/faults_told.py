"""Item faults_told: what fails in a redrive is told, with the first reason and the count: once, again when the reason changes, and once when it has
ended. "Not drained" and --recover name the reason."""

import time
from contextlib import contextmanager

from event import Event
from topic_admin import alter_settings
from waiting import wait_until

TITLE = "no fault of a redrive is thrown away"
SECONDS = 240
USERS = 12
LASTS_S = 10                          # five redrives
UNPUBLISHED = "could not be republished"
UNCONFIRMED = "could not be confirmed"
TOO_LARGE = {"max.message.bytes": "10"}
TOO_OLD = {"message.timestamp.before.max.ms": "0"}
FIT = {"max.message.bytes": "65536", "message.timestamp.before.max.ms": "9223372036854775807"}


def _lines(worker, piece):
    return [line for line in worker.err_so_far().splitlines() if piece in line]


def _pending_event(item, sandbox, name):
    """An event whose topic refuses every record: all claims stay pending."""
    event = Event(item, sandbox, name)
    event.reset("--limit", USERS)
    alter_settings(sandbox.brokers, event.topic, TOO_LARGE)
    history = event.history(name)
    report = event.flood("--requests", USERS, "--first-user", 1, "--concurrency", 4, history=history, codes=(13,))
    item.equal(report["counts"].get("pending"), USERS, "applications told pending while the topic refuses records")
    return event, history


def topic_refuses(item, sandbox):
    """The example: delivery reports that fail. The reason changes, and ends."""
    event, history = _pending_event(item, sandbox, "refused")
    outcome = event.run("coupon-consume", "--until-drained", "--timeout", "12s", "--json", seconds=60)
    item.equal(outcome.code, 5, f"exit of --until-drained while the topic refuses ({outcome.brief()})")
    item.check(f"{USERS} claims {UNPUBLISHED}" in outcome.out and "size too large" in outcome.out,
               f"not drained has no reason: {outcome.out[-300:]}")
    with event.worker() as worker:
        wait_until(lambda: _lines(worker, UNPUBLISHED), 30, f"the worker tells no failed report: {worker.err_so_far()[-300:]}")
        line = _lines(worker, UNPUBLISHED)[0]
        item.check(f"{USERS} claims" in line and "size too large" in line and " warn " in line, f"count or reason is missing: {line}")
        time.sleep(LASTS_S)
        item.equal(len(_lines(worker, UNPUBLISHED)), 1, f"warnings within {LASTS_S} s of one reason")
        alter_settings(sandbox.brokers, event.topic, FIT | TOO_OLD)
        wait_until(lambda: len(_lines(worker, UNPUBLISHED)) == 2, 30, f"another reason is not told: {worker.err_so_far()[-300:]}")
        item.check("size too large" not in _lines(worker, UNPUBLISHED)[1], f"the old reason is told: {_lines(worker, UNPUBLISHED)[1]}")
        alter_settings(sandbox.brokers, event.topic, FIT)
        wait_until(lambda: _lines(worker, "claims can be republished"), 30, "the end of the trouble is not told")
        event.wait_rows(USERS, 30)
        item.figure("warnings in all", len(_lines(worker, UNPUBLISHED)))
        item.equal(len(_lines(worker, "claims can be republished")), 1, "lines that tell the end of the trouble")
    event.must_be_exact("after a topic that refused records", USERS, [history], expected=USERS)


def recovery_refused(item, sandbox):
    event, history = _pending_event(item, sandbox, "unrecovered")
    time.sleep(4)                     # until the claims have been pending for the grace
    outcome = event.run("coupon-consume", "--recover", "--yes", seconds=120)
    item.equal(outcome.code, 5, f"exit of --recover while the topic refuses ({outcome.brief()})")
    item.check(f"acknowledged 0 of {USERS} records" in outcome.err and "size too large" in outcome.err, f"--recover has no reason: {outcome.err[-300:]}")
    alter_settings(sandbox.brokers, event.topic, FIT)
    with event.worker():
        event.must_be_exact("after a recovery that was refused", USERS, [history], expected=USERS, wait="60s")


@contextmanager
def _full_redis(event):
    with event.redis() as redis:
        redis.ask("CONFIG", "SET", "maxmemory", "1")
    try:
        yield
    finally:
        with event.redis() as redis:
            redis.ask("CONFIG", "SET", "maxmemory", "0")


def gate_confirms_nothing(item, sandbox):
    """The records are published, and Redis, out of memory, confirms none."""
    event, history = _pending_event(item, sandbox, "unconfirmed")
    with _full_redis(event), event.start("coupon-consume") as worker:
        alter_settings(sandbox.brokers, event.topic, FIT)
        wait_until(lambda: _lines(worker, UNCONFIRMED), 40, f"the worker tells no failed confirmation: {worker.err_so_far()[-300:]}")
        line = _lines(worker, UNCONFIRMED)[0]
        item.check("OOM" in line and " warn " in line, f"the reason is missing: {line}")
        time.sleep(LASTS_S)
        item.equal(len(_lines(worker, UNCONFIRMED)), 1, f"warnings within {LASTS_S} s of one reason")
        with event.redis() as redis:
            redis.ask("CONFIG", "SET", "maxmemory", "0")
        wait_until(lambda: _lines(worker, "claims can be confirmed"), 30, "the end of the trouble is not told")
        item.equal(worker.end().code, 0, "exit code of the worker on SIGTERM")
    with event.worker():
        event.must_be_exact("after a gate that confirmed nothing", USERS, [history], expected=USERS, wait="60s")


def run(item):
    with item.sandbox() as sandbox:
        item.each((topic_refuses, recovery_refused, gate_confirms_nothing), sandbox)
