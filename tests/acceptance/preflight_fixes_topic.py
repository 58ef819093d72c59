"""Serves item preflight_fixes: what the preflight says of Kafka, of one broker and of three."""

import json
import time

from broker_cluster import BrokerCluster
from event import Event
from fixes import Operator, command_in, config_line_in
from group_stranger import end, stranger
from hint_table import note_fix, tries
from poisoned import preflight_line
from stranger_in_group import member_of_kafka_4
from topic_admin import alter_settings, create_topic, delete_topic, has_topic
from waiting import wait_until

DAY_MS = 86_400_000
SOURCE, RECORDS, GROUP = (f"lib/preflight/preflight_{part}.cpp" for part in ("topic", "topic_records", "group"))
OF_TOPIC = "kafka-configs.sh --bootstrap-server … --alter --entity-type topics --entity-name … --add-config …"
OF_BROKER = "kafka-configs.sh --bootstrap-server … --alter --entity-type brokers --entity-default --add-config …"

# Settings of the topic that are planted together, and the lines that tell them.
SETTINGS = [
    ({"retention.ms": "60000", "cleanup.policy": "compact", "unclean.leader.election.enable": "true", "min.insync.replicas": "2",
      "message.timestamp.after.max.ms": "1000", "max.message.bytes": "100", "compression.type": "gzip"},
     {"topic-retention": "dangerous", "topic-cleanup": "dangerous", "topic-unclean-election": "warning", "topic-min-insync": "warning",
      "topic-timestamps": "warning", "topic-record-size": "dangerous", "topic-compression": "warning"}),
    ({"retention.bytes": "2048", "message.timestamp.before.max.ms": "1000", "max.message.bytes": "2000000"},
     {"topic-retention": "dangerous", "topic-timestamps": "warning", "topic-record-size": "warning"}),
    ({"retention.ms": str(DAY_MS + 1000)}, {"topic-retention": "warning"}),
]


def _configs(operator, *, but=()):
    """A repair that pastes every command for kafka-configs.sh."""
    return lambda fixes: operator.paste(*(command_in(fix, "kafka-configs.sh ") for name, fix in fixes.items() if name not in but))


@tries(SOURCE, OF_TOPIC, state="a topic that elects unclean leaders and wants two replicas in sync of one", command="the command, pasted",
       better="the line is ok, or says no more that every record needs all replicas")
@tries(RECORDS, OF_TOPIC, state="a topic that keeps records too short, compacts, compresses, or takes other times and sizes", command="the command, pasted",
       better="the line is ok, and the other settings are as they were")
def topic_settings(item, sandbox):
    """Each command for kafka-configs.sh helps, and takes nothing away."""
    event = Event(item, sandbox, "topic")
    event.reset("--limit", 100)
    operator = Operator(event)
    for settings, planted in SETTINGS:
        alter_settings(sandbox.brokers, event.topic, settings)
        # One replica cannot be more than it is: what is better is that its records can be published before Kafka 3.7, too.
        lone = "topic-min-insync" in planted
        operator.tried({name: status for name, status in planted.items() if name != "topic-min-insync"}, _configs(operator))
        if lone:
            before = operator.lines()["topic-min-insync"]
            operator.paste(command_in(before["fix"], "kafka-configs.sh "))
            found = operator.lines()["topic-min-insync"]["found"]
            if item.check("every record needs all" in before["found"] and "needs all" not in found, f"topic-min-insync after its fix: {found}"):
                note_fix(item, before["fix"])
    item.figure("settings of a topic", sum(len(planted) for _, planted in SETTINGS))


@tries(RECORDS, OF_TOPIC, state="an event of ten days on a topic that keeps records for eight", command="the command, pasted", better="the line is ok")
def long_event(item, sandbox):
    """An event of ten days, whose topic keeps records for eight: the fix is longer than both."""
    event = Event(item, sandbox, "long")
    event.run("coupon-reset", "--yes", "--limit", 100, "--closes-at", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 10 * 86_400)),
                "--accept-risk", "topic-retention")
    alter_settings(sandbox.brokers, event.topic, {"retention.ms": str(8 * DAY_MS)})
    Operator(event).tried({"topic-retention": "dangerous"}, lambda fixes: Operator(event).paste(command_in(fixes["topic-retention"], "kafka-configs.sh ")))
    item.figure("days of an event whose records are kept", 10)


