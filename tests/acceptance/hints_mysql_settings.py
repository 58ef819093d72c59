"""The part of hints_mysql about variables of the database, and about proxies that keep the programs from setting their own."""

import re
import subprocess
from contextlib import ExitStack

from event import Event
from fixes import config_line_in
from hint_table import pattern, told, tries
from hints_mysql_server import Winners
from database_faults import _kill_all as kill_connections
from ledger_store import administer, global_variable
from password_thief import new_key
from programs import Outcome, clean_environment
from rewriting_proxy import RewritingProxy
from waiting import wait_until

HINT_FILE = "lib/ledger/mysql/mysql_fault.cpp"
DURABILITY_FILE = "lib/ledger/mysql/mysql_durability.cpp"
LEDGER_FILE = "lib/ledger/mysql/mysql_ledger.cpp"


def set_hint(name, value):
    return f"SET GLOBAL {name} = {value}; and the line \"{name} = {value}\" under [mysqld] in my.cnf"


ROW_FORMAT = set_hint("binlog_format", "'ROW'")
FLUSH = set_hint("innodb_flush_log_at_trx_commit", 1)
SYNC = set_hint("sync_binlog", 1)
CACHE = set_hint("max_binlog_cache_size", 4294967296)
PACKET = set_hint("max_allowed_packet", 16777216)
JOIN = "a proxy between must let SET SESSION max_join_size and sql_big_selects through"
COMPLETION = "a proxy between must keep a connection for one client, and let SET SESSION completion_type through"
SELECT_LIMIT = "a proxy between must let SET SESSION sql_select_limit through"
NO_LOCK = "repeat it later"
WAIT = "wait until it has ended"
PROC = "mount /proc"


def _do(item, sandbox, said, what):
    """The statement that was printed. Its line for my.cnf sets the same variable to the same value."""
    text = said.out + said.err
    statement = re.search(r"SET GLOBAL (\w+) = ('?\w+'?)(?=; and the line)", text)
    if item.check(statement, f"{what}: no statement is printed: {text[-300:]!r}"):
        administer(sandbox, statement[0])
        item.equal(config_line_in(text), f"{statement[1]} = {statement[2]}", f"{what}: the line for my.cnf")


@tries(DURABILITY_FILE, ROW_FORMAT, state="binlog_format STATEMENT when a worker starts", command="SET GLOBAL, as printed",
       better="a worker issues the coupons")
@tries(DURABILITY_FILE, FLUSH, state="innodb_flush_log_at_trx_commit 2", command="SET GLOBAL, as printed", better="a worker issues the coupons")
@tries(DURABILITY_FILE, SYNC, state="a binary log and sync_binlog 0", command="SET GLOBAL, as printed", better="a worker issues the coupons")
@tries(HINT_FILE, CACHE, state="max_binlog_cache_size 4096 and a transaction that does not fit", command="SET GLOBAL, as printed",
       better="a worker issues the coupons")
@tries(HINT_FILE, PACKET, state="max_allowed_packet 1024 and statements that do not fit", command="SET GLOBAL, as printed",
       better="a worker issues the coupons")
@tries(HINT_FILE, ROW_FORMAT, state="binlog_format becomes STATEMENT under a worker", command="SET GLOBAL, as printed",
       better="the worker issues the coupons")
def variables(item, sandbox):
    for number, (name, value, hint) in enumerate((("binlog_format", "'STATEMENT'", ROW_FORMAT), ("innodb_flush_log_at_trx_commit", 2, FLUSH),
                                                  ("sync_binlog", 0, SYNC), ("max_binlog_cache_size", 4096, CACHE),
                                                  ("max_allowed_packet", 1024, PACKET))):
        winners = Winners(item, sandbox, f"variable-{number}", 3000 if hint in (CACHE, PACKET) else 5)
        with global_variable(sandbox, name, value):
            _do(item, sandbox, winners.kept_from(name, hint), name)
            winners.have_coupons(name)
    event = Event(item, sandbox, "under-a-worker")
    event.reset("--limit", 5)
    with event.worker() as worker:
        wait_until(lambda: "partitions" in worker.err_so_far(), 30, "the worker has no partition")
        with global_variable(sandbox, "binlog_format", "'STATEMENT'"):
            kill_connections(sandbox, "AND COALESCE(info, '') = ''")
            event.run("coupon-apply", *range(1, 6))
            wait_until(lambda: pattern(ROW_FORMAT).search(worker.err_so_far()), 30, "the worker does not name the format")
            said = Outcome("coupon-consume", 0, "", worker.err_so_far(), 0)
            told(item, ROW_FORMAT, said, "binlog_format, under a worker")
            _do(item, sandbox, said, "binlog_format, under a worker")
            event.wait_rows(5)


