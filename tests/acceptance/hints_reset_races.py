"""Serves item hints_reset: another program acts on the event in the middle of a reset, a reset died, or a gate was given up."""

from event import Event
from hint_shown import issue, shown, works
from hint_table import told, tries
from ledger_store import administer
from meddler import Meddler
from redis_store import gate_key, outbox_key
from waiting import wait_until

LIMIT = 10
RESET = ("coupon-reset", "--yes", "--end-running", "--limit", LIMIT, "--wait", "3s")


def _fresh(item, sandbox, name):
    event = Event(item, sandbox, name)
    event.reset("--limit", LIMIT)
    return event


def _ask(event, *words):
    with event.redis() as redis:
        return redis.ask(*words)


def _by(event, proxy):
    """A reset through the proxy, of a gate that counts at its own address as well."""
    return (*RESET, "--redis", proxy.address, "--gate-address", event.sandbox.environment["COUPON_REDIS"])


def _next_round(event, state="opening"):
    """What another reset leaves in the ledger that has begun a round after the newest one."""
    event.ledger.query(f"CREATE TEMPORARY TABLE another AS SELECT * FROM coupon_round WHERE event = '{event.name}' ORDER BY round DESC LIMIT 1; "
                       f"UPDATE another SET round = round + 1, state = '{state}', once_key = NULL; INSERT INTO coupon_round SELECT * FROM another")


@tries("lib/flow/reset/new_gate.cpp", "run this again", state="a field of the new gate is changed before the reset opens it", command="coupon-reset",
       better="the round is open, with the limit wanted")
def changed_gate(item, sandbox):
    event = _fresh(item, sandbox, "changed-gate")
    with Meddler(item, sandbox, lambda: _ask(event, "HSET", gate_key(event.name), "limit", 3), "create", "summary") as proxy:
        shown(event, event.run(*_by(event, proxy)), 6, "run this again")
    works(event, *RESET)
    gate = event.gate()
    item.equal((gate.state, gate.number("limit"), gate.is_armed), ("open", LIMIT, True), "state and limit of the gate, and whether it is armed")
    item.figure("limit of a gate that was changed before it opened", f"{gate.number('limit')} of {LIMIT}")
    works(event, "coupon-apply", 1)


@tries("lib/flow/reset/new_gate.cpp", "restore the ledger if it lost that; if not, delete the gate's keys coupon:{…} and coupon:{…}:outbox, then run this again",
       state="a claim is written into the new gate before the reset opens it; the ledger was restored to before the round opened",
       command="redis-cli DEL of both keys, then coupon-reset; restore the ledger's newer state", better="the round is open")
def gate_with_claims(item, sandbox):
    hint = "restore the ledger if it lost that; if not, delete the gate's keys coupon:{…} and coupon:{…}:outbox, then run this again"
    event = _fresh(item, sandbox, "claims")
    with Meddler(item, sandbox, lambda: _ask(event, "HSET", gate_key(event.name), "u:5", "1:a", "granted", 1, "published", 1), "create", "summary") as proxy:
        shown(event, event.run(*_by(event, proxy)), 6, hint)
    _ask(event, "DEL", gate_key(event.name), outbox_key(event.name))
    works(event, *RESET)
    works(event, "coupon-apply", 1)
    issue(event)
    event.ledger.query(f"UPDATE coupon_round SET state = 'opening' WHERE event = '{event.name}' AND round = {event.round()}")
    shown(event, event.run(*RESET), 6, hint)
    event.ledger.query(f"UPDATE coupon_round SET state = 'closed' WHERE event = '{event.name}' AND round = {event.round()}")
    works(event, "coupon-reset", "--reopen", "--yes")
    works(event, "coupon-apply", 2)


@tries("lib/flow/reset/reset_walk.cpp", "another coupon-reset opened a round since; coupon-audit shows it",
       state="a reset loses its connection to the database, and another reset opens a round with another limit", command="coupon-audit",
       better="the operator knows the round that is open; users are granted its coupons")
def another_reset(item, sandbox):
    event = _fresh(item, sandbox, "another-reset")

    def another():
        for (number,) in event.ledger.query("SELECT id FROM information_schema.processlist WHERE user = 'coupon' AND id <> CONNECTION_ID()"):
            administer(sandbox, f"KILL {number}")
        works(event, "coupon-reset", "--yes", "--end-running", "--limit", 7)

    with Meddler(item, sandbox, another, "create", after=True) as proxy:
        shown(event, event.run(*_by(event, proxy), "--timeout", "20s"), 6, "another coupon-reset opened a round since; coupon-audit shows it")
    item.check("event another-reset, round 3" in event.run("coupon-audit").out.replace(event.name, "another-reset"), "the audit does not show round 3")
    item.equal(event.gate().number("limit"), 7, "limit of the gate")
    works(event, "coupon-apply", 1)


@tries("lib/flow/reset/reset_settle.cpp", "run this again", state="another reset begins a round while this one waits for a claim", command="coupon-reset",
       better="a new round is open")
@tries("lib/flow/reset/reset_settle.cpp", "it stays closed; run this again to end its round",
       state="the gate is lost and the kill switch pulled while a reset waits for a claim", command="coupon-reset", better="a new round is open")
