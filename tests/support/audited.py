"""An event that an audit, a story or a recovery looks at, in a state that somebody made by hand: rows, claims and records that no program of the
suite wrote, servers that are away. Each look shows a hint; the hint's action is done, and what is better is looked at."""

import re
import struct
import subprocess

from event import Event
from hint_table import told
from ledger_store import administer
from redis_store import gate_key, outbox_key
from signature import mac_of
from topic_admin import commit_offsets
from topic_store import ends_of, produce
from waiting import wait_until

# Hints that several checks share, as lib/audit/checks.hpp has them.
ARM = "run coupon-consume, which arms the gate; then audit again"
FAILED = "remove the cause, then run coupon-consume --retry-failed"
LAG = "the database lacks the newest records that the workers committed: audit the database that coupon-consume writes to…"
NO_SUCH_ROUND = "give --round the number of a round that was opened, or leave it out for the newest"
OTHER_ROUND = "repeat coupon-reset where it did not finish; otherwise run coupon-consume, which makes the gate of the ledger's round…"
REBUILD = "run coupon-reset --rebuild-gate, which makes the gate again…; CLIENT LIST at its Redis shows who else is connected: …"
RECOVER = "run coupon-consume --recover: it lists what was lost, and with --yes it repairs it"
ROW = "find the statement that wrote the row in the database's binary log, at the row's issued_at; coupon-audit --user ID tells…"
START = "start the server, or correct its address, and audit again"
UNREAD = 'follow the hints of "stores" and "round", then audit again'
VOID = "a user of these claims who has no row lost the slot to another user: give that user a coupon of a later round; …"

SOMEBODY = "0" * 31 + "1"  # an application that no program made
# Removes the claim of a user and sets the counters right, in one step.
FORGET = """
redis.call('HDEL', KEYS[1], 'u:' .. ARGV[1])
redis.call('HINCRBY', KEYS[1], 'granted', -1)
if redis.call('HDEL', KEYS[2], 'u:' .. ARGV[1]) == 0 then redis.call('HINCRBY', KEYS[1], 'published', -1) end
"""


class AuditedEvent(Event):
    """An event with a round of its own. `users` have applied, each with a history; `drained`: and have their coupons."""

    def __init__(self, item, sandbox, name, users=(), limit=5, drained=True):
        super().__init__(item, sandbox, name)
        self.limit, self.histories = limit, []
        self.reset("--limit", limit)
        if users:
            self.apply(*users)
        if users and drained:
            self.drain()

    # ---- what happens to it ----

    def apply(self, *users, code=0):
        """Each with a history of its own."""
        for user in users:
            self.histories.append(self.history(f"{self.name}-{user}"))
            outcome = self.run("coupon-apply", user, "--history", self.histories[-1])
            self.item.equal(outcome.code, code, f"user {user} applies ({outcome.brief()})")

    def drain(self):
        outcome = self.run("coupon-consume", "--until-drained", "-q", "--redrive-grace", "0s", "--timeout", "20s")
        self.item.equal(outcome.code, 0, f"{self.name}: drained ({outcome.brief()})")

    def new_round(self, *words):
        self.reset("--limit", self.limit, *words)
        self.histories = []

    def redis_says(self, *words):
        with self.redis() as redis:
            return redis.ask(*words)

    def claim_by_hand(self, user, slot):
        """Counters are set right as well."""
        key = gate_key(self.name)
        for words in (("HSET", key, f"u:{user}", f"{slot}:{SOMEBODY}"), ("HINCRBY", key, "granted", 1), ("HINCRBY", key, "published", 1)):
            self.redis_says(*words)

    def forget_claim(self, user):
        self.redis_says("EVAL", FORGET, 2, gate_key(self.name), outbox_key(self.name), user)

    def row_by_hand(self, user, slot, number=None):
        self.ledger.query("INSERT INTO coupon (event, round, slot, slot_limit, user_id, granted_at, issued_at) VALUES "
                          f"('{self.name}', {number or self.round()}, {slot}, {self.limit}, {user}, 1, UNIX_TIMESTAMP() * 1000)")

    def delete_row(self, user, number=None):
        self.ledger.query(f"DELETE FROM coupon WHERE event = '{self.name}' AND round = {number or self.round()} AND user_id = {user}")

    def give_row_to(self, user, other):
        self.ledger.query(f"UPDATE coupon SET user_id = {other} WHERE event = '{self.name}' AND user_id = {user}")

    def record_by_hand(self, user, slot, epoch=1, number=None):
        """Signed with the round's key, as by the gate."""
        number = number or self.round()
        mac = mac_of(self.ledger.round_key(self.name, number), self.name, number, epoch, slot, user, 1)
        headers = [("event", self.name), ("round", number), ("epoch", epoch), ("slot", slot), ("granted_at", 1), ("v", 1), ("mac", mac)]
        produce(self.sandbox.brokers, self.topic, key=str(user), value=struct.pack(">q", user), headers=[(word, str(text)) for word, text in headers])

    def ends(self):
        return {partition: high for partition, (_, high) in ends_of(self.sandbox.brokers, self.topic).items()}

    def skip_records(self):
        """Another program commits the end of every partition under the workers' group."""
        commit_offsets(self.sandbox.brokers, self.group, self.topic, self.ends())

    def restart_redis(self):
        """The gate is not armed any more."""
        self.sandbox.stop("redis")
        self.sandbox.start("redis")

    # ---- what the programs say of it ----

    def sees(self, code, hints, program, *words, settings=None):
        """The program ends with `code` and shows each hint."""
        return self.shows(self.run(program, *words, settings=settings), code, hints)

    def shows(self, outcome, code, hints):
        self.item.equal(outcome.code, code, f"{self.name}: exit ({outcome.brief()})")
        said = outcome
        if outcome.out.startswith("{"):
            said = "\n".join(finding["hint"] for check in outcome.json()["checks"] for finding in check["findings"])
        for hint in [hints] if isinstance(hints, str) else hints:
            told(self.item, hint, said, self.name)
        return outcome

    def told(self):
        """The words for an audit that is given all histories."""
        return [word for path in self.histories for word in ("--history", path)]

    def audited(self, code, hints, *words, wait="1s"):
        """Without histories, unless the words name some."""
        return self.sees(code, hints, "coupon-audit", "--wait", wait, *words)

    def audited_with_histories(self, code, hints, *words, wait="1s"):
        return self.audited(code, hints, *self.told(), *words, wait=wait)

    def is_exact(self, *words):
        """With all histories."""
        return self.audited_with_histories(0, (), *words)

    def story(self, user, code, hints, *words, settings=None):
        return self.sees(code, hints, "coupon-audit", "--user", user, *words, settings=settings)

    def recovery(self, code, hints, *words, wait="1s"):
        return self.sees(code, hints, "coupon-consume", "--recover", "--wait", wait, *words)

    def rebuild(self):
        """What the hint about the gate says."""
        return self.sees(0, (), "coupon-reset", "--rebuild-gate", "--yes")

    def work_until(self, holds, what, seconds=30):
        """A worker runs until it holds; what it logged."""
        with self.worker() as worker:
            wait_until(holds, seconds, f"{self.name}: {what}")
            return worker.err_so_far()

    def epoch(self):
        return self.gate_number("epoch")

    def is_armed(self):
        gate = self.gate()
        return gate is not None and gate.is_armed and gate.number("round") == self.round()

    def work_until_armed(self):
        return self.work_until(self.is_armed, "the gate is not armed")