def _without(*settings):
    """What a proxy makes of the session's settings: each of these is another one, of the same length, that changes nothing."""
    def up(data):
        for setting in settings:
            other = b"sql_notes = 1"
            data = data.replace(setting, other + b" " * (len(setting) - len(other)))
        return data
    return up


@tries(HINT_FILE, JOIN, state="a proxy keeps max_join_size and sql_big_selects from being set, and they are 1 and 0", command="the proxy is left out",
       better="a worker issues the coupons")
@tries(HINT_FILE, COMPLETION, state="a proxy keeps completion_type from being set, and it is CHAIN", command="the proxy is left out",
       better="a worker issues the coupons")
@tries("lib/ledger/mysql/mysql_select.cpp", SELECT_LIMIT, state="a proxy keeps sql_select_limit from being set, and it is 1",
       command="the proxy is left out", better="a worker issues the coupons")
@tries(LEDGER_FILE, NO_LOCK, state="the server has no answer about the lock of resets (a proxy asks it for NULL)",
       command="the reset is started again", better="it opens a round")
def proxies(item, sandbox):
    winners = Winners(item, sandbox, "proxies")
    for what, hint, variables_, settings in (
            ("max_join_size", JOIN, {"max_join_size": 1, "sql_big_selects": 0},
             (b"max_join_size = 18446744073709551615", b"sql_big_selects = 1")),
            ("completion_type", COMPLETION, {"completion_type": "'CHAIN'"}, (b"completion_type = 'NO_CHAIN'",)),
            ("sql_select_limit", SELECT_LIMIT, {"sql_select_limit": 1}, (b"sql_select_limit = 18446744073709551615",))):
        with ExitStack() as stack:
            for name, value in variables_.items():
                stack.enter_context(global_variable(sandbox, name, value))
            proxy = stack.enter_context(RewritingProxy(sandbox.port("mariadb"), up=_without(*settings)))
            winners.kept_from(what, hint, _through(sandbox, proxy))
    winners.have_coupons("no proxy")
    event = Event(item, sandbox, "lock")
    with RewritingProxy(sandbox.port("mariadb"), up=lambda data: data.replace(b"GET_LOCK(?, 0)", b"NULL = ?      ")) as proxy:
        told(item, NO_LOCK, event.run("coupon-reset", "--yes", "-q", "--limit", 5, settings=_through(sandbox, proxy)), "no answer about the lock")
    event.reset("--limit", 5)


def _through(sandbox, proxy):
    return {"COUPON_MYSQL": sandbox.environment["COUPON_MYSQL"].replace(str(sandbox.port("mariadb")), str(proxy.port))}


@tries(LEDGER_FILE, WAIT, state="another reset of the event waits for its records", command="the second is started again after the first has ended",
       better="it opens a round")
@tries("lib/ledger/mysql/mysql_server_key.cpp", PROC, state="no /proc, and a server's key is given", command="/proc is mounted",
       better="a worker issues the coupons")
def others(item, sandbox):
    winners = Winners(item, sandbox, "others")
    event = winners.event
    with event.start("coupon-reset", "--yes", "-q", "--end-running", "--limit", 5, "--wait", "60s") as first:
        wait_until(lambda: event.gate().state == "closed", 20, "the first reset does not close the gate")
        second = event.run("coupon-reset", "--yes", "-q", "--end-running", "--limit", 5)
        told(item, WAIT, second, "another reset")
        item.equal(winners.worker(seconds=20).code, 0, "exit of a worker under a reset")
        item.equal(first.wait(60).code, 0, "exit of the first reset")
    event.reset("--limit", 5)
    public = new_key(item.folder / "server-key")
    winners = Winners(item, sandbox, "no-proc")
    words = [item.program("coupon-consume"), *winners.event.own_words(), "--until-drained", "--timeout", "5s", "--mysql-server-key", str(public)]
    hidden = ["unshare", "--mount", "--", "sh", "-c", "mount -t tmpfs none /proc && exec \"$@\"", "sh", *words]
    done = subprocess.run(hidden, env=clean_environment(sandbox.environment_of("coupon-consume", {})), capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)
    told(item, PROC, done.stdout + done.stderr, "no /proc")
    said = winners.event.run("coupon-consume", *words[len(winners.event.own_words()) + 1:])
    item.equal((said.code, winners.event.row_count()), (0, 5), f"a worker with /proc, and rows ({said.brief()})")
