"""Each defect, planted in a healthy finished event, is named by the audit with exit 1; taken back, the event is exact again.

A round that sold out (100 of 100, 300 users) and one that did not (60 of 100): where all slots are taken, a row for somebody who never
applied would need a second defect.
"""

import json
import re

from event import Event
from history_file import close_again
from redis_store import gate_key

TITLE = "planted defects are named by the audit"
SECONDS = 400
STRANGER = 777_000_777


class Plant:
    """One defect: what to do, how to take it back, whom the audit must name, in which of these checks."""

    def __init__(self, name, users, checks, do=None, undo=None, history=None):
        self.name, self.users, self.checks = name, users, checks
        self.do, self.undo, self.history = do, undo, history


def _row_sql(event, slot):
    """The statement that puts a row back as it is now."""
    columns = "event, round, slot, slot_limit, user_id, granted_at, issued_at"
    values = event.ledger.query(f"SELECT {columns} FROM coupon WHERE event = '{event.name}' AND round = {event.round()} AND slot = {slot}")[0]
    return f"INSERT INTO coupon ({columns}) VALUES ({', '.join(repr(value) for value in values)})"


def _where(event, slot):
    return f"WHERE event = '{event.name}' AND round = {event.round()} AND slot = {slot}"


def _redis(event, *commands):
    def act():
        with event.redis() as redis:
            for command in commands:
                redis.ask(*command)
    return act


def _sql(event, *statements):
    return lambda: [event.ledger.query(statement) for statement in statements]


def _told_otherwise(path, target, user, answer):
    """A copy of the history in which all the user was told is `answer`."""
    def change(line):
        if f'"user":"{user}","answer"' not in line:
            return line
        return re.sub(r'"answer":.*\}', f'"answer":"{answer}"}}', line)
    target.write_text(close_again("".join(map(change, path.read_text().splitlines(keepends=True)))))
    return target


def _told_more(path, target, user, slot):
    """A copy of the history in which one more user was told granted."""
    *lines, closing = path.read_text().splitlines(keepends=True)
    last = json.loads(lines[-1])
    when = last.get("answer_ns") or last["invoke_ns"]
    more = (f'{{"id":99999999,"invoke_ns":{when + 1},"user":"{user}"}}\n'
            f'{{"id":99999999,"answer_ns":{when + 2},"user":"{user}","answer":"granted","slot":{slot},"level":"published"}}\n')
    target.write_text(close_again("".join(lines) + more + closing))
    return target


def _sold_out_plants(item, event, history):
    rows = {row.slot: row.user for row in event.ledger.rows(event.name, event.round())}
    key = gate_key(event.name)
    one, two, three, four = (rows[slot] for slot in (1, 20, 30, 40))
    with event.redis() as redis:
        claim = {user: redis.ask("HGET", key, f"u:{user}") for user in (two, three)}
    loser = next(user for user in range(1, 301) if user not in rows.values())
    restore = _row_sql(event, 1)
    return [
        Plant("row deleted", {one}, {"I4", "I7"}, _sql(event, f"DELETE FROM coupon {_where(event, 1)}"), _sql(event, restore)),
        Plant("claim removed from Redis", {two}, {"I6", "I9"}, _redis(event, ("HDEL", key, f"u:{two}")),
              _redis(event, ("HSET", key, f"u:{two}", claim[two]))),
        Plant("claim removed from Redis, counters too", {two}, {"I6", "I9"},
              _redis(event, ("HDEL", key, f"u:{two}"), ("HINCRBY", key, "granted", -1), ("HINCRBY", key, "published", -1)),
              _redis(event, ("HSET", key, f"u:{two}", claim[two]), ("HINCRBY", key, "granted", 1), ("HINCRBY", key, "published", 1))),
        Plant("slot moved to another user in Redis", {three, loser}, {"I6", "I9", "I7"},
              _redis(event, ("HDEL", key, f"u:{three}"), ("HSET", key, f"u:{loser}", claim[three])),
              _redis(event, ("HDEL", key, f"u:{loser}"), ("HSET", key, f"u:{three}", claim[three]))),
        Plant("slot moved to another user in the ledger", {four, loser}, {"I4", "I5"},
              _sql(event, f"UPDATE coupon SET user_id = {loser} {_where(event, 40)}"),
              _sql(event, f"UPDATE coupon SET user_id = {four} {_where(event, 40)}")),
        Plant("told granted without a row", {STRANGER}, {"I4"},
              history=_told_more(history, item.folder / "told-granted.jsonl", STRANGER, 7)),
        Plant("told only sold out, with a row", {four}, {"I5"},
              history=_told_otherwise(history, item.folder / "told-sold-out.jsonl", four, "sold_out")),
    ]


