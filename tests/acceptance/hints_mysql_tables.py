"""The part of hints_mysql about the tables: those that are missing, have rules of others, or hold what the suite never wrote."""

import re
from contextlib import contextmanager

from event import Event
from hint_table import told, tries
from hints_mysql_server import Winners
from ledger_store import administer
from poisoned import preflight_line
from refused_rows import _changed as changed
from topic_store import produce

HINT_FILE = "lib/ledger/mysql/mysql_fault.cpp"
CONNECTION_FILE = "lib/ledger/mysql/mysql_connection.cpp"
FAILED_FILE = "lib/ledger/mysql/mysql_failed_events.cpp"
SCHEMA_FILE = "lib/ledger/mysql/mysql_schema.cpp"
MISSING = "coupon-reset creates them, and where a round is open lib/ledger/schema.sql does; or check the database in --mysql"
OTHER = "coupon-audit --preflight names what differs from lib/ledger/schema.sql"
TAKEN = "repeat it; where it stays, coupon-audit --preflight names what differs from lib/ledger/schema.sql"
STORED = ("its tables have a column or a trigger that lib/ledger/schema.sql does not: SHOW CREATE TABLE coupon_round; SHOW CREATE TABLE coupon; SHOW "
          "TRIGGERS")
VALUE = "correct that value, or restore it from a backup; coupon-audit --preflight names what differs from lib/ledger/schema.sql"
NAMED = "a trigger or a view names it: SHOW TRIGGERS"
NO_DEFINER = "drop the trigger, or create it again under an account that stays: SHOW TRIGGERS"
LOG = "its log may tell more: SHOW GLOBAL VARIABLES LIKE 'log_error'"
DISK = "make room where SHOW GLOBAL VARIABLES LIKE 'datadir' points to, then repeat it"
BINLOG_DISK = "make room where SHOW GLOBAL VARIABLES LIKE 'log_bin_basename' points to, then repeat it"
ALL_REFUSED = "its tables have a trigger, a key or a check that lib/ledger/schema.sql does not: SHOW TRIGGERS; SHOW CREATE TABLE coupon"
WRONG_TABLES = "compare them with lib/ledger/schema.sql; use another database, or move the wrong tables away and run coupon-reset"
ROUND = "restore table coupon_round from a backup, or correct that row: SELECT event, round, state, topic FROM coupon_round"
KIND = "install the release that wrote it; or, where none did, DELETE FROM failed_event WHERE kind = '…'"
ROW = "restore the row from a backup, or DELETE FROM failed_event WHERE source_topic = '…' AND source_partition = … AND source_offset = …"


def trigger(table, body, definer=""):
    return f"DELIMITER //\nCREATE {definer} TRIGGER house BEFORE INSERT ON {table} FOR EACH ROW {body}//"


def raising(error, words):
    """A trigger on the coupons that raises an error of the server, in its words."""
    return trigger("coupon", f"SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {error}, MESSAGE_TEXT = '{words}'")


def _opens(item, event, what):
    said = event.run("coupon-reset", "--yes", "-q", "--limit", 5)
    item.equal(said.code, 0, f"{what}: exit of a reset afterwards ({said.brief()})")


def _named_by_preflight(item, event, what, words, name="ledger-foreign-rules"):
    line = preflight_line(event, name)
    item.check(line["status"] != "ok" and words in line["found"], f"{what}: the preflight does not name {words}: {line}")


@tries(HINT_FILE, MISSING, state="a table is gone in an open round, by an audit", command="lib/ledger/schema.sql is run",
       better="a worker issues the coupons")
@tries(SCHEMA_FILE, MISSING, state="a table is gone in an open round, by a worker", command="lib/ledger/schema.sql is run",
       better="a worker issues the coupons")
@tries(SCHEMA_FILE, WRONG_TABLES, state="a table without its primary key", command="another database is used; then the table is moved away and "
       "coupon-reset is run", better="both open a round")
def tables(item, sandbox):
    winners = Winners(item, sandbox, "tables")
    event = winners.event
    administer(sandbox, "USE coupon; DROP TABLE coupon_position")
    told(item, MISSING, event.run("coupon-audit", "--wait", "0s"), "a missing table, by an audit")
    winners.kept_from("a missing table, by a worker", MISSING)
    schema = (item.checkout / "lib/ledger/schema.sql").read_text()
    administer(sandbox, "USE coupon;\n" + schema)
    winners.have_coupons("a table made again")
    administer(sandbox, "USE coupon; ALTER TABLE coupon_position DROP PRIMARY KEY")
    other = Event(item, sandbox, "other-tables")
    told(item, WRONG_TABLES, other.run("coupon-reset", "--yes", "--accept-risk", "ledger-unique-keys"), "a table without its key")
    administer(sandbox, "CREATE DATABASE spare; GRANT ALL ON spare.* TO 'coupon'@'127.0.0.1'")
    there = {"COUPON_MYSQL": sandbox.environment["COUPON_MYSQL"].rpartition("/")[0] + "/spare"}
    said = Event(item, sandbox, "spare-tables").run("coupon-reset", "--yes", "-q", settings=there)
    item.equal(said.code, 0, f"a reset in another database ({said.brief()})")
    administer(sandbox, "DROP DATABASE spare; USE coupon; RENAME TABLE coupon_position TO moved_away")
    _opens(item, other, "the table moved away")
    administer(sandbox, "USE coupon; DROP TABLE moved_away")


