"""How long the suite takes to go on after something died or went away. N = 100."""

import time

from event import Event
from topic_store import ends_of
from waiting import Failure, wait_until

TITLE = "how soon it goes on"
SECONDS = 600
TRIES = 3
TAKEOVER_S, HANDOVER_S, REDRIVE_S, DRAINED_S = 8, 1, 5, 10
LIMIT = 100


def _holds_all(worker):
    """The last word of a worker about its partitions names all four."""
    lines = [line for line in worker.err_so_far().splitlines() if "this worker has" in line]
    return bool(lines) and lines[-1].endswith("partitions 0 1 2 3")


def _until_taken_over(item, sandbox, name, end, next_worker_is_there):
    """Two workers, or one and its successor: `end` ends the first; the seconds from then until all claims made meanwhile have rows."""
    event = Event(item, sandbox, name)
    event.reset("--limit", LIMIT)
    history = event.history(name)
    with event.start("coupon-consume") as first:
        wait_until(lambda: _holds_all(first), 20, f"{name}: the first worker gets no partitions")
        with event.start("coupon-consume") as second:
            wait_until(lambda: next_worker_is_there(first, second), 20, f"{name}: the second worker gets no partitions")
            started = time.monotonic()
            end(first)
            event.run("coupon-apply", "--history", history, *range(1, 21))
            event.wait_rows(20, 30)
            seconds = time.monotonic() - started
            event.must_be_exact(name, LIMIT, [history], expected=20)
            item.equal(second.end().code, 0, f"{name}: exit of the second worker")
    return seconds


def _share(first, second):
    """Each has some."""
    return "this worker has" in second.err_so_far() and not _holds_all(first)


def worker_killed(item, sandbox):
    times = [_until_taken_over(item, sandbox, f"killed{each}", lambda first: first.kill(), _share) for each in range(TRIES)]
    item.within(max(times), 0, TAKEOVER_S, "a worker was killed, seconds until the other had issued everything")
    item.figure(f"takeover after SIGKILL, slowest of {TRIES}, s", max(times))


def worker_stopped(item, sandbox):
    def end(first):
        item.equal(first.end().code, 0, "exit of the worker that was ended")
    times = [_until_taken_over(item, sandbox, f"stopped{each}", end, _share) for each in range(TRIES)]
    item.within(max(times), 0, HANDOVER_S, "a worker was stopped, seconds until the other had issued everything")
    item.figure(f"takeover after a clean stop, slowest of {TRIES}, s", max(times))


def kafka_back(item, sandbox):
    """Claims that wait for Kafka longer than the grace, and how soon they are published once it answers again."""
    event = Event(item, sandbox, "kafkaback")
    event.reset("--limit", LIMIT)
    history = event.history("kafkaback")

    def waiting():
        with event.redis() as redis:
            return redis.ask("HLEN", "coupon:{kafkaback}:outbox")

    def answers():
        try:
            return ends_of(sandbox.brokers, event.topic)
        except Failure:
            return None
    with event.worker():
        with event.start_flood("--requests", LIMIT, "--concurrency", LIMIT, "--rate", "40/s", "--seed", 182, history=history) as flood:
            wait_until(lambda: event.gate_number("granted") >= LIMIT // 5, 20, "nobody is granted anything")
            sandbox.kill("kafka")
            event.flood_document(flood, codes=(13,), history=history)
        claimed = event.gate_number("granted")
        left = waiting()
        time.sleep(4)
        sandbox.start("kafka")
        wait_until(answers, 30, "Kafka does not answer Metadata", interval=0)
        back = time.monotonic()
        wait_until(lambda: waiting() == 0, 30, "the redrive leaves claims in the outbox")
        seconds = time.monotonic() - back
        event.must_be_exact("kafka back", LIMIT, [history], expected=claimed, wait="30s")
    item.check(left > 0, f"no claim waited for Kafka ({claimed} claims)")
    item.within(seconds, 0, REDRIVE_S, "Kafka answers again, seconds until no claim waited for it")
    item.figure("redrive after Kafka is back, s", f"{seconds:.2f} ({left} claims waited)")


def database_back(item, sandbox):
    event = Event(item, sandbox, "dbback")
    event.reset("--limit", LIMIT)
    history = event.history("dbback")
    with event.worker() as worker:
        wait_until(lambda: _holds_all(worker), 20, "database back: the worker gets no partitions")
        sandbox.kill("mariadb")
        event.flood("--requests", LIMIT + 20, "--concurrency", 32, "--seed", 181, history=history)
        time.sleep(8)
        sandbox.start("mariadb")
        back = time.monotonic()
        event.wait_rows(LIMIT, 60)
        wait_until(lambda: all(event.records().committed.get(partition, low) >= high for partition, (low, high) in event.records().ends.items()),
                   30, "the group does not come to the end of the topic")
        seconds = time.monotonic() - back
        event.must_be_exact("database back", LIMIT, [history], expected=LIMIT)
    item.within(seconds, 0, DRAINED_S, "the database is back, seconds until lag 0")
    item.figure("lag 0 after the database is back, s", seconds)


SCENARIOS = (worker_killed, worker_stopped, kafka_back, database_back)


def run(item):
    with item.sandbox() as sandbox:
        item.each(SCENARIOS, sandbox)
