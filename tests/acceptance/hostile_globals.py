"""Global variables of the database that somebody set for other programs, one at a time: before a round, and in the middle of one."""

from contextlib import contextmanager

from event import Event
from ledger_store import administer, global_variable
from waiting import Failure

TITLE = "hostile global variables of the database, one at a time"
SECONDS = 1800
LIMIT, REQUESTS = 60, 90

# name, hostile value. What a session inherits, and what no session can set.
MARIADB = [
    ("sql_select_limit", "50"), ("sql_select_limit", "1"), ("max_join_size", "1"), ("sql_big_selects", "0"), ("sql_safe_updates", "1"),
    ("max_statement_time", "0.0001"), ("group_concat_max_len", "4"), ("completion_type", "'CHAIN'"), ("completion_type", "'RELEASE'"),
    ("init_connect", "'SET autocommit = 0'"), ("init_connect", "'SET sql_select_limit = 1, sql_mode = \"ANSI_QUOTES\"'"),
    ("init_connect", "'no statement'"), ("autocommit", "0"), ("tx_read_only", "1"), ("tx_isolation", "'READ-UNCOMMITTED'"),
    ("tx_isolation", "'SERIALIZABLE'"), ("sql_mode", "'ANSI,PAD_CHAR_TO_FULL_LENGTH,NO_ZERO_DATE,IGNORE_BAD_TABLE_OPTIONS'"),
    ("sql_mode", "'ORACLE'"), ("time_zone", "'+13:00'"), ("lock_wait_timeout", "0"), ("innodb_lock_wait_timeout", "0"), ("wait_timeout", "1"),
    ("net_write_timeout", "1"), ("foreign_key_checks", "0"), ("unique_checks", "0"), ("check_constraint_checks", "0"),
    ("max_error_count", "0"), ("sql_auto_is_null", "1"), ("sql_notes", "0"), ("read_only", "1"), ("low_priority_updates", "1"),
    ("default_storage_engine", "MyISAM"), ("tmp_table_size", "1024"), ("max_sort_length", "64"),
    ("div_precision_increment", "0"), ("idle_transaction_timeout", "1"), ("idle_write_transaction_timeout", "1"),
    ("idle_readonly_transaction_timeout", "1"), ("max_prepared_stmt_count", "0"),
    ("character_set_client", "latin1"), ("character_set_results", "utf16"), ("collation_connection", "ucs2_general_ci"),
    ("sql_quote_show_create", "0"), ("max_allowed_packet", "16384"), ("secure_auth", "1"), ("old_mode", "'NO_PROGRESS_INFO'"),
    ("explicit_defaults_for_timestamp", "0"), ("optimizer_switch", "'derived_merge=off,index_merge=off'"),
]

MYSQL = [
    ("sql_select_limit", "50"), ("sql_select_limit", "1"), ("max_join_size", "1"), ("sql_big_selects", "0"), ("sql_safe_updates", "1"),
    ("max_execution_time", "1"), ("group_concat_max_len", "4"), ("completion_type", "'CHAIN'"), ("completion_type", "'RELEASE'"),
    ("init_connect", "'SET autocommit = 0'"), ("init_connect", "'SET sql_select_limit = 1, sql_mode = \"ANSI_QUOTES\"'"),
    ("init_connect", "'no statement'"), ("autocommit", "0"), ("transaction_read_only", "1"),
    ("transaction_isolation", "'READ-UNCOMMITTED'"), ("transaction_isolation", "'SERIALIZABLE'"),
    ("sql_mode", "'ANSI,PAD_CHAR_TO_FULL_LENGTH,NO_ZERO_DATE'"), ("time_zone", "'+13:00'"), ("lock_wait_timeout", "1"),
    ("innodb_lock_wait_timeout", "1"), ("wait_timeout", "1"), ("net_read_timeout", "1"), ("net_write_timeout", "1"),
    ("foreign_key_checks", "0"), ("unique_checks", "0"), ("max_error_count", "0"), ("sql_auto_is_null", "1"), ("sql_notes", "0"),
    ("read_only", "1"), ("super_read_only", "1"), ("offline_mode", "1"), ("low_priority_updates", "1"),
    ("default_storage_engine", "MyISAM"), ("tmp_table_size", "1024"), ("max_heap_table_size", "16384"), ("max_sort_length", "64"),
    ("div_precision_increment", "0"), ("cte_max_recursion_depth", "0"), ("max_prepared_stmt_count", "0"),
    ("character_set_client", "latin1"), ("character_set_results", "utf16"), ("collation_connection", "ucs2_general_ci"),
    ("default_collation_for_utf8mb4", "'utf8mb4_general_ci'"), ("sql_quote_show_create", "0"), ("show_create_table_verbosity", "1"),
    ("sql_require_primary_key", "1"), ("sql_generate_invisible_primary_key", "1"), ("information_schema_stats_expiry", "0"),
    ("max_allowed_packet", "16384"), ("explicit_defaults_for_timestamp", "0"),
    ("optimizer_switch", "'derived_merge=off,index_merge=off'"),
]


