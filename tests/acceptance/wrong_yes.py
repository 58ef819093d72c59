"""Each yes that would be wrong, and the answer the programs give instead: exit code and sentence, on real servers.

A part puts the event into one state and says what each program must answer there. What a row may change, it says itself; the rows of a dry run,
of a preflight and of an audit change nothing, which is compared. The verdicts of coupon-audit are in wrong_yes_audit.py.
"""

import signal
import socket
import time
from contextlib import contextmanager

import wrong_yes_audit
from event import Event
from redis_store import gate_key, outbox_key
from sandbox import dead_port
from waiting import Failure, wait_until

TITLE = "no wrong yes: each has its exit code and its sentence"
SECONDS = 900

SERVERS = ("redis", "kafka", "mysql")
LONGEST_INTERRUPTION_S = 0.5


class Table:
    """Asks the programs, one row each, and keeps what they answered in FOLDER/table.txt."""

    def __init__(self, item, event):
        self.item, self.event, self.rows = item, event, 0
        self.file = item.folder / "table.txt"

    def row(self, program, *words, code, says, event=None, settings=None):
        """The program's exit code, and a piece of what it says on stdout or stderr; an empty piece asks for silence."""
        event = event or self.event
        outcome = event.run(program, *words, settings=settings)
        told = (outcome.out + outcome.err).strip()
        label = " ".join(map(str, (program, *words)))
        self.item.equal(outcome.code, code, f"{label}: exit ({outcome.brief()})")
        self.item.check(says in told if says else not told, f"{label}: it says {told[-300:]!r} instead of {says!r}")
        line = next((line for line in told.splitlines() if says and says in line), "")
        with open(self.file, "a", encoding="utf-8") as file:
            file.write(f"{outcome.code:>3}  {label}\n       {line.strip()}\n")
        self.rows += 1
        return outcome

    def unchanged(self, what, part):
        """Runs a part that only reads: neither gate nor topic may change."""
        before = self._stores()
        part()
        self.item.equal(self._stores(), before, f"gate and topic after {what}")

    def _stores(self):
        with self.event.redis() as redis:
            gate = [redis.ask("DUMP", key(self.event.name)) for key in (gate_key, outbox_key)]
        return gate, self.event.records().ends


def would_apply(table, code, several, says):
    """What a dry run says of one user, of several and of a flood."""
    table.row("coupon-apply", "--dry-run", 99, code=code, says=f"user 99 could {'' if code == 0 else 'not '}apply: {says}")
    table.row("coupon-apply", "--dry-run", 98, 99, code=several, says=says)
    table.row("coupon-flood", "--dry-run", code=several, says=says)


def no_gate(table, event):
    """A gate that was never opened, or lost, is a fault of every program."""
    for words in (("coupon-apply", 7), ("coupon-apply", "--dry-run", 7), ("coupon-apply", "--dry-run", 7, 8), ("coupon-flood", "--requests", 5),
                  ("coupon-flood", "--dry-run")):
        table.row(*words, code=3, says="the gate does not exist", event=event)


def other_event(item, table):
    """An event that was mistyped."""
    mistyped = Event(item, table.event.sandbox, "copuon")
    table.row("coupon-audit", "--wait", "1s", code=5, says="the ledger has no round of event copuon; it has rounds of coupon", event=mistyped)
    table.row("coupon-audit", "--preflight", code=1, says="did you mean --event coupon?", event=mistyped)
    no_gate(table, mistyped)


def open_round(item, table):
    would_apply(table, 0, 0, "round 1 is open, 3 of 3 left")
    table.row("coupon-audit", "--preflight", "--limit", 3, code=0, says="ready: ")
    table.row("coupon-audit", "--preflight", "--limit", 200, code=1, says="3 coupons, 0 granted, but 200 coupons are planned")
    table.row("coupon-audit", "--preflight", "--opens-at", "2030-01-01T10:00:00+09:00", code=1,
              says="open from its first moment, but opening at 2030-01-01T01:00:00.000Z is planned")
    looked = table.event.run("coupon-audit", "--preflight", "--json").json()
    warnings = [line["name"] for line in looked["checks"] if line["status"] == "warning"]
    quiet = table.row("coupon-audit", "--preflight", "-q", code=0, says="warning: topic-replication: 1 replica")
    item.equal(len(quiet.err.splitlines()), len(warnings), "lines that -q prints")
    config = item.folder / "accepted.conf"
    config.write_text("".join(f"accept-warning = {name}\n" for name in warnings))
    config.chmod(0o600)
    table.row("coupon-audit", "--preflight", "-q", "--config", config, code=0, says="")
    table.row("coupon-audit", "--preflight", "--config", config, code=0, says=f"0 warnings, 0 dangerous, 0 cannot tell, {len(warnings)} accepted")


