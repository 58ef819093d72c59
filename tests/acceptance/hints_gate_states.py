"""Serves item hints_gate: hints about a gate that is missing, not armed, of another ledger, or that contradicts itself, as users and workers meet them."""

from event import Event
from hint_shown import issue, shown, works
from hint_table import told, tries
from ledger_store import administer
from meddler import Meddler
from redis_store import gate_key, outbox_key
from talk import talking_to
from terminal import typed
from waiting import wait_until

REBUILD = "coupon-reset --rebuild-gate makes it again; coupon-audit names what is wrong"
ARMS = "a running coupon-consume arms it again"
ANOTHER_KEY = "5a" * 16


def _armed(event):
    """A worker runs until the gate is armed."""
    with event.worker():
        wait_until(lambda: event.gate() is not None and event.gate().is_armed, 30, f"{event.name}: the gate is not armed")


@tries("lib/gate/scripts/prologue.lua", "a running coupon-consume rebuilds it where a round is open; where none is, run coupon-reset", ARMS,
       state="the same, by the gate's script", command="coupon-reset; coupon-consume", better="users are granted coupons")
@tries("lib/core/gate_rule.cpp", "a running coupon-consume rebuilds it where a round is open; where none is, run coupon-reset",
       state="a gate that was never made; a gate that was deleted in an open round", command="coupon-reset; coupon-consume",
       better="users are granted coupons")
@tries("lib/core/gate_rule.cpp", ARMS, state="a gate with the run_id of another server", command="coupon-consume", better="users are granted coupons")
def missing_or_not_armed(item, sandbox):
    event = Event(item, sandbox, "missing")
    hint = "a running coupon-consume rebuilds it where a round is open; where none is, run coupon-reset"
    shown(event, event.run("coupon-apply", 1), 3, hint)
    works(event, "coupon-reset", "--yes", "--limit", 10)
    works(event, "coupon-apply", 1)
    with event.redis() as redis:
        redis.ask("DEL", gate_key(event.name), outbox_key(event.name))
        shown(event, event.run("coupon-apply", 2), 3, hint)
        _armed(event)
        works(event, "coupon-apply", 2)
        redis.ask("HSET", gate_key(event.name), "run_id", "another")
        shown(event, event.run("coupon-apply", 3, "--timeout", "2s"), 3, ARMS)
        _armed(event)
    works(event, "coupon-apply", 3)


@tries("lib/gate/scripts/prologue.lua", REBUILD, state="the same, by the gate's script", command="coupon-reset --rebuild-gate", better="users are granted coupons")
@tries("lib/core/gate_faults.cpp", REBUILD, state="the field of a user was deleted from the gate", command="coupon-reset --rebuild-gate; coupon-audit",
       better="the audit names it; then users are granted coupons")
@tries("lib/flow/dry_run.cpp", REBUILD, state="the same, for coupon-apply --dry-run", command="coupon-reset --rebuild-gate", better="the user could apply")
@tries("lib/flow/worker/arming.cpp", REBUILD, state="a claim that cannot be read, in a gate that is not armed; two claims of one slot of which neither has a row",
       command="coupon-reset --rebuild-gate; coupon-audit", better="the audit names it; then the gate is armed, and users are granted coupons")
def contradictions(item, sandbox):
    event = Event(item, sandbox, "contradicts")
    event.reset("--limit", 10)
    works(event, "coupon-apply", 1)
    works(event, "coupon-apply", 2)
    issue(event)
    with event.redis() as redis:
        redis.ask("HDEL", gate_key(event.name), "u:2")
        shown(event, event.run("coupon-apply", 3), 3, REBUILD)
        shown(event, event.run("coupon-apply", "--dry-run", 3), 3, REBUILD)
        _rebuilt(event, "granted")
        works(event, "coupon-apply", "--dry-run", 3)
        works(event, "coupon-apply", 3)
        issue(event)
        redis.ask("HSET", gate_key(event.name), "u:1", "garbage", "run_id", "another")
        shown(event, event.run("coupon-reset", "--reopen", "--yes"), 1, REBUILD)
        _rebuilt(event, "u:1")
        # Two pending claims of one slot: no row and no record tells whose it is.
        redis.ask("HSET", gate_key(event.name), "u:4", "4:a", "u:5", "4:b", "granted", 5, "run_id", "another")
        redis.ask("HSET", outbox_key(event.name), "u:4", "4:1:2", "u:5", "4:1:2")
        shown(event, event.run("coupon-reset", "--reopen", "--yes"), 1, REBUILD)
        _rebuilt(event, "slot 4")
    works(event, "coupon-apply", 6)


def _rebuilt(event, named):
    """The audit names it, and the gate is made again."""
    audit = event.run("coupon-audit", "--wait", "1s")
    event.item.check(named in audit.out, f"the audit does not name {named!r}: {audit.out[-600:]}")
    works(event, "coupon-reset", "--rebuild-gate", "--yes")


@tries("lib/core/apply_steps.cpp", ARMS, state="a user's claim is removed from the gate, its numbers set right, before it is confirmed",
       command="coupon-consume", better="the user who was told pending has a coupon")
def went_back(item, sandbox):
    event = Event(item, sandbox, "went-back")
    event.reset("--limit", 10)

    def remove():
        with event.redis() as redis:
            redis.ask("HDEL", gate_key(event.name), "u:7")
            redis.ask("DEL", outbox_key(event.name))
            redis.ask("HSET", gate_key(event.name), "granted", 0)

    with Meddler(item, sandbox, remove, "confirm") as proxy:
        shown(event, event.run("coupon-apply", 7, "--redis", proxy.address), 13, ARMS)
    _armed(event)
    issue(event)
    item.equal([row.user for row in event.ledger.rows(event.name, 1)], [7], "users with a coupon")


