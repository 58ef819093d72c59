"""The kill switch needs Redis and nothing else: with each other server dead, silent or holding the row, nobody is granted anything later than a
second after it was called; the exit code says what is closed and who knows; a worker tells the ledger once it can."""

import subprocess
import time
from contextlib import contextmanager

from event import Event
from losses import Backup, Replica
from waiting import Failure, wait_until

TITLE = "the kill switch, with each other server dead, silent, or its row locked"
SECONDS = 600
LIMIT, REQUESTS, PER_SECOND = 5000, 6000, 150
CLOSED_WITHIN_S, TOLD_WITHIN_S, TIMEOUT_S = 1, 15, 2


class Pulled:
    """One event with a crowd and a worker, and its kill switch."""

    def __init__(self, item, sandbox, name):
        self.item, self.name = item, name
        self.event = Event(item, sandbox, name)
        self.event.reset("--limit", LIMIT)
        self.round = self.event.round()

    @contextmanager
    def crowd(self):
        """A crowd that is in its middle when the block begins. It ends with the block, and its answers must agree with what it was told."""
        history = self.event.history(self.name)
        with self.event.start_flood("--requests", REQUESTS, "--concurrency", 50, "--rate", f"{PER_SECOND}/s", "--timeout", "10s", "--seed", 14,
                                    history=history) as flood:
            wait_until(lambda: self.event.gate_number("granted") >= 20, 30, f"{self.name}: nobody is granted anything")
            yield history
            self.item.check(not flood.ended(), f"{self.name}: the crowd was gone before the kill switch")
            flood.end()

    def close(self, code, *words):
        """Pulls it. Nothing may be granted later than a second after it was called, nor after it has returned."""
        with self.event.start("coupon-reset", "--close", "--yes", "--json", "--timeout", f"{TIMEOUT_S}s", *words) as process:
            time.sleep(CLOSED_WITHIN_S)
            after_a_second = self.event.gate_number("granted")
            outcome = process.wait(30)
        time.sleep(1)
        self.item.equal(outcome.code, code, f"{self.name}: exit ({outcome.brief()})")
        self.item.equal(self.event.gate_number("granted"), after_a_second, f"{self.name}: granted a second after it was called, and at the end")
        self.item.within(outcome.seconds, 0, 2 * TIMEOUT_S + 2, f"{self.name}: seconds until it returned")
        self.item.figure(self.name, f"exit {outcome.code} in {outcome.seconds:.2f} s, {outcome.json().get('close')}")
        return outcome

    def state(self):
        """Whether the gate is open, whether the ledger still has to be told, and what the ledger says."""
        gate = self.event.gate()
        return gate.state, gate.fields["untold"], self.event.ledger.round_state(self.event.name, self.round)[0]

    def wait_told(self):
        started = time.monotonic()
        wait_until(lambda: self.state() == ("closed", "", "closed"), TOLD_WITHIN_S, f"{self.name}: the ledger is not told: {self.state()}", interval=0.1)
        self.item.figure(f"{self.name}, told after, s", time.monotonic() - started)


def _hold_row(event, tries=10):
    """A client that holds the round's row. The worker may be the one that the server lets win a deadlock; then it is tried again."""
    words = [*event.ledger._command, "--execute",
             f"SET SESSION idle_transaction_timeout = 0; BEGIN; SELECT 'held' FROM coupon_round WHERE event = '{event.name}' FOR UPDATE; SELECT SLEEP(60)",
             "--unbuffered"]
    holder = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    line = holder.stdout.readline()
    if "held" in line:
        return holder
    with holder:
        holder.kill()
    if "Deadlock" in line and tries > 1:
        return _hold_row(event, tries - 1)
    raise Failure(f"the row is not locked: {line}")


@contextmanager
def _locked(event):
    """Somebody holds the round's row."""
    with _hold_row(event) as holder:
        try:
            yield
        finally:
            holder.kill()


@contextmanager
def _another_schema(event):
    """The table has another column name, as after somebody's migration."""
    event.ledger.query("ALTER TABLE coupon_round CHANGE COLUMN owner owner_was VARCHAR(64) NOT NULL")
    try:
        yield
    finally:
        event.ledger.query("ALTER TABLE coupon_round CHANGE COLUMN owner_was owner VARCHAR(64) NOT NULL")


@contextmanager
def _dead(sandbox, server):
    sandbox.kill(server)
    try:
        yield
    finally:
        sandbox.start(server)


@contextmanager
def _silent(sandbox, server):
    sandbox.pause(server)
    try:
        yield
    finally:
        sandbox.resume(server)


