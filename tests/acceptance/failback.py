"""The part of redis_forgets where Redis fails over to a replica and back: the old master is the same process, and yet has forgotten."""

from event import Event
from losses import Replica
from redis_store import Redis, gate_key
from waiting import wait_until

LIMIT = 2_000


def failed_back(item, sandbox):
    """A takes claims, B is promoted without the last of them, A follows B, and A is promoted again: its run_id is the one the gate was
    armed with, its memory is not."""
    event = Event(item, sandbox, "failedback")
    event.reset("--limit", LIMIT)
    history = event.history("failedback")
    key = gate_key(event.name)
    with event.worker() as worker, Replica(sandbox) as replica:
        with event.start_flood("--requests", 2 * LIMIT, "--concurrency", 32, "--rate", "400/s", "--timeout", "30s", "--seed", 175,
                               history=history) as flood:
            wait_until(lambda: event.gate_number("granted") >= LIMIT // 10, 60, "nobody is granted anything")
            armed_with = event.gate().fields["run_id"]
            replica.promote()
            at_promotion = event.gate_number("granted")
            wait_until(lambda: event.gate_number("granted") >= at_promotion + 100, 60, "nobody else is granted anything")
            before = event.gate_number("granted")
            lines = len(worker.err_so_far().splitlines())
            replica.give_back()
            with Redis(sandbox.port("redis")) as redis:
                run_id, _ = redis.identity()
                item.equal(run_id, armed_with, "run_id of the server after failing back")
                wait_until(lambda: int(redis.ask("HGET", key, "epoch") or 0) > 1, 30, "the gate is not armed again")
            item.check(not flood.ended(), "the flood was over before the gate was armed again")
            report = event.flood_document(flood, codes=(0, 3, 5, 13), history=history)
            event.must_be_exact("failed back", LIMIT, [history], expected=LIMIT, wait="60s", armed={})
        said = [line for line in worker.err_so_far().splitlines()[lines:] if "armed again" in line]
        item.check(said, f"the worker does not say that it armed the gate again: {worker.err_so_far()[-300:]}")
    item.figure("failed back", f"{before - at_promotion} claims only the old master knew, epoch {event.gate_number('epoch')}, told "
                + " ".join(f"{kind} {count}" for kind, count in report["counts"].items() if count))