def not_looked_at(item, table):
    """What could not be looked at is never a pass."""
    file = item.folder / "password"
    file.write_text("look-and-see")
    file.chmod(0o600)
    with table.event.redis() as redis:
        redis.ask("ACL", "SETUSER", "looker", "on", ">look-and-see", "~*", "+@all", "-config")
    words = ["--redis", f"redis://looker@127.0.0.1:{table.event.sandbox.port('redis')}/0", "--redis-password-file", file]
    table.row("coupon-audit", "--preflight", *words, code=5, says="checks were not made")
    away = {"COUPON_REDIS": f"redis://127.0.0.1:{dead_port()}/0"}
    table.row("coupon-audit", "--preflight", code=3, says="checks were not made", settings=away)


def read_only_account(item, table):
    """A dry run needs no right to write."""
    file = item.folder / "reader"
    file.write_text("read-and-see")
    file.chmod(0o600)
    with table.event.redis() as redis:
        redis.ask("ACL", "SETUSER", "reader", "on", ">read-and-see", "resetkeys", "%R~coupon:*", "-@all", "+@read", "+@connection", "+info", "+time",
                  "+evalsha_ro", "+eval_ro", "+script|load")
    words = ["--redis", f"redis://reader@127.0.0.1:{table.event.sandbox.port('redis')}/0", "--redis-password-file", file]
    table.row("coupon-apply", "--dry-run", *words, 99, code=0, says="user 99 could apply: round 1 is open, 3 of 3 left")
    table.row("coupon-flood", "--dry-run", *words, code=0, says="users could apply: round 1 is open, 3 of 3 left")


def granted(item, table):
    table.row("coupon-apply", 7, code=0, says="7 granted slot 1")
    table.unchanged("a dry run for a winner", lambda: table.row("coupon-apply", "--dry-run", 7, code=11, says="user 7 has slot 1 of round 1 already, 2 of 3 left"))


def sold_out(item, table):
    table.row("coupon-apply", 8, 9, code=0, says="9 granted slot 3")
    table.unchanged("dry runs, sold out", lambda: would_apply(table, 10, 1, "round 1 is sold out, 0 of 3 left"))
    table.row("coupon-flood", "--requests", 5, "--first-user", 100, code=0, says="no user was granted: the round was sold out before")


def closed(item, table):
    table.row("coupon-consume", "--until-drained", "--timeout", "30s", code=0, says="drained: every claim has its coupon")
    table.event.reset("--limit", 3)
    table.row("coupon-reset", "--close", "--yes", "-q", code=0, says="")
    table.unchanged("dry runs, closed", lambda: would_apply(table, 12, 1, "round 2 is closed, 3 of 3 left"))
    table.row("coupon-apply", 99, code=12, says="99 closed: by_operator")
    table.row("coupon-flood", "--requests", 5, code=0, says="no user was granted: the round is closed")
    table.row("coupon-audit", "--preflight", code=1, says="round 2, closed, limit 3: users are turned away")
    table.row("coupon-reset", "--reopen", "--yes", "-q", code=0, says="")
    table.row("coupon-audit", "--preflight", code=0, says="ready: ")


def window_over(item, table):
    table.event.reset("--limit", 3, "--end-running", "--closes-at", "+2s")
    wait_until(lambda: table.event.run("coupon-apply", "--dry-run", 99).code == 12, 20, "the window does not end")
    table.unchanged("dry runs, ended", lambda: would_apply(table, 12, 1, "round 3 ended at "))
    table.row("coupon-flood", "--requests", 5, code=0, says="no user was granted: the window of the round is over")
    table.row("coupon-audit", "--preflight", code=1, says="its window ended at ")


