"""The part of single_faults about workers: one that was asleep too long, one whose topic is purged, one whose topic is another one."""

import signal
import struct
import threading
import time

from event import Event
from topic_admin import create_topic, delete_records, delete_topic, has_topic
from topic_store import committed_offsets, ends_of
from waiting import Failure, wait_until

LIMIT, ZOMBIE_LIMIT, SESSION_S = 400, 1200, 6


class OffsetWatch:
    """Reads the group's committed offsets all the time. Use it with `with`; `went_back` names each step backwards."""

    def __init__(self, event):
        self._event, self.went_back, self.looks = event, [], 0

    def __enter__(self):
        self._on = True
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._on = False
        self._thread.join(timeout=30)

    def _watch(self):
        event, seen = self._event, {}
        partitions = sorted(ends_of(event.sandbox.brokers, event.topic))
        while self._on:
            try:
                now = committed_offsets(event.sandbox.brokers, event.group, event.topic, partitions)
            except (OSError, Failure, struct.error):
                continue
            self.looks += 1
            self.went_back += [f"partition {partition} from {seen[partition]} to {offset}"
                               for partition, offset in now.items() if offset < seen.get(partition, 0)]
            seen.update(now)
            time.sleep(0.005)


def zombie(item, sandbox):
    """A worker is stopped past its session with records in hand, another takes over, and the first goes on."""
    event = Event(item, sandbox, "zombie")
    event.reset("--limit", ZOMBIE_LIMIT)
    history = event.history("zombie")
    with event.start("coupon-consume", "--batch", 5, "--max-rate", "60/s") as first, OffsetWatch(event) as watch:
        with event.start_flood("--requests", ZOMBIE_LIMIT, "--concurrency", 64, "--rate", "60/s", "--timeout", "30s", "--seed", 191,
                               history=history) as flood:
            event.wait_rows(60)
            first.signal(signal.SIGSTOP)
            with event.start("coupon-consume") as second:
                wait_until(lambda: "partitions assigned: 0 1 2 3" in second.err_so_far(), SESSION_S + 10,
                           "the second worker takes nothing over")
                at = event.row_count()
                event.wait_rows(at + 30)
                first.signal(signal.SIGCONT)
                before = len(first.err_so_far())
                wait_until(lambda: "this worker has" in first.err_so_far()[before:], 15, "the first worker does not notice what it lost")
                item.check(not flood.ended(), "zombie: the flood was over before the first worker went on")
                event.flood_document(flood, history=history)
                event.must_be_exact("zombie", ZOMBIE_LIMIT, [history], expected=ZOMBIE_LIMIT, wait="60s")
                item.check(not first.ended() and not second.ended(), "zombie: a worker ended")
                said = [line.split(": ", 1)[-1] for line in first.err_so_far()[before:].splitlines()]
                item.equal((first.end().code, second.end().code), (0, 0), "zombie: exits of the workers")
    item.check(watch.looks > 200, f"zombie: the committed offsets were looked at {watch.looks} times only")
    item.equal(watch.went_back, [], "zombie: committed offsets that went back")
    item.figure("zombie", f"stopped for {SESSION_S} s, {watch.looks} looks at the offsets, none went back; it says: {said[0] if said else 'nothing'}")


def purged_under_a_worker(item, sandbox):
    """DeleteRecords up to the end of now, again and again, while the worker reads: what it had not read yet is republished."""
    event = Event(item, sandbox, "purged")
    event.reset("--limit", LIMIT)
    history = event.history("purged")
    purges = 0
    with event.worker("--max-rate", "150/s"):
        with event.start_flood("--requests", LIMIT + 50, "--concurrency", 64, "--rate", "150/s", "--timeout", "30s", "--seed", 192,
                               history=history) as flood:
            event.wait_rows(20)
            while not flood.ended():
                delete_records(sandbox.brokers, event.topic, {p: high for p, (_, high) in ends_of(sandbox.brokers, event.topic).items()})
                purges += 1
                time.sleep(0.3)
            event.flood_document(flood, history=history)
        event.wait_rows(LIMIT, 60)
        outcome = event.audit("--wait", "30s", histories=[history])
    rows = event.ledger.rows(event.name, event.round())
    item.equal((len(rows), len({row.slot for row in rows}), len({row.user for row in rows})), (LIMIT, LIMIT, LIMIT), "purged: rows, slots, users")
    item.equal((outcome.code, event.verdict_of(outcome)), (0, "exact"), f"purged: exit, verdict ({outcome.brief()})")
    item.check(purges >= 3, f"purged: only {purges} purges")
    item.figure("purged under a worker", f"{purges} purges, {len(rows)} rows")


def topic_made_anew(item, sandbox):
    """The topic is deleted and made again under a live worker, as an operator must not do: the audit never says exact, and never blames a stranger."""
    event = Event(item, sandbox, "anew")
    event.reset("--limit", LIMIT)
    history = event.history("anew")
    with event.worker():
        event.flood("--requests", 60, "--concurrency", 16, "--seed", 193, history=history)
        event.wait_rows(60)
        delete_topic(sandbox.brokers, event.topic)
        wait_until(lambda: not has_topic(sandbox.brokers, event.topic), 20, "the topic is still there")
        create_topic(sandbox.brokers, event.topic, 4)
        more = event.history("anew-more")
        event.start_flood("--requests", 40, "--concurrency", 16, "--first-user", 1001, "--seed", 194, history=more).wait(60)
        time.sleep(3)
        outcome = event.audit("--wait", "5s", histories=[history, more])
        verdict = event.verdict_of(outcome)
        item.check(outcome.code == 5 and verdict == "cannot_tell", f"the topic was made again: {verdict}, {outcome.brief()}")
        names = sorted({finding["name"] for check in outcome.json()["checks"] for finding in check["findings"]})
    item.figure("topic deleted and made anew", f"exit {outcome.code}, {verdict}: {'; '.join(names)[:300] or outcome.json().get('reason')}")