def _with(item, sandbox, name, fault, code):
    """The kill switch while the fault lasts; a worker, which is there all the time, tells the ledger once it is over."""
    pulled = Pulled(item, sandbox, name)
    with pulled.event.worker() as worker:
        wait_until(lambda: "partitions assigned:" in worker.err_so_far(), 20, f"{name}: the worker has no partitions")
        with pulled.crowd():
            with fault(pulled.event):
                outcome = pulled.close(code)
            if code == 5:
                item.check("if Redis loses this before a worker tells the ledger, the gate opens again" in outcome.err,
                           f"{name}: the sentence does not say what may happen: {outcome.err[-300:]}")
        pulled.wait_told()
        item.equal(pulled.event.run("coupon-apply", 1_000_000).code, 12, f"{name}: exit of coupon-apply afterwards")


def all_well(item, sandbox):
    pulled = Pulled(item, sandbox, "well")
    with pulled.crowd():
        pulled.close(0)
    item.equal(pulled.state(), ("closed", "", "closed"), "well: gate, mark, ledger")


def database_dead(item, sandbox):
    _with(item, sandbox, "database-dead", lambda _: _dead(sandbox, "mariadb"), 5)


def database_silent(item, sandbox):
    _with(item, sandbox, "database-silent", lambda _: _silent(sandbox, "mariadb"), 5)


def row_locked(item, sandbox):
    _with(item, sandbox, "row-locked", _locked, 5)


def schema_changed(item, sandbox):
    """The worker of this event cannot run meanwhile; it is started once the schema is back."""
    pulled = Pulled(item, sandbox, "schema-changed")
    with pulled.crowd(), _another_schema(pulled.event):
        pulled.close(5)
    item.equal(pulled.state(), ("closed", "1", "open"), "schema-changed: gate, mark, ledger")
    with pulled.event.worker():
        pulled.wait_told()


def broker_dead(item, sandbox):
    """Applications that are in flight wait for the broker, so there is no crowd: the kill switch does not even connect."""
    pulled = Pulled(item, sandbox, "broker-dead")
    with _dead(sandbox, "kafka"):
        pulled.close(0)
    item.equal(pulled.state(), ("closed", "", "closed"), "broker-dead: gate, mark, ledger")


def broker_silent(item, sandbox):
    pulled = Pulled(item, sandbox, "broker-silent")
    with _silent(sandbox, "kafka"):
        pulled.close(0)
    item.equal(pulled.state(), ("closed", "", "closed"), "broker-silent: gate, mark, ledger")


def redis_dead(item, sandbox):
    """Redis is what it needs: without it the event is still open, and the ledger is left alone."""
    pulled = Pulled(item, sandbox, "redis-dead")
    with _dead(sandbox, "redis"):
        outcome = pulled.event.run("coupon-reset", "--close", "--yes", "--timeout", f"{TIMEOUT_S}s")
    item.equal(outcome.code, 3, f"redis-dead: exit ({outcome.brief()})")
    item.check("STILL OPEN" in outcome.err, f"redis-dead: it does not say that the event is open: {outcome.err[-300:]}")
    item.equal(pulled.state(), ("open", "", "open"), "redis-dead: gate, mark, ledger")


def at_a_replica(item, sandbox):
    pulled = Pulled(item, sandbox, "replica")
    with Replica(sandbox) as replica:
        outcome = pulled.event.run("coupon-reset", "--close", "--yes", "--redis", f"redis://127.0.0.1:{replica.port}/0")
    item.equal(outcome.code, 3, f"at a replica: exit ({outcome.brief()})")
    item.check("STILL OPEN" in outcome.err, f"at a replica: it does not say that the event is open: {outcome.err[-300:]}")
    item.equal(pulled.state(), ("open", "", "open"), "at a replica: gate, mark, ledger")
    # A first replica gives its master another replication id, so a worker arms the gate again.
    with pulled.event.worker():
        wait_until(lambda: pulled.event.gate().is_armed, 20, "at a replica: the gate is not armed again")
        item.equal(pulled.event.run("coupon-apply", 1).code, 0, "at a replica: exit of coupon-apply afterwards")


def at_another_database(item, sandbox):
    """Nothing there, then a copy of the gate: never exit 0, for the gate that counts is open until a worker sees what the ledger was told."""
    here = sandbox.environment["COUPON_REDIS"]
    stray = here.rsplit("/", 1)[0] + "/1"
    for has_copy in (False, True):
        name = "copy" if has_copy else "empty"
        pulled = Pulled(item, sandbox, name)
        keys = ["coupon:{%s}" % name, "coupon:{%s}:outbox" % name]
        if has_copy:
            with pulled.event.redis() as redis:
                redis.ask("COPY", keys[0], keys[0], "DB", 1)
        outcome = pulled.event.run("coupon-reset", "--close", "--yes", "--redis", stray)
        item.equal(outcome.code, 3, f"{name}: exit ({outcome.brief()})")
        item.check("is STILL OPEN" in outcome.err and "/0" in outcome.err, f"{name}: it does not name the open gate: {outcome.err[-300:]}")
        item.check(("closed a gate that does not count" if has_copy else "there is no gate at") in outcome.err, f"{name}: {outcome.err[-300:]}")
        item.equal(pulled.state()[0], "open", f"{name}: the gate that counts")
        with pulled.event.worker():
            pulled.wait_told()
        item.equal(pulled.event.run("coupon-apply", 1).code, 12, f"{name}: exit of coupon-apply once a worker ran")


