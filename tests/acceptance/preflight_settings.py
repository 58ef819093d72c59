"""Coupon-audit --preflight names each setting that is not fit for an event, and coupon-reset heeds it."""

import socket
import struct
from contextlib import contextmanager

from event import Event
from ledger_store import global_variable
from sandbox import dead_port
from waiting import Failure, wait_until

TITLE = "the preflight names every planted setting, and a reset heeds it"
SECONDS = 300


class Planter:
    """Changes one setting of a server with that server's own means; each block puts back what it changed, however it is left."""

    def __init__(self, event):
        self.event = event
        self.sandbox = event.sandbox

    def _redis(self, *words):
        with self.event.redis() as redis:
            return redis.ask(*words)

    @contextmanager
    def redis(self, **settings):
        names = {name: name.replace("_", "-") for name in settings}
        before = {own: self._redis("CONFIG", "GET", own)[1].decode() for own in names.values()}
        try:
            for name, value in settings.items():
                self._redis("CONFIG", "SET", names[name], value)
            yield
        finally:
            for own, value in before.items():
                self._redis("CONFIG", "SET", own, value)

    def used_memory(self):
        lines = self._redis("INFO", "memory").decode().splitlines()
        return int(next(line.split(":")[1] for line in lines if line.startswith("used_memory:")))

    @contextmanager
    def replica(self):
        """A replica of a master nobody answers for keeps its data. Afterwards it is another server, and its gate is not armed."""
        try:
            self._redis("REPLICAOF", "127.0.0.1", dead_port())
            yield
        finally:
            self._redis("REPLICAOF", "NO", "ONE")

    def _alter_topic(self, operation, name, value):
        """IncrementalAlterConfigs v0 (https://kafka.apache.org/protocol): SET is 0, DELETE 1."""
        def text(word):
            return struct.pack(">h", -1) if word is None else struct.pack(">h", len(word)) + word.encode()
        body = struct.pack(">ib", 1, 2) + text(self.event.topic) + struct.pack(">i", 1) + text(name) + struct.pack(">b", operation)
        frame = struct.pack(">hhi", 44, 0, 1) + text("accept") + body + text(value) + b"\0"
        with socket.create_connection(("127.0.0.1", self.sandbox.port("kafka")), timeout=10) as connection:
            connection.sendall(struct.pack(">i", len(frame)) + frame)
            answer = connection.makefile("rb")
            data = answer.read(struct.unpack(">i", answer.read(4))[0])
        # correlation id, throttle time, one answer, its error
        error = struct.unpack_from(">h", data, 12)[0]
        if error != 0:
            raise Failure(f"kafka answered error {error} about {name}={value}")

    @contextmanager
    def topic(self, name, value):
        try:
            self._alter_topic(0, name, value)
            yield
        finally:
            self._alter_topic(1, name, None)

    def variable(self, name, value):
        return global_variable(self.sandbox, name, value)

    @contextmanager
    def table(self, change, back):
        try:
            self.event.ledger.query(change)
            yield
        finally:
            self.event.ledger.query(back)


