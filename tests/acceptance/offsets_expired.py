"""Offsets that expired: a group without members loses them after a week. Records whose claims all have their coupon are not behind."""

import struct
import time

from event import Event
from topic_store import committed_offsets, ends_of, produce, request, text
from waiting import Failure

TITLE = "offsets of the group that expired"
SECONDS = 180
LOST = "has no committed offset: it expired, or --group is another one"


def expire(event):
    """DeleteGroups v0, as the broker does it once offsets.retention.minutes are over."""
    data = request(event.sandbox.brokers, 42, 0, struct.pack(">i", 1) + text(event.group))
    error = struct.unpack_from(">h", data, 4 + 4 + 2 + len(event.group.encode()))[0]
    if error:
        raise Failure(f"kafka answered error {error} when asked to delete group {event.group}")
    event.item.equal(committed_offsets(event.sandbox.brokers, event.group, event.topic, list(range(4))), {}, "offsets left")


def _event(item, sandbox, name):
    event = Event(item, sandbox, name)
    event.reset("--limit", 30)
    item.equal(event.run("coupon-apply", *range(1, 26)).out.count("granted"), 25, f"{name}: granted")
    drained = event.run("coupon-consume", "--until-drained", "-q")
    item.equal(drained.code, 0, f"{name}: drained ({drained.brief()})")
    return event


def _must_be_exact(event, what):
    """By the audit: the judge knows a group by its offsets."""
    outcome = event.audit("--wait", "2s", "--expect", 25)
    event.item.equal((outcome.code, event.verdict_of(outcome)), (0, "exact"), f"{what}: the audit ({outcome.brief()})")


def all_issued(item, sandbox):
    """The example: no worker for a week, and every coupon is there. Audit, recovery and the weekly reset wait for nothing."""
    event = _event(item, sandbox, "expired-all")
    expire(event)
    _must_be_exact(event, "expired")
    preflight = event.run("coupon-audit", "--preflight")
    item.check(f"group {event.group} {LOST}" in preflight.out, f"the preflight does not name the group: {preflight.out[-600:]}")
    item.check("not consumed yet" not in preflight.out, "the preflight counts records that have their coupon")
    recovery = event.run("coupon-consume", "--recover", "--yes", "--wait", "2s")
    item.equal(recovery.code, 0, f"the recovery ({recovery.brief()})")
    started = time.monotonic()
    event.reset("--limit", 30, "--wait", "2s")
    item.figure("reset of a group without offsets", f"{time.monotonic() - started:.1f} s")


def one_not_issued(item, sandbox):
    """A claim whose coupon is missing does hold the reset back, and what is missing is told with the group's name."""
    event = _event(item, sandbox, "expired-one")
    expire(event)
    item.equal(event.run("coupon-apply", 26).code, 0, "granted after the offsets expired")
    audit = event.audit("--wait", "1s")
    item.equal(audit.code, 5, f"the audit ({audit.brief()})")
    item.check(LOST in audit.out, f"the audit does not name the group: {audit.out[-300:]}")
    refused = event.run("coupon-reset", "--yes", "--end-running", "--wait", "1s")
    item.equal(refused.code, 1, f"the reset ({refused.brief()})")
    item.check("1 record of partition" in refused.err and LOST in refused.err, f"the reset does not tell it: {refused.err[-400:]}")
    drained = event.run("coupon-consume", "--until-drained", "-q")
    item.equal(drained.code, 0, f"a worker afterwards ({drained.brief()})")
    ends = {partition: high for partition, (_, high) in ends_of(sandbox.brokers, event.topic).items()}
    item.equal(committed_offsets(sandbox.brokers, event.group, event.topic, list(range(4))), ends, "the group's positions and the ends")
    event.reset("--limit", 30, "--wait", "2s")
    item.figure("records behind of 26, without an offset", 1)


def failed_events(item, sandbox):
    """Records that are kept as failed events are not behind either; one that no worker has read is."""
    event = _event(item, sandbox, "expired-failed")
    produce(sandbox.brokers, event.topic, key="x", value=b"poison")
    item.equal(event.run("coupon-consume", "--until-drained", "-q").code, 0, "drained with a failed event")
    event.run("coupon-consume", "--dismiss", "undecodable", "--why", "a test", "--yes")
    expire(event)
    _must_be_exact(event, "expired with a failed event")
    produce(sandbox.brokers, event.topic, key="x", value=b"more poison")
    refused = event.run("coupon-reset", "--yes", "--end-running", "--wait", "1s")
    item.equal(refused.code, 1, f"a reset with a record that no worker has read ({refused.brief()})")
    item.check("1 record of partition" in refused.err, f"the record is not counted: {refused.err[-300:]}")
    item.figure("failed events that are not behind", 1)


def run(item):
    with item.sandbox() as sandbox:
        item.each((all_issued, one_not_issued, failed_events), sandbox)