def while_it_settles(item, sandbox):
    event = _fresh(item, sandbox, "settles")
    works(event, "coupon-apply", 1)
    with event.start(*RESET[:-1], "20s") as process:
        wait_until(lambda: event.gate().state == "closed", 20, "the gate is not closed")
        _next_round(event)
        shown(event, process.wait(30), 6, "run this again")
    works(event, *RESET)
    works(event, "coupon-apply", 1)
    nowhere = ("--mysql", "mysql://coupon@127.0.0.1:1/coupon", "--timeout", "2s")
    with Meddler(item, sandbox, lambda: event.run("coupon-reset", "--close", "--yes", *nowhere), "arm", "summary") as proxy:
        _list(event, proxy)
        _ask(event, "DEL", gate_key(event.name), outbox_key(event.name))
        shown(event, event.run(*_by(event, proxy)), 6, "it stays closed; run this again to end its round")
    item.equal(event.gate().state, "closed", "the gate after the kill switch")
    issue(event)
    works(event, *RESET)
    works(event, "coupon-apply", 1)


def _list(event, proxy):
    """The proxy's address is one of those at which the gate counts."""
    works(event, "coupon-reset", "--reopen", "--yes", "--gate-address", proxy.address)


@tries("lib/flow/reset/reset.cpp", "run this again", state="another reset begins a round with other wishes whenever this one has finished the last",
       command="coupon-reset", better="the round wanted is open")
def again_and_again(item, sandbox):
    event = _fresh(item, sandbox, "again")
    other = f"UPDATE coupon_round SET state = 'opening', slot_limit = 77 WHERE event = '{event.name}' ORDER BY round DESC LIMIT 1"
    with Meddler(item, sandbox, lambda: event.ledger.query(other), "summary", "summary") as proxy:
        outcome = event.run(*_by(event, proxy))
    shown(event, outcome, 6, "run this again")
    item.check("another reset began a round meanwhile; run this again" in outcome.err, f"it is not told after three rounds: {outcome.brief()}")
    works(event, *RESET)
    works(event, "coupon-apply", 1)
    item.equal(event.gate().number("limit"), LIMIT, "limit of the gate")


@tries("lib/core/round_change.cpp", "one event per topic: choose another --topic", state="another event takes the topic in the middle of a reset",
       command="coupon-reset --topic with another name", better="the event is open")
def one_topic(item, sandbox):
    event, other = Event(item, sandbox, "late"), _fresh(item, sandbox, "early")
    taken = f"UPDATE coupon_round SET topic = '{event.topic}' WHERE event = '{other.name}'"
    with Meddler(item, sandbox, lambda: event.ledger.query(taken), "summary", "summary", "summary") as proxy:
        shown(event, event.run(*_by(event, proxy)), 6, "one event per topic: choose another --topic")
    event.topic = f"{event.name}_own"
    works(event, *RESET)
    works(event, "coupon-apply", 1)


@tries("lib/gate/scripts/prologue.lua", "run coupon-reset", state="the same, by the gate's script", command="coupon-reset", better="the event is open")
@tries("lib/core/gate_faults.cpp", "run coupon-reset", state="a forced reset died after it had given the gate up", command="coupon-reset", better="the event is open")
def given_up(item, sandbox):
    event = _fresh(item, sandbox, "given-up")
    _ask(event, "HSET", gate_key(event.name), "state", "given_up")
    event.ledger.query(f"UPDATE coupon_round SET state = 'abandoned' WHERE event = '{event.name}'")
    with event.worker() as worker:
        wait_until(lambda: "the gate was given up by a forced reset; run coupon-reset" in worker.err_so_far(), 20, "the worker does not tell it")
        told(item, "run coupon-reset", worker.err_so_far(), "coupon-consume")
    works(event, *RESET)
    works(event, "coupon-apply", 1)


@tries("lib/gate/scripts/begin_arming.lua", "run coupon-reset", "restore the ledger, or check --mysql", state="the same, by the gate's script",
       command="coupon-reset; coupon-reset --rebuild-gate", better="the event is open; the gate is made again")
@tries("lib/core/arming_rule.cpp", "run coupon-reset", state="a forced reset gives the round up while --reopen arms its gate", command="coupon-reset",
       better="the event is open")
@tries("lib/core/arming_rule.cpp", "restore the ledger, or check --mysql",
       state="another environment puts a gate of a higher round here while --rebuild-gate arms the gate",
       command="coupon-reset --rebuild-gate, once gate and ledger are of one environment", better="the gate is made again, with the claim it held")
def while_it_arms(item, sandbox):
    event = _fresh(item, sandbox, "arms")
    key, other = gate_key(event.name), gate_key(event.name) + ":other"
    works(event, "coupon-apply", 1)
    issue(event)
    _ask(event, "COPY", key, other)
    _ask(event, "HSET", other, "round", 2, "run_id", "another")
    with Meddler(item, sandbox, lambda: _ask(event, "COPY", other, key, "REPLACE"), "begin_arming") as proxy:
        _list(event, proxy)
        _ask(event, "HSET", key, "granted", 2)
        shown(event, event.run("coupon-reset", "--rebuild-gate", "--yes", "--redis", proxy.address), 6, "restore the ledger, or check --mysql")
    _ask(event, "DEL", key, other)
    works(event, "coupon-reset", "--rebuild-gate", "--yes")
    works(event, "coupon-apply", 1, code=11)
    abandon = f"UPDATE coupon_round SET state = 'abandoned' WHERE event = '{event.name}'"
    with Meddler(item, sandbox, lambda: event.ledger.query(abandon), "summary", "summary") as proxy:
        _list(event, proxy)
        _ask(event, "HSET", key, "run_id", "another")
        outcome = event.run("coupon-reset", "--reopen", "--yes", "--redis", proxy.address)
    shown(event, outcome, 1, "run coupon-reset")
    item.check("round 1 is abandoned; run coupon-reset" in outcome.err, f"it is not told by the arming: {outcome.brief()}")
    works(event, *RESET)
    works(event, "coupon-apply", 1)