def plants(planter):
    """Name of the line, what it must say, and the block that plants it."""
    event, redis, topic, variable, table = planter.event, planter.redis, planter.topic, planter.variable, planter.table
    room = planter.used_memory() + (4 << 20)
    where = f"WHERE event = '{event.name}' AND round = {event.round()}"
    return [
        ("gate-persistence", "dangerous", redis(appendonly="no")),
        ("gate-fsync", "warning", redis(appendfsync="everysec")),
        ("gate-fsync", "dangerous", redis(appendfsync="no")),
        ("gate-fsync-on-rewrite", "warning", redis(no_appendfsync_on_rewrite="yes")),
        ("gate-eviction", "dangerous", redis(maxmemory_policy="allkeys-lru", maxmemory="1gb")),
        ("gate-eviction", "warning", redis(maxmemory_policy="allkeys-random")),
        ("gate-memory", "dangerous", redis(maxmemory=room)),
        ("gate-replicas", "dangerous", redis(min_replicas_to_write=1)),
        ("gate-connections", "warning", redis(maxclients=60)),
        ("topic-retention", "dangerous", topic("retention.ms", "60000")),
        ("topic-retention", "dangerous", topic("retention.bytes", "2048")),
        ("topic-cleanup", "dangerous", topic("cleanup.policy", "compact")),
        ("topic-min-insync", "warning", topic("min.insync.replicas", "2")),
        ("topic-unclean-election", "warning", topic("unclean.leader.election.enable", "true")),
        ("topic-timestamps", "warning", topic("message.timestamp.after.max.ms", "1000")),
        ("topic-record-size", "dangerous", topic("max.message.bytes", "100")),
        ("topic-record-size", "warning", topic("max.message.bytes", "2000000")),
        ("topic-compression", "warning", topic("compression.type", "gzip")),
        ("ledger-flush", "dangerous", variable("innodb_flush_log_at_trx_commit", 2)),
        ("ledger-read-only", "dangerous", variable("read_only", 1)),
        ("ledger-sql-mode", "warning", variable("sql_mode", "''")),
        ("ledger-connections", "warning", variable("max_connections", 10)),
        ("ledger-packet", "warning", variable("max_allowed_packet", 1 << 19)),
        ("ledger-packet", "dangerous", variable("max_allowed_packet", 1 << 14)),
        ("ledger-unique-keys", "dangerous", table("ALTER TABLE coupon DROP INDEX coupon_one_per_user",
                                                  "ALTER TABLE coupon ADD CONSTRAINT coupon_one_per_user UNIQUE (event, round, user_id)")),
        ("ledger-checks", "dangerous", table("ALTER TABLE coupon DROP CONSTRAINT coupon_slot_within_limit",
                                             "ALTER TABLE coupon ADD CONSTRAINT coupon_slot_within_limit CHECK (slot BETWEEN 1 AND slot_limit)")),
        ("ledger-columns", "dangerous", table("ALTER TABLE coupon MODIFY user_id BIGINT NULL",
                                              "ALTER TABLE coupon MODIFY user_id BIGINT NOT NULL")),
        ("round", "dangerous", table(f"UPDATE coupon_round SET state = 'opening' {where}",
                                     f"UPDATE coupon_round SET state = 'open' {where}")),
        ("failed-events", "warning", table(
            "INSERT INTO failed_event (source_topic, source_partition, source_offset, source_timestamp, event, kind, reason, raw, raw_length, raw_sha256, attempts, "
            f"failed_at, last_tried_at) VALUES ('{event.topic}', 0, 99, -1, '{event.name}', 'undecodable', 'planted', '', 0, SHA2('', 256), 1, 0, 0)", "DELETE FROM failed_event WHERE source_offset = 99")),
        # The last one: afterwards this Redis has another identity.
        ("gate-role", "dangerous", planter.replica()),
    ]


def statuses(outcome):
    """Name of the line -> its status."""
    return {line["name"]: line["status"] for line in outcome.json()["checks"]}


def look(event, *words):
    return event.run("coupon-audit", "--preflight", *words)


def plain(item, event):
    """The plain sandbox: nothing dangerous, nothing that cannot be told; with -q its warnings, and not a word once they are accepted."""
    document = look(event, "--json")
    item.equal((document.code, document.json()["verdict"]), (0, "ready"), f"exit, verdict of the plain sandbox ({document.brief()})")
    warnings = [name for name, status in statuses(document).items() if status == "warning"]
    accepted = [word for name in warnings for word in ("--accept-warning", name)]
    silent = look(event, "-q", *accepted)
    item.equal((silent.code, silent.out, silent.err), (0, "", ""), "exit and words with -q, the warnings of the plain sandbox accepted")
    item.equal(look(event, "--json", *accepted).json()["counts"]["accepted"], len(warnings), "accepted lines")
    item.figure("seconds of a look", silent.seconds)
    return statuses(document)


def each_plant(item, event, usual):
    planted = 0
    for name, status, plant in plants(Planter(event)):
        expected_code = 1 if status == "dangerous" else 0
        with plant:
            document, silent = look(event, "--json"), look(event, "-q")
            found = statuses(document)
            label = f"{name} planted as {status}"
            item.equal(found.get(name), status, f"{label}: status of its line")
            item.equal((document.code, silent.code), (expected_code, expected_code), f"{label}: exit codes ({silent.brief()})")
            # A table with other columns is not asked what it holds.
            grave = ("dangerous",) if name == "ledger-columns" else ("dangerous", "cannot_tell")
            others = {other: kind for other, kind in found.items() if kind in grave and other != name}
            item.equal(others, {}, f"{label}: other lines that are grave")
            line = next((line for line in document.json()["checks"] if line["name"] == name), {})
            item.check(line.get("fix") and line.get("wanted"), f"{label}: the line does not say what to do: {line}")
            words = f"{name} is dangerous: " if status == "dangerous" else f"warning: {name}: "
            item.check(words in silent.err, f"{label}: -q does not name it: {silent.err!r}")
        planted += 1
    event.reset("--limit", 100)
    item.equal(statuses(look(event, "--json")), usual, "every line once all is put back")
    item.figure("planted settings", planted)