def copy_database(event, name):
    """A copy of the event's tables in another database; the settings with which a program asks it."""
    schema = (event.item.checkout / "lib" / "ledger" / "schema.sql").read_text(encoding="ascii")
    event.ledger.query(f"CREATE DATABASE {name}; USE {name}; {schema}")
    for (table,) in event.ledger.query("SHOW TABLES"):
        of_event = f"WHERE source_topic = '{event.topic}'" if table == "failed_event" else f"WHERE event = '{event.name}'"
        event.ledger.query(f"SET foreign_key_checks = 0; INSERT INTO {name}.{table} SELECT * FROM {table} {of_event}")
    server, _, _ = event.sandbox.environment["COUPON_MYSQL"].rpartition("/")
    return {"COUPON_MYSQL": f"{server}/{name}"}


def others_at_redis(event):
    """The addresses of the connections that are not the suite's, as CLIENT LIST shows them."""
    lines = event.redis_says("CLIENT", "LIST").decode().splitlines()
    return {re.search(r" addr=(\S+)", line)[1] for line in lines if " name=coupon " not in line}


def address_of(redis):
    """The own address of a connection."""
    return re.search(r" addr=(\S+)", redis.ask("CLIENT", "INFO").decode())[1]


def stranger_is_shown(event, stranger):
    """While a worker is connected as well: CLIENT LIST tells the two apart."""
    with event.worker():
        wait_until(lambda: " name=coupon " in event.redis_says("CLIENT", "LIST").decode(), 20, "the worker does not connect")
        event.item.check(address_of(stranger) in others_at_redis(event), f"{event.name}: CLIENT LIST does not tell who is no program of the suite")


def statements_in_binary_log(sandbox, *words):
    """The statements in the database's binary log that name all of this."""
    data = sandbox.folder / "mariadb" / "data"
    logs = [str(data / line.split("\t")[0]) for line in administer(sandbox, "SHOW BINARY LOGS")]
    done = subprocess.run(["mariadb-binlog", "--no-defaults", "--base64-output=decode-rows", "-v", *logs], capture_output=True, text=True,
                          errors="replace", timeout=60, stdin=subprocess.DEVNULL)
    return [line for line in done.stdout.splitlines() if line.startswith("#Q>") and all(word in line for word in words)]


def statement_is_found(event, verb, *words):
    """The statement that somebody wrote by hand."""
    found = statements_in_binary_log(event.sandbox, verb, event.name, *words)
    event.item.check(found, f"{event.name}: the binary log has no {verb} with {words}")
