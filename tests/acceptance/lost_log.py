"""A log that is gone: a broker comes back without its data, a topic is deleted and made again. Offsets that the ledger stored of it count no more, and a
record that lies at the place of another one is no other than itself."""

import shutil
import struct

from event import Event
from hint_table import told, tries
from history_file import read_history
from signature import mac_of
from topic_admin import create_topic, delete_topic, has_topic
from topic_store import ends_of, produce
from waiting import wait_until

TITLE = "a log that is gone"
SECONDS = 240
PARTITIONS = 4
LIMIT = 120
KEY = "7"  # chooses the same partition in every log


def _garbage(event, text):
    produce(event.sandbox.brokers, event.topic, key=KEY, value=text)


def _failed(event):
    """Place, digest and kind of each open failed event."""
    found = event.ledger.query("SELECT source_partition, source_offset, raw_sha256, kind FROM failed_event "
                               f"WHERE source_topic = '{event.topic}' AND resolved_at IS NULL AND dismissed_at IS NULL ORDER BY 1, 2, 3")
    return [(int(partition), int(offset), digest, kind) for partition, offset, digest, kind in found]


def _wait_failed(event, count):
    wait_until(lambda: len(_failed(event)) >= count, 30, f"{event.name} has {len(_failed(event))} failed events, not {count}", interval=0.1)


def _lose_data(sandbox):
    """The broker's disk of data is a new one: it knows its topics, and nothing that was on them."""
    sandbox.kill("kafka")
    for entry in (sandbox.folder / "kafka" / "data").iterdir():
        if entry.is_dir() and entry.name != "__cluster_metadata-0":
            shutil.rmtree(entry)
        elif entry.name.endswith("-offset-checkpoint"):
            entry.unlink()
    sandbox.start("kafka")


def _make_again(sandbox, topic):
    delete_topic(sandbox.brokers, topic)
    wait_until(lambda: not has_topic(sandbox.brokers, topic), 20, "the topic is still there")
    create_topic(sandbox.brokers, topic, PARTITIONS)


def _publish_late(event, user, slot, epoch):
    """A record of a claim that the gate forgot, signed with the round's key, which comes after its epoch has ended."""
    mac = mac_of(event.ledger.round_key(event.name, event.round()), event.name, event.round(), epoch, slot, user, 1)
    headers = [("event", event.name), ("round", event.round()), ("epoch", epoch), ("slot", slot), ("granted_at", 1), ("v", 1), ("mac", mac)]
    produce(event.sandbox.brokers, event.topic, key=str(user), value=struct.pack(">q", user), headers=[(name, str(text)) for name, text in headers])


def _told_granted(histories):
    return {int(one.user): one.slot for path in histories for one in read_history(path)[1] if one.answer == "granted"}


def data_lost(item, sandbox):
    """In the middle of a round, with a purge, fences and failed events behind it. Every promise is kept, what is gone is named, and a record of an
    epoch that has ended is fenced on the new log, too."""
    event = Event(item, sandbox, "lost")
    event.reset("--limit", 20)
    with event.worker():
        event.flood("--requests", 20, "--concurrency", 8, "--users", 20, "--first-user", 1)
        event.wait_rows(20)
    event.reset("--limit", LIMIT)
    histories = [event.history(when) for when in ("before", "after")]
    with event.worker() as worker:
        _garbage(event, b"garbage")
        event.flood("--requests", 60, "--concurrency", 8, "--users", 60, "--first-user", 101, history=histories[0])
        event.wait_rows(60)
        _wait_failed(event, 1)
        sandbox.stop("redis")
        sandbox.start("redis")
        wait_until(lambda: event.ledger.epoch(event.name, event.round()) == 2, 30, "the gate is not armed again")
        fences = event.ledger.fences(event.name, event.round())
        item.check(any(fence.end_offset > 0 for fence in fences), f"the fences before the loss: {fences}")
        _lose_data(sandbox)
        wait_until(lambda: "is gone (" in worker.err_so_far(), 60, "the worker does not tell of the lost log")
        item.equal({fence.end_offset for fence in event.ledger.fences(event.name, event.round())}, {0}, "fences after the loss")
        # A user of the first epoch whose claim nobody remembers, on the log that took the place of the old one.
        _publish_late(event, 999, 100, epoch=1)
        event.flood("--requests", 20, "--concurrency", 8, "--users", 20, "--first-user", 201, history=histories[1])
        event.wait_rows(80)
        _garbage(event, b"more garbage")
        _wait_failed(event, 2)
        told = worker.err_so_far().count("is gone (")
        outcome = event.audit("--wait", "10s", histories=histories)
    rows = event.ledger.rows(event.name, event.round())
    item.equal({row.user: row.slot for row in rows}, _told_granted(histories), "rows, and what users were told")
    item.check(event.verdict_of(outcome) in ("exact", "cannot_tell"), f"the audit: {outcome.brief()}")
    item.check(1 <= told <= PARTITIONS, f"the worker tells of the lost logs {told} times")
    item.figure("data lost", f"{len(rows)} rows, {event.verdict_of(outcome)}, {told} partitions told")


