"""The accounts of README.md, "Least rights": each program does its whole job with its own account, and names each right that is missing."""

from contextlib import contextmanager

from event import Event
from redis_store import RedisError
from rights import Rights
from sandbox import ACCOUNTS
from topic_admin import create_topic
from waiting import Failure, wait_until

TITLE = "each program with the least rights: the whole job, and every right taken away once"
SECONDS = 600

PROGRAM_OF = {"apply": "coupon-apply", "worker": "coupon-consume", "reset": "coupon-reset", "audit": "coupon-audit"}

# Optional rights: without them the preflight cannot tell some settings.
OPTIONAL = {"config|get", "client|setname", "select"}

KAFKA = [("apply", "Write", "topic"), ("worker", "Read", "topic"), ("worker", "Write", "topic"), ("worker", "Read", "group"),
         ("reset", "Read", "topic"), ("reset", "Delete", "topic"), ("reset", "Describe", "group"),
         ("audit", "Read", "topic"), ("audit", "Describe", "group")]


def whole_job(item, event):
    """Every program in every mode that changes something."""
    event.reset("--limit", 100)
    with event.worker():
        one = event.run("coupon-apply", 7)
        item.equal(one.code, 0, f"exit of coupon-apply ({one.brief()})")
        crowd = event.history("crowd")
        event.flood("--requests", 500, "--first-user", 1000, history=crowd)
        event.wait_rows(100)
        # Redis loses everything: the worker arms the gate again and restores the claims.
        before = event.gate()
        with event.redis() as redis:
            redis.ask("FLUSHALL")
        wait_until(lambda: (gate := event.gate()) is not None and gate.is_armed, 30, "the gate is not armed again")
        item.equal(event.gate().claims, before.claims, "claims that the worker restored")
        event.must_be_exact("the round under least rights", 100, expected=100, armed={})
    for words in (["--preflight", "-q"], ["--user", 7]):
        outcome = event.run("coupon-audit", *words)
        item.equal(outcome.code, 0, f"exit of coupon-audit {words[0]} ({outcome.brief()})")
    for program, words in (("coupon-reset", ["--close", "--yes"]), ("coupon-reset", ["--reopen", "--yes"]),
                           ("coupon-consume", ["--recover", "--yes"]), ("coupon-consume", ["--retry-failed"])):
        outcome = event.run(program, *words)
        item.equal(outcome.code, 0, f"exit of {program} {words[0]} ({outcome.brief()})")
    event.reset("--limit", 50, "--purge-ledger", "--end-running")
    item.equal([row for row in event.ledger.query("SELECT COUNT(*) FROM coupon")], [["0"]], "coupons after --purge-ledger")


class Attempt:
    """A program without one of its rights: it must name the right, and change nothing."""

    def __init__(self, item, event):
        self.item, self.event = item, event
        self.taken = 0

    def _stores(self):
        gate = self.event.gate()
        return gate.fields, gate.claims, self.event.round(), self.event.ledger.round_state(self.event.name, self.event.round())

    def _words(self, account):
        return {"apply": [7000 + self.taken], "worker": ["--until-drained", "--timeout", "5s"], "reset": ["--yes", "--end-running"],
                "audit": []}[account]

    def check(self, account, right, named, program=None, words=None):
        """`named`: words that the message must contain; `program` and `words`: the command to run, by default the account's program."""
        before = self._stores()
        outcome = self.event.run(program or PROGRAM_OF[account], *(words or self._words(account)))
        label = f"{account} without {right}"
        self.item.equal(outcome.code, 4, f"{label}: exit ({outcome.brief()})")
        said = outcome.err + outcome.out
        self.item.check(all(word in said for word in ("lacks", *named)), f"{label}: the message does not name the right: {said[-400:]!r}")
        self.item.equal(self._stores(), before, f"{label}: gate and round afterwards")
        self.taken += 1


def redis_rights(item, event, rights, attempt):
    for account in PROGRAM_OF:
        commands = [command for command in rights.commands_of(account) if command not in OPTIONAL]
        item.check(len(commands) >= 8, f"{account} has the commands {commands}")
        for command in commands:
            with rights.without_command(account, command):
                attempt.check(account, f"+{command}", [command])
        with rights.without_keys(account):
            attempt.check(account, "its keys", ["hlen on both keys of coupon:{%s}" % event.name])
    with rights.without_command("apply", "hset"):
        attempt.check("apply", "+hset", ["hset"], program="coupon-flood", words=["--requests", 5])