@tries(SOURCE, OF_BROKER, 'the line "auto.create.topics.enable=false" in server.properties of broker …, and a restart',
       "check --topic; or coupon-reset --event … creates it",
       state="no topic yet, at a broker that elects unclean leaders and creates topics by itself",
       command="the command, pasted; the line in server.properties, and a restart; coupon-reset, pasted", better="the line is ok, and the topic is there")
@tries(RECORDS, OF_BROKER, state="no topic yet, at a broker that keeps records for a minute and takes only recent times", command="the command, pasted",
       better="the line is ok")
def no_topic_yet(item, sandbox):
    """What the broker would give a topic is the broker's to change; the reset then makes the topic with it."""
    event = Event(item, sandbox, "first")
    operator = Operator(event)
    own = sandbox.folder / "kafka.properties"
    own.write_text("log.retention.ms=60000\nlog.message.timestamp.after.max.ms=1000\nunclean.leader.election.enable=true\nauto.create.topics.enable=true\n")
    try:
        sandbox.stop("kafka")
        sandbox.start("kafka")
        planted = {"topic-retention": "dangerous", "topic-timestamps": "warning", "topic-unclean-election": "warning"}

        def restart(fixes):
            own.write_text(config_line_in(fixes["topic-auto-create"]) + "\n")
            sandbox.stop("kafka")
            sandbox.start("kafka")

        operator.tried(planted, _configs(operator))
        operator.tried({"topic-auto-create": "warning"}, restart)
        operator.tried({"topic-exists": "dangerous"}, lambda fixes: operator.paste(command_in(fixes["topic-exists"], "coupon-reset ")))
    finally:
        own.unlink()
        sandbox.stop("kafka")
        sandbox.start("kafka")
    item.check(has_topic(sandbox.brokers, event.topic), "the fix of topic-exists made another topic")


@tries(SOURCE, "coupon-reset --reopen --yes --event … makes it again, and a running coupon-consume publishes the claims again",
       state="the topic of an open round is deleted", command="the command, pasted", better="the topic is there, in the same round")
def topic_gone(item, sandbox):
    """In an open round; --reopen makes it again."""
    event = Event(item, sandbox, "gone")
    event.reset("--limit", 100)
    delete_topic(sandbox.brokers, event.topic)
    wait_until(lambda: not has_topic(sandbox.brokers, event.topic), 20, "the topic does not go")
    operator = Operator(event)
    operator.tried({"topic-exists": "dangerous"}, lambda fixes: operator.paste(command_in(fixes["topic-exists"], "coupon-reset ")))
    item.equal(event.round(), 1, "rounds after a topic that was gone")


@tries(GROUP, "end it, or give it a group of its own; what it skipped: coupon-consume --event … --recover --yes",
       state="kcat is in the workers' group and commits what it reads", command="kcat is ended; the command, pasted",
       better="the line is ok, and every coupon is issued")
@tries(GROUP, "kafka-consumer-groups.sh --bootstrap-server … --describe --group … --members --verbose",
       state="a member by Kafka 4's own protocol is in the group", command="the command, pasted; the member that it names is ended, and a worker started",
       better="the line is ok")
