"""An audit that asks a database which has not caught up with the workers: what it lacks says nothing."""

from event import Event
from ledger_store import administer
from topic_admin import delete_records
from topic_store import ends_of
from waiting import wait_until

TITLE = "a database that lags is not taken for the truth"
SECONDS = 240
LIMIT, HALF, REQUESTS = 200, 100, 300
NOT_CAUGHT_UP = "has not caught up"


class Replica:
    """A second database that follows the sandbox's."""

    def __init__(self, sandbox, second):
        self._second = second
        password = (sandbox.folder / "mariadb.password").read_text().strip()
        administer(sandbox, "GRANT REPLICATION SLAVE ON *.* TO 'coupon'@'127.0.0.1'")
        log, position = administer(sandbox, "SHOW MASTER STATUS")[0].split("\t")[:2]
        administer(second, "SET GLOBAL server_id = 2")
        administer(second, f"CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {sandbox.port('mariadb')}, "
                           f"MASTER_USER = 'coupon', MASTER_PASSWORD = '{password}', MASTER_LOG_FILE = '{log}', MASTER_LOG_POS = {position}")
        administer(second, "START SLAVE")

    def settings(self):
        """With these a program asks the replica."""
        return {name: self._second.environment[name] for name in ("COUPON_MYSQL", "COUPON_MYSQL_PASSWORD_FILE")}

    def _number(self, statement):
        return int(administer(self._second, statement)[0])

    def follows_to(self, event, rows):
        """Waits until the replica has the open round, with this number of rows."""
        def has_come():
            if self._number("SELECT COUNT(*) FROM information_schema.TABLES WHERE table_schema = 'coupon' AND table_name = 'void_claim'") == 0:
                return False
            of_event = f"WHERE event = '{event.name}'"
            return (self._number(f"SELECT COUNT(*) FROM coupon.coupon_round {of_event} AND state = 'open'") == 1
                    and self._number(f"SELECT COUNT(*) FROM coupon.coupon {of_event}") == rows)
        wait_until(has_come, 30, f"the replica does not come to {rows} rows")

    def stop(self):
        administer(self._second, "STOP SLAVE SQL_THREAD")

    def go_on(self):
        administer(self._second, "START SLAVE SQL_THREAD")

    def stop_for_good(self):
        administer(self._second, "STOP SLAVE")


class LaggingEvent:
    """A sold-out event in two halves. The other database has the first one, which stays as it is then."""

    def __init__(self, item, sandbox, name):
        self.item, self.event, self.histories = item, Event(item, sandbox, name), []
        self.event.reset("--limit", LIMIT)
        self._apply(HALF, 1)

    def go_on(self, settings):
        """Sells out. `settings` are those of the other database."""
        self.settings = settings
        self._apply(REQUESTS, 1000)

    def _apply(self, requests, first):
        self.histories.append(self.event.history(f"{self.event.name}-{first}"))
        self.event.flood("--requests", requests, "--first-user", first, history=self.histories[-1])
        self.item.equal(self.event.run("coupon-consume", "--until-drained").code, 0, "drained")

    def verdict_must_be(self, code, what, *words, says=None, here=False):
        """Of the other database, or of the workers' own."""
        histories = [word for history in self.histories for word in ("--history", history)]
        outcome = self.event.run("coupon-audit", "--wait", "2s", *histories, *words, settings=None if here else self.settings)
        self.item.equal(outcome.code, code, f"{what} {' '.join(map(str, words))}: exit ({outcome.brief()})")
        said = outcome.out + outcome.err
        if says:
            self.item.check(says in said, f"{what} does not say {says!r}: {said[-600:]}")

    def newest_user(self):
        return self.event.ledger.number(f"SELECT user_id FROM coupon WHERE event = '{self.event.name}' ORDER BY slot DESC LIMIT 1")


def old_copy(item, sandbox):
    """A copy of the database from the middle of the round, as a backup leaves it."""
    event = LaggingEvent(item, sandbox, "old-copy")
    administer(sandbox, "CREATE DATABASE old_copy")
    administer(sandbox, "GRANT ALL ON old_copy.* TO 'coupon'@'127.0.0.1'")
    for table in administer(sandbox, "SHOW TABLES IN coupon"):
        administer(sandbox, f"CREATE TABLE old_copy.{table} LIKE coupon.{table}")
        administer(sandbox, f"INSERT INTO old_copy.{table} SELECT * FROM coupon.{table}")
    server, _, _ = sandbox.environment["COUPON_MYSQL"].rpartition("/")
    event.go_on({"COUPON_MYSQL": f"{server}/old_copy"})
    for words in ((), ("--expect", LIMIT), ("--json",)):
        event.verdict_must_be(5, "a copy with half of the rows", *words, says=NOT_CAUGHT_UP)
    event.verdict_must_be(0, "the database itself", here=True)
    newest = event.newest_user()
    story = event.event.run("coupon-audit", "--user", newest, settings=event.settings)
    item.equal(story.code, 5, f"--user of the newest coupon ({story.brief()})")
    item.check(NOT_CAUGHT_UP in story.out, f"--user says: {story.out}")
    delete_records(sandbox.brokers, event.event.topic, {at: high for at, (_, high) in ends_of(sandbox.brokers, event.event.topic).items()})
    event.verdict_must_be(5, "the copy, and the records are gone from the topic", says=NOT_CAUGHT_UP)
    event.event.ledger.query(f"DELETE FROM coupon WHERE event = '{event.event.name}' AND user_id = {newest}")
    event.verdict_must_be(1, "the newest row is deleted", says="claim without a row", here=True)
    item.figure("an old copy of the database", "cannot tell; violated only where a row is deleted")


def _with_replica(item, name, run):
    with item.sandbox("--mysql-binlog", name=name) as sandbox, item.sandbox("--only", "mariadb", name=f"{name}-replica") as second:
        replica = Replica(sandbox, second)
        event = LaggingEvent(item, sandbox, name)
        replica.follows_to(event.event, HALF)
        replica.stop()
        event.go_on(replica.settings())
        run(item, event, replica)


def _catches_up(item, event, replica):
    """The replica lacks half of the rows, and then none. A row that is deleted is missed there, too."""
    event.verdict_must_be(5, "the replica has half of the rows", says=NOT_CAUGHT_UP)
    replica.go_on()
    replica.follows_to(event.event, LIMIT)
    event.verdict_must_be(0, "the replica has caught up", "--expect", LIMIT)
    event.event.ledger.query(f"DELETE FROM coupon WHERE event = '{event.event.name}' AND user_id = {event.newest_user()}")
    replica.follows_to(event.event, LIMIT - 1)
    event.verdict_must_be(1, "the newest row is deleted", says="claim without a row")
    item.figure("a replica that lags", "cannot tell; exact once it has caught up; violated where a row is deleted")


def _is_promoted(item, event, replica):
    """The replica takes the database's place as it is. The hint's command issues what it lost."""
    replica.stop_for_good()
    event.verdict_must_be(5, "the promoted replica", says="coupon-consume --recover")
    recovered = event.event.run("coupon-consume", "--recover", "--yes", settings=event.settings)
    item.equal(recovered.code, 0, f"--recover at the promoted replica ({recovered.brief()})")
    replica.follows_to(event.event, LIMIT)
    event.verdict_must_be(0, "the promoted replica afterwards", "--expect", LIMIT)
    item.figure("a replica promoted that lags", f"{LIMIT} of {LIMIT} rows after --recover")


def run(item):
    with item.sandbox() as sandbox:
        old_copy(item, sandbox)
    _with_replica(item, "lag", _catches_up)
    _with_replica(item, "lag-promoted", _is_promoted)