def kafka_rights(item, event, rights, attempt):
    for account, operation, resource in KAFKA:
        name = event.topic if resource == "topic" else event.group
        with rights.without_acl(account, operation, resource):
            attempt.check(account, f"{operation} on the {resource}", [f"{operation} on {resource} {name}"])
    # Create is needed only until the topic exists.
    with rights.without_acl("reset", "Create", "topic"):
        fresh = Event(item, event.sandbox, "fresh")
        outcome = fresh.run("coupon-reset", "--yes")
        item.equal(outcome.code, 4, f"reset without Create, no topic: exit ({outcome.brief()})")
        item.check(f"lacks Create on topic {fresh.topic}" in outcome.err, f"reset without Create does not name it: {outcome.err!r}")
        event.reset("--limit", 50, "--end-running")
    attempt.taken += 1


def write_on_another_topic(item, event, rights):
    """The broker grants the producer id, so that only the first record shows which right is missing."""
    create_topic(event.sandbox.brokers, "another", 1)
    event.reset("--limit", 1000, "--end-running")
    named = f"lacks Write on topic {event.topic}"
    with (rights.without_acl("apply", "Write", "topic"), rights.with_acl("apply", "Write", "topic", "another"),
          rights.with_acl("apply", "Describe", "topic", event.topic)):
        one = event.run("coupon-apply", 7)
        item.equal(one.code, 13, f"one user, no Write on this topic: exit ({one.brief()})")
        item.check(named in one.out, f"one user is not told which right is missing: {one.out!r}")
        flood = event.run("coupon-flood", "--requests", 500, "--concurrency", 8, "--first-user", 100)
        item.equal(flood.code, 4, f"a flood, no Write on this topic: exit ({flood.brief()})")
        item.check(named in flood.err, f"the flood does not name the right: {flood.err!r}")
        claims = len(event.gate().claims)
        item.check(claims <= 1 + 3 * 8, f"{claims} claims, although the first record was refused")
        item.figure("claims before the flood stopped", claims - 1)
    # The worker has the right, and publishes the pending claims.
    with event.worker():
        event.wait_rows(claims)
    event.must_be_exact("claims published by a worker", 1000)


def mysql_rights(item, event, rights, attempt):
    for account in ("worker", "reset", "audit"):
        grants = [(privilege, table) for privilege, table in rights.grants_of(account) if privilege != "DELETE"]
        item.check(len(grants) >= 6, f"{account} has the grants {grants}")
        for privilege, table in grants:
            with rights.without_grant(account, privilege, table):
                attempt.check(account, f"{privilege} on {table}", [f"{privilege} on {table}"])
    with rights.without_grant("reset", "DELETE", "coupon"):
        outcome = event.run("coupon-reset", "--yes", "--end-running", "--purge-ledger")
        item.equal(outcome.code, 4, f"reset --purge-ledger without DELETE: exit ({outcome.brief()})")
        item.check("DELETE on coupon" in outcome.err, f"--purge-ledger does not name DELETE: {outcome.err!r}")
    attempt.taken += 1
    event.ledger.query("DROP TABLE abandoned_claim")
    with rights.without_grant("reset", "CREATE", "*"):
        outcome = event.run("coupon-reset", "--yes", "--end-running")
        item.equal(outcome.code, 4, f"reset without CREATE, a table missing: exit ({outcome.brief()})")
        item.check("CREATE on the database" in outcome.err, f"reset without CREATE does not name it: {outcome.err!r}")
    again = event.run("coupon-reset", "--yes", "--end-running", "--limit", 50)
    item.equal(again.code, 0, f"exit of a reset that creates the missing table ({again.brief()})")
    attempt.taken += 1


def pending_claim(event, rights, user):
    """A claim whose record was refused, so that the worker has to publish it."""
    with (rights.without_acl("apply", "Write", "topic"), rights.with_acl("apply", "Write", "topic", "another"),
          rights.with_acl("apply", "Describe", "topic", event.topic)):
        event.run("coupon-apply", user)