@tries(HINT_FILE, OTHER, state="a check of others on the rounds refuses the new one", command="coupon-audit --preflight; what it names is dropped",
       better="the preflight names the check; afterwards a reset opens a round")
@tries(HINT_FILE, TAKEN, state="a unique key of others on the rounds refuses the new one",
       command="coupon-reset again, then coupon-audit --preflight; what it names is dropped",
       better="the preflight names the key; afterwards a reset opens a round")
@tries(CONNECTION_FILE, STORED, state="a column of others on the rounds, whose default brings a warning",
       command="SHOW CREATE TABLE, as printed; the column is dropped", better="the column is shown; afterwards a reset opens a round")
@tries(HINT_FILE, LOG, state="a trigger of others refuses the new round in words that no list has",
       command="SHOW GLOBAL VARIABLES, as printed; the trigger is dropped",
       better="the words are told, and the operator knows where the log is; afterwards a reset opens a round")
def rules_of_others(item, sandbox):
    event = Event(item, sandbox, "rules")
    event.reset("--limit", 7)
    for what, hint, change, back, named in (
            ("a unique key", TAKEN, "ALTER TABLE coupon_round ADD UNIQUE KEY only_one (consumer_group)", "ALTER TABLE coupon_round DROP KEY only_one",
             "consumer_group"),
            ("a check", OTHER, "ALTER TABLE coupon_round ADD CONSTRAINT not_eight CHECK (slot_limit <> 8)",
             "ALTER TABLE coupon_round DROP CONSTRAINT not_eight", "slot_limit<>8"),
            ("a warning", STORED, "ALTER TABLE coupon_round ADD COLUMN house DATE DEFAULT (NOW())", "ALTER TABLE coupon_round DROP COLUMN house",
             "house"),
            ("words of its own", LOG, trigger("coupon_round", "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the house is closed'"),
             "DROP TRIGGER house", "house")):
        words = ("coupon-reset", "--yes", "-q", "--end-running", "--limit", 8 if "8" in change else 7)
        with changed(sandbox, change, back):
            said = event.run(*words)
            item.check(said.code != 0, f"{what}: the reset opened a round")
            told(item, hint, said, what)
            if hint is TAKEN:
                told(item, hint, event.run(*words), f"{what}, repeated")
            if hint is LOG:
                item.check("the house is closed" in said.out + said.err, f"{what}: the words are not told: {said.err[-300:]}")
                item.check(administer(sandbox, "SHOW GLOBAL VARIABLES LIKE 'log_error'"), "the server does not tell its log")
            elif hint is STORED:
                item.check(named in str(administer(sandbox, "USE coupon; SHOW CREATE TABLE coupon_round")), f"{what}: the column is not shown")
            else:
                _named_by_preflight(item, event, what, named)
        said = event.run(*words)
        item.equal(said.code, 0, f"{what}: exit of a reset afterwards ({said.brief()})")


@tries(HINT_FILE, NAMED, state="a trigger on the coupons writes to a table that does not exist",
       command="SHOW TRIGGERS, as printed; the trigger is dropped", better="the trigger is named, and a worker issues the coupons")
@tries(HINT_FILE, NO_DEFINER, state="a trigger on the coupons of an account that was dropped",
       command="SHOW TRIGGERS, as printed; the trigger is dropped", better="the trigger is named, and a worker issues the coupons")
@tries("lib/ledger/mysql/mysql_issue.cpp", ALL_REFUSED, state="a trigger on the coupons refuses every user",
       command="SHOW TRIGGERS and SHOW CREATE TABLE, as printed; the trigger is dropped",
       better="the trigger is named, and a worker issues the coupons")
@tries(HINT_FILE, DISK, state="the server says error 1021, disk full (a trigger raises it)",
       command="SHOW GLOBAL VARIABLES, as printed; room is made",
       better="the variable names the server's data folder, and a worker issues the coupons")
@tries(HINT_FILE, BINLOG_DISK, state="the server says error 1598, no binary log can be written (a trigger raises it)",
       command="SHOW GLOBAL VARIABLES, as printed; room is made", better="the variable names the binary log, and a worker issues the coupons")
