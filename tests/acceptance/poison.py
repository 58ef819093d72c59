"""Item poison: records that nobody can issue, one by one and in bulk, never hold up a winner, and are dismissed afterwards."""

import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from event import Event
from ledger_store import administer
from poison_bulk import bulk, forged_bulk, headers_in_bulk, paced_bulk, short_bulk  # noqa: F401  (short_bulk is a live test of its own)
from poisoned import (GARBAGE_PARTITION, MOST_MEMORY_KB, apply_for, dismiss, headers_of, must_be_silent, open_event, open_kinds, preflight_line,
                      wait_for_kinds, watched_worker)
from topic_store import produce

TITLE = "a poison record never blocks"
SECONDS = 900

MOST_MEMORY_OF_HUGE_KB = 1024 * 1024
KEPT_BYTES = 64 * 1024      # of a failed event's record
HUGE_CODECS = ("gzip", "lz4", "zstd")


def _produce_zeros(event, size, codec):
    """One record with a value of that many zeros, compressed by its producer."""
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(size)
        done = subprocess.run(["kcat", "-b", event.sandbox.brokers, "-P", "-t", event.topic, "-p", str(GARBAGE_PARTITION), "-z", codec,
                               "-X", "message.max.bytes=1000000000", "-k", "66", file.name],
                              capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    return done.returncode == 0 and "Delivery failed" not in done.stderr


def _resident_kb(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def one_of_each(item, sandbox):
    """20 MB of zeros in 20 kB, a newer format, another event: each is a failed event of its kind, and the next winner gets a row."""
    event = open_event(item, sandbox, "poison-each", 10, compression_type="producer")
    neighbour = open_event(item, sandbox, "poison-neighbour", 10)
    histories = [apply_for(item, event, 61, "before the poison")]
    with watched_worker(item, event, "one of each"):
        item.check(_produce_zeros(event, 20_000_000, "gzip"), "20 MB of zeros did not reach a topic that allows them")
        produce(sandbox.brokers, event.topic, key="66", value=(66).to_bytes(8, "big"), headers=headers_of(event, v=2))
        for other in ("poison-neighbour", "poison-stranger"):
            produce(sandbox.brokers, event.topic, key="66", value=(66).to_bytes(8, "big"), headers=headers_of(event, event=other))
        wait_for_kinds(event, {"too_large": 1, "newer_format": 1, "foreign_event": 2}, 30)
        histories.append(apply_for(item, event, 62, "after the poison"))
        event.wait_rows(2, 20)
    item.equal(neighbour.row_count(), 0, "rows of the neighbour")
    kept = event.ledger.query("SELECT LENGTH(raw), raw_length > 20000000, LENGTH(raw_sha256) FROM failed_event "
                              f"WHERE source_topic = '{event.topic}' AND kind = 'too_large'")
    item.equal(kept, [[str(KEPT_BYTES), "1", "64"]], "of 20 MB: bytes kept, whole length, digits of the digest")
    outcome = event.audit("--wait", "10s", histories=histories)
    item.equal((outcome.code, event.verdict_of(outcome)), (0, "exact"), f"audit with one of each: exit, verdict ({outcome.brief()})")

    item.equal(preflight_line(event, "failed-events")["status"], "warning", "preflight about failed events")
    found = event.ledger.query(f"SELECT source_partition, source_offset FROM failed_event WHERE source_topic = '{event.topic}' AND kind = 'newer_format'")
    partition, offset = found[0]
    for words in ((f"{partition}:{offset}",), ("too_large",), ("foreign_event",)):
        outcome = dismiss(event, *words)
        item.equal(outcome.code, 0, f"--dismiss {words[0]}: exit ({outcome.brief()})")
    item.equal(open_kinds(event), {}, "kinds after all were dismissed")
    item.equal(preflight_line(event, "failed-events")["status"], "ok", "preflight about dismissed events")
    outcome = event.run("coupon-consume", "--retry-failed", "--json")
    item.equal((outcome.code, outcome.json().get("failed")), (0, 0), f"a retry after all were dismissed: exit, failed ({outcome.brief()})")


def own_topic_takes_no_giant(item, sandbox):
    """A topic that coupon-reset created counts the real size, and the broker refuses."""
    event = open_event(item, sandbox, "poison-own", 10)
    item.check(not _produce_zeros(event, 20_000_000, "gzip"), "20 MB of zeros reached a topic that coupon-reset created")
    for name in ("topic-compression", "topic-record-size"):
        line = preflight_line(event, name)
        item.equal(line["status"], "ok", f"preflight {name} of an own topic ({line['found']})")
    item.figure("20 MB of zeros on a topic of coupon-reset", "refused")


def huge(item, sandbox):
    """400 MB on a topic that allows them, by each codec of which the broker itself reads so much (not snappy): whole in the client, then forgotten."""
    event = open_event(item, sandbox, "poison-huge", 10, compression_type="producer", max_message_bytes=1_000_000_000)
    histories = [apply_for(item, event, 61, "before 400 MB")]
    with watched_worker(item, event, "400 MB", most_kb=MOST_MEMORY_OF_HUGE_KB) as worker:
        for number, codec in enumerate(HUGE_CODECS, 1):
            item.check(_produce_zeros(event, 400_000_000, codec), f"400 MB by {codec} did not reach the topic")
            wait_for_kinds(event, {"too_large": number}, 60)
            histories.append(apply_for(item, event, 61 + number, f"after 400 MB by {codec}"))
            event.wait_rows(1 + number, 20)
            afterwards = _resident_kb(worker)
            item.check(afterwards <= MOST_MEMORY_KB, f"400 MB by {codec}: the worker keeps {afterwards} kB")
            item.figure(f"MB afterwards, {codec}", afterwards // 1024)
    lengths = Counter(length for length, in event.ledger.query(f"SELECT raw_length > 400000000 FROM failed_event WHERE source_topic = '{event.topic}'"))
    item.equal(lengths, {"1": len(HUGE_CODECS)}, "failed events with the whole length")
    must_be_silent(item, event, ["too_large"])
    outcome = event.audit("--wait", "10s", histories=histories, seconds=120)
    item.equal((outcome.code, event.verdict_of(outcome)), (0, "exact"), f"audit beside 400 MB: exit, verdict ({outcome.brief()})")


def small_packet(item, sandbox):
    """A database that takes 16 KiB at a time: of each record as much is kept as fits, and the coupons of the batch are issued."""
    event = open_event(item, sandbox, "poison-packet", 10)
    before = administer(sandbox, "SELECT @@global.max_allowed_packet")[0]
    administer(sandbox, "SET GLOBAL max_allowed_packet = 16384")
    try:
        for user in range(20):
            produce(sandbox.brokers, event.topic, key=str(user), value=b"x" * 40_000, headers=headers_of(event))
        history = apply_for(item, event, 61, "between large records")
        with watched_worker(item, event, "16 KiB packets"):
            wait_for_kinds(event, {"too_large": 20}, 30)
            event.wait_rows(1, 20)
        lengths = event.ledger.query(f"SELECT MIN(LENGTH(raw)), MAX(LENGTH(raw)), MIN(raw_length) FROM failed_event WHERE source_topic = '{event.topic}'")
        shortest, longest, whole = map(int, lengths[0])
        item.check(8192 <= shortest <= longest <= 16384 and whole > 40_000, f"of 40,000 bytes {shortest} to {longest} are kept, of {whole}")
    finally:
        administer(sandbox, f"SET GLOBAL max_allowed_packet = {before}")
    must_be_silent(item, event, ["too_large"])
    event.must_be_exact("16 KiB packets", 10, [history], expected=1)


def wrong_event(item, sandbox):
    """A worker whose ledger has no round of its event names the events there are, and writes nothing."""
    event = open_event(item, sandbox, "poison-known", 10)
    stranger = Event(item, sandbox, "poison-unknown", topic=event.topic)
    produce(sandbox.brokers, event.topic, key="66", value=(66).to_bytes(8, "big"), headers=headers_of(event))
    outcome = stranger.run("coupon-consume", seconds=30)
    item.equal(outcome.code, 3, f"a worker without a round of its event: exit ({outcome.brief()})")
    item.check("poison-known" in outcome.err, f"a worker without a round of its event names no event: {outcome.err[-300:]}")
    item.equal(event.ledger.failed(event.topic), [], "failed events of a worker without a round")


def run(item):
    with item.sandbox() as sandbox:
        item.each((one_of_each, own_topic_takes_no_giant, wrong_event, small_packet, bulk, paced_bulk, forged_bulk, headers_in_bulk, huge), sandbox)