def reset_heeds(item, event):
    planter = Planter(event)
    before, token = event.round(), event.gate().fields["token"]
    with planter.redis(appendonly="no"):
        refused = event.run("coupon-reset", "--yes")
        item.equal(refused.code, 1, f"exit of a reset with appendonly no ({refused.brief()})")
        item.check("--accept-risk gate-persistence" in refused.err, f"the refusal does not say how to go on: {refused.err!r}")
        item.equal((event.round(), event.gate().fields["token"], event.gate().state), (before, token, "open"),
                   "round, token and state after the refusal")
        unknown = event.run("coupon-reset", "--yes", "--accept-risk", "gate-persistance")
        item.equal(unknown.code, 2, "exit with an unknown name")
        item.check("gate-persistence" in unknown.err, f"no name is suggested: {unknown.err!r}")
        accepted = event.run("coupon-reset", "--yes", "--end-running", "--json", "--accept-risk", "gate-persistence")
        item.equal(accepted.code, 0, f"exit with the risk accepted ({accepted.brief()})")
        lines = {line["name"]: line["status"] for line in accepted.json()["preflight"]}
        item.equal(lines.get("gate-persistence"), "accepted", "the accepted risk in the reset's document")
        item.equal(event.round(), before + 1, "round after the accepted risk")
        with planter.topic("retention.ms", "60000"):
            item.equal(event.run("coupon-reset", "--close", "--yes").code, 0, "exit of the kill switch, which opens nothing")
            item.equal(event.run("coupon-reset", "--reopen", "--yes", "--accept-risk", "gate-persistence").code, 1,
                       "exit of --reopen with one risk accepted and one not")
    reopened = event.run("coupon-reset", "--reopen", "--yes")
    item.equal(reopened.code, 0, f"exit of --reopen once all is put back ({reopened.brief()})")


def not_told(item, event):
    """An account that may not ask CONFIG: what only CONFIG knows cannot be told, which is exit 5 and stops no reset."""
    password = "look-and-see"
    file = item.folder / "password"
    file.write_text(password)
    file.chmod(0o600)
    with event.redis() as redis:
        redis.ask("ACL", "SETUSER", "looker", "on", f">{password}", "~*", "+@all", "-config")
    words = ["--redis", f"redis://looker@127.0.0.1:{event.sandbox.port('redis')}/0", "--redis-password-file", file]
    outcome = look(event, "--json", *words)
    found = statuses(outcome)
    item.equal((outcome.code, found["gate-fsync"], found["gate-persistence"], found["gate-eviction"]), (5, "cannot_tell", "ok", "ok"),
               "exit and lines of an account without CONFIG GET")
    reset = event.run("coupon-reset", "--yes", "-q", "--end-running", *words)
    item.equal(reset.code, 0, f"exit of a reset of that account ({reset.brief()})")
    item.check("gate-fsync" in reset.err, f"the reset does not warn of what it cannot tell: {reset.err!r}")
    refused = look(event, *words[:2])
    item.equal(refused.code, 4, f"exit without the password ({refused.brief()})")


def away(item, event):
    event.sandbox.kill("redis")
    outcome = look(event, "--json")
    item.equal(outcome.code, 3, f"exit without redis ({outcome.brief()})")
    found = statuses(outcome)
    item.equal((found["gate"], found["topic-cleanup"], found["ledger-flush"]), ("cannot_tell", "ok", "ok"), "lines without redis")
    event.sandbox.start("redis")
    item.equal(statuses(look(event, "--json"))["gate-round"], "dangerous", "line of a gate that no worker has armed again")
    with event.worker():
        wait_until(lambda: look(event, "-q").code == 0, 20, "redis and a worker are back, and the preflight is not ready")


def run(item):
    with item.sandbox() as sandbox:
        event = Event(item, sandbox)
        event.reset("--limit", 100)
        usual = plain(item, event)
        for part in (lambda: each_plant(item, event, usual), lambda: reset_heeds(item, event), lambda: not_told(item, event),
                     lambda: away(item, event)):
            try:
                part()
            except Failure as failure:
                item.check(False, str(failure))
