"""Item poison: records that nobody can issue, one by one and in bulk, never hold up a winner, and are dismissed afterwards."""

import subprocess
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from event import Event
from item_19_databases import administer
from topic_admin import create_topic
from topic_store import produce
from waiting import Failure, wait_until

TITLE = "a poison record never blocks"
SECONDS = 900

MEBIBYTE = 1 << 20
MOST_LINES = 100            # of a worker's log, whatever lies on the topic
MOST_DELAY_MS = 2000        # from the grant to the row, on a partition without poison
MOST_MEMORY_KB = 256 * 1024
MOST_MEMORY_OF_HUGE_KB = 1024 * 1024
KEPT_BYTES = 64 * 1024      # of a failed event's record
HUGE_CODECS = ("gzip", "lz4", "zstd")
GARBAGE_PARTITION = 0
BATCH_BYTES = 32 * 1024     # a topic of coupon-reset takes no batch above 64 KiB


def _headers(event, /, **other):
    """Those of a good record, some of them another way."""
    headers = {"event": event.name, "round": event.round(), "epoch": 1, "slot": 2, "granted_at": 1700000000000, "v": 1} | other
    return [(name, str(value)) for name, value in headers.items()]


def _produce_zeros(event, size, codec):
    """One record with a value of that many zeros, compressed by its producer."""
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(size)
        done = subprocess.run(["kcat", "-b", event.sandbox.brokers, "-P", "-t", event.topic, "-p", str(GARBAGE_PARTITION), "-z", codec,
                               "-X", "message.max.bytes=1000000000", "-k", "66", file.name],
                              capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    return done.returncode == 0 and "Delivery failed" not in done.stderr


def _produce_garbage(event, count, partition=GARBAGE_PARTITION):
    """That many records without headers, of some bytes each."""
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as file:
        file.writelines(f"garbage number {number}\n" for number in range(count))
        file.flush()
        subprocess.run(["kcat", "-b", event.sandbox.brokers, "-P", "-t", event.topic, "-p", str(partition),
                        "-X", f"batch.size={BATCH_BYTES}", "-l", file.name],
                       check=True, capture_output=True, timeout=120, stdin=subprocess.DEVNULL)


def _kinds(event):
    """How many failed events of each kind are neither issued nor dismissed."""
    found = event.ledger.query(f"SELECT kind, COUNT(*) FROM failed_event WHERE source_topic = '{event.topic}' "
                               "AND resolved_at IS NULL AND dismissed_at IS NULL GROUP BY kind")
    return {kind: int(count) for kind, count in found}


def _wait_for_kinds(event, kinds, seconds):
    wait_until(lambda: _kinds(event) == kinds, seconds, f"{event.name}: the failed events are {_kinds(event)} instead of {kinds}", interval=0.1)


def _preflight_line(event, name):
    document = event.run("coupon-audit", "--preflight", "--json").json()
    return next(check for check in document["checks"] if check["name"] == name)


def _dismiss(event, *words):
    return event.run("coupon-consume", "--dismiss", *words, "--why", "planted by the acceptance", "--yes")


def _open_event(item, sandbox, name, limit, **topic_settings):
    """An event; with settings its topic was made by somebody else before the reset came."""
    event = Event(item, sandbox, name)
    if topic_settings:
        create_topic(sandbox.brokers, event.topic, 4, {key.replace("_", "."): str(value) for key, value in topic_settings.items()})
    event.reset("--limit", limit)
    return event


def _resident_kb(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


@contextmanager
def _watched_worker(item, event, what, *words, most_kb=MOST_MEMORY_KB):
    """A worker that must go on, say little and stay small."""
    with event.worker(*words) as worker:
        wait_until(lambda: "partitions" in worker.err_so_far(), 30, f"{what}: the worker got no partitions")
        yield worker
        lines = worker.err_so_far().splitlines()
        item.check(len(lines) <= MOST_LINES, f"{what}: {len(lines)} lines of log, {MOST_LINES} are allowed")
        peak = worker.resident_peak_kb()
        item.check(0 < peak <= most_kb, f"{what}: the worker held {peak} kB, {most_kb} are allowed")
        item.figure(f"{what}: lines of log, peak MB", f"{len(lines)}, {peak // 1024}")


def _apply(item, event, user, what):
    history = event.history(f"{event.name}-{user}")
    outcome = event.run("coupon-apply", "--history", history, user)
    item.equal(outcome.code, 0, f"{what}: exit of an application ({outcome.brief()})")
    return history


def one_of_each(item, sandbox):
    """20 MB of zeros in 20 kB, a newer format, another event: each is a failed event of its kind, and the next winner gets a row."""
    event = _open_event(item, sandbox, "poison-each", 10, compression_type="producer")
    neighbour = _open_event(item, sandbox, "poison-neighbour", 10)
    histories = [_apply(item, event, 61, "before the poison")]
    with _watched_worker(item, event, "one of each"):
        item.check(_produce_zeros(event, 20_000_000, "gzip"), "20 MB of zeros did not reach a topic that allows them")
        produce(sandbox.brokers, event.topic, key="66", value=(66).to_bytes(8, "big"), headers=_headers(event, v=2))
        for other in ("poison-neighbour", "poison-stranger"):
            produce(sandbox.brokers, event.topic, key="66", value=(66).to_bytes(8, "big"), headers=_headers(event, event=other))
        _wait_for_kinds(event, {"too_large": 1, "newer_format": 1, "foreign_event": 2}, 30)
        histories.append(_apply(item, event, 62, "after the poison"))
        event.wait_rows(2, 20)
    item.equal(neighbour.row_count(), 0, "rows of the neighbour")
    kept = event.ledger.query("SELECT LENGTH(raw), raw_length > 20000000, LENGTH(raw_sha256) FROM failed_event "
                              f"WHERE source_topic = '{event.topic}' AND kind = 'too_large'")
    item.equal(kept, [[str(KEPT_BYTES), "1", "64"]], "of 20 MB: bytes kept, whole length, digits of the digest")
    outcome = event.audit("--wait", "10s", histories=histories)
    item.equal((outcome.code, event.verdict_of(outcome)), (0, "exact"), f"audit with one of each: exit, verdict ({outcome.brief()})")

    item.equal(_preflight_line(event, "failed-events")["status"], "warning", "preflight about failed events")
    found = event.ledger.query(f"SELECT source_partition, source_offset FROM failed_event WHERE source_topic = '{event.topic}' AND kind = 'newer_format'")
    partition, offset = found[0]
    for words in ((f"{partition}:{offset}",), ("too_large",), ("foreign_event",)):
        outcome = _dismiss(event, *words)
        item.equal(outcome.code, 0, f"--dismiss {words[0]}: exit ({outcome.brief()})")
    item.equal(_kinds(event), {}, "kinds after all were dismissed")
    item.equal(_preflight_line(event, "failed-events")["status"], "ok", "preflight about dismissed events")
    outcome = event.run("coupon-consume", "--retry-failed", "--json")
    item.equal((outcome.code, outcome.json()["failed"]), (0, 0), f"a retry after all were dismissed: exit, failed ({outcome.brief()})")


def own_topic_takes_no_giant(item, sandbox):
    """A topic that coupon-reset created counts the real size, and the broker refuses."""
    event = _open_event(item, sandbox, "poison-own", 10)
    item.check(not _produce_zeros(event, 20_000_000, "gzip"), "20 MB of zeros reached a topic that coupon-reset created")
    for name in ("topic-compression", "topic-record-size"):
        line = _preflight_line(event, name)
        item.equal(line["status"], "ok", f"preflight {name} of an own topic ({line['found']})")
    item.figure("20 MB of zeros on a topic of coupon-reset", "refused")


def _delays(event):
    """Milliseconds from grant to row of the winners that lie on another partition than the garbage."""
    partition_of = {record.user: record.partition for record in event.records().records if record.header("event") == event.name}
    rows = event.ledger.query(f"SELECT user_id, issued_at - granted_at FROM coupon WHERE event = '{event.name}' AND round = {event.round()}")
    return sorted(int(delay) for user, delay in rows if partition_of[int(user)] != GARBAGE_PARTITION)


class _Bulk:
    """Garbage on one partition while users win, who are on all partitions."""

    def __init__(self, item, sandbox, name, garbage, winners, per_second, *worker_words):
        self.item, self.name, self.garbage, self.winners = item, name, garbage, winners
        self.event = event = _open_event(item, sandbox, name, winners)
        self.history = event.history(name)
        with _watched_worker(item, event, name, *worker_words):
            started = time.monotonic()
            thread = threading.Thread(target=_produce_garbage, args=(event, garbage))
            thread.start()
            event.flood("--requests", winners, "--rate", f"{per_second}/s", "--seed", 14, history=self.history)
            thread.join()
            # Winners on the partition of the garbage come after it.
            _wait_for_kinds(event, {"undecodable": garbage}, 300)
            event.wait_rows(winners, 60)
            seconds = time.monotonic() - started
        delays = _delays(event)
        item.check(len(delays) > winners // 4, f"{name}: only {len(delays)} of {winners} winners are on another partition")
        item.check(delays and delays[-1] <= MOST_DELAY_MS, f"{name}: a winner on another partition waited {delays[-1:]} ms")
        item.figure(f"{name}: garbage, seconds, slowest winner in ms", f"{garbage}, {seconds:.0f}, {delays[-1]}")

    def dismiss(self):
        """All at once; then nothing is left to say about them."""
        event, item = self.event, self.item
        started = time.monotonic()
        outcome = _dismiss(event, "undecodable", "--json")
        item.equal((outcome.code, outcome.json()["dismissed"]), (0, self.garbage), f"--dismiss undecodable: exit, dismissed ({outcome.brief()})")
        item.figure(f"{self.name}: seconds to dismiss", time.monotonic() - started)
        item.equal(_preflight_line(event, "failed-events")["status"], "ok", "preflight after all were dismissed")
        event.must_be_exact(self.name, self.winners, [self.history], expected=self.winners, wait="60s")


def bulk(item, sandbox):
    """200,000 undecodable records."""
    poisoned = _Bulk(item, sandbox, "poison-bulk", 200_000, 1000, 50)
    started = time.monotonic()
    outcome = poisoned.event.run("coupon-consume", "--retry-failed", "--json", seconds=180)
    item.equal(outcome.json()["failed"], 200_000, f"still failed after a retry ({outcome.brief()})")
    item.figure("seconds to retry 200,000", time.monotonic() - started)
    poisoned.dismiss()


def paced_bulk(item, sandbox):
    """The pace is for coupons: garbage before them does not use it up."""
    _Bulk(item, sandbox, "poison-paced", 20_000, 300, 20, "--max-rate", "6000/m").dismiss()


def short_bulk(item, sandbox):
    """The same as bulk, for every day."""
    _Bulk(item, sandbox, "poison-short", 20_000, 200, 50).dismiss()


def headers_in_bulk(item, sandbox):
    """Records that are small but for a header of 60 kB: the client counts them as small, and reads ahead by their number."""
    event = _open_event(item, sandbox, "poison-headers", 10)
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as file:
        file.writelines(f"{number}\n" for number in range(5000))
        file.flush()
        subprocess.run(["kcat", "-b", sandbox.brokers, "-P", "-t", event.topic, "-p", str(GARBAGE_PARTITION), "-X", "batch.num.messages=1",
                        "-H", "trace=" + "x" * 60_000, "-l", file.name], check=True, capture_output=True, timeout=180, stdin=subprocess.DEVNULL)
    with _watched_worker(item, event, "large headers"):
        _wait_for_kinds(event, {"undecodable": 5000}, 180)
    outcome = _dismiss(event, "undecodable")
    item.equal(outcome.code, 0, f"--dismiss undecodable: exit ({outcome.brief()})")


def huge(item, sandbox):
    """400 MB on a topic that allows them, by each codec of which the broker itself reads so much (not snappy): whole in the client, then forgotten."""
    event = _open_event(item, sandbox, "poison-huge", 10, compression_type="producer", max_message_bytes=1_000_000_000)
    histories = [_apply(item, event, 61, "before 400 MB")]
    with _watched_worker(item, event, "400 MB", most_kb=MOST_MEMORY_OF_HUGE_KB) as worker:
        for number, codec in enumerate(HUGE_CODECS, 1):
            item.check(_produce_zeros(event, 400_000_000, codec), f"400 MB by {codec} did not reach the topic")
            _wait_for_kinds(event, {"too_large": number}, 60)
            histories.append(_apply(item, event, 61 + number, f"after 400 MB by {codec}"))
            event.wait_rows(number, 20)
            afterwards = _resident_kb(worker)
            item.check(afterwards <= MOST_MEMORY_KB, f"400 MB by {codec}: the worker keeps {afterwards} kB")
            item.figure(f"MB afterwards, {codec}", afterwards // 1024)
    lengths = Counter(length for length, in event.ledger.query(f"SELECT raw_length > 400000000 FROM failed_event WHERE source_topic = '{event.topic}'"))
    item.equal(lengths, {"1": len(HUGE_CODECS)}, "failed events with the whole length")
    event.run("coupon-consume", "--dismiss", "too_large", "--why", "planted by the acceptance", "--yes")
    outcome = event.audit("--wait", "10s", histories=histories, seconds=120)
    item.equal((outcome.code, event.verdict_of(outcome)), (0, "exact"), f"audit beside 400 MB: exit, verdict ({outcome.brief()})")


def small_packet(item, sandbox):
    """A database that takes 16 KiB at a time: of each record as much is kept as fits, and the coupons of the batch are issued."""
    event = _open_event(item, sandbox, "poison-packet", 10)
    before = administer(sandbox, "SELECT @@global.max_allowed_packet")[0]
    administer(sandbox, "SET GLOBAL max_allowed_packet = 16384")
    try:
        for user in range(20):
            produce(sandbox.brokers, event.topic, key=str(user), value=b"x" * 40_000, headers=_headers(event))
        history = _apply(item, event, 61, "between large records")
        with _watched_worker(item, event, "16 KiB packets"):
            _wait_for_kinds(event, {"too_large": 20}, 30)
            event.wait_rows(1, 20)
        lengths = event.ledger.query(f"SELECT MIN(LENGTH(raw)), MAX(LENGTH(raw)), MIN(raw_length) FROM failed_event WHERE source_topic = '{event.topic}'")
        shortest, longest, whole = map(int, lengths[0])
        item.check(8192 <= shortest <= longest <= 16384 and whole > 40_000, f"of 40,000 bytes {shortest} to {longest} are kept, of {whole}")
    finally:
        administer(sandbox, f"SET GLOBAL max_allowed_packet = {before}")
    outcome = _dismiss(event, "too_large")
    item.equal(outcome.code, 0, f"--dismiss too_large: exit ({outcome.brief()})")
    event.must_be_exact("16 KiB packets", 10, [history], expected=1)


def wrong_event(item, sandbox):
    """A worker whose ledger has no round of its event names the events there are, and writes nothing."""
    event = _open_event(item, sandbox, "poison-known", 10)
    stranger = Event(item, sandbox, "poison-unknown", topic=event.topic)
    produce(sandbox.brokers, event.topic, key="66", value=(66).to_bytes(8, "big"), headers=_headers(event))
    outcome = stranger.run("coupon-consume", seconds=30)
    item.equal(outcome.code, 3, f"a worker without a round of its event: exit ({outcome.brief()})")
    item.check("poison-known" in outcome.err, f"a worker without a round of its event names no event: {outcome.err[-300:]}")
    item.equal(event.ledger.failed(event.topic), [], "failed events of a worker without a round")


def run(item):
    with item.sandbox() as sandbox:
        item.each((one_of_each, own_topic_takes_no_giant, wrong_event, small_packet, bulk, paced_bulk, headers_in_bulk, huge), sandbox)
