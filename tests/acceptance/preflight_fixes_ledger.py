"""Serves item preflight_fixes: what the preflight says of the database and its tables."""

from event import Event
from fixes import Operator, command_in, config_line_in
from hint_table import tries
from ledger_store import administer
from rewriting_proxy import RewritingProxy

SOURCE, SCHEMA = "lib/preflight/preflight_ledger.cpp", "lib/preflight/preflight_schema.cpp"

# Global variables that are planted together, and the lines that tell them.
VARIABLES = [
    ({"innodb_flush_log_at_trx_commit": "2", "binlog_format": "'STATEMENT'", "read_only": "1", "sql_mode": "''", "max_connections": "10",
      "max_allowed_packet": "524288"},
     {"ledger-flush": "dangerous", "ledger-binlog": "dangerous", "ledger-read-only": "dangerous", "ledger-sql-mode": "warning",
      "ledger-connections": "warning", "ledger-packet": "warning"}),
    ({"max_binlog_cache_size": "65536", "max_allowed_packet": "16384"}, {"ledger-binlog": "dangerous", "ledger-packet": "dangerous"}),
    ({"sync_binlog": "0"}, {"ledger-binlog": "dangerous"}),
]
USER = "'coupon'@'127.0.0.1'"


def _restart(sandbox):
    sandbox.stop("mariadb")
    sandbox.start("mariadb")


@tries(SOURCE, *(f'SET GLOBAL {setting}; and the line "{setting}" under [mysqld] in my.cnf' for setting in (
           "innodb_flush_log_at_trx_commit = 1", "binlog_format = 'ROW'", "sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'",
           "max_connections = …", "max_allowed_packet = 16777216", "max_binlog_cache_size = 4294967296", "sync_binlog = 1")),
       'name the server that is written to in --mysql, or SET GLOBAL read_only = OFF; and the line "read_only = OFF" under [mysqld] in my.cnf',
       state="each of these variables has another value", command="the SET GLOBAL, pasted; and the lines in my.cnf, with a restart",
       better="the line is ok at once, and each value is in force after the restart")
def variables(item, sandbox):
    """Each SET GLOBAL that is printed helps, and the lines for my.cnf hold after a restart."""
    event = Event(item, sandbox, "variables")
    event.reset("--limit", 100)
    operator, config = Operator(event), []

    def repair(fixes):
        for fix in fixes.values():
            operator.paste_sql(command_in(fix, "SET GLOBAL "))
            config.append(config_line_in(fix))

    for variables_, planted in VARIABLES:
        administer(sandbox, "; ".join(f"SET GLOBAL {name} = {value}" for name, value in variables_.items()))
        operator.tried(planted, repair)
    own = sandbox.folder / "my.cnf"
    own.write_text("\n".join(["[mysqld]", *config]) + "\n")
    try:
        _restart(sandbox)
        for line in config:
            name, value = line.replace("= OFF", "= 0").split(" = ", 1)
            found = administer(sandbox, f"SELECT @@GLOBAL.{name} = {value}")
            # What the sandbox sets itself wins over a file.
            item.check(found == ["1"] or name == "sql_mode", f"{name} after a restart with {line!r} in my.cnf is not that")
    finally:
        own.unlink()
        _restart(sandbox)
    item.figure("lines for my.cnf", len(config))


@tries(SOURCE, 'the line "innodb_doublewrite = ON" under [mysqld] in my.cnf, and a restart',
       'name the server that is written to in --mysql, or the line "… = OFF" under [mysqld] in my.cnf, and a restart',
       state="a server that was started with these variables", command="the line in my.cnf, and a restart", better="the line is ok")
def read_at_the_start(item, sandbox):
    """Variables that no SET GLOBAL changes: the line is put into my.cnf, and the server is started again."""
    event = Event(item, sandbox, "start")
    event.reset("--limit", 100)
    operator = Operator(event)
    own = sandbox.folder / "my.cnf"

    def repair(fixes):
        own.write_text("\n".join(["[mysqld]", *(config_line_in(fix) for fix in fixes.values())]) + "\n")
        _restart(sandbox)

    try:
        for line, name in (("innodb_doublewrite = OFF", "ledger-doublewrite"), ("innodb_read_only = ON", "ledger-read-only")):
            own.write_text(f"[mysqld]\n{line}\n")
            _restart(sandbox)
            operator.tried({name: "dangerous"}, repair)
    finally:
        own.unlink()
        _restart(sandbox)
    item.figure("variables read at the start", 2)


@tries(SOURCE, 'name the server that is written to in --mysql, or SET GLOBAL read_only = OFF; and the line "read_only = OFF" under [mysqld] in my.cnf',
       state="MySQL 8 with super_read_only", command="the SET GLOBAL, pasted", better="the line is ok")