def not_armed(item, table):
    table.event.reset("--limit", 3)
    table.event.sandbox.stop("redis")
    table.event.sandbox.start("redis")
    table.unchanged("dry runs, not armed", lambda: would_apply(table, 3, 1, "the gate is not armed"))
    table.row("coupon-flood", "--requests", 5, "--timeout", "2s", code=3, says="no user was granted: the gate is not armed")
    table.row("coupon-audit", "--preflight", code=1, says="the gate of round 4 is not armed: it grants nothing")
    # It is there to repair this, so nothing holds it up.
    table.event.reset("--limit", 3, "--end-running")
    table.row("coupon-audit", "--preflight", code=0, says="ready: ")


def gate_lost(item, table):
    with table.event.redis() as redis:
        redis.ask("DEL", gate_key(table.event.name), outbox_key(table.event.name))
    no_gate(table, table.event)
    table.row("coupon-audit", "--preflight", code=1, says="there is no gate for round 5")
    table.event.reset("--limit", 3, "--end-running")
    table.row("coupon-audit", "--preflight", code=0, says="ready: ")


def still_failed(item, table):
    """A retry of failed events that leaves one is not done."""
    event = Event(item, table.event.sandbox, "retry")
    event.reset("--limit", 3)
    event.run("coupon-apply", 501)
    columns = "event, round, slot, slot_limit, user_id, granted_at, issued_at"
    event.ledger.query(f"INSERT INTO coupon ({columns}) VALUES ('{event.name}', {event.round()}, 1, 3, 999, 1, 1)")
    with event.worker():
        wait_until(lambda: event.ledger.failed(event.topic), 30, "the conflict did not become a failed event")
    table.row("coupon-consume", "--retry-failed", code=1, says="0 failed events issued, 1 still failed", event=event)
    event.ledger.query(f"DELETE FROM coupon WHERE event = '{event.name}' AND user_id = 999")
    table.row("coupon-consume", "--retry-failed", code=0, says="1 failed event issued, 0 still failed", event=event)


@contextmanager
def silent_server():
    """Accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        listener.settimeout(20)
        yield listener


def address_of(server, port):
    if server == "redis":
        return {"COUPON_REDIS": f"redis://127.0.0.1:{port}/0"}
    if server == "kafka":
        return {"COUPON_BROKERS": f"127.0.0.1:{port}"}
    return {"COUPON_MYSQL": f"mysql://coupon@127.0.0.1:{port}/coupon"}


def interrupted(item, table):
    """The first signal ends what only reads, whatever a server does."""
    longest = 0.0
    for words in (("coupon-audit",), ("coupon-audit", "--user", 7), ("coupon-audit", "--preflight"), ("coupon-apply", "--dry-run", 7),
                  ("coupon-consume", "--recover", "--dry-run")):
        for server in SERVERS:
            if words[0] == "coupon-apply" and server == "mysql":
                continue
            with silent_server() as listener, \
                    table.event.start(*words, "--timeout", "20s", settings=address_of(server, listener.getsockname()[1])) as process:
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    item.check(False, f"{words} does not connect to {server}")
                    continue
                with connection:
                    started = time.monotonic()
                    process.signal(signal.SIGTERM)
                    outcome = process.wait(20)
                    longest = max(longest, time.monotonic() - started)
                item.equal(outcome.code, 143, f"{' '.join(map(str, words))} with a silent {server}: exit after SIGTERM ({outcome.brief()})")
                table.rows += 1
    item.within(longest, 0, LONGEST_INTERRUPTION_S, "seconds from SIGTERM to the end")
    item.figure("longest interruption, s", longest)


PARTS = (other_event, open_round, not_looked_at, read_only_account, granted, sold_out, closed, window_over, not_armed, gate_lost, still_failed,
         interrupted, *wrong_yes_audit.PARTS)


def run(item):
    with item.sandbox() as sandbox:
        event = Event(item, sandbox)
        event.reset("--limit", 3)
        table = Table(item, event)
        for part in PARTS:
            try:
                part(item, table)
            except Failure as failure:
                item.check(False, f"{part.__name__}: {failure}")
        item.figure("rows", table.rows)
        item.figure("table", str(table.file.relative_to(item.folder)))
