"""Serves item hints_gate: hints of the kill switch, of --reopen and of --rebuild-gate."""

import time
from contextlib import contextmanager

from event import Event
from hint_shown import issue, shown, works
from hint_table import tries
from meddler import Meddler
from redis_store import gate_key, outbox_key
from rewriting_proxy import RewritingProxy
from gate_scripts import script_sha
from waiting import wait_until

RUN_AGAIN = "another coupon-reset or a worker acted on the gate; run this again"
RUN_RESET = "run coupon-reset"
RESTORE = "restore the ledger, or name the one that knows the round (--mysql)"


@contextmanager
def _without_database(sandbox):
    sandbox.kill("mariadb")
    try:
        yield
    finally:
        sandbox.start("mariadb")


def _state(event):
    """What gate and ledger say, and whether the ledger still has to be told."""
    gate = event.gate()
    return gate.state, gate.fields["untold"], event.ledger.round_state(event.name, event.round())[0]


@tries("lib/core/close_steps.cpp", "check --event and --mysql", state="coupon-reset --close --event with a name that is no event's; a gate that no ledger knows",
       command="coupon-reset --close with the right --event", better="the event is closed")
@tries("lib/core/close_steps.cpp", "…let a coupon-consume run, or repeat coupon-reset --close", state="coupon-reset --close while the database is away",
       command="coupon-consume; coupon-reset --close", better="the ledger knows of the close")
@tries("lib/core/close_steps.cpp", "run coupon-reset --close with its --redis; a running coupon-consume closes it as well",
       state="coupon-reset --close --redis with a database that has no gate", command="coupon-reset --close; coupon-consume",
       better="the gate is closed")
def closes(item, sandbox):
    event, mistyped = Event(item, sandbox, "closes"), Event(item, sandbox, "cloess")
    event.reset("--limit", 10)
    shown(event, mistyped.run("coupon-reset", "--close", "--yes"), 3, "check --event and --mysql")
    with event.redis() as redis:
        redis.ask("COPY", gate_key(event.name), gate_key(mistyped.name))
        shown(event, mistyped.run("coupon-reset", "--close", "--yes"), 5, "check --event and --mysql")
        redis.ask("DEL", gate_key(mistyped.name))
    works(event, "coupon-reset", "--close", "--yes")
    item.equal(_state(event), ("closed", "", "closed"), "gate, mark, ledger with the right --event")
    for by_worker in (True, False):
        event.reset("--reopen")
        with _without_database(sandbox):
            shown(event, event.run("coupon-reset", "--close", "--yes", "--timeout", "2s"), 5, "…let a coupon-consume run, or repeat coupon-reset --close")
        _close(event, by_worker)
    stray = sandbox.environment["COUPON_REDIS"].rsplit("/", 1)[0] + "/1"
    for by_worker in (True, False):
        event.reset("--reopen")
        shown(event, event.run("coupon-reset", "--close", "--yes", "--redis", stray), 3,
              "run coupon-reset --close with its --redis; a running coupon-consume closes it as well")
        _close(event, by_worker)


def _close(event, by_worker):
    """A worker closes what is left, or the kill switch at the right gate."""
    if by_worker:
        with event.worker():
            wait_until(lambda: _state(event) == ("closed", "", "closed"), 20, f"the worker leaves {_state(event)}", interval=0.1)
    else:
        works(event, "coupon-reset", "--close", "--yes")
        event.item.equal(_state(event), ("closed", "", "closed"), "gate, mark, ledger")


@tries("lib/core/close_steps.cpp", "repeat coupon-reset --close", state="no reply to the kill switch's script arrives",
       command="coupon-reset --close", better="gate and ledger know of the close")
def reply_lost(item, sandbox):
    event = Event(item, sandbox, "reply-lost")
    event.reset("--limit", 10)
    sha, seen = script_sha(item.checkout, "shut").encode(), []

    def up(data):
        seen.extend([1] if sha in data else [])
        return data

    with RewritingProxy(sandbox.port("redis"), up=up, down=lambda data: b"" if seen else data) as proxy:
        outcome = event.run("coupon-reset", "--close", "--yes", "--timeout", "1s", "--redis", f"redis://127.0.0.1:{proxy.port}/0")
    shown(event, outcome, 5, "repeat coupon-reset --close")
    works(event, "coupon-reset", "--close", "--yes")
    item.equal(_state(event), ("closed", "", "closed"), "gate, mark, ledger")


