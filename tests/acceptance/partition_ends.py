"""The end of a partition that is no record: ends of transactions, committed and aborted, a transaction that never ends, offsets that compaction
took away. What waits for a worker is counted in records, and no program waits for an offset that is none."""

import struct
import subprocess
import time

from event import Event
from topic_admin import alter_settings, commit_offsets
from topic_store import committed_offsets, ends_of, produce
from waiting import wait_until

TITLE = "the end of a partition that is no record"
SECONDS = 240
PARTITIONS = range(4)


# kcat sends what it reads 64 KiB at a time, and the rest at the end of its input.
LINE = b"x" * 1000 + b"\n"
LINES = 200


class Transaction:
    """Another program's transaction on one partition."""

    def __init__(self, event, partition):
        self.event, self.partition = event, partition
        self.process = self._start()

    def _start(self):
        return subprocess.Popen(
            ["kcat", "-q", "-b", self.event.sandbox.brokers, "-P", "-t", self.event.topic, "-p", str(self.partition), "-X",
             f"transactional.id={self.event.name}-{self.partition}", "-X", "transaction.timeout.ms=900000", "-X", "linger.ms=0", "-X",
             "batch.size=16384"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _end(self):
        return ends_of(self.event.sandbox.brokers, self.event.topic)[self.partition][1]

    def _wait_for(self, end, what):
        wait_until(lambda: self._end() >= end, 20, f"{what} does not come")

    def _begin(self):
        before = self._end()
        self.process.stdin.write(LINE * LINES)
        self.process.stdin.flush()
        self._wait_for(before + LINES // 2, "the transaction")
        return before

    def commit(self):
        """One record. The end of the input is the end of the transaction."""
        before = self._end()
        self.process.communicate(LINE, 20)
        self._wait_for(before + 2, "the end of the transaction")

    def abort(self):
        """The broker aborts what a producer left open when another one of its name begins."""
        self.leave_open()
        before = self._end()
        self._start().communicate(b"", 20)
        self._wait_for(before + 1, "the end of the aborted transaction")

    def leave_open(self):
        self._begin()
        self.process.kill()
        self.process.communicate()


def _positions(event):
    return committed_offsets(event.sandbox.brokers, event.group, event.topic, list(PARTITIONS))


def _ends(event):
    return {partition: high for partition, (_, high) in ends_of(event.sandbox.brokers, event.topic).items()}


def _drain(event, what):
    started = time.monotonic()
    outcome = event.run("coupon-consume", "--until-drained", "--timeout", "20s", "-q")
    event.item.equal(outcome.code, 0, f"{what}: the worker until drained ({outcome.brief()})")
    return time.monotonic() - started


def _back_to_the_record(event):
    """As a worker leaves it that committed the record before the end of a transaction, and no more."""
    ends = _ends(event)
    commit_offsets(event.sandbox.brokers, event.group, event.topic, {partition: end - 1 for partition, end in ends.items() if end > 0})


def _all_go_on(event, granted, what):
    """Without a worker: audit, recovery and preflight take the event for what it is, and a reset ends the round."""
    outcome = event.audit("--wait", "2s")
    event.item.equal((outcome.code, event.verdict_of(outcome)), (0, "exact"), f"{what}: the audit ({outcome.brief()})")
    preflight = event.run("coupon-audit", "--preflight")
    event.item.check("not consumed yet" not in preflight.out, f"{what}: the preflight counts an offset: {preflight.out[-300:]}")
    recovery = event.run("coupon-consume", "--recover", "--yes", "--wait", "5s")
    event.item.equal(recovery.code, 0, f"{what}: the recovery ({recovery.brief()})")
    event.item.equal(event.row_count(), granted, f"{what}: coupons")
    event.reset("--limit", 20, "--wait", "5s")


def committed_and_aborted(item, sandbox):
    """The example: one record of another program's transaction; and the same aborted."""
    for ending in ("commit", "abort"):
        event = Event(item, sandbox, f"ends-{ending}")
        event.reset("--limit", 20)
        event.run("coupon-apply", *range(1, 11))
        _drain(event, ending)
        for partition in PARTITIONS:
            getattr(Transaction(event, partition), ending)()
        seconds = _drain(event, ending)
        item.equal(_positions(event), _ends(event), f"{ending}: the group's positions and the ends")
        event.run("coupon-consume", "--dismiss", "undecodable", "--why", "of another program", "--yes")
        _back_to_the_record(event)
        _all_go_on(event, 10, ending)
        item.figure(f"drained after a transaction's {ending}", f"{seconds:.1f} s")


def never_ended(item, sandbox):
    """A program dies within its transaction: the winners behind its record have their coupons, and the event can be ended."""
    event = Event(item, sandbox, "ends-never")
    event.reset("--limit", 20)
    with event.worker():
        for partition in PARTITIONS:
            Transaction(event, partition).leave_open()
        started = time.monotonic()
        event.run("coupon-apply", *range(1, 21))
        event.wait_rows(20, 20)
        item.figure("coupons behind open transactions", f"after {time.monotonic() - started:.1f} s")
    _drain(event, "behind open transactions")
    event.run("coupon-consume", "--dismiss", "undecodable", "--why", "of another program", "--yes")
    event.must_be_exact("behind open transactions", 20, expected=20)
    event.reset("--limit", 20, "--wait", "10s")


def redriven_behind_an_end(item, sandbox):
    """A claim whose record was lost is republished although the group stands before the end of a transaction."""
    event = Event(item, sandbox, "ends-redriven")
    event.reset("--limit", 20)
    event.run("coupon-apply", *range(1, 6))
    _drain(event, "before the loss")
    Transaction(event, 0).commit()
    _drain(event, "the foreign record")
    _back_to_the_record(event)
    event.ledger.query(f"DELETE FROM coupon WHERE event = '{event.name}' AND user_id = 3")
    with event.worker("--redrive-interval", "1s"):
        event.wait_rows(5, 30)


def compacted(item, sandbox):
    """Somebody makes the topic a compacted one: records of one key go, and leave a gap."""
    event = Event(item, sandbox, "ends-compacted")
    event.reset("--limit", 20)
    event.run("coupon-apply", *range(1, 11))
    _drain(event, "before the compaction")
    alter_settings(sandbox.brokers, event.topic, {"cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01",
                                                  "max.compaction.lag.ms": "100"})
    for number in range(30):
        produce(sandbox.brokers, event.topic, key="one", value=struct.pack(">q", number))
        time.sleep(0.02)

    def records():
        return sum(1 for record in event.records().records if record.key == b"one")
    wait_until(lambda: records() < 15, 60, "nothing is compacted", interval=1)
    preflight = event.run("coupon-audit", "--preflight")
    left = records()
    item.check(f" {left} records not consumed yet" in preflight.out or f" {left} record not consumed yet" in preflight.out,
               f"the preflight does not count {left} records: {[line for line in preflight.out.splitlines() if 'group-lag' in line]}")
    _drain(event, "compacted")
    event.run("coupon-consume", "--dismiss", "undecodable", "--why", "of another program", "--yes")
    event.must_be_exact("compacted", 20, expected=10)
    item.figure("compacted", f"{left} of 30 records were left, and counted")


def run(item):
    with item.sandbox() as sandbox:
        item.each((committed_and_aborted, never_ended, redriven_behind_an_end, compacted), sandbox)