def on_mysql(item, sandbox):
    """MySQL alone has super_read_only, which keeps read_only on."""
    event = Event(item, sandbox, "super")
    with item.sandbox("--only", "mariadb", "--mysql", "mysql8", name="mysql8") as other:
        settings = {name: other.environment[name] for name in ("COUPON_MYSQL", "COUPON_MYSQL_PASSWORD_FILE")}
        administer(other, "SET GLOBAL super_read_only = ON")
        Operator(event).tried({"ledger-read-only": "dangerous"}, lambda fixes: administer(other, command_in(fixes["ledger-read-only"], "SET GLOBAL ")),
                              settings=settings)
        item.figure("super_read_only", administer(other, "SELECT @@version")[0])


@tries(SOURCE, "ALTER USER <account> WITH MAX_USER_CONNECTIONS 100", state="the account may have 5 connections", command="the command, pasted",
       better="the line is ok")
def connections_of_the_account(item, sandbox):
    event = Event(item, sandbox, "account")
    operator = Operator(event)
    administer(sandbox, f"ALTER USER {USER} WITH MAX_USER_CONNECTIONS 5")
    operator.tried({"ledger-connections": "warning"},
                   lambda fixes: operator.paste_sql(command_in(fixes["ledger-connections"], "ALTER USER ").replace("<account>", USER)))
    administer(sandbox, f"ALTER USER {USER} WITH MAX_USER_CONNECTIONS 0")


@tries(SOURCE, "install MySQL 8.0.16 or MariaDB 10.11, or newer", "a proxy between must let SET SESSION sql_mode through",
       "see SHOW GLOBAL VARIABLES LIKE '…'; MySQL 8.0.16 or MariaDB 10.11, or newer, named in --mysql, tells it",
       "a proxy between must let SET SESSION TRANSACTION through",
       state="a proxy tells an older release, leaves a variable out, or changes a SET SESSION", command="SHOW GLOBAL VARIABLES, pasted; the server without the proxy",
       better="the line is ok")
def through_a_proxy(item, sandbox):
    """Variables that a server does not know, statements that a proxy swallows, a wrong clock: the right server is without."""
    event = Event(item, sandbox, "proxied")
    event.reset("--limit", 100)
    operator = Operator(event)
    right = {"COUPON_MYSQL": sandbox.environment["COUPON_MYSQL"]}
    version = administer(sandbox, "SELECT @@version")[0].encode()
    told = [("ledger-version", "dangerous", _told_version(version), _told_version(b"10.10" + version[5:]))]
    told += [(name, "cannot_tell", variable, variable[:-1] + b"X") for name, variable in (
        ("ledger-version", b"\x07version"), ("ledger-flush", b"innodb_flush_log_at_trx_commit"), ("ledger-doublewrite", b"innodb_doublewrite"),
        ("ledger-binlog", b"log_bin"), ("ledger-binlog", b"sync_binlog"), ("ledger-binlog", b"binlog_format"), ("ledger-read-only", b"read_only"),
        ("ledger-sql-mode", b"sql_mode"), ("ledger-isolation", b"tx_isolation"), ("ledger-connections", b"max_connections"),
        ("ledger-packet", b"max_allowed_packet"))]
    for name, status, word, lied in told:
        with RewritingProxy(sandbox.port("mariadb"), down=lambda data, word=word, lied=lied: data.replace(word, lied)) as proxy:
            operator.tried({name: status}, _look_at_variable(operator, name), settings=_at(proxy), after_settings=right)
    modes = b"'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"
    swallowed = [("ledger-sql-mode", "dangerous", modes, b"''".ljust(len(modes))),
                 ("ledger-isolation", "warning", b"LEVEL READ COMMITTED", b"LEVEL SERIALIZABLE  ")]
    for name, status, word, lied in swallowed:
        with RewritingProxy(sandbox.port("mariadb"), up=lambda data, word=word, lied=lied: data.replace(word, lied)) as proxy:
            operator.tried({name: status}, lambda fixes: None, settings=_at(proxy), after_settings=right)
    item.figure("other servers behind a proxy", len(told) + len(swallowed))


def _look_at_variable(operator, name):
    """A repair that pastes the SHOW of a fix: the server itself tells the variable."""
    def look(fixes):
        if "SHOW " in fixes[name]:
            operator.item.check(operator.paste_sql(command_in(fixes[name], "SHOW ")), f"{name}: the server does not tell what {fixes[name]!r} asks for")
    return look


def _told_version(version):
    """The cells of SHOW VARIABLES, each with its length before it; the greeting, which has the version too, is left as it is."""
    return b"\x07version" + bytes([len(version)]) + version


def _at(proxy):
    return {"COUPON_MYSQL": f"mysql://coupon@127.0.0.1:{proxy.port}/coupon"}


@tries("lib/preflight/preflight_reading.cpp", "one of the two clocks is wrong: timedatectl status; chronyc makestep",
       state="the database tells a time that is a minute ahead", command="the clock is put right", better="the line ledger-clock is ok")
def clock(item, sandbox):
    """A wrong clock is put right."""
    event = Event(item, sandbox, "clock")
    operator = Operator(event)
    administer(sandbox, "SET GLOBAL init_connect = 'SET timestamp = UNIX_TIMESTAMP() + 60'")
    operator.tried({"ledger-clock": "warning"}, lambda fixes: administer(sandbox, "SET GLOBAL init_connect = ''"))


