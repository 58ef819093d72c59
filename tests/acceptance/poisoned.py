"""Serves item poison: an event with records on its topic that nobody can issue, and the bounds of a worker beside them."""

from contextlib import contextmanager

from event import Event
from topic_admin import create_topic
from waiting import wait_until

MOST_LINES = 100            # of a worker's log, whatever lies on the topic
MOST_MEMORY_KB = 256 * 1024
GARBAGE_PARTITION = 0


def headers_of(event, /, **other):
    """Those of a good record but for its signature, some of them another way."""
    headers = {"event": event.name, "round": event.round(), "epoch": 1, "slot": 2, "granted_at": 1700000000000, "v": 1} | other
    return [(name, str(value)) for name, value in headers.items()]


def open_kinds(event):
    """How many failed events of each kind are neither issued nor dismissed."""
    found = event.ledger.query(f"SELECT kind, COUNT(*) FROM failed_event WHERE source_topic = '{event.topic}' "
                               "AND resolved_at IS NULL AND dismissed_at IS NULL GROUP BY kind")
    return {kind: int(count) for kind, count in found}


def wait_for_kinds(event, kinds, seconds):
    """Asks seldom: of many rows each look costs the database what the worker needs."""
    wait_until(lambda: open_kinds(event) == kinds, seconds, f"{event.name}: the failed events are not {kinds}", interval=0.5)


def preflight_line(event, name):
    document = event.run("coupon-audit", "--preflight", "--json").json()
    return next(check for check in document["checks"] if check["name"] == name)


def dismiss(event, *words):
    return event.run("coupon-consume", "--dismiss", *words, "--why", "planted by the acceptance", "--yes")


def must_be_silent(item, event, kinds):
    """Dismisses all of these kinds; then the preflight has nothing to say about them."""
    for kind in kinds:
        outcome = dismiss(event, kind)
        item.equal(outcome.code, 0, f"--dismiss {kind}: exit ({outcome.brief()})")
    line = preflight_line(event, "failed-events")
    item.equal(line["status"], "ok", f"preflight of {event.name} after all were dismissed ({line['found']})")


def open_event(item, sandbox, name, limit, **topic_settings):
    """An event; with settings its topic was made by somebody else before the reset came."""
    event = Event(item, sandbox, name)
    if topic_settings:
        create_topic(sandbox.brokers, event.topic, 4, {key.replace("_", "."): str(value) for key, value in topic_settings.items()})
    event.reset("--limit", limit)
    return event


def apply_for(item, event, user, what):
    """An application that must be granted; its history."""
    history = event.history(f"{event.name}-{user}")
    outcome = event.run("coupon-apply", "--history", history, user)
    item.equal(outcome.code, 0, f"{what}: exit of an application ({outcome.brief()})")
    return history


@contextmanager
def watched_worker(item, event, what, *words, most_kb=MOST_MEMORY_KB):
    """A worker that must go on, say little and stay small."""
    with event.worker(*words) as worker:
        wait_until(lambda: "partitions" in worker.err_so_far(), 30, f"{what}: the worker got no partitions")
        yield worker
        lines = worker.err_so_far().splitlines()
        item.check(len(lines) <= MOST_LINES, f"{what}: {len(lines)} lines of log, {MOST_LINES} are allowed")
        peak = worker.resident_peak_kb()
        item.check(0 < peak <= most_kb, f"{what}: the worker held {peak} kB, {most_kb} are allowed")
        item.figure(f"{what}: lines of log, peak MB", f"{len(lines)}, {peak // 1024}")
