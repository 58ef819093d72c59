"""After a bad day coupon-consume --recover says what was lost, and with --yes brings it on; a second run finds nothing to do.

The day: rows deleted, the round's row not open while a worker read, a stranger reading the topic under the workers' group, a claim left
pending, and one confirmed whose record never came. All of it with the stores' own clients.
"""

import json
import subprocess

from event import Event
from history_file import close_again
from redis_store import gate_key, outbox_key
from waiting import Failure, wait_until

TITLE = "after a bad day --recover makes the event exact"
SECONDS = 300
LIMIT, DELETED, PENDING, LOST = 40, 3, 1, 31


def _spend_the_day(item, event):
    """30 users in three parts; returns the histories."""
    histories = [event.history(f"part-{part}") for part in range(3)]

    def flood(part):
        event.flood("--requests", 10, "--first-user", 10 * part + 1, "--concurrency", 4, "--seed", 200 + part, history=histories[part])

    def set_state(state):
        event.ledger.query(f"UPDATE coupon_round SET state = '{state}' WHERE event = '{event.name}'")

    flood(0)
    outcome = event.run("coupon-consume", "--until-drained", "--timeout", "30s")
    item.equal(outcome.code, 0, f"the good morning: exit of the worker ({outcome.brief()})")
    flood(1)
    set_state("opening")
    with event.start("coupon-consume") as worker:
        wait_until(lambda: len(event.ledger.failed(event.topic)) >= 10, 30, "no failed events while the round is not open")
        worker.end()
    # The worker closed the gate of a round that is not open.
    set_state("open")
    with event.redis() as redis:
        redis.ask("HSET", gate_key(event.name), "state", "open")
    flood(2)
    event.run("coupon-reset", "--close", "--yes", "-q")
    read = subprocess.run(["kcat", "-b", event.sandbox.brokers, "-G", event.group, "-X", "auto.offset.reset=earliest", "-e", "-q",
                           "-f", "%p@%o\n", event.topic], capture_output=True, text=True, timeout=90, stdin=subprocess.DEVNULL)
    item.equal(len(read.stdout.split()), 10, f"records a stranger read under the workers' group ({read.stderr.strip()[-200:]})")
    return histories


def _break_stores(item, event, history):
    """Rows deleted, a claim pending, a confirmed claim without a record; returns the history that knows of the last."""
    slots = {row.user: row.slot for row in event.ledger.rows(event.name, event.round())}
    victims = sorted(slots)[:DELETED]
    event.ledger.query(f"DELETE FROM coupon WHERE event = '{event.name}' AND user_id IN ({', '.join(map(str, victims))})")
    pending = sorted(slots)[DELETED]
    with event.redis() as redis:
        key, now = gate_key(event.name), redis.milliseconds()
        redis.ask("HSET", outbox_key(event.name), f"u:{pending}", f"{slots[pending]}:{now - 60_000}:1")
        redis.ask("HINCRBY", key, "published", -1)
        redis.ask("HSET", key, f"u:{LOST}", f"{LOST}:{'0' * 31}1")
        for counter in ("granted", "published"):
            redis.ask("HINCRBY", key, counter, 1)
    *lines, closing = history.read_text().splitlines(keepends=True)
    last = json.loads(lines[-1])
    when = last.get("answer_ns") or last["invoke_ns"]
    more = item.folder / "told-lost.jsonl"
    lines += (f'{{"id":999,"invoke_ns":{when + 1},"user":"{LOST}"}}\n',
              f'{{"id":999,"answer_ns":{when + 2},"user":"{LOST}","answer":"granted","slot":{LOST},"level":"published"}}\n')
    more.write_text(close_again("".join(lines) + closing))
    return more


def _recover(item, event, what, code, *words):
    outcome = event.run("coupon-consume", "--recover", "--json", *words, seconds=120)
    item.equal(outcome.code, code, f"{what}: exit ({outcome.brief()})")
    document = outcome.json()
    item.equal(document["schema"], "coupon.recover/1", f"{what}: schema")
    return document


def _counts(plan):
    return tuple(plan[name] for name in ("publish_and_confirm", "publish", "give_again", "issue_failed"))


def _refuses_during_a_reset(item, event):
    """The lock that a reset holds while it works."""
    held = subprocess.Popen([*event.ledger._command, "--execute", f"SELECT GET_LOCK('coupon-reset/coupon/{event.name}', 0); SELECT SLEEP(20)"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        wait_until(lambda: event.ledger.query(f"SELECT IS_USED_LOCK('coupon-reset/coupon/{event.name}') IS NOT NULL") == [["1"]], 10,
                   "the reset's lock is not held")
        document = _recover(item, event, "during a reset", 6, "--yes")
        item.check("coupon-reset" in document["error"]["message"], f"during a reset: {document['error']}")
    finally:
        held.kill()
        held.wait(timeout=10)
    wait_until(lambda: event.ledger.query(f"SELECT IS_USED_LOCK('coupon-reset/coupon/{event.name}') IS NULL") == [["1"]], 30,
               "the reset's lock stays")


def run(item):
    with item.sandbox() as sandbox:
        event = Event(item, sandbox, "badday")
        event.reset("--limit", LIMIT)
        histories = _spend_the_day(item, event)
        histories[2] = _break_stores(item, event, histories[2])
        outcome = event.audit("--wait", "2s", histories=histories)
        item.check(outcome.code in (1, 5), f"the audit of the bad day: {outcome.brief()}")

        expected = (PENDING, 1, 10 + DELETED, 10)
        before = (event.row_count(), event.ledger.failed(event.topic), len(event.records().records))
        plan = _recover(item, event, "the plan", 1)
        item.equal(_counts(plan["plan"]), expected, "planned: pending, lost, skipped, failed")
        item.equal(plan["done"], None, "done without --yes")
        item.equal((event.row_count(), event.ledger.failed(event.topic), len(event.records().records)), before, "the stores after the plan alone")
        text = event.run("coupon-consume", "--recover", "--dry-run")
        item.check("10 users" in text.out and "what to do" in text.out, f"the plan as text: {text.out[:300]}")
        _refuses_during_a_reset(item, event)

        done = _recover(item, event, "carried out without a worker", 1, "--yes", "--wait", "5s")
        item.equal(_counts(done["left"]), (0, 0, 0, 0), "left: pending, lost, skipped, failed")
        item.check("no worker has read" in str(done["left"]["for_a_person"]), f"left for a person: {done['left']['for_a_person']}")
        item.equal(event.row_count(), 30, "rows before a worker reads the two records republished")
        outcome = event.run("coupon-consume", "--until-drained", "--timeout", "30s", seconds=60)
        item.equal(outcome.code, 0, f"the worker afterwards: exit ({outcome.brief()})")
        for words in ((), ("--yes",)):
            again = _recover(item, event, f"once more {' '.join(words)}", 0, *words)
            item.equal((_counts(again["plan"]), again["plan"]["for_a_person"]), ((0, 0, 0, 0), []), "the second plan")
        event.must_be_exact("after the recovery", LIMIT, histories, expected=31)
        item.figure("recovered", "pending {}, lost {}, skipped {}, failed events {}".format(*expected))
        item.figure("seconds of the plan", round(_seconds(plan), 1))


def _seconds(document):
    """From the document's own times."""
    from datetime import datetime
    begin, end = (datetime.fromisoformat(document[name].replace("Z", "+00:00")) for name in ("started_at", "finished_at"))
    if end < begin:
        raise Failure(f"finished before it started: {document['started_at']} {document['finished_at']}")
    return (end - begin).total_seconds()
