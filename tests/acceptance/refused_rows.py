"""Rows that the database refuses: those of single users, and all."""

from contextlib import contextmanager

from event import Event
from ledger_store import administer

TITLE = "rows that the database refuses: one user's holds up nobody else's, all are a fault of the tables"
SECONDS = 300
LIMIT, REQUESTS = 60, 90


@contextmanager
def _changed(sandbox, change, back):
    administer(sandbox, f"USE coupon;\n{change}")
    try:
        yield
    finally:
        administer(sandbox, f"USE coupon; {back}")


def _round(item, sandbox, first_user):
    event = Event(item, sandbox)
    event.reset("--limit", LIMIT)
    history = event.history("refused")
    event.flood("--requests", REQUESTS, "--first-user", first_user, "--concurrency", 1, history=history)
    return event, history


def _refused(event):
    return event.ledger.query(f"SELECT user_id, reason FROM failed_event WHERE source_topic = '{event.topic}' AND kind = 'refused' "
                              "AND resolved_at IS NULL ORDER BY user_id")


def _one_user(item, sandbox, what, user, change, back, words):
    """The user is refused, the others are not. Afterwards the user gets the coupon, too."""
    event, history = _round(item, sandbox, user - 6)
    with _changed(sandbox, change, back):
        drained = event.run("coupon-consume", "--until-drained", "--timeout", "20s")
        item.check(drained.code in (0, 5), f"{what}: exit of the worker ({drained.brief()})")
        item.equal(event.row_count(), LIMIT - 1, f"{what}: rows")
        refused = _refused(event)
        item.check([row[0] for row in refused] == [str(user)] and words in refused[0][1], f"{what}: failed events {refused}")
        item.check(words in drained.err, f"{what}: the worker does not say {words}: {drained.err[-300:]!r}")
        look = event.run("coupon-audit", "--preflight", "--json")
        lines = {line["name"]: line for line in look.json()["checks"]}
        status = lines["ledger-foreign-rules"]["status"]
        item.check(status == "warning", f"{what}: preflight says {lines['ledger-foreign-rules']}")
        item.equal(event.verdict_of(event.audit(histories=[history])), "violated", f"{what}: the audit while the coupon is missing")
    retried = event.run("coupon-consume", "--retry-failed")
    item.equal(retried.code, 0, f"{what}: exit of --retry-failed ({retried.brief()})")
    event.must_be_exact(f"{what}, taken back", LIMIT, [history], expected=LIMIT)
    item.figure(what, "a failed event, the others issued")


def by_a_trigger(item, sandbox):
    _one_user(item, sandbox, "trigger", 1007, "DELIMITER //\nCREATE TRIGGER stop BEFORE INSERT ON coupon FOR EACH ROW IF NEW.user_id = 1007 THEN "
              "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'this user is barred'; END IF//", "DROP TRIGGER stop", "this user is barred")


def by_a_check(item, sandbox):
    _one_user(item, sandbox, "check", 2007, "ALTER TABLE coupon ADD CONSTRAINT not_this_user CHECK (user_id <> 2007)",
              "ALTER TABLE coupon DROP CONSTRAINT not_this_user", "not_this_user")


def by_a_table_of_others(item, sandbox):
    _one_user(item, sandbox, "foreign key", 3007, "CREATE TABLE member (PRIMARY KEY (id)) SELECT CAST(seq AS SIGNED) AS id FROM seq_1_to_9000 "
              "WHERE seq <> 3007; ALTER TABLE coupon ADD CONSTRAINT members_only FOREIGN KEY (user_id) REFERENCES member (id)",
              "ALTER TABLE coupon DROP FOREIGN KEY members_only; ALTER TABLE coupon DROP KEY IF EXISTS members_only; DROP TABLE member", "members_only")


def all_by_a_trigger(item, sandbox):
    """Nothing is written, no record fails, and the worker ends with the server's words."""
    event, history = _round(item, sandbox, 4000)
    with _changed(sandbox, "CREATE TRIGGER stop BEFORE INSERT ON coupon FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'stock-taking'",
                  "DROP TRIGGER stop"):
        ended = event.run("coupon-consume", "--until-drained", "--timeout", "20s")
        item.check(ended.code not in (0, 70) and "stock-taking" in ended.err, f"a trigger that refuses all: {ended.brief()}")
        item.equal((event.row_count(), _refused(event)), (0, []), "rows and failed events while all are refused")
    drained = event.run("coupon-consume", "--until-drained", "--timeout", "20s")
    item.equal(drained.code, 0, f"exit of the worker afterwards ({drained.brief()})")
    event.must_be_exact("all refused, taken back", LIMIT, [history], expected=LIMIT)
    item.figure("a trigger that refuses all", f"exit {ended.code}")


def without_a_default(item, sandbox):
    """A NOT NULL column of somebody else: no worker and no reset begins, each names the column."""
    event, history = _round(item, sandbox, 5000)
    before = event.gate(), event.round()
    with _changed(sandbox, "ALTER TABLE coupon ADD COLUMN shop INT NOT NULL", "ALTER TABLE coupon DROP COLUMN shop"):
        for program, words in (("coupon-consume", ["--until-drained"]), ("coupon-reset", ["--yes", "-q", "--end-running"])):
            refused = event.run(program, *words)
            item.check(refused.code not in (0, 70) and "coupon.shop is NOT NULL without a default" in refused.err, f"NOT NULL: {refused.brief()}")
        item.equal((event.row_count(), event.gate(), event.round(), _refused(event)), (0, *before, []), "NOT NULL: rows, gate, round, failed events")
        look = event.run("coupon-audit", "--preflight", "--json")
        lines = {line["name"]: line for line in look.json()["checks"]}
        item.equal(lines["ledger-columns"]["status"], "dangerous", "NOT NULL: preflight")
    event.run("coupon-consume", "--until-drained", "--timeout", "20s")
    event.must_be_exact("NOT NULL, taken back", LIMIT, [history], expected=LIMIT)
    item.figure("a column without a default", "named by worker, reset and preflight")


def run(item):
    with item.sandbox() as sandbox:
        item.each((by_a_trigger, by_a_check, by_a_table_of_others, all_by_a_trigger, without_a_default), sandbox)
