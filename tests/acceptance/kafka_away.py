"""The part of servers_away where Kafka goes away: a claim whose record was not published is pending, and the redrive publishes it."""

import time

from event import Event
from history_file import read_histories
from waiting import wait_until

SLOTS = 5_000


def _outbox(event):
    with event.redis() as redis:
        return redis.ask("HLEN", "coupon:{%s}:outbox" % event.name)


def kafka_stopped_under_flood(item, sandbox):
    event = Event(item, sandbox, "kafkaaway")
    event.reset("--limit", SLOTS)
    history = event.history("kafkaaway")
    with event.worker(), event.start_flood("--requests", SLOTS, "--concurrency", 1000, "--rate", "1000/s", "--seed", 72,
                                           history=history) as flood:
        wait_until(lambda: event.gate_number("granted") >= SLOTS // 5, 60, "nobody is granted anything")
        sandbox.stop("kafka")
        item.check(not flood.ended(), "the flood was over before Kafka stopped")
        report = event.flood_document(flood, codes=(13, 3, 5), history=history)
        waiting = _outbox(event)
        counts = report["counts"]
        item.check(counts["granted"] > 0 and counts["pending"] > 0, f"Kafka stopped: told {counts}")
        item.check(waiting > 0, "Kafka stopped: no claim is in the outbox")
        sandbox.start("kafka")
        back = time.monotonic()
        wait_until(lambda: _outbox(event) == 0, 90, f"the redrive leaves claims in the outbox: {_outbox(event)}")
        seconds = time.monotonic() - back
        event.must_be_exact("Kafka stopped", SLOTS, [history], wait="90s")
        holders = {row.user for row in event.ledger.rows(event.name, event.round())}
        pending = {a.user for a in read_histories([history]) if a.answer == "pending"}
        item.check(pending and pending <= holders, f"{len(pending - holders)} of {len(pending)} users told pending have no coupon")
    item.figure("Kafka stopped", f"told pending {counts['pending']}, granted {counts['granted']}; {waiting} redriven within {seconds:.1f} s")


def kafka_paused_under_apply(item, sandbox):
    event = Event(item, sandbox, "kafkapaused")
    event.reset("--limit", 4 * SLOTS)
    history = event.history("kafkapaused")
    users = item.folder / "users-kafkapaused.txt"
    users.write_text("".join(f"{user}\n" for user in range(1, 4 * SLOTS + 1)), encoding="ascii")
    with event.worker(), open(users, "rb") as lines, \
            event.start("coupon-apply", "--stdin", "--history", history, stdin=lines) as apply:
        wait_until(lambda: event.gate_number("granted") >= SLOTS // 5, 60, "nobody is granted anything")
        sandbox.pause("kafka")
        item.check(not apply.ended(), "coupon-apply was over before Kafka paused")
        wait_until(lambda: _outbox(event) > 0, 20, "no claim waits for Kafka")
        waiting = _outbox(event)
        apply.kill()
        claimed = event.gate_number("granted")
        sandbox.resume("kafka")
        back = time.monotonic()
        wait_until(lambda: _outbox(event) == 0, 90, f"the redrive leaves claims in the outbox: {_outbox(event)}")
        event.wait_rows(claimed, 60)
        seconds = time.monotonic() - back
        item.equal(event.row_count(), claimed, "Kafka paused: rows for what the killed coupon-apply claimed")
        event.must_be_exact("Kafka paused", 4 * SLOTS, [history], expected=claimed, wait="60s", partial=True)
        unknown = sum(application.answer == "unknown" for application in read_histories([history], partial=True))
        item.check(unknown > 0, "Kafka paused: the killed coupon-apply had answered everybody")
    item.figure("Kafka paused", f"{waiting} claims waited, {unknown} users without an answer, all {claimed} issued within {seconds:.1f} s")
