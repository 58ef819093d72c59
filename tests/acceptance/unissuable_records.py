"""The part of bad_input on the topic: records that can never be issued become failed events, and the worker goes on."""

import re
import struct

from event import Event
from topic_store import produce
from waiting import wait_until

LIMIT = 5


def _headers(own, /, **other):
    """Those of a good record, some of them another way; None leaves one out."""
    headers = {"event": own.name, "round": own.round(), "epoch": 1, "slot": 2, "granted_at": 1700000000000, "v": 1} | other
    return [(name, str(value)) for name, value in headers.items() if value is not None]


def _poisons(event):
    """Name, key, value, headers."""
    value = struct.pack(">q", 66)
    good = _headers(event)
    yield "7 bytes", "66", value[1:], good
    yield "9 bytes", "66", value + b"\0", good
    yield "digits as text", "66", b"66", good
    yield "null", "66", None, good
    yield "negative user", "-5", struct.pack(">q", -5), good
    yield "no header", "66", value, []
    for name, _ in good:
        yield f"without {name}", "66", value, _headers(event, **{name: None})
        yield f"{name} twice", "66", value, good + [(name, dict(good)[name])]
    yield "unknown round", "66", value, _headers(event, round=99)
    yield "round 0", "66", value, _headers(event, round=0)
    yield "slot 0", "66", value, _headers(event, slot=0)
    yield "slot N+1", "66", value, _headers(event, slot=LIMIT + 1)
    yield "slot is no number", "66", value, _headers(event, slot="two")
    yield "unknown event", "66", value, _headers(event, event="somebody-else")
    yield "newer format", "66", value, _headers(event, v=2)
    yield "key of another user", "67", value, good


def _told(log):
    """Failed events that a worker's log tells of: one by one, and then by kind."""
    one_by_one = len(re.findall(r"failed event: partition", log))
    counted = re.findall(r"(\d+) [a-z_]+", " ".join(re.findall(r"failed events: (.*), the last at", log)))
    return one_by_one + sum(map(int, counted))


def poisoned_records(item, sandbox):
    event = Event(item, sandbox, "poison")
    event.reset("--limit", LIMIT)
    history = event.history("poison")
    poisons = list(_poisons(event))
    with event.worker() as worker:
        event.run("coupon-apply", "--history", history, 61)
        for _, key, value, headers in poisons:
            produce(sandbox.brokers, event.topic, key=key, value=value, headers=headers)
        failed = wait_until(lambda: len(found := event.ledger.failed(event.topic)) >= len(poisons) and found, 30,
                            f"{len(event.ledger.failed(event.topic))} of {len(poisons)} poisoned records are failed events")
        more = event.history("after-poison")
        outcome = event.run("coupon-apply", "--history", more, 62)
        item.equal(outcome.code, 0, f"an application after the poison: exit ({outcome.brief()})")
        event.wait_rows(2, 20)
        item.equal(len(failed), len(poisons), "failed events")
        item.check(all(reason for _, _, _, reason, _ in failed), "a failed event has no reason")
    item.equal(_told(worker.err_so_far()), len(poisons), "failed events told in the worker's log")
    rows = [(row.slot, row.user) for row in event.ledger.rows(event.name, event.round())]
    item.equal(rows, [(1, 61), (2, 62)], "rows beside the poison")
    raws = event.ledger.query(f"SELECT COUNT(*), SUM(LENGTH(raw) > 0) FROM failed_event WHERE source_topic = '{event.topic}'")
    item.equal(raws, [[str(len(poisons))] * 2], "failed events with raw bytes")
    outcome = event.audit("--wait", "10s", histories=[history, more])
    item.equal((outcome.code, event.verdict_of(outcome)), (0, "exact"), f"audit beside the poison: exit, verdict ({outcome.brief()})")
    item.figure("poisoned records kept as failed events", f"{len(failed)} of {len(poisons)}, {len({reason for *_, reason, _ in failed})} reasons")