def strangers(item, sandbox):
    """Another program in the group: with partitions, without one, and one that only Kafka's own command tells of."""
    event = Event(item, sandbox, "group")
    event.reset("--limit", 100)
    operator = Operator(event)
    with stranger(event):
        found = operator.lines()["group-members"]
        item.equal(found["status"], "dangerous", f"group-members with a stranger ({found['found']})")
        applied = event.run("coupon-apply", *range(1, 6))
        item.equal(applied.code, 0, f"applications while a stranger is in the group ({applied.brief()})")
        wait_until(lambda: operator.lines()["group-lag"]["status"] == "ok", 20, "the stranger skips nothing")
    after = operator.lines()["group-members"]
    item.equal(after["status"], "ok", f"group-members once the stranger has gone ({after['found']})")
    operator.paste(command_in(found["fix"], "coupon-consume "), seconds=120)
    if item.equal(event.row_count(), 5, "coupons of what the stranger skipped"):
        note_fix(item, found["fix"])
    with member_of_kafka_4(event) as member:
        wait_until(lambda: preflight_line(event, "group-members")["status"] != "ok", 60, "the member of Kafka 4's protocol does not join")

        def find_and_end(fixes):
            item.check(event.group in operator.paste(command_in(fixes["group-members"], "kafka-consumer-groups.sh ")), "Kafka's command tells no member")
            end(member)
            # Kafka keeps the group under the new protocol until a worker joins.
            with event.worker():
                wait_until(lambda: preflight_line(event, "group-members")["status"] == "ok", 60, "the worker is not told as the only member")

        operator.tried({"group-members": "cannot_tell"}, find_and_end)
    item.figure("strangers in a group", 2)


@tries(SOURCE, "start the brokers that are down", "start the brokers that are down, or wait until they have caught up",
       "three brokers, and kafka-reassign-partitions.sh", OF_TOPIC, "with three replicas: kafka-configs.sh --bootstrap-server … --add-config …",
       state="one of three brokers is down; one replica at three brokers", command="the broker is started; kafka-reassign-partitions.sh; the command, pasted",
       better="the line is ok")
def three_brokers(item, sandbox):
    """Replicas, leaders and brokers that are down."""
    with BrokerCluster(sandbox, item.folder / "cluster") as cluster:
        event = Event(item, sandbox, "three")
        at_cluster = {"COUPON_BROKERS": cluster.brokers}
        create_topic(cluster.first, event.topic, 4, {"min.insync.replicas": "1"})
        opened = event.run("coupon-reset", "--yes", "--limit", 10, settings=at_cluster)
        item.equal(opened.code, 0, f"the reset at three brokers ({opened.brief()})")
        operator = Operator(event)
        with cluster.without(2):
            operator.tried({"topic-leaders": "dangerous", "topic-brokers": "ok"}, lambda fixes: cluster.start(2), settings=at_cluster)

        def have_three(fixes):
            _reassign(event, operator, cluster)
            operator.paste(command_in(fixes["topic-min-insync"], "kafka-configs.sh "))

        operator.tried({"topic-replication": "warning", "topic-min-insync": "warning"}, have_three, settings=at_cluster)
        alter_settings(cluster.first, event.topic, {"min.insync.replicas": "1"})
        operator.tried({"topic-min-insync": "warning"}, _configs(operator), settings=at_cluster)

        def start_and_wait(_):
            cluster.start(3)
            wait_until(lambda: operator.lines(settings=at_cluster)["topic-replicas"]["status"] == "ok", 30, "the broker does not catch up")

        for least, status in (("2", "warning"), ("3", "dangerous")):
            alter_settings(cluster.first, event.topic, {"min.insync.replicas": least})
            with cluster.without(3):
                operator.tried({"topic-replicas": status}, start_and_wait, settings=at_cluster)
        item.figure("brokers down and started", 3)


def _reassign(event, operator, cluster):
    """Every partition gets all three brokers, by Kafka's own tool."""
    plan = event.item.folder / "reassignment.json"
    plan.write_text(json.dumps({"version": 1, "partitions": [{"topic": event.topic, "partition": number, "replicas": [1, 2, 3]} for number in range(4)]}))
    tool = f"kafka-reassign-partitions.sh --bootstrap-server {cluster.brokers} --reassignment-json-file {plan}"
    operator.paste(f"{tool} --execute")
    wait_until(lambda: "is still in progress" not in operator.paste(f"{tool} --verify"), 60, "the partitions are not moved")
