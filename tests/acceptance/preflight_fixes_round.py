"""Serves item preflight_fixes: what the preflight says of the newest round, its gate and what earlier rounds left over."""

import os
import struct
import time

from event import Event
from fixes import Operator, command_in
from hint_table import tries
from offsets_expired import expire
from redis_store import gate_key
from topic_admin import commit_offsets, delete_records
from topic_store import ends_of, produce
from signature import mac_of
from waiting import wait_until

LIMIT = 30
SOURCE, LEFT_OVER = "lib/preflight/preflight_round.cpp", "lib/preflight/preflight_leftovers.cpp"


def _at(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def _event(item, sandbox, name, *words):
    event = Event(item, sandbox, name)
    event.reset("--limit", LIMIT, *words)
    return event, Operator(event)


def _reset_in(operator, name):
    """A repair that pastes the command for coupon-reset which a line has."""
    return lambda fixes: operator.paste(command_in(fixes[name], "coupon-reset "))


def _window(event):
    """Limit and window of the newest round, as the ledger has them."""
    return event.ledger.query("SELECT slot_limit, COALESCE(opens_at, 0) DIV 1000, COALESCE(closes_at, 0) DIV 1000 FROM coupon_round "
                              f"WHERE event = '{event.name}' ORDER BY round DESC LIMIT 1")[0]


def _set_state(event, state):
    event.ledger.query(f"UPDATE coupon_round SET state = '{state}' WHERE event = '{event.name}' AND round = {event.round()}")


@tries(SOURCE, "finish it: coupon-reset --event … --limit …", "finish it: … --opens-at …", "finish it: … --closes-at …",
       state="a reset was interrupted before it opened its round, which has a window", command="the command, pasted",
       better="a round with the same limit and window is open")
@tries(SOURCE, "open a new round: coupon-reset --event … --limit …", "open a new round: … --opens-at …", "open a new round: … --closes-at …",
       state="the newest round is given up, or its coupons are purged", command="the command, pasted", better="a round with the same limit and window is open")
@tries(SOURCE, "let them in: coupon-reset --reopen --yes --event …; or open a new round: …",
       "let them in: coupon-reset --reopen --yes --event … --closes-at TIME; or open a new round: …",
       state="the newest round is closed, or its window is over", command="each of the two commands, pasted", better="the same round is open, or a new one")
@tries("lib/core/unknown_event.cpp", "did you mean --event …? If not, check --mysql; coupon-reset opens the first round",
       state="an event without a round, whose name is like another's", command="coupon-reset", better="its first round is open")
def rounds(item, sandbox):
    """A round that is interrupted, closed, given up, purged or over."""
    event = Event(item, sandbox, "rounds")
    operator = Operator(event)
    event.reset("--limit", LIMIT, "--opens-at", _at(3600), "--closes-at", _at(7200))
    window = _window(event)
    fresh = Event(item, sandbox, "round")
    near = Operator(fresh)
    near.tried({"round": "dangerous"}, lambda fixes: near.paste(f"coupon-reset --event {fresh.name} --yes --topic {fresh.topic} --group {fresh.group}"))
    item.check("did you mean --event round" in Operator(Event(item, sandbox, "roundz")).lines()["round"]["fix"], "no event is suggested")
    for state in ("opening", "abandoned", "purged"):
        _set_state(event, state)
        operator.tried({"round": "dangerous"}, _reset_in(operator, "round"))
        item.equal(_window(event), window, f"limit and window of the round after one that was {state}")
    for again in (0, 1):
        event.reset("--close")
        number = event.round()
        operator.tried({"round": "dangerous"}, lambda fixes, again=again: operator.paste(
            command_in(fixes["round"].split("; or ")[again], "coupon-reset ")))
        item.equal(event.round(), number + again, "round after one that was closed")
    for again in (0, 1):
        event.reset("--limit", LIMIT, "--closes-at", _at(2))
        wait_until(lambda: operator.lines()["round"]["status"] != "ok", 10, "the window does not end", interval=0.3)
        operator.tried({"round": "dangerous"}, lambda fixes, again=again: operator.paste(
            command_in(fixes["round"].split("; or ")[again], "coupon-reset ").replace("TIME", _at(3600))))
    item.figure("rounds that let no user in", 8)


@tries(SOURCE, "coupon-reset --event … --limit …", "… --opens-at …", "… --closes-at …", state="the round, which users cannot apply to yet, has another limit or time than planned",
       command="the command, pasted", better="the new round is as planned, and keeps the times that no plan tells")
@tries(SOURCE, "coupon-reset --event … --limit … --end-running; it ends …", "… --opens-at … --end-running; it ends …",
       "… --closes-at … --end-running; it ends …", state="the same, and users apply to the round", command="the command, pasted",
       better="the new round is as planned")
def plans(item, sandbox):
    """The round that is open is not the planned one: the new one has all that is planned, and keeps what no plan tells."""
    event, operator = _event(item, sandbox, "plans", "--opens-at", _at(3600), "--closes-at", _at(10_000))
    opens = _at(7200)
    operator.tried({"round-limit": "dangerous"}, _reset_in(operator, "round-limit"), "--limit", 40)
    item.check(int(_window(event)[1]) > time.time() + 3000, f"the new round opens early: {_window(event)}")
    operator.tried({"round-limit": "dangerous", "round-opening": "dangerous"}, _reset_in(operator, "round-opening"), "--limit", 50, "--opens-at", opens)
    event.reset("--limit", LIMIT, "--closes-at", _at(10_000))
    for planted, words in (({"round-limit": "dangerous"}, ("--limit", 40)),
                           ({"round-limit": "dangerous", "round-opening": "dangerous"}, ("--limit", 45, "--opens-at", opens))):
        item.equal(event.run("coupon-apply", 1).code, 0, "an application in a round that is open")
        operator.paste(f"coupon-consume --event {event.name} --until-drained -q")
        operator.tried(planted, _reset_in(operator, "round-limit"), *words)
    fresh = Event(item, sandbox, "planned")
    near = Operator(fresh)
    near.tried({"round-limit": "dangerous", "round-opening": "dangerous"}, _reset_in(near, "round-limit"), "--limit", 50, "--opens-at", opens)
    item.figure("plans", 5)


@tries(SOURCE, "start coupon-consume --event …, which arms it", "start coupon-consume --event …, which makes it again from ledger and topic",
       "start coupon-consume --event …, which makes the gate again; after a reset that was interrupted: … --limit …",
       "start coupon-consume --event …, which makes the gate again; after a reset that was interrupted: … --opens-at …",
       "start coupon-consume --event …, which makes the gate again; after a reset that was interrupted: … --closes-at …",
       state="a gate that is not armed, is missing, or is of an older round, also where a reset was interrupted", command="a worker, or coupon-reset as pasted",
       better="the gate of the newest round is armed")
@tries(SOURCE, "coupon-reset --event … --rebuild-gate --yes; coupon-audit names what is wrong", "coupon-reset --event … --rebuild-gate --yes",
       state="a gate that contradicts itself, or has another limit or time than the ledger", command="the command, pasted", better="the line is ok")
@tries(SOURCE, "let them in: coupon-reset --reopen --yes --event …", state="a closed gate of a round that is open", command="the command, pasted",
       better="the gate is open")
@tries(SOURCE, "coupon-reset --event … --limit …", state="a gate that a forced reset gave up", command="the command, pasted", better="a new round is open")
def gates(item, sandbox):
    """A gate that is not armed, missing, closed, of another round, that contradicts itself or the ledger."""
    event, operator = _event(item, sandbox, "gates")
    key = gate_key(event.name)

    def run_worker(fixes):
        item.check(f"start coupon-consume --event {event.name}" in fixes["gate-round"], f"no worker to start: {fixes}")
        with event.worker():
            wait_until(lambda: operator.lines()["gate-round"]["status"] == "ok", 20, "the worker does not put the gate right")

    def rebuild(*names):
        return lambda fixes: operator.paste(command_in(fixes[names[0]], "coupon-reset "))

    with event.redis() as redis:
        for harm in (("HSET", key, "run_id", "another"), ("UNLINK", key)):
            redis.ask(*harm)
            operator.tried({"gate-round": "dangerous"}, run_worker)
        redis.ask("HSET", key, "granted", 7)
        operator.tried({"gate-round": "dangerous"}, rebuild("gate-round"))
        redis.ask("HSET", key, "limit", 99)
        operator.tried({"round-limit": "dangerous"}, rebuild("round-limit"))
        redis.ask("HSET", key, "opens_at", int(time.time() * 1000) + 3_600_000)
        operator.tried({"round-opening": "dangerous"}, rebuild("round-opening"))
        redis.ask("HSET", key, "state", "closed")
        operator.tried({"gate-round": "dangerous"}, _reset_in(operator, "gate-round"))
        dump = redis.ask("DUMP", key)
        event.reset("--limit", LIMIT, "--opens-at", _at(3600), "--closes-at", _at(7200))
        redis.ask("RESTORE", key, 0, dump, "REPLACE")
        operator.tried({"gate-round": "dangerous"}, run_worker)
        event.reset("--limit", LIMIT)
        _set_state(event, "opening")
        redis.ask("RESTORE", key, 0, dump, "REPLACE")
        operator.tried({"gate-round": "dangerous"}, lambda fixes: operator.paste(command_in(fixes["gate-round"], "coupon-reset ")))
        # As a forced reset leaves both where it dies.
        _set_state(event, "abandoned")
        redis.ask("HSET", key, "state", "given_up")
        operator.tried({"gate-round": "dangerous"}, _reset_in(operator, "gate-round"))
    item.figure("gates put right", 9)


@tries(SOURCE, "restore the ledger, or name the one that knows the round (--mysql)", state="a database that lost the round of the gate is named",
       command="the right --mysql", better="the line is ok")
def other_gates(item, sandbox):
    """A gate that is ahead of the ledger, and one that is not the ledger's: the servers are named rightly, or the gate is moved on purpose."""
    event, operator = _event(item, sandbox, "ahead")
    right = {name: sandbox.environment[name] for name in ("COUPON_MYSQL", "COUPON_REDIS")}
    event.ledger.query("CREATE DATABASE coupon_behind; CREATE TABLE coupon_behind.coupon_round LIKE coupon.coupon_round")
    for table in ("coupon_fence", "coupon_purge", "coupon_position", "coupon", "failed_event", "abandoned_claim", "void_claim"):
        event.ledger.query(f"CREATE TABLE coupon_behind.{table} LIKE coupon.{table}")
    behind = {"COUPON_MYSQL": right["COUPON_MYSQL"] + "_behind"}
    operator.tried({"gate-round": "dangerous"}, lambda fixes: None, settings=behind, after_settings=right)
    stray = {"COUPON_REDIS": right["COUPON_REDIS"][:-1] + "6"}
    operator.tried({"gate-round": "dangerous"}, lambda fixes: None, settings=stray, after_settings=right)
    moved = Operator(event)

    def move(fixes):
        command = command_in(fixes["gate-round"], "coupon-reset --reopen")
        moved.paste(f"{command.split(' with the new')[0]} --event {event.name} --yes --redis {stray['COUPON_REDIS']}")

    moved.tried({"gate-round": "dangerous"}, move, settings=stray)
    item.figure("gates elsewhere", 3)


@tries(LEFT_OVER, "give event … a topic of its own (--topic)", state="another event's topic is named", command="the event's own --topic", better="the line is ok")
@tries(LEFT_OVER, "coupon-consume --event … --until-drained",
       "coupon-consume --event … --until-drained; it reads the records again, finds them issued and commits",
       state="records that no worker has read; a group whose offsets expired", command="the command, pasted", better="the line is ok")
@tries(LEFT_OVER, "stop all workers; kafka-consumer-groups.sh --bootstrap-server … --group … --topic … --reset-offsets --to-earliest --execute",
       state="offsets of a log that was longer than the topic's", command="the command, pasted", better="the line is ok, and a worker drains")
@tries(LEFT_OVER, "coupon-consume --event … --recover --yes; then coupon-consume --event … --until-drained; and a longer retention.ms",
       state="records were deleted before a worker read them", command="both commands, pasted", better="every claim has its coupon")
@tries(LEFT_OVER, "coupon-consume --event … --retry-failed; what it cannot issue: coupon-consume --event … --dismiss … --why TEXT --yes",
       state="a failed event that no retry issues", command="both commands, pasted", better="the line is ok")
def leftovers(item, sandbox):
    """Of another event, or of another environment; records that wait, failed events, offsets that are gone."""
    event, operator = _event(item, sandbox, "left")
    other = Event(item, sandbox, "other", topic=event.topic)
    Operator(other).tried({"topic-owner": "dangerous"}, lambda fixes: None, by=Operator(Event(item, sandbox, "other")))
    item.equal(event.run("coupon-apply", *range(1, 6)).code, 0, "applications")
    operator.tried({"group-lag": "warning"}, lambda fixes: operator.paste(command_in(fixes["group-lag"], "coupon-consume ")))
    expire(event)
    operator.tried({"group-offsets": "warning"}, lambda fixes: operator.paste(command_in(fixes["group-offsets"], "coupon-consume ")))
    ends = {partition: high for partition, (_, high) in ends_of(sandbox.brokers, event.topic).items()}
    commit_offsets(sandbox.brokers, event.group, event.topic, {partition: high + 100 for partition, high in ends.items()})
    operator.tried({"group-offsets": "dangerous"}, lambda fixes: operator.paste(command_in(fixes["group-offsets"], "kafka-consumer-groups.sh ")))
    operator.paste(f"coupon-consume --event {event.name} --until-drained -q")
    # Records that went unread.
    item.equal(event.run("coupon-apply", *range(6, 11)).code, 0, "applications whose records go")
    delete_records(sandbox.brokers, event.topic, {partition: high for partition, (_, high) in ends_of(sandbox.brokers, event.topic).items()})

    def recover_and_drain(fixes):
        # The recovery ends with 1 as long as what it republished is not consumed.
        for mode, code in (("--recover", 1), ("--until-drained", 0)):
            operator.paste(command_in(fixes["group-offsets"], f"coupon-consume --event {event.name} {mode}"), codes=[code])

    operator.tried({"group-offsets": "dangerous"}, recover_and_drain)
    item.equal(event.row_count(), 10, "coupons although records went unread")
    produce(sandbox.brokers, event.topic, key="x", value=b"garbage")
    operator.paste(f"coupon-consume --event {event.name} --until-drained -q")

    def retry_and_dismiss(fixes):
        operator.paste(command_in(fixes["failed-events"], f"coupon-consume --event {event.name} --retry-failed"), codes=[1])
        item.equal(operator.lines()["failed-events"]["status"], "warning", "a failed event that no retry issues")
        operator.paste(command_in(fixes["failed-events"], f"coupon-consume --event {event.name} --dismiss"))

    operator.tried({"failed-events": "warning"}, retry_and_dismiss)
    item.figure("leftovers", 6)


@tries(LEFT_OVER, "let coupon-consume finish, then open a new round on a topic of its own: coupon-reset --event … --yes --topic NAME; or check --brokers and --mysql",
       state="a record of this event that another environment signed", command="coupon-consume, then the command, pasted", better="the line is ok, on the new topic")
def foreign(item, sandbox):
    """Another environment's record of this event."""
    event, operator = _event(item, sandbox, "foreign")
    headers = [("event", event.name), ("round", "1"), ("epoch", "1"), ("slot", "1"), ("granted_at", "1"), ("v", "1"),
               ("mac", mac_of("00" * 16, event.name, 1, 1, 1, 7, 1))]
    produce(sandbox.brokers, event.topic, key="7", value=struct.pack(">q", 7), headers=headers)
    own = Operator(Event(item, sandbox, event.name, topic="foreign_own"))
    event.reset("--close")
    def move(fixes):
        operator.paste(f"coupon-consume --event {event.name} --until-drained -q")
        operator.paste(command_in(fixes["foreign-records"], "coupon-reset ").replace("NAME", "foreign_own"))

    operator.tried({"foreign-records": "dangerous"}, move, by=own)
    item.equal(own.lines()["topic-exists"]["status"], "ok", "the event's own topic")
    item.figure("records of another environment", 1)


@tries(LEFT_OVER, "a running coupon-consume publishes them: coupon-consume --event … --until-drained",
       state="coupon-apply was killed before it published a claim", command="the command, pasted", better="both claims have their coupon")
def outbox(item, sandbox):
    """A claim whose record was never published."""
    event, operator = _event(item, sandbox, "outbox")
    read_end, write_end = os.pipe()
    with open(read_end, "rb") as lines, open(write_end, "wb", buffering=0) as users, event.start("coupon-apply", "--stdin", stdin=lines) as apply:
        users.write(b"7\n")
        wait_until(lambda: event.gate_number("published") == 1, 20, "the first user's claim is not published")
        sandbox.pause("kafka")
        try:
            users.write(b"8\n")
            wait_until(lambda: event.gate_number("granted") == 2, 20, "the second user has no claim")
            apply.kill()
        finally:
            sandbox.resume("kafka")
    operator.tried({"outbox": "warning"}, lambda fixes: operator.paste(command_in(fixes["outbox"], "coupon-consume --event")))
    item.equal(event.row_count(), 2, "coupons, one of a claim that was not published")


@tries(LEFT_OVER, "tell those users: SELECT user_id, slot FROM abandoned_claim WHERE event = '…' AND round = …; then --accept-warning abandoned-claims",
       state="a forced reset gave two claims up", command="the SELECT, pasted, and --accept-warning", better="it lists both users, and the line is accepted")
def given_up(item, sandbox):
    """Claims that a forced reset gave up: their users are told, and the warning is accepted."""
    event, operator = _event(item, sandbox, "given")
    item.equal(event.run("coupon-apply", 7, 8).code, 0, "applications")
    forced = event.run("coupon-reset", "--yes", "--force", "--end-running", "--limit", LIMIT, "--wait", "1s")
    item.equal(forced.code, 0, f"a forced reset ({forced.brief()})")

    def tell_users(fixes):
        told = event.ledger.query(command_in(fixes["abandoned-claims"], "SELECT "))
        item.equal(sorted(row[0] for row in told), ["7", "8"], "users to be told")

    operator.tried({"abandoned-claims": "warning"}, tell_users, after="accepted", after_words=["--accept-warning", "abandoned-claims"])