# What is planted in the tables, the line that tells it, and what lib/ledger/schema.sql has.
TABLES = [
    ("ALTER TABLE coupon DROP INDEX coupon_one_per_user", "ledger-unique-keys",
     "ALTER TABLE coupon ADD CONSTRAINT coupon_one_per_user UNIQUE (event, round, user_id)"),
    ("ALTER TABLE coupon DROP CONSTRAINT coupon_slot_within_limit", "ledger-checks",
     "ALTER TABLE coupon ADD CONSTRAINT coupon_slot_within_limit CHECK (slot BETWEEN 1 AND slot_limit)"),
    ("ALTER TABLE failed_event ENGINE = MyISAM", "ledger-engine", "ALTER TABLE failed_event ENGINE = InnoDB"),
]


@tries(SCHEMA, "ALTER TABLE as lib/ledger/schema.sql has it; or use another database, or move the tables away and run coupon-reset",
       "drop it, or keep it away from the tables of the ledger",
       state="a key, a check, a column or an engine of a table is another; a trigger stands at a table",
       command="ALTER TABLE as the file has it; DROP TRIGGER", better="the line is ok")
@tries("lib/preflight/preflight.cpp", "repair the tables first", state="a column is wrong, so that the tables are not asked what they hold",
       command="ALTER TABLE as lib/ledger/schema.sql has it", better="the lines about the round and what is left over are ok")
def tables(item, sandbox):
    """Each part of a table that is wrong, and ALTER TABLE as lib/ledger/schema.sql has it."""
    event = Event(item, sandbox, "tables")
    event.reset("--limit", 100)
    operator = Operator(event)
    for plant, _, _ in TABLES:
        event.ledger.query(plant)
    operator.tried({name: "dangerous" for _, name, _ in TABLES}, lambda fixes: [event.ledger.query(change) for _, _, change in TABLES])
    # A key that other tables refer to, and a column: the tables are not asked what they hold then.
    event.ledger.query("ALTER TABLE coupon DROP FOREIGN KEY coupon_of_round")
    operator.tried({"ledger-foreign-keys": "dangerous"}, lambda fixes: event.ledger.query(
        "ALTER TABLE coupon ADD CONSTRAINT coupon_of_round FOREIGN KEY (event, round, slot_limit) REFERENCES coupon_round (event, round, slot_limit)"))
    event.ledger.query("ALTER TABLE coupon MODIFY user_id BIGINT NULL")
    unasked = ("round", "round-limit", "round-opening", "gate-round", "topic-owner", "foreign-records", "outbox", "group-lag", "group-offsets",
               "failed-events", "abandoned-claims")
    operator.tried({"ledger-columns": "dangerous"} | {name: "cannot_tell" for name in unasked},
                   lambda fixes: event.ledger.query("ALTER TABLE coupon MODIFY user_id BIGINT NOT NULL"))
    administer(sandbox, "USE coupon; CREATE TRIGGER house BEFORE INSERT ON void_claim FOR EACH ROW SET @seen = 1")
    operator.tried({"ledger-foreign-rules": "warning"}, lambda fixes: administer(sandbox, "USE coupon; DROP TRIGGER house"))
    item.figure("parts of tables", len(TABLES) + 3)


@tries(SCHEMA, "coupon-reset creates them, and where a round is open lib/ledger/schema.sql does; or check the database in --mysql",
       state="a table is missing in an open round; another database without tables", command="the file in the database's client; coupon-reset; the right database",
       better="the line is ok, and the round goes on")
def missing_tables(item, sandbox):
    """In an open round they come from lib/ledger/schema.sql, so that the round goes on; without one, from coupon-reset."""
    event = Event(item, sandbox, "missing")
    event.reset("--limit", 100)
    operator = Operator(event)
    event.ledger.query("DROP TABLE void_claim")

    def run_schema(fixes):
        path = command_in(fixes["ledger-tables"], "lib/ledger/schema.sql").split(" ")[0]
        operator.paste(f"mariadb --defaults-file={sandbox.folder / 'mariadb.cnf'} coupon <{item.checkout / path}")

    operator.tried({"ledger-tables": "warning"}, run_schema)
    item.equal((event.round(), event.gate().state), (1, "open"), "round and gate after the table was made again")
    elsewhere = {"COUPON_MYSQL": sandbox.environment["COUPON_MYSQL"] + "_elsewhere"}
    event.ledger.query("CREATE DATABASE coupon_elsewhere")
    fresh = Operator(Event(item, sandbox, "nobodys"))
    fresh.tried({"ledger-tables": "warning"}, lambda fixes: None, settings=elsewhere, after_settings={})
    fresh.tried({"ledger-tables": "warning"}, lambda fixes: fresh.event.run("coupon-reset", "--yes", settings=elsewhere), settings=elsewhere)
    item.figure("missing tables", 2)
