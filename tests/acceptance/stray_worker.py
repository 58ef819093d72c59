"""One gate counts: a worker and a reset at another Redis database, empty or with a copy, change nothing and end with 2; records that the
round's gate did not sign, before and after a restart of Redis, become failed events and no coupon; every user told granted has a row."""

import time

from event import Event
from forger import forge_each
from signature import mac_of
from waiting import wait_until

TITLE = "a stray worker, a stray reset and forged records"
SECONDS = 300
LIMIT, REQUESTS = 2000, 2000
ENDS_WITHIN_S = 10


def _database(sandbox, number):
    """The sandbox's Redis, with another of its databases."""
    return sandbox.environment["COUPON_REDIS"].rsplit("/", 1)[0] + f"/{number}"


def _round(event):
    """The round's row, as far as its epoch and its gate go."""
    return event.ledger.query("SELECT round, state, epoch, gate_run_id, gate_database, gate_addresses FROM coupon_round "
                              f"WHERE event = '{event.name}' ORDER BY round DESC LIMIT 1")


def _copy_gate(event, number):
    with event.redis() as redis:
        for key in ("coupon:{%s}" % event.name, "coupon:{%s}:outbox" % event.name):
            redis.ask("COPY", key, key, "DB", number, "REPLACE")


def _keys(event, number):
    """All hashes of the event in a database."""
    with event.redis() as redis:
        redis.ask("SELECT", number)
        return {key: redis.hash(key) for key in sorted(redis.ask("KEYS", "coupon:{%s}*" % event.name))}


def _stray(item, sandbox, event, what, number):
    """A worker at another database of the same server: it ends by itself, and leaves both as they were."""
    before, round_before = _keys(event, number), _round(event)
    with event.start("coupon-consume", settings={"COUPON_REDIS": _database(sandbox, number)}) as stray:
        outcome = stray.wait(ENDS_WITHIN_S + 15)
    item.equal(outcome.code, 2, f"{what}: exit of the stray worker ({outcome.brief()})")
    item.check(f"/{number}" in outcome.err and "/0" in outcome.err, f"{what}: it does not name both addresses: {outcome.err[-300:]}")
    item.equal(_keys(event, number), before, f"{what}: the stray database")
    item.equal(_round(event), round_before, f"{what}: the round's row")
    item.figure(f"{what}, ended after, s", outcome.seconds)


def stray_workers(item, sandbox):
    event = Event(item, sandbox, "stray")
    event.reset("--limit", LIMIT)
    history = event.history("stray")
    with event.worker() as worker, event.start_flood("--requests", REQUESTS, "--concurrency", 50, "--rate", "100/s", history=history) as flood:
        wait_until(lambda: event.gate_number("granted") >= 20, 30, "nobody is granted anything")
        _stray(item, sandbox, event, "an empty database", 1)
        _copy_gate(event, 2)
        _stray(item, sandbox, event, "a copy of the armed gate", 2)
        report = event.flood_document(flood, history=history)
        item.equal(report["counts"]["granted"], LIMIT, "told granted")
        event.wait_rows(LIMIT)
        event.must_be_exact("stray", LIMIT, [history], expected=LIMIT)
        item.check("seal" not in worker.err_so_far(), "the right worker complains")


def stray_reset(item, sandbox):
    """A reset elsewhere is refused while slots without a coupon are left, also by force, and users go on being granted."""
    event = Event(item, sandbox, "stray-reset")
    event.reset("--limit", 5)
    event.run("coupon-apply", 1)
    row = _round(event)
    for words in ((), ("--force",)):
        outcome = event.run("coupon-reset", "--yes", "--limit", 5, "--end-running", *words, settings={"COUPON_REDIS": _database(sandbox, 1)})
        item.equal(outcome.code, 2, f"reset {words} elsewhere ({outcome.brief()})")
        item.equal(_round(event), row, f"the round's row after reset {words} elsewhere")
        item.equal(_keys(event, 1), {}, f"the stray database after reset {words}")
    outcome = event.run("coupon-apply", 2)
    item.equal(outcome.code, 0, f"the next application ({outcome.brief()})")
    item.figure("resets elsewhere, refused", 2)