def _unsold_plants(event):
    columns = "event, round, slot, slot_limit, user_id, granted_at, issued_at"
    return [Plant("row for a user who never applied", {STRANGER}, {"I6"},
                  _sql(event, f"INSERT INTO coupon ({columns}) VALUES ('{event.name}', {event.round()}, 61, 100, {STRANGER}, 1, 1)"),
                  _sql(event, f"DELETE FROM coupon {_where(event, 61)}"))]


def _try(item, event, history, plant):
    """Plants, audits, takes back; returns what the audit called it."""
    told = plant.history or history
    if plant.do:
        plant.do()
    outcome = event.audit("--wait", "3s", histories=[told])
    text = event.run("coupon-audit", "--wait", "3s", "--history", told)
    if plant.undo:
        plant.undo()
    item.equal((outcome.code, text.code), (1, 1), f"{plant.name}: exit codes ({outcome.brief()})")
    document = outcome.json()
    item.equal(document["verdict"], "violated", f"{plant.name}: verdict")
    named, ids = {}, set()
    for check in document["checks"]:
        for finding in check["findings"]:
            for user in plant.users & {int(_user_of(entry)) for entry in finding["users"]}:
                named.setdefault(user, []).append(f"{check['id']} {finding['name']}")
                ids.add(check["id"])
            item.check(finding["hint"], f"{plant.name}: {finding['name']} has no hint")
    item.equal(set(named), plant.users, f"{plant.name}: users named")
    item.check(ids & plant.checks, f"{plant.name}: named in {sorted(ids)}, not in one of {sorted(plant.checks)}")
    for user in plant.users:
        item.check(re.search(rf"\b{user}\b", text.out), f"{plant.name}: the text does not name user {user}")
    return "; ".join(sorted({name for names in named.values() for name in names}))


def named_users(document):
    """All users that the findings of an audit's document name."""
    return {int(_user_of(entry)) for check in document["checks"] for finding in check["findings"] for entry in finding["users"]}


def _user_of(entry):
    """A finding's user: the id itself, or an object that holds it."""
    return entry["user"] if isinstance(entry, dict) else entry


def run(item):
    with item.sandbox() as sandbox:
        sold_out, unsold = Event(item, sandbox, "soldout"), Event(item, sandbox, "unsold")
        histories = {}
        for event, users, seed in ((sold_out, 300, 81), (unsold, 60, 82)):
            event.reset("--limit", 100)
            histories[event] = event.history(event.name)
            with event.worker():
                event.flood("--requests", users, "--concurrency", 32, "--seed", seed, history=histories[event])
                event.must_be_exact(f"{event.name}, healthy", 100, [histories[event]], expected=min(users, 100))
        plants = [(sold_out, plant) for plant in _sold_out_plants(item, sold_out, histories[sold_out])]
        plants += [(unsold, plant) for plant in _unsold_plants(unsold)]
        for event, plant in plants:
            item.figure(plant.name, _try(item, event, histories[event], plant))
        for event, count in ((sold_out, 100), (unsold, 60)):
            event.must_be_exact(f"{event.name}, all plants taken back", 100, [histories[event]], expected=count)

        sandbox.stop("redis")
        outcome = sold_out.audit("--wait", "5s", histories=[histories[sold_out]])
        item.equal((outcome.code, sold_out.verdict_of(outcome)), (5, "cannot_tell"), "Redis stopped: exit, verdict")
        item.check("redis" in (outcome.out + outcome.err).lower(), f"Redis stopped: nothing names it: {outcome.err[-200:]}")
        item.within(outcome.seconds, 0, 8, "Redis stopped: seconds until the audit said so")
        item.figure("Redis stopped", f"exit {outcome.code} after {outcome.seconds:.1f} s")
        sandbox.start("redis")
