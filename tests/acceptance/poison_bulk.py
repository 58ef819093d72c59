"""Serves item poison: records that nobody can issue, by the thousand."""

import subprocess
import tempfile
import threading
import time

from ledger_store import administer
from poisoned import (GARBAGE_PARTITION, MOST_MEMORY_KB, apply_for, dismiss, headers_of, must_be_silent, open_event, preflight_line, wait_for_kinds,
                      watched_worker)

MOST_DELAY_MS = 2000       # from the grant to the row, on a partition without poison
BATCH_BYTES = 32 * 1024    # a topic of coupon-reset takes no batch above 64 KiB
MOST_SENT = 8 * (1 << 20)  # bytes of the database to a program that has no use for the kept records
LARGE_HEADER = 60_000
LARGE_RECORDS = 8000       # 480 MB


def _produce(event, count, *, headers=(), words=("-X", f"batch.size={BATCH_BYTES}")):
    """That many records on one partition, each with another value of eight bytes, which reads as a user."""
    named = [word for name, value in headers for word in ("-H", f"{name}={value}")]
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as file:
        file.writelines(f"{number:08}\n" for number in range(count))
        file.flush()
        subprocess.run(["kcat", "-b", event.sandbox.brokers, "-P", "-t", event.topic, "-p", str(GARBAGE_PARTITION), *words, *named, "-l", file.name],
                       check=True, capture_output=True, timeout=180, stdin=subprocess.DEVNULL)


def _status(sandbox, name):
    """One of MariaDB's counters."""
    return int(administer(sandbox, f"SHOW GLOBAL STATUS LIKE '{name}'")[0].split()[-1])


def _delays(event):
    """Milliseconds from grant to row of the winners that lie on another partition than the garbage."""
    partition_of = {record.user: record.partition for record in event.records().records if record.header("mac")}
    rows = event.ledger.query(f"SELECT user_id, issued_at - granted_at FROM coupon WHERE event = '{event.name}' AND round = {event.round()}")
    return sorted(int(delay) for user, delay in rows if partition_of[int(user)] != GARBAGE_PARTITION)


