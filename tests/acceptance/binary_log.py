"""A binary log that refuses what the programs write: before a round is made, and in the middle of one."""

from event import Event
from database_faults import _kill_all
from ledger_store import global_variable
from waiting import wait_until

TITLE = "a binary log that refuses: nothing is begun, what was begun is finished"
SECONDS = 240
LIMIT, REQUESTS = 60, 90


def refused_before_a_round(item, sandbox):
    """binlog_format=STATEMENT: the reset makes nothing, neither at an empty database nor after a round; no worker starts."""
    event = Event(item, sandbox)
    with global_variable(sandbox, "binlog_format", "'STATEMENT'"):
        first = event.run("coupon-reset", "--yes", "-q", "--limit", LIMIT)
        item.check(first.code != 0 and "binlog_format" in first.err, f"a first reset does not name binlog_format: {first.brief()}")
        item.equal((event.gate(), event.ledger.query("SHOW TABLES")), (None, []), "gate and tables after a refused first reset")
        worker = event.run("coupon-consume", "--until-drained")
        item.check(worker.code != 0 and "binlog_format" in worker.err, f"a worker does not name binlog_format: {worker.brief()}")
    event.reset("--limit", LIMIT)
    before = event.gate(), event.round()
    with global_variable(sandbox, "binlog_format", "'STATEMENT'"):
        second = event.run("coupon-reset", "--yes", "-q", "--end-running", "--limit", LIMIT)
        item.check(second.code != 0 and "binlog_format" in second.err, f"a second reset does not name binlog_format: {second.brief()}")
        item.equal((event.gate(), event.round()), before, "gate and round after a refused second reset")
        look = event.run("coupon-audit", "--preflight", "--json")
        lines = {line["name"]: line for line in look.json()["checks"]}
        item.check("ledger-binlog" not in lines or lines["ledger-binlog"]["status"] == "dangerous", f"preflight: {lines.get('ledger-binlog')}")
    item.figure("binlog_format STATEMENT before a round", "refused before anything is made")


def statement_in_the_middle(item, sandbox):
    """While winners wait, the log refuses; set back, all is exact, and no worker has to be started again."""
    event = Event(item, sandbox)
    event.reset("--limit", LIMIT)
    history = event.history("middle")
    with event.worker() as worker:
        wait_until(lambda: "partitions" in worker.err_so_far(), 30, "the worker has no partition")
        with global_variable(sandbox, "binlog_format", "'STATEMENT'"):
            _kill_all(sandbox, "AND COALESCE(info, '') = ''")
            event.flood("--requests", REQUESTS, "--concurrency", 8, history=history)
            wait_until(lambda: "error 1665" in worker.err_so_far(), 30, "the worker does not say error 1665")
            item.equal(event.row_count(), 0, "rows while the log refuses")
        event.wait_rows(LIMIT)
    event.must_be_exact("binlog_format, set back", LIMIT, [history], expected=LIMIT)
    item.figure("binlog_format STATEMENT in the middle", "waited for, exact")


def run(item):
    with item.sandbox("--mysql-binlog") as sandbox:
        item.each((refused_before_a_round, statement_in_the_middle), sandbox)
