"""Serves item preflight_fixes: what the account of the preflight may not do or be told; the administrator permits it."""

from event import Event
from fixes import Operator, command_in
from hint_table import tries
from rights import Rights

GATE, LEDGER, TOPIC = (f"lib/preflight/preflight_{part}.cpp" for part in ("gate", "ledger", "topic_settings"))
# The lines that need Redis's CONFIG GET, and those that need DescribeConfigs on the topic.
OF_CONFIG_GET = ("gate-fsync", "gate-fsync-on-rewrite", "gate-replicas")
OF_THE_TOPIC = ("topic-retention", "topic-cleanup", "topic-unclean-election", "topic-min-insync", "topic-timestamps", "topic-record-size",
                "topic-compression")
PERMITTED = {"command": "the command, pasted for the account by an administrator", "better": "the line is ok"}


class Administrator(Operator):
    """Pastes a command for an account, at the listener that takes administrators."""

    def permit(self, fix, start, account="audit"):
        command = command_in(fix, start).replace("<account>", account)
        audits = self.sandbox.environment_of("coupon-audit", {})["COUPON_BROKERS"]
        self.paste(command.replace(audits, self.sandbox.brokers))

    def grant(self, fix, account):
        self.paste_sql(command_in(fix, "GRANT ").replace("<database>", "coupon").replace("<account>", f"'{account}'@'127.0.0.1'"))


def _of(environment, prefix):
    return {name: value for name, value in environment.items() if name.startswith(prefix)}


@tries(GATE, "permit it: redis-cli -u … ACL SETUSER <account> '+config|get', or look yourself: redis-cli -u … CONFIG GET …",
       state="the account of coupon-audit may not run CONFIG GET", **PERMITTED)
@tries(GATE, "if coupon-… has the same account: redis-cli -u … ACL SETUSER <account> …",
       state="several programs have one account, which lacks a command of coupon-apply and coupon-consume", **PERMITTED)
@tries(TOPIC, "permit it: kafka-acls.sh --bootstrap-server … --add --allow-principal User:<account> --operation DescribeConfigs --topic …",
       "permit it: kafka-acls.sh --bootstrap-server … --add --allow-principal User:<account> --operation DescribeConfigs --cluster",
       state="the account lacks DescribeConfigs, on the topic or on the cluster", **PERMITTED)
@tries(LEDGER, "if coupon-consume has the same account: …GRANT … ON <database>.… TO <account>",
       state="several programs have one account, which lacks a right of coupon-consume on a table", **PERMITTED)
def rights(item, _):
    """CONFIG GET and a command of the gate in Redis, DescribeConfigs in Kafka, INSERT in the ledger."""
    with item.sandbox("--accounts", "least", name="accounts") as sandbox:
        event = Event(item, sandbox, "rights")
        event.reset("--limit", 100)
        operator, granted = Administrator(event), Rights(event)
        with granted.without_command("audit", "config|get"):
            operator.tried(dict.fromkeys(OF_CONFIG_GET, "cannot_tell"), lambda fixes: operator.permit(fixes["gate-fsync"], "redis-cli "))
        # An account that several programs have: what it lacks for another program is a warning.
        shared = sandbox.environment_of("coupon-consume", {})
        with granted.without_command("worker", "hsetnx"):
            for lacks_for, after in (("coupon-apply", "warning"), ("coupon-consume", "ok")):
                seen = operator.tried({"gate-rights": "warning"}, lambda fixes: operator.permit(fixes["gate-rights"], "redis-cli ", "worker"),
                                      settings=_of(shared, "COUPON_REDIS"), after=after)
                item.check(f"if {lacks_for} has" in seen["gate-rights"]["fix"], f"the fix is not for {lacks_for}: {seen['gate-rights']['fix']}")
        lone = [name for name in OF_THE_TOPIC if name != "topic-min-insync"]
        with granted.without_acl("audit", "DescribeConfigs", "topic"):
            operator.tried(dict.fromkeys(lone, "cannot_tell"), lambda fixes: operator.permit(fixes["topic-retention"], "kafka-acls.sh "))
        with granted.without_acl("audit", "DescribeConfigs", "cluster", "kafka-cluster"):
            operator.tried({"topic-auto-create": "cannot_tell"}, lambda fixes: operator.permit(fixes["topic-auto-create"], "kafka-acls.sh "))
        with granted.without_grant("worker", "INSERT", "void_claim"):
            operator.tried({"ledger-rights": "warning"}, lambda fixes: operator.grant(fixes["ledger-rights"], "worker"), settings=_of(shared, "COUPON_MYSQL"))
    item.figure("rights that a fix gives", 5)