@tries("lib/gate/scripts/prologue.lua", "it belongs to another ledger; check --redis and --mysql", state="the same, by the gate's script",
       command="put the gate of this ledger back", better="the user is granted a coupon")
@tries("lib/core/gate_faults.cpp", "it belongs to another ledger; check --redis and --mysql",
       state="the gate of another ledger is put over the gate, under a program that runs", command="put the gate of this ledger back",
       better="the user is granted a coupon")
@tries("lib/core/gate_standing.cpp", "they belong to different ledgers; check --redis and --mysql", state="a gate with another ledger's key",
       command="coupon-consume, where --mysql has the ledger of this gate", better="the worker works")
@tries("lib/core/gate_standing.cpp", "restore the ledger, or check --mysql", state="a gate of a round that the ledger does not have",
       command="put the round back into the ledger", better="the worker that runs issues coupons")
def other_ledgers(item, sandbox):
    event = Event(item, sandbox, "ledgers")
    event.reset("--limit", 10)
    key = gate_key(event.name)
    with event.redis() as redis:
        own = redis.ask("HMGET", key, "key", "seal")
        with talking_to(event, "coupon-apply", "--stdin", "--timeout", "2s") as program:
            program.says(1, "1 granted")
            redis.ask("HSET", key, "key", ANOTHER_KEY, "seal", "0123456789abcdef")
            told(item, "it belongs to another ledger; check --redis and --mysql", program.says(2, "2 "), "coupon-apply --stdin")
            redis.ask("HSET", key, "key", own[0], "seal", own[1])
            program.says(3, "3 granted")
    event.ledger.query(f"UPDATE coupon_round SET round_key = '{ANOTHER_KEY}' WHERE event = '{event.name}'")
    shown(event, event.run("coupon-consume", "--until-drained"), 2, "they belong to different ledgers; check --redis and --mysql")
    event.ledger.query(f"UPDATE coupon_round SET round_key = '{own[0].decode()}' WHERE event = '{event.name}'")
    issue(event)
    event.reset("--limit", 10)
    newest = f"WHERE event = '{event.name}' AND round = 2"
    event.ledger.query(f"CREATE TABLE lost_round AS SELECT * FROM coupon_round {newest}; SET foreign_key_checks = 0; DELETE FROM coupon_round {newest}")
    hint = "restore the ledger, or check --mysql"
    with event.worker() as worker:
        try:
            wait_until(lambda: hint in worker.err_so_far(), 20, "the worker does not tell it")
            told(item, hint, worker.err_so_far(), "coupon-consume")
        finally:
            event.ledger.query("INSERT INTO coupon_round SELECT * FROM lost_round; DROP TABLE lost_round")
        works(event, "coupon-apply", 1)
        event.wait_rows(1)


@tries("lib/core/batch_rule.cpp", "a running coupon-consume arms the gate above both", state="the ledger went back to before an arming",
       command="coupon-consume", better="the gate is armed in a higher epoch")
def lost_arming(item, sandbox):
    event = Event(item, sandbox, "lost-arming")
    event.reset("--limit", 10)
    with event.redis() as redis:
        redis.ask("HSET", gate_key(event.name), "run_id", "another")
    _armed(event)
    works(event, "coupon-apply", 1)
    event.ledger.query(f"UPDATE coupon_round SET epoch = 1 WHERE event = '{event.name}'")
    event.ledger.query(f"DELETE FROM coupon_fence WHERE event = '{event.name}'")
    shown(event, event.run("coupon-consume", "--recover", "--yes", "--wait", "1s"), 3, "a running coupon-consume arms the gate above both")
    with event.worker():
        wait_until(lambda: event.ledger.epoch(event.name, 1) >= 3 and event.gate().is_armed, 30, "the gate is not armed above both")
        event.wait_rows(1)
    works(event, "coupon-consume", "--recover", "--yes")


@tries("lib/flow/recover/recover.cpp", "the gate was armed again meanwhile; run this again", state="the gate is armed again while --recover asks whether to go on",
       command="coupon-consume --recover", better="the user has a coupon")
def rearmed(item, sandbox):
    event = Event(item, sandbox, "rearmed")
    event.reset("--limit", 10)
    administer(sandbox, "USE coupon; CREATE TRIGGER hinted BEFORE INSERT ON coupon FOR EACH ROW "
                        "SET NEW.user_id = IF(NEW.user_id = 7001, NULL, NEW.user_id)")
    try:
        works(event, "coupon-apply", 7001)
        with event.worker():
            wait_until(lambda: event.ledger.failed(event.topic), 20, "the record does not become a failed event")
    finally:
        administer(sandbox, "USE coupon; DROP TRIGGER hinted")

    def arm():
        with event.redis() as redis:
            redis.ask("HSET", gate_key(event.name), "run_id", "another")
        _armed(event)

    code, shown_there = typed(event, event.name, "coupon-consume", "--recover", meanwhile=arm)
    item.equal(code, 5, f"exit of the recovery ({shown_there[-300:]})")
    told(item, "the gate was armed again meanwhile; run this again", shown_there, "coupon-consume --recover")
    works(event, "coupon-consume", "--recover", "--yes")
    item.equal([row.user for row in event.ledger.rows(event.name, 1)], [7001], "users with a coupon")