def _engine(sandbox):
    return "MariaDB" if "MariaDB" in administer(sandbox, "SELECT VERSION()")[0] else "MySQL"


def _variables(sandbox):
    return MARIADB if _engine(sandbox) == "MariaDB" else MYSQL


@contextmanager
def _hostile(sandbox, name, value):
    with global_variable(sandbox, name, value):
        yield
    if name == "super_read_only":
        administer(sandbox, "SET GLOBAL read_only = 0")  # which it had set as well


def _from_the_start(item, event, what, name, value):
    """A whole round. True when it was exact; False when the reset refused it and named the variable."""
    before = event.gate(), event.round()
    history = event.history(name)
    with _hostile(event.sandbox, name, value):
        reset = event.run("coupon-reset", "--yes", "-q", "--end-running", "--limit", LIMIT)
        if reset.code == 0:
            event.flood("--requests", REQUESTS, "--concurrency", 8, history=history)
            drained = event.run("coupon-consume", "--until-drained", "--timeout", "20s")
            item.equal(drained.code, 0, f"{what}: exit of the worker ({drained.brief()})")
            audit = event.audit("--expect", LIMIT, histories=[history])
            item.equal((audit.code, event.verdict_of(audit)), (0, "exact"), f"{what}: the audit ({audit.brief()})")
    if reset.code == 0:
        event.must_be_exact(f"{what}, set back", LIMIT, [history], expected=LIMIT)
        return True
    item.check(_names(name, reset), f"{what}: the reset refuses without naming it: {reset.brief()}")
    item.equal((event.gate(), event.round()), before, f"{what}: gate and round of the refused reset")
    return False


def _names(name, outcome):
    """The server writes the name of an option with dashes, that of a mode in words, and of super_read_only the read_only that it sets."""
    return any(name.removeprefix("super_") in outcome.err.replace(between, "_") for between in "- ")


def _in_the_middle(item, event, what, name, value):
    """The variable is set while winners wait for their coupons, and set back afterwards. True when the worker did not mind."""
    event.reset("--limit", LIMIT)
    history = event.history(name)
    event.flood("--requests", REQUESTS, "--concurrency", 8, history=history)
    with _hostile(event.sandbox, name, value):
        worker = event.run("coupon-consume", "--until-drained", "--timeout", "4s")
        audit = event.audit("--wait", "0s", histories=[history])
        item.check(event.verdict_of(audit) != "violated", f"{what}, in the middle: the audit says violated: {audit.brief()}")
        if worker.code != 0:
            item.check(_names(name, worker), f"{what}, in the middle: the worker does not name it: {worker.brief()}")
    drained = event.run("coupon-consume", "--until-drained", "--timeout", "20s")
    item.equal(drained.code, 0, f"{what}, set back: exit of the worker ({drained.brief()})")
    event.must_be_exact(f"{what}, set back", LIMIT, [history], expected=LIMIT)
    return worker.code == 0


def _each(item, event, case):
    exact = []
    for name, value in _variables(event.sandbox):
        what = f"{name} = {value}"
        failed = len(item.failures)
        try:
            exact.append(case(item, event, what, name, value))
        except Failure as failure:
            item.check(False, f"{what}: {failure}")
        if len(item.failures) > failed:
            event.run("coupon-consume", "--until-drained", "--timeout", "20s")
        print(f"    {what:60} {'FAIL' if len(item.failures) > failed else 'exact' if exact[-1] else 'refused, and named'}", flush=True)
    return exact


def before_a_round(item, sandbox):
    exact = _each(item, Event(item, sandbox), _from_the_start)
    item.figure(f"{_engine(sandbox)}: hostile values before a round", f"{len(exact)}, {len(exact) - sum(exact)} of them refused, and named")


def in_the_middle(item, sandbox):
    exact = _each(item, Event(item, sandbox), _in_the_middle)
    item.figure(f"{_engine(sandbox)}: hostile values in the middle of a round", f"{len(exact)}, {len(exact) - sum(exact)} of them waited out")


def run(item):
    for name, options in (("mariadb", ()), ("mysql8", ("--mysql", "mysql8"))):
        with item.sandbox("--accounts", "least", *options, name=name) as sandbox:
            item.each((before_a_round, in_the_middle), sandbox)