def triggers(item, sandbox):
    winners = Winners(item, sandbox, "triggers", 60)
    administer(sandbox, "CREATE USER 'gone'@'127.0.0.1'")
    look = {"SHOW TRIGGERS": "house", "SHOW CREATE TABLE coupon": "slot_limit",
            "SHOW GLOBAL VARIABLES LIKE 'datadir'": str(sandbox.folder / "mariadb" / "data"),
            "SHOW GLOBAL VARIABLES LIKE 'log_bin_basename'": "binlog"}
    for what, hint, change, after in (
            ("a table that does not exist", NAMED, trigger("coupon", "INSERT INTO nowhere VALUES (1)"), ""),
            ("an account that was dropped", NO_DEFINER, trigger("coupon", "SET NEW.slot = NEW.slot", "DEFINER = 'gone'@'127.0.0.1'"),
             "DROP USER 'gone'@'127.0.0.1'"),
            ("a trigger that refuses all", ALL_REFUSED, trigger("coupon", "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'stock-taking'"), ""),
            ("a full disk", DISK, raising(1021, "Disk full (house); waiting for someone to free some space..."), ""),
            ("a full binary log", BINLOG_DISK, raising(1598, "Binary logging not possible"), "")):
        with changed(sandbox, change, "DROP TRIGGER house"):
            if after:
                administer(sandbox, after)
            said = winners.kept_from(what, hint)
            for command in re.findall(r"SHOW (?:TRIGGERS|CREATE TABLE coupon|GLOBAL VARIABLES LIKE '\w+')", said.out + said.err):
                found = str(administer(sandbox, f"USE coupon; {command}"))
                item.check(look[command] in found, f"{what}: {command} does not show {look[command]}: {found[-300:]}")
    winners.have_coupons("no trigger")


@contextmanager
def _value(event, change, back):
    administer(event.sandbox, f"USE coupon; {change} WHERE event = '{event.name}'")
    try:
        yield
    finally:
        administer(event.sandbox, f"USE coupon; {back} WHERE event = '{event.name}'")


@tries(CONNECTION_FILE, VALUE, state="the epoch of a round is -1", command="the value is corrected", better="a worker issues the coupons")
@tries("lib/ledger/mysql/mysql_rounds.cpp", ROUND, state="the state of a round is a word that the suite does not have",
       command="SELECT, as printed; the row is corrected", better="the row is seen, and a worker issues the coupons")
@tries(FAILED_FILE, KIND, state="a failed event of a kind that this release does not have", command="DELETE, as printed",
       better="the preflight counts the others")
@tries(FAILED_FILE, ROW, state="the same, where the rows themselves are read", command="DELETE, as printed",
       better="an audit and --retry-failed read the ledger")
def values(item, sandbox):
    winners = Winners(item, sandbox, "values")
    event = winners.event
    epoch = administer(sandbox, f"SELECT epoch FROM coupon.coupon_round WHERE event = '{event.name}'")[0]
    with _value(event, "UPDATE coupon_round SET epoch = -1", f"UPDATE coupon_round SET epoch = {epoch}"):
        winners.kept_from("an epoch of -1", VALUE)
    with _value(event, "UPDATE coupon_round SET state = 'odd'", "UPDATE coupon_round SET state = 'open'"):
        said = winners.kept_from("an odd state", ROUND)
        select = re.search(r"SELECT event, round, state, topic FROM coupon_round", said.out + said.err)
        found = administer(sandbox, f"USE coupon; {select[0] if select else 'no statement'}")
        item.check(f"{event.name}\t1\todd\t{event.topic}" in found, f"SELECT, as printed, does not show the row: {found}")
    winners.have_coupons("the values as they were")
    for _ in range(2):
        produce(sandbox.brokers, event.topic, key="9", value=b"no record")
    event.run("coupon-consume", "--until-drained", "--timeout", "10s")
    failed = f"failed_event WHERE source_topic = '{event.topic}'"
    item.equal(event.ledger.number(f"SELECT COUNT(*) FROM {failed}"), 2, "failed events")
    administer(sandbox, f"USE coupon; UPDATE failed_event SET kind = 'of_tomorrow' WHERE source_topic = '{event.topic}' LIMIT 1")
    _deleted(item, sandbox, event.run("coupon-audit", "--preflight"), KIND, "a kind of tomorrow")
    administer(sandbox, f"USE coupon; UPDATE failed_event SET kind = 'of_tomorrow' WHERE source_topic = '{event.topic}'")
    _deleted(item, sandbox, event.run("coupon-audit", "--wait", "0s"), ROW, "one row of a kind of tomorrow")
    item.equal(event.ledger.number(f"SELECT COUNT(*) FROM {failed}"), 0, "failed events after both were deleted")
    for words in (("coupon-audit", "--wait", "0s"), ("coupon-consume", "--retry-failed")):
        said = event.run(*words)
        item.check("failed event of topic" not in said.out + said.err, f"{words[0]} afterwards: {said.brief()}")


def _deleted(item, sandbox, said, hint, what):
    told(item, hint, said, what)
    statement = re.search(r"DELETE FROM failed_event WHERE [^\n;]+", said.out + said.err)
    administer(sandbox, f"USE coupon; {statement[0] if statement else 'no statement'}")