def forged(item, sandbox):
    event = Event(item, sandbox, "forged")
    event.reset("--limit", 100)
    history = event.history("forged")
    event.run("coupon-apply", "--history", history, *range(1, 21))
    honest = next(iter(event.records().records))
    values = dict(honest.headers)
    key = event.ledger.round_key(event.name, event.round())
    item.equal(values.get("mac"), mac_of(key, *(values[name] for name in ("event", "round", "epoch", "slot")), honest.user, values["granted_at"]),
               "the signature of an honest record")
    made = forge_each(sandbox.brokers, event, 7001, 91)
    with event.worker():
        event.wait_rows(20)
        made += forge_each(sandbox.brokers, event, 7101, 91)
        sandbox.kill("redis")
        sandbox.start("redis")
        wait_until(lambda: event.gate().is_armed, 30, "the gate is not armed again")
        made += forge_each(sandbox.brokers, event, 7201, 91)
        wait_until(lambda: len(event.ledger.failed(event.topic)) == made, 30, "the forged records are no failed events")
        time.sleep(1)
        item.equal({reason for _, _, _, reason, _ in event.ledger.failed(event.topic)}, {"not signed by this round's gate"}, "why they failed")
        item.equal(event.row_count(), 20, "rows")
        item.equal(event.gate_number("granted"), 20, "claims")
        event.must_be_exact("forged", 100, [history], expected=20, armed={})
    item.figure("forged records, none issued", made)


def moved(item, sandbox):
    """--reopen at another database moves the gate on purpose: the old one is closed, and every promise made there is kept."""
    event = Event(item, sandbox, "moved")
    event.reset("--limit", 30)
    there = {"COUPON_REDIS": _database(sandbox, 1)}
    item.equal(event.run("coupon-apply", *range(1, 11)).code, 0, "exit of coupon-apply at the old gate")
    plan = event.run("coupon-reset", "--reopen", "--dry-run", settings=there)
    item.check("planned  close old gate: at redis://" in plan.out, f"the plan of the move: {plan.out}")
    outcome = event.run("coupon-reset", "--reopen", "--yes", settings=there)
    item.equal(outcome.code, 0, f"exit of the move ({outcome.brief()})")
    item.check("warning: " not in outcome.out, f"the move warns although the old gate was closed: {outcome.out}")
    item.equal(event.gate().state, "closed", "the old gate")
    item.equal(event.run("coupon-apply", 11).code, 12, "exit of coupon-apply at the old gate once it has moved")
    item.equal(event.run("coupon-apply", 12, settings=there).code, 0, "exit of coupon-apply at the new gate")
    item.equal(event.run("coupon-apply", 3, settings=there).code, 11, "exit of coupon-apply at the new gate for a user of the old one")
    item.equal(event.run("coupon-consume", "--until-drained", "-q", settings=there).code, 0, "exit of the worker at the new gate")
    item.equal(event.row_count(), 11, "coupons")
    item.equal(event.run("coupon-audit", "--wait", "10s", settings=there).code, 0, "exit of the audit at the new gate")
    stray = event.run("coupon-consume", "--until-drained", "-q")
    item.equal(stray.code, 2, f"exit of a worker at the old gate ({stray.brief()})")


def named_beforehand(item, sandbox):
    """A lost gate is made again at an address that was named beforehand, and at no other."""
    event = Event(item, sandbox, "standby")
    event.reset("--limit", 30, "--gate-address", _database(sandbox, 3))
    item.equal(event.run("coupon-apply", 1).code, 0, "exit of coupon-apply")
    with event.redis() as redis:
        redis.ask("DEL", "coupon:{%s}" % event.name, "coupon:{%s}:outbox" % event.name)
    stray = event.run("coupon-consume", "--until-drained", "-q", settings={"COUPON_REDIS": _database(sandbox, 4)})
    item.equal(stray.code, 2, f"exit of a worker at an address that was not named ({stray.brief()})")
    there = {"COUPON_REDIS": _database(sandbox, 3)}
    worker = event.run("coupon-consume", "--until-drained", "-q", settings=there)
    item.equal(worker.code, 0, f"exit of a worker at the address that was named ({worker.brief()})")
    item.equal(event.run("coupon-apply", 2, settings=there).code, 0, "exit of coupon-apply there")
    item.equal(event.run("coupon-apply", 1, settings=there).code, 11, "exit of coupon-apply there for a user who has a coupon")


def run(item):
    with item.sandbox() as sandbox:
        item.each((stray_workers, stray_reset, forged, moved, named_beforehand), sandbox)