class _Bulk:
    """Garbage of one kind on one partition while users win, who are on all partitions."""

    def __init__(self, item, sandbox, name, *worker_words, garbage, winners, per_second, kind="undecodable", seconds=180, rows=50):
        """`seconds`: the most from the first record to the last row; `rows`: the least that a statement writes of failed events, on average."""
        self.item, self.name, self.garbage, self.kind, self.winners = item, name, garbage, kind, winners
        self.event = event = open_event(item, sandbox, name, winners)
        self.history = event.history(name)
        headers = headers_of(event) if kind == "unsigned" else ()
        statements = _status(sandbox, "Com_insert")
        with watched_worker(item, event, name, *worker_words):
            started = time.monotonic()
            thread = threading.Thread(target=_produce, args=(event, garbage), kwargs={"headers": headers})
            thread.start()
            event.flood("--requests", winners, "--rate", f"{per_second}/s", "--seed", 14, history=self.history)
            thread.join()
            # Winners on the partition of the garbage come after it.
            wait_for_kinds(event, {kind: garbage}, 300)
            event.wait_rows(winners, 60)
            took = time.monotonic() - started
        statements = _status(sandbox, "Com_insert") - statements
        most = winners + garbage // rows
        item.check(statements <= most, f"{name}: {statements} statements inserted {garbage} failed events and {winners} coupons, {most} are allowed")
        item.within(took, 0, seconds, f"{name}: seconds until all was written")
        delays = _delays(event)
        item.check(len(delays) > winners // 4, f"{name}: only {len(delays)} of {winners} winners are on another partition")
        item.check(delays and delays[-1] <= MOST_DELAY_MS, f"{name}: a winner on another partition waited {delays[-1:]} ms")
        item.figure(f"{name}: garbage, seconds, statements, slowest winner in ms", f"{garbage}, {took:.0f}, {statements}, {delays[-1]}")

    def dismiss(self):
        """All at once; then nothing is left to say about them."""
        event, item = self.event, self.item
        started = time.monotonic()
        outcome = dismiss(event, self.kind, "--json")
        item.equal((outcome.code, outcome.json().get("dismissed")), (0, self.garbage), f"--dismiss {self.kind}: exit, dismissed ({outcome.brief()})")
        item.figure(f"{self.name}: seconds to dismiss", time.monotonic() - started)
        item.equal(preflight_line(event, "failed-events")["status"], "ok", "preflight after all were dismissed")
        event.must_be_exact(self.name, self.winners, [self.history], expected=self.winners, wait="60s")


def bulk(item, sandbox):
    """200,000 undecodable records."""
    poisoned = _Bulk(item, sandbox, "poison-bulk", garbage=200_000, winners=1000, per_second=50)
    started = time.monotonic()
    outcome = poisoned.event.run("coupon-consume", "--retry-failed", "--json", seconds=180)
    item.equal(outcome.json().get("failed"), 200_000, f"still failed after a retry ({outcome.brief()})")
    item.figure("seconds to retry 200,000", time.monotonic() - started)
    poisoned.dismiss()


def paced_bulk(item, sandbox):
    """The pace is for coupons: garbage does not use it up. At this pace it would take 200 s."""
    _Bulk(item, sandbox, "poison-paced", "--max-rate", "6000/m", garbage=20_000, winners=300, per_second=20, seconds=100).dismiss()


def forged_bulk(item, sandbox):
    """Records that look like coupons until their signature is compared give the pace back, too. No more of them are taken at once than
    coupons of a second."""
    _Bulk(item, sandbox, "poison-forged", "--max-rate", "6000/m", garbage=20_000, winners=300, per_second=20, kind="unsigned", seconds=100,
          rows=10).dismiss()


def short_bulk(item, sandbox):
    """The same as bulk, for every day."""
    _Bulk(item, sandbox, "poison-short", garbage=20_000, winners=200, per_second=50).dismiss()


def _watched_run(item, event, what, *command, codes, most_sent=None):
    """A program beside 480 MB of kept records, which it must not hold, nor read where `most_sent` is what it may."""
    sent = _status(event.sandbox, "Bytes_sent")
    peak = 0
    with event.start(*command) as process:
        end = time.monotonic() + 180
        while not process.ended() and time.monotonic() < end:
            peak = max(peak, process.resident_peak_kb())
            time.sleep(0.01)
        outcome = process.wait(1)
    sent = _status(event.sandbox, "Bytes_sent") - sent
    item.check(outcome.code in codes, f"{what}: exit {outcome.code} ({outcome.brief()})")
    item.check(0 < peak <= MOST_MEMORY_KB, f"{what}: it held {peak} kB, {MOST_MEMORY_KB} are allowed")
    item.check(most_sent is None or sent <= most_sent, f"{what}: the database sent {sent} bytes, {most_sent} are allowed")
    item.figure(f"{what}: MB read from the database, peak MB", f"{sent / (1 << 20):.1f}, {peak // 1024}")
    return outcome


def headers_in_bulk(item, sandbox):
    """Records that are small but for a header of 60 kB: the client counts them as small, and reads ahead by their number. They are kept
    whole, and read again by the retry alone, some at a time."""
    event = open_event(item, sandbox, "poison-headers", 10)
    _produce(event, LARGE_RECORDS, headers=[("trace", "x" * LARGE_HEADER)], words=("-X", "batch.num.messages=1"))
    with watched_worker(item, event, "large headers"):
        wait_for_kinds(event, {"undecodable": LARGE_RECORDS}, 180)
        history = apply_for(item, event, 61, "after large headers")
        event.wait_rows(1, 20)
    _watched_run(item, event, "preflight", "coupon-audit", "--preflight", "--json", codes=(0, 1), most_sent=MOST_SENT)
    outcome = _watched_run(item, event, "audit", "coupon-audit", "--json", "--wait", "10s", "--history", history, codes=(0,), most_sent=MOST_SENT)
    item.equal(event.verdict_of(outcome), "exact", "the audit's verdict beside large headers")
    outcome = _watched_run(item, event, "retry", "coupon-consume", "--retry-failed", "--json", codes=(1,))
    item.equal(outcome.json().get("failed"), LARGE_RECORDS, "large headers: still failed after a retry")
    must_be_silent(item, event, ["undecodable"])