def _at(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


@tries("lib/core/reopen_steps.cpp", "give a later end (--closes-at TIME), or open a new round with coupon-reset", state="the window of the round is over",
       command="coupon-reset --reopen --closes-at; coupon-reset", better="users are granted coupons")
@tries("lib/core/reopen_steps.cpp", "name a later time", state="coupon-reset --reopen --closes-at before the round opens",
       command="coupon-reset --reopen --closes-at after that", better="the round has this end")
def windows(item, sandbox):
    event = Event(item, sandbox, "windows")
    for command in (("--reopen", "--closes-at", "+1h"), ()):
        event.reset("--limit", 10, "--closes-at", "+2s")
        wait_until(lambda: event.run("coupon-apply", "--dry-run", 9).code == 12, 20, "the window does not end", interval=0.3)
        shown(event, event.run("coupon-reset", "--reopen", "--yes"), 1,
              "give a later end (--closes-at TIME), or open a new round with coupon-reset")
        works(event, "coupon-reset", "--yes", *command)
        works(event, "coupon-apply", "--dry-run", 9)
    event.reset("--limit", 10, "--opens-at", "+1h")
    shown(event, event.run("coupon-reset", "--reopen", "--yes", "--closes-at", "+10m"), 2, "name a later time")
    works(event, "coupon-reset", "--reopen", "--yes", "--closes-at", _at(7200))
    item.check(event.gate().fields["closes_at"], "the round has no end")


@tries("lib/core/reopen_steps.cpp", RESTORE, state="the ledger lost the newest round", command="coupon-reset --reopen, once the ledger has it again",
       better="users are granted coupons")
@tries("lib/core/reset_brakes.cpp", RESTORE, state="the same, for coupon-reset", command="coupon-reset, once the ledger has it again",
       better="users are granted coupons")
def lost_round(item, sandbox):
    event = Event(item, sandbox, "lost-round")
    event.reset("--limit", 10)
    event.reset("--limit", 10)
    newest = f"WHERE event = '{event.name}' AND round = 2"
    for command in (("--reopen",), ("--end-running",)):
        event.ledger.query(f"CREATE TABLE lost_round AS SELECT * FROM coupon_round {newest}; SET foreign_key_checks = 0; DELETE FROM coupon_round {newest}")
        try:
            shown(event, event.run("coupon-reset", "--yes", *command), 1, RESTORE)
        finally:
            event.ledger.query("INSERT INTO coupon_round SELECT * FROM lost_round; DROP TABLE lost_round")
        works(event, "coupon-reset", "--yes", *command)
        works(event, "coupon-apply", "--dry-run", 1)


@tries("lib/flow/reset/reopen.cpp", RUN_RESET, state="--reopen of an event without a round", command="coupon-reset", better="the event is open")
@tries("lib/core/reopen_steps.cpp", RUN_RESET, state="--reopen of a round that was given up", command="coupon-reset", better="the event is open")
@tries("lib/flow/reset/rebuild_gate.cpp", RUN_RESET, state="--rebuild-gate of an event without a round, and of a round that was given up",
       command="coupon-reset", better="the event is open")
def no_round(item, sandbox):
    for option in ("--reopen", "--rebuild-gate"):
        event = Event(item, sandbox, f"no-round{option}")
        shown(event, event.run("coupon-reset", option, "--yes"), 3, RUN_RESET)
        works(event, "coupon-reset", "--yes", "--limit", 10)
        event.ledger.query(f"UPDATE coupon_round SET state = 'abandoned' WHERE event = '{event.name}'")
        shown(event, event.run("coupon-reset", option, "--yes"), 1, RUN_RESET)
        works(event, "coupon-reset", "--yes", "--limit", 10)
        works(event, "coupon-apply", 1)


@tries("lib/flow/reset/rebuild_gate.cpp", "a gate that is not armed is armed by a running coupon-consume", state="--rebuild-gate of a gate that is not armed",
       command="coupon-consume", better="users are granted coupons")
@tries("lib/flow/reset/rebuild_gate.cpp", "run coupon-reset --close, then this again", state="a gate that contradicts itself, closed while the database was away",
       command="coupon-reset --close; coupon-reset --rebuild-gate", better="the gate is in order, and closed")
@tries("lib/flow/worker/arming.cpp", "run coupon-consume", state="two claims of one slot, one of them on the topic, not issued yet",
       command="coupon-consume; coupon-reset --rebuild-gate", better="the gate is armed, and the coupon issued")
def rebuilt(item, sandbox):
    event = Event(item, sandbox, "rebuilt")
    event.reset("--limit", 10)
    key = gate_key(event.name)
    with event.redis() as redis:
        redis.ask("HSET", key, "run_id", "another")
        shown(event, event.run("coupon-reset", "--rebuild-gate", "--yes"), 1, "a gate that is not armed is armed by a running coupon-consume")
        with event.worker():
            wait_until(lambda: event.gate().is_armed, 20, "the gate is not armed")
        works(event, "coupon-apply", 1)
        redis.ask("HSET", key, "u:2", "1:b", "granted", 2, "run_id", "another")
        redis.ask("HSET", key, "published", 2)
        shown(event, event.run("coupon-reset", "--reopen", "--yes"), 1, "run coupon-consume")
        with event.worker():
            wait_until(lambda: event.gate().is_armed, 20, "the gate is not armed")
            event.wait_rows(1)
        with _without_database(sandbox):
            item.equal(event.run("coupon-reset", "--close", "--yes", "--timeout", "2s").code, 5, "the kill switch without the database")
        redis.ask("HDEL", key, "u:1")
    shown(event, event.run("coupon-reset", "--rebuild-gate", "--yes"), 1, "run coupon-reset --close, then this again")
    works(event, "coupon-reset", "--close", "--yes")
    works(event, "coupon-reset", "--rebuild-gate", "--yes")
    item.equal((_state(event), event.gate().is_armed), (("closed", "", "closed"), True), "gate, mark, ledger, and whether it is armed")


@tries("lib/gate/scripts/prologue.lua", RUN_AGAIN, state="the same, by the gate's script", command="coupon-reset --reopen", better="the event is open")
@tries("lib/core/gate_faults.cpp", RUN_AGAIN, state="the gate is closed by another hand just before --reopen opens it", command="coupon-reset --reopen",
       better="the event is open")
@tries("lib/core/round_change.cpp", "another coupon-reset or a worker acted on the event; run this again",
       state="the round has another owner just before --reopen opens it", command="coupon-reset --reopen", better="the event is open")
@tries("lib/core/reopen_steps.cpp", "run this again if the event is to be open", state="the kill switch is pulled while --reopen tells the ledger of a close",
       command="coupon-reset --reopen", better="the event is open")
def raced(item, sandbox):
    event = Event(item, sandbox, "raced")
    event.reset("--limit", 10)
    nowhere = ("--mysql", "mysql://coupon@127.0.0.1:1/coupon", "--timeout", "2s")
    owner = f"UPDATE coupon_round SET owner = CONCAT('other', owner) WHERE event = '{event.name}'"

    def touch():
        with event.redis() as redis:
            redis.ask("HSET", gate_key(event.name), "token", "another")

    for act, scripts, code, hint, closing in (
            (touch, ("reopen",), 6, RUN_AGAIN, ()),
            (lambda: event.ledger.query(owner), ("summary",), 6, "another coupon-reset or a worker acted on the event; run this again", ()),
            (lambda: event.run("coupon-reset", "--close", "--yes", *nowhere), ("mark_told", "summary"), 6, "run this again if the event is to be open", nowhere)):
        event.run("coupon-reset", "--close", "--yes", *closing)
        with Meddler(item, sandbox, act, *scripts) as proxy:
            shown(event, event.run("coupon-reset", "--reopen", "--yes", "--redis", proxy.address), code, hint)
        works(event, "coupon-reset", "--reopen", "--yes")
        item.equal(_state(event), ("open", "", "open"), "gate, mark, ledger")


@tries("lib/core/reopen_steps.cpp", "run this again", state="a gate that moves to another Redis, while a worker arms the old one",
       command="coupon-reset --reopen", better="the event is open there")
def moved(item, sandbox):
    event = Event(item, sandbox, "moved")
    event.reset("--limit", 10)
    there = sandbox.environment["COUPON_REDIS"].rsplit("/", 1)[0] + "/1"
    arming = f"UPDATE coupon_round SET epoch = 9 WHERE event = '{event.name}'"
    with Meddler(item, sandbox, lambda: event.ledger.query(arming), "begin_arming") as proxy:
        shown(event, event.run("coupon-reset", "--reopen", "--yes", "--redis", proxy.address[:-1] + "1"), 6, "run this again")
    works(event, "coupon-reset", "--reopen", "--yes", settings={"COUPON_REDIS": there})
    works(event, "coupon-apply", 1, settings={"COUPON_REDIS": there})
