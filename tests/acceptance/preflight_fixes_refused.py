"""Serves item preflight_fixes: what a program refuses before it begins, and what it prints for that."""

import itertools
import re
import shlex

from event import Event
from hint_table import told, tries
from preflight_fixes_rights import Administrator
from rights import Rights

RISK = "correct it and run this again, or take the risk: --accept-risk …"
# The account of each program, and what to call it with.
PROGRAMS = {"reset": ("coupon-reset", "--yes", "--end-running"), "apply": ("coupon-apply",),
            "worker": ("coupon-consume", "--until-drained", "--timeout", "5s"), "audit": ("coupon-audit",)}
NEEDS = {account: f"{program} needs: ACL SETUSER … …" for account, (program, *_) in PROGRAMS.items()}
ACLS = {resource: f"kafka-acls.sh --bootstrap-server … --add --allow-principal User:… --operation … --{resource} …" for resource in ("topic", "group")}
ON_A_TABLE, ON_THE_DATABASE = "GRANT … ON ….… TO …", "GRANT … ON ….* TO …"
GIVEN = {"command": "the command, pasted by an administrator", "better": "the program does its work"}


@tries("lib/flow/reset/reset_preflight.cpp", RISK, state="Redis keeps no append-only file when a round is to open",
       command="appendonly is set, then the reset again; or the reset with --accept-risk, as printed", better="a round is open")
def dangerous_reset(item, sandbox):
    event = Event(item, sandbox, "danger")

    def append(value):
        with event.redis() as redis:
            redis.ask("CONFIG", "SET", "appendonly", value)

    try:
        for number, (is_corrected, words) in enumerate(((True, ()), (False, ("--end-running",))), 1):
            append("no")
            refused = event.run("coupon-reset", "--yes", "--limit", 5, *words)
            item.equal((refused.code, event.gate_number("round") or 0), (1, number - 1), f"a reset before a danger: exit and round ({refused.brief()})")
            told(item, RISK, refused, "a reset before a danger")
            if is_corrected:
                append("yes")
            risk = [] if is_corrected else re.search("--accept-risk .*", refused.err)[0].split()
            opened = event.run("coupon-reset", "--yes", "--limit", 5, *words, *risk)
            item.equal((opened.code, event.gate_number("round")), (0, number), f"the reset again, with {risk}: exit and round ({opened.brief()})")
    finally:
        append("yes")


class Refusals:
    """A program without one of its rights prints the command that gives it; pasted, the program goes on."""

    def __init__(self, event):
        self.item, self.event, self.operator, self.rights = event.item, event, Administrator(event), Rights(event)
        self._users = itertools.count(7)

    def _run(self, account):
        program, *words = PROGRAMS[account]
        return self.event.run(program, *(words or [next(self._users)] * (account == "apply")))

    def try_it(self, account, revoked, hint, permit):
        """`permit` is given what the program said."""
        with revoked:
            refused = self._run(account)
            self.item.equal(refused.code, 4, f"{account} without a right: exit ({refused.brief()})")
            told(self.item, hint, refused, f"{account} without a right")
            permit(refused.out + refused.err)
            again = self._run(account)
            self.item.equal(again.code, 0, f"{account} with the right that {hint!r} gives: exit ({again.brief()})")


@tries("lib/gate/redis/redis_rights.cpp", *NEEDS.values(), state="the account of each program lacks a command, or its keys", **GIVEN)
@tries("lib/topic/kafka/kafka_fault.cpp", *ACLS.values(), state="the account of a program lacks an operation on its topic, or on its group", **GIVEN)
@tries("lib/ledger/mysql/mysql_rights.cpp", ON_A_TABLE, ON_THE_DATABASE,
       state="the account of a program lacks a right on a table; that of coupon-reset may not create a missing one", **GIVEN)
def accounts(item, _):
    """In Redis, in Kafka and in the ledger."""
    with item.sandbox("--accounts", "least", name="refused") as sandbox:
        event = Event(item, sandbox, "refused")
        event.reset("--limit", 100)
        refusals = Refusals(event)
        for account, hint in NEEDS.items():
            for revoked in (refusals.rights.without_command(account, "hmget"), refusals.rights.without_keys(account)):
                refusals.try_it(account, revoked, hint, lambda said: refusals.operator.paste(
                    f"redis-cli -u {sandbox.environment['COUPON_REDIS']} " + shlex.join(line_with(said, "ACL SETUSER ").split())))
        for account, operation, resource in (("reset", "Describe", "group"), ("apply", "Write", "topic"), ("worker", "Read", "topic"), ("worker", "Read", "group"),
                                             ("audit", "Read", "topic")):
            refusals.try_it(account, refusals.rights.without_acl(account, operation, resource), ACLS[resource],
                            lambda said: refusals.operator.permit(line_with(said, "kafka-acls.sh "), "kafka-acls.sh "))
        for account, privilege in (("worker", "INSERT"), ("audit", "SELECT"), ("reset", "INSERT")):
            refusals.try_it(account, refusals.rights.without_grant(account, privilege, "void_claim"), ON_A_TABLE,
                            lambda said: refusals.operator.paste_sql(line_with(said, "GRANT ")))
        event.ledger.query("DROP TABLE abandoned_claim")
        refusals.try_it("reset", refusals.rights.without_grant("reset", "CREATE", "*"), ON_THE_DATABASE,
                        lambda said: refusals.operator.paste_sql(line_with(said, "GRANT ")))
    item.figure("rights that a program asked for", 2 * len(NEEDS) + 9)


def line_with(said, start):
    """The command that begins so, to the end of its line."""
    return said[said.index(start):].splitlines()[0]
