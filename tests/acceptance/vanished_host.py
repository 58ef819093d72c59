"""A host that vanishes in a transaction: the server must let go of its rows, and the preflight shows who holds them."""

import signal
import subprocess
import time

from event import Event
from hint_table import all_told, note_fix, tries
from ledger_store import administer
from waiting import Failure, wait_until

TITLE = "a host that vanishes in a transaction, on MariaDB and on MySQL 8"
SECONDS = 300
LIMIT = 4000
SUCCESSOR_S = 20


def _holds_rows(sandbox):
    """Transactions that lock rows and are silent."""
    time.sleep(0.15)  # the server renews this table only if it was not asked for 0.1 s
    return int(administer(sandbox, "SELECT COUNT(*) FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p "
                          "ON p.id = t.trx_mysql_thread_id WHERE p.command = 'Sleep' AND t.trx_rows_locked > 0")[0])


def _stop_in_a_transaction(sandbox, worker):
    """Stops the worker where the server waits for it within a transaction."""
    for _ in range(400):
        worker.signal(signal.SIGSTOP)
        if _holds_rows(sandbox):
            return
        worker.signal(signal.SIGCONT)
        time.sleep(0.003)
    raise Failure("the worker was never stopped within a transaction")


def stopped_in_its_transaction(item, sandbox):
    """A second worker and then a reset get the rows that the first one locks. A stopped process does not answer, as a host that is gone."""
    event = Event(item, sandbox)
    event.reset("--limit", LIMIT)
    history = event.history("vanished")
    event.flood("--requests", LIMIT + 500, "--concurrency", 200, history=history)
    with event.start("coupon-consume", "--batch", 20) as first:
        wait_until(lambda: event.row_count() > 0, 30, "nothing is issued")
        _stop_in_a_transaction(sandbox, first)
        stopped = time.monotonic()
        with event.start("coupon-consume") as second:
            wait_until(lambda: _holds_rows(sandbox) == 0, 30, "the server keeps the rows of a worker that is gone")
            item.within(time.monotonic() - stopped, 0, SUCCESSOR_S, "seconds until the rows are free")
            event.wait_rows(LIMIT)
            item.figure(f"{_engine(sandbox)}: all issued after, s", time.monotonic() - stopped)
            first.kill()
            event.must_be_exact("a worker vanished in its transaction", LIMIT, [history], expected=LIMIT)
            event.reset("--limit", 10)
            item.equal(second.end().code, 0, "exit of the second worker")


def _engine(sandbox):
    return administer(sandbox, "SELECT VERSION()")[0]


@tries("lib/preflight/preflight_ledger.cpp", "end its program, or KILL …", state="somebody's transaction locks the round and is silent",
       command="the KILL, pasted", better="the line is ok, and --close goes through")
def idle_transaction_is_shown(item, sandbox):
    """Somebody else's transaction locks the round: the preflight names the connection to end, and it helps."""
    event = Event(item, sandbox)
    event.reset("--limit", 10)
    with subprocess.Popen(["mariadb", f"--defaults-file={sandbox.folder / 'mariadb.cnf'}", "--unbuffered", "coupon"], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True) as other:
        try:
            other.stdin.write("START TRANSACTION; SELECT * FROM coupon_round FOR UPDATE;\n")
            other.stdin.flush()
            wait_until(lambda: _holds_rows(sandbox) == 1, 10, "the other transaction locks nothing")
            time.sleep(11)
            look = event.run("coupon-audit", "--preflight", "--json")
            line = next(line for line in look.json()["checks"] if line["name"] == "ledger-idle-transactions")
            item.equal(line["status"], "warning", f"preflight: {line}")
            refused = event.run("coupon-reset", "--close", "--yes", "--timeout", "2s")
            item.equal(refused.code, 5, f"--close while the round is locked ({refused.brief()})")
            fix = line["fix"]
            administer(sandbox, fix.split(", or ")[1])
        finally:
            other.kill()
    closed = event.run("coupon-reset", "--close", "--yes")
    item.equal(closed.code, 0, f"--close after {fix!r} ({closed.brief()})")
    look = event.run("coupon-audit", "--preflight", "--json")
    line = next(line for line in look.json()["checks"] if line["name"] == "ledger-idle-transactions")
    if item.equal(line["status"], "ok", f"preflight afterwards: {line}"):
        note_fix(item, fix)


def run(item):
    for name, options in (("mariadb", ()), ("mysql8", ("--mysql", "mysql8"))):
        with item.sandbox("--accounts", "least", *options, name=name) as sandbox:
            item.each((stopped_in_its_transaction, *all_told(idle_transaction_is_shown)), sandbox)
