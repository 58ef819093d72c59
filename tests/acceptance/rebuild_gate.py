"""A gate that contradicts itself is made again, whatever was done to its keys."""

from event import Event
from redis_store import gate_key, outbox_key
from waiting import wait_until

TITLE = "a gate that contradicts itself is made again"
SECONDS = 300
LIMIT = 60


def _field(redis, key, user, *value):
    """Removes a user's field, or sets it."""
    return redis.ask("HSET", key, f"u:{user}", *value) if value else redis.ask("HDEL", key, f"u:{user}")


HARMS = {
    "a claim removed": lambda redis, gate, outbox: _field(redis, gate, 3),
    "three claims removed": lambda redis, gate, outbox: [_field(redis, gate, user) for user in (1, 2, 3)],
    "granted set back": lambda redis, gate, outbox: redis.ask("HSET", gate, "granted", 2),
    "granted no number": lambda redis, gate, outbox: redis.ask("HSET", gate, "granted", "many"),
    "the limit raised": lambda redis, gate, outbox: redis.ask("HSET", gate, "limit", 2 * LIMIT),
    "a fixed field removed": lambda redis, gate, outbox: redis.ask("HDEL", gate, "seal"),
    "the round removed": lambda redis, gate, outbox: redis.ask("HDEL", gate, "round"),
    "an unknown field": lambda redis, gate, outbox: redis.ask("HSET", gate, "note", "do not touch"),
    "a claim that is no claim": lambda redis, gate, outbox: _field(redis, gate, 3, "garbage"),
    "entries in the outbox that nobody claimed": lambda redis, gate, outbox: _field(redis, outbox, 999, "garbage"),
    "a string in place of the gate": lambda redis, gate, outbox: redis.ask("SET", gate, "x"),
    "a list in place of the outbox": lambda redis, gate, outbox: redis.ask("LPUSH", outbox, "x"),
}


def every_harm(item, sandbox):
    """Ten users have coupons; then the keys are changed by hand, the gate is made again, and ten more apply."""
    for number, (name, harm) in enumerate(HARMS.items()):
        event = Event(item, sandbox, f"harm{number}")
        event.reset("--limit", LIMIT)
        histories = [event.history(when) for when in ("before", "meanwhile", "after")]
        with event.worker():
            event.flood("--requests", 10, "--concurrency", 4, "--first-user", 1, "--users", 10, "--seed", 7, history=histories[0])
            event.wait_rows(10)
            with event.redis() as redis:
                harm(redis, gate_key(event.name), outbox_key(event.name))
            applied = event.run("coupon-apply", 500, "--history", histories[1])
            item.check(applied.code == 0 or (applied.code == 3 and "the gate contradicts itself" in applied.out + applied.err),
                       f"{name}: an application meanwhile: {applied.brief()}")
            plan = event.run("coupon-reset", "--rebuild-gate", "--dry-run")
            item.check(plan.code == 0 and "discard gate" in plan.out, f"{name}: the plan: {plan.brief()}")
            outcome = event.run("coupon-reset", "--rebuild-gate", "--yes")
            item.equal(outcome.code, 0, f"{name}: exit of --rebuild-gate ({outcome.brief()})")
            event.flood("--requests", 10, "--concurrency", 4, "--first-user", 101, "--users", 10, "--seed", 8, history=histories[2])
            coupons = 20 + (applied.code == 0)
            event.wait_rows(coupons)
        event.must_be_exact(name, LIMIT, [path for path in histories if path.exists()], expected=coupons)
        again = event.run("coupon-reset", "--rebuild-gate", "--yes")
        item.check(again.code == 1 and "does not contradict itself" in again.err, f"{name}: rebuilding a healthy gate: {again.brief()}")
    item.figure("gates made again, exact", len(HARMS))


def in_a_flood(item, sandbox):
    """Without a worker claims are pending nowhere but in the gate; users in flight wait for it."""
    event = Event(item, sandbox, "flooded")
    event.reset("--limit", LIMIT)
    history = event.history("flooded")
    with event.start_flood("--requests", 4000, "--concurrency", 8, "--rate", "1000/s", "--timeout", "20s", history=history) as flood, event.worker():
        wait_until(lambda: event.gate().claims, 20, "nobody was granted anything")
        with event.redis() as redis:
            redis.ask("HINCRBY", gate_key(event.name), "granted", 1)
        outcome = event.run("coupon-reset", "--rebuild-gate", "--yes")
        item.equal(outcome.code, 0, f"exit of --rebuild-gate in a flood ({outcome.brief()})")
        event.flood_document(flood, history=history, codes=(0, 3, 5, 13))
        event.wait_rows(LIMIT)
    event.must_be_exact("made again in a flood", LIMIT, [history], expected=LIMIT)


def run(item):
    with item.sandbox() as sandbox:
        item.each((every_harm, in_a_flood), sandbox)