def unreadable_files(item, sandbox):
    """The gate is closed whatever is wrong with the files of the other two servers, or with the config file."""
    nowhere = "/nowhere/file"
    here = {"COUPON_EVENT": "unreadable", "COUPON_REDIS": sandbox.environment["COUPON_REDIS"]}
    for settings, code in (({"COUPON_KAFKA_PASSWORD_FILE": nowhere}, 0), ({"COUPON_BROKERS": "no such broker"}, 0),
                           ({"COUPON_MYSQL_PASSWORD_FILE": nowhere}, 5), ({"COUPON_MYSQL_SERVER_KEY": nowhere}, 5),
                           ({"COUPON_MYSQL": "no url"}, 5), ({"COUPON_CONFIG": nowhere} | here, 5)):
        pulled = Pulled(item, sandbox, "unreadable")
        what = " ".join(settings)
        outcome = pulled.event.run("coupon-reset", "--close", "--yes", settings=settings)
        item.equal(outcome.code, code, f"{what}: exit ({outcome.brief()})")
        item.equal(pulled.state(), ("closed", "1" if code else "", "open" if code else "closed"), f"{what}: gate, mark, ledger")
        item.check(nowhere in outcome.err or "no such broker" in outcome.err or "no url" in outcome.err, f"{what}: {outcome.err[-300:]}")


def nothing_there(item, sandbox):
    """No gate, and a database that is dead: nothing is closed. With the database the ledger knows, and the gate is made again closed."""
    pulled = Pulled(item, sandbox, "nothing")
    event = pulled.event
    with event.redis() as redis:
        redis.ask("DEL", f"coupon:{{{event.name}}}", f"coupon:{{{event.name}}}:outbox")
    with _dead(sandbox, "mariadb"):
        outcome = event.run("coupon-reset", "--close", "--yes", "--timeout", f"{TIMEOUT_S}s")
    item.equal(outcome.code, 3, f"nothing: exit ({outcome.brief()})")
    item.check("nothing was closed" in outcome.err, f"nothing: {outcome.err[-300:]}")
    item.equal(event.run("coupon-reset", "--close", "--yes").code, 0, "nothing: exit with the database")
    with event.worker():
        wait_until(lambda: event.gate() is not None and event.gate().is_armed, 20, "the gate is not made again")
        item.equal(pulled.state(), ("closed", "", "closed"), "nothing: gate, mark, ledger once the gate is made again")
    never = Event(item, sandbox, "never-opened")
    outcome = never.run("coupon-reset", "--close", "--yes")
    item.equal(outcome.code, 3, f"an event that was never opened: exit ({outcome.brief()})")
    item.check("was never opened here" in outcome.err, f"an event that was never opened: {outcome.err[-300:]}")


def rolled_back(item, sandbox):
    """Redis goes back to before a close: the worker closes the gate again, for the ledger knows."""
    pulled = Pulled(item, sandbox, "back")
    event = pulled.event
    history = event.history("back")
    event.run("coupon-apply", "--history", history, *range(1, 41))
    with event.worker() as worker:
        event.wait_rows(40)
        backup = Backup(sandbox)
        event.reset("--close")
        backup.restore()
        wait_until(lambda: pulled.state() == ("closed", "", "closed"), 20, f"the gate stays {pulled.state()}", interval=0.1)
        wait_until(lambda: event.gate().is_armed, 20, "the gate is not armed again")
        item.equal(event.run("coupon-apply", 41).code, 12, "rolled back: exit of coupon-apply")
        item.figure("rolled back", [line.split(": ", 1)[-1] for line in worker.err_so_far().splitlines() if "closed" in line][:1])
        event.must_be_exact("rolled back", LIMIT, [history], expected=40, armed={})


def reopened(item, sandbox):
    """--reopen tells the ledger of a close that it was not told, and opens both."""
    pulled = Pulled(item, sandbox, "reopened")
    with _dead(sandbox, "mariadb"):
        pulled.close(5)
    item.equal(pulled.state(), ("closed", "1", "open"), "reopened: gate, mark, ledger after the close")
    pulled.event.reset("--reopen")
    item.equal(pulled.state(), ("open", "", "open"), "reopened: gate, mark, ledger after the reopen")
    item.equal(pulled.event.run("coupon-apply", 1).code, 0, "reopened: exit of coupon-apply")


SCENARIOS = (all_well, database_dead, database_silent, row_locked, schema_changed, broker_dead, broker_silent, redis_dead, at_a_replica,
             at_another_database, unreadable_files, nothing_there, rolled_back, reopened)


def run(item):
    with item.sandbox() as sandbox:
        item.each(SCENARIOS, sandbox)