def _with_garbage_on_a_lost_log(item, sandbox, name):
    """An event whose first record became a failed event, and whose topic was made again."""
    event = Event(item, sandbox, name)
    event.reset("--limit", LIMIT)
    with event.worker():
        _garbage(event, b"garbage")
        _wait_failed(event, 1)
    _make_again(sandbox, event.topic)
    return event


@tries("lib/flow/recover/dismiss.cpp", "name one by the digits of its digest, for example --dismiss …:…",
       state="two failed events are of different records that lay at one place, one after the other", command="coupon-consume --dismiss PLACE:DIGITS",
       better="the record that is meant is dismissed, and the other is not")
def two_records_of_one_place(item, sandbox):
    """Garbage at the first place of two logs, one after the other: two failed events, and an operator dismisses the one that is meant."""
    event = _with_garbage_on_a_lost_log(item, sandbox, "places")
    with event.worker():
        _garbage(event, b"more garbage")
        _wait_failed(event, 2)
    found = _failed(event)
    item.equal(len({(partition, offset) for partition, offset, _, _ in found}), 1, f"places of {found}")
    partition, offset, digest, _ = found[0]
    place = f"{partition}:{offset}"
    refused = event.run("coupon-consume", "--dismiss", place, "--why", "a test", "--yes")
    item.check(refused.code == 2 and all(f"{place}:{one[2][:12]}" in refused.err for one in found), f"--dismiss {place}: {refused.brief()}")
    told(item, "name one by the digits of its digest, for example --dismiss …:…", refused, f"--dismiss {place}")
    item.equal(len(_failed(event)), 2, "open failed events after the refusal")
    done = event.run("coupon-consume", "--dismiss", f"{place}:{digest[:12]}", "--why", "a test", "--yes")
    item.equal((done.code, [one[2] for one in _failed(event)]), (0, [found[1][2]]), f"--dismiss by digest ({done.brief()})")
    item.figure("failed events of one place", len(found))


def stranger_at_a_known_place(item, sandbox):
    """Garbage at a place is a failed event; the topic is made again, and another environment's record lies at that place: the reset finds it."""
    event = _with_garbage_on_a_lost_log(item, sandbox, "stranger")
    headers = [("event", event.name), ("round", "1"), ("epoch", "1"), ("slot", "1"), ("granted_at", "1"), ("v", "1"),
               ("mac", mac_of("00" * 16, event.name, 1, 1, 1, 7, 1))]
    produce(sandbox.brokers, event.topic, key=KEY, value=struct.pack(">q", 7), headers=headers)
    place = next((partition, 0) for partition, (_, high) in ends_of(sandbox.brokers, event.topic).items() if high == 1)
    item.equal(place, _failed(event)[0][:2], "places of the failed event and of the stranger's record")
    outcome = event.run("coupon-reset", "--yes", "--end-running", "--limit", LIMIT)
    item.check(outcome.code in (1, 2) and f"{place[0]}@{place[1]}" in outcome.out + outcome.err, f"the reset: {outcome.brief()}")
    item.equal(event.round(), 1, "round after the refused reset")
    item.figure("stranger's record found at", f"{place[0]}@{place[1]}")


def run(item):
    with item.sandbox() as sandbox:
        item.each((two_records_of_one_place, stranger_at_a_known_place, data_lost), sandbox)
