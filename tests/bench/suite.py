"""The suite's programs at work, each event with a topic and a group of its own."""

import json
import os
import signal
import time
from contextlib import contextmanager

from command import Failure, finish, run, start
from servers import MARIADB


def options(event, group=True):
    words = ["--event", event, "--topic", event.replace("-", "_")]
    return words + ["--group", event] if group else words


def open_round(event, limit):
    run("coupon-reset", *options(event), "--limit", limit, "--yes", "-q")


def flood(event, requests, answer, first_user=1, words=(), seconds=600):
    """The report of a flood in which everybody is told `answer`."""
    out, _ = run("coupon-flood", *options(event, group=False), "--requests", requests, "--first-user", first_user, "--timeout", "60s", "--json",
                 *words, seconds=seconds)
    report = json.loads(out)
    if report["counts"][answer] != requests:
        raise Failure(f"the flood on {event} was to be told {answer} {requests} times, got {report['counts']}")
    return report


def crowd(event, requests, limit, words=()):
    """Answers per second from the bell to the last one, in a flood in which `limit` are granted a coupon and all others are told that none is left."""
    out, _ = run("coupon-flood", *options(event, group=False), "--requests", requests, "--timeout", "60s", "--json", *words, seconds=600)
    report = json.loads(out)
    told = {answer: count for answer, count in report["counts"].items() if count}
    if told != {answer: count for answer, count in (("granted", limit), ("sold_out", requests - limit)) if count}:
        raise Failure(f"of {requests} applications on {event} {limit} were to be granted and the others sold out, got {told}")
    return report["per_second"]


def drain(event, rows, words=()):
    """Seconds of a worker from its start to its end, with everything issued."""
    out, seconds = run("coupon-consume", *options(event), "--until-drained", "--json", *words, seconds=600)
    issued = json.loads(out)["issued"]
    if issued != rows:
        raise Failure(f"the worker was to issue {rows} rows on {event}, issued {issued}")
    return seconds


def audit(event, histories=(), words=()):
    """Seconds and most memory of an audit that finds the event exact."""
    more = list(words) + [word for path in histories for word in ("--history", path)]
    out, seconds, memory = finish(start("coupon-audit", *options(event), "--json", *more), 600)
    verdict = json.loads(out)["verdict"]
    if verdict != "exact":
        raise Failure(f"the audit of {event} says {verdict}")
    return seconds, memory


def reset(event, limit):
    """Seconds of a reset that replaces a finished round."""
    _, seconds = run("coupon-reset", *options(event), "--limit", limit, "--end-running", "--yes", "-q")
    return seconds


@contextmanager
def worker(event, seconds=30):
    """The process of a worker that issues while the block runs, in its group already when the block begins."""
    started = start("coupon-consume", *options(event))
    _, process, _, log, begun = started
    try:
        # Not by its own position in the file, which is the worker's, too.
        while b"partitions assigned:" not in os.pread(log.fileno(), 100_000, 0):
            if time.monotonic() > begun + seconds:
                raise Failure(f"the worker on {event} did not join its group within {seconds} s")
            time.sleep(0.01)
        yield process
    finally:
        os.kill(process.pid, signal.SIGTERM)  # terminate() would take the end of one that is over from finish()
        finish(started, time.monotonic() - begun + 60)


def row_delays_ms(event, rows):
    """From granted to issued, sorted, by the times in the rows, once all are there."""
    end = time.monotonic() + 60
    while True:
        out, _ = run(*MARIADB, "--skip-column-names", "-e", f"SELECT issued_at - granted_at FROM coupon WHERE event = '{event}' ORDER BY 1")
        delays = [int(line) for line in out.split()]
        if len(delays) == rows:
            return delays
        if time.monotonic() > end:
            raise Failure(f"{event} has {len(delays)} rows, not {rows}")
        time.sleep(0.2)