def revoked_while_running(item, event, rights):
    """A worker that loses a right at work ends with 4 and names it; the next worker does what is left."""
    event.reset("--limit", 1000, "--end-running")
    losses = [
        (lambda: rights.without_grant("worker", "INSERT", "coupon"), ["INSERT", "coupon"], False),
        (lambda: rights.without_keys("worker"), ["NOPERM"], False),
        (lambda: rights.without_command("worker", "hdel"), ["lacks HDEL on coupon:{%s}:outbox" % event.name], True),
        (lambda: rights.without_acl("worker", "Read", "topic"), [f"lacks Read on topic {event.topic}"], False),
        (lambda: rights.without_acl("worker", "Write", "topic"), [f"lacks Write on topic {event.topic}"], True),
        (lambda: rights.without_acl("worker", "Read", "group"), [f"lacks Read on group {event.group}"], False),
    ]
    for user, (revoked, named, needs_pending) in enumerate(losses, 1):
        with event.start("coupon-consume") as worker:
            wait_until(lambda: "partitions assigned:" in worker.err_so_far(), 20, "the worker has no partitions")
            with revoked():
                if needs_pending:
                    pending_claim(event, rights, user)
                else:
                    one = event.run("coupon-apply", user)
                    item.equal(one.code, 0, f"exit of coupon-apply while the worker loses a right ({one.brief()})")
                outcome = worker.wait(30)
        item.equal(outcome.code, 4, f"a worker that lost {named[0]!r}: exit ({outcome.brief()})")
        item.check(all(word in outcome.err for word in named), f"a worker does not name {named}: {outcome.err[-400:]!r}")
    # Until nothing is behind: the redrive may publish a claim once more than it needs.
    drained = event.run("coupon-consume", "--until-drained")
    item.equal(drained.code, 0, f"the next worker ({drained.brief()})")
    item.equal(event.row_count(), len(losses), "rows of the claims made meanwhile")
    event.must_be_exact("rights revoked from running workers", 1000)
    item.figure("rights revoked from running workers", len(losses))


def optional_rights(item, event, rights):
    """Without them the preflight cannot tell some settings, and a reset goes on."""
    with rights.without_command("audit", "config|get"), rights.without_command("reset", "config|get"):
        look = event.run("coupon-audit", "--preflight", "--json")
        lines = {line["name"]: line["status"] for line in look.json()["checks"]}
        item.equal((look.code, lines.get("gate-fsync")), (5, "cannot_tell"), "exit and line of a preflight without CONFIG GET")
        outcome = event.run("coupon-reset", "--yes", "-q", "--end-running")
        item.equal(outcome.code, 0, f"exit of a reset without CONFIG GET ({outcome.brief()})")
    with rights.without_acl("audit", "DescribeConfigs", "topic"):
        look = event.run("coupon-audit", "--preflight", "--json")
        lines = {line["name"]: line["status"] for line in look.json()["checks"]}
        item.equal((look.code, lines.get("topic-retention")), (5, "cannot_tell"), "exit and line of a preflight without DescribeConfigs")


def kill_switch(item, event, rights):
    """It checks no rights beforehand: rights that it does not need may be missing."""
    for command in ("hscan", "hsetnx", "unlink"):
        with rights.without_command("reset", command):
            closed = event.run("coupon-reset", "--close", "--yes")
            item.equal((closed.code, event.gate().state), (0, "closed"), f"--close without {command}: exit and state ({closed.brief()})")
            reopened = event.run("coupon-reset", "--reopen", "--yes")
            item.equal(reopened.code, 4, f"--reopen without {command}: exit ({reopened.brief()})")
    item.equal(event.run("coupon-reset", "--reopen", "--yes").code, 0, "exit of --reopen with all rights")


@contextmanager
def secrets_are_private(item, sandbox):
    yield
    for path in sorted((sandbox.folder / "accounts").iterdir()):
        item.equal(oct(path.stat().st_mode & 0o777), "0o600", f"mode of {path.name}")


def run(item):
    with item.sandbox("--accounts", "least") as sandbox, secrets_are_private(item, sandbox):
        event = Event(item, sandbox)
        rights, attempt = Rights(event), Attempt(item, event)
        item.equal(sorted(set(ACCOUNTS.values())), sorted(PROGRAM_OF), "the accounts")
        parts = [lambda: whole_job(item, event), lambda: redis_rights(item, event, rights, attempt),
                 lambda: kafka_rights(item, event, rights, attempt), lambda: write_on_another_topic(item, event, rights),
                 lambda: revoked_while_running(item, event, rights),
                 lambda: optional_rights(item, event, rights), lambda: kill_switch(item, event, rights),
                 lambda: mysql_rights(item, event, rights, attempt), lambda: whole_job(item, event)]
        for part in parts:
            try:
                part()
            except (Failure, RedisError) as failure:
                item.check(False, str(failure))
        item.figure("rights taken away", attempt.taken)
