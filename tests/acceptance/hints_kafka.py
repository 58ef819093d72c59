"""The hints about Kafka: each state is made, the hint is read from the program and followed, and the program is run again."""

import re
import struct
from contextlib import contextmanager

from event import Event
from fixes import Operator
from hint_table import all_told, told, tried_by, tries
from outside_group import no_coordinator
from rewriting_proxy import RewritingProxy
from topic_admin import delete_topic, has_topic
from waiting import wait_until

TITLE = "every hint about Kafka helps"
SECONDS = 300
FAULT_FILE = "lib/topic/kafka/kafka_fault.cpp"
CLIENT_FILE = "lib/topic/kafka/kafka_client.cpp"
START = "start it, or correct --brokers: kafka-topics.sh --bootstrap-server … --list tells whether it answers"
LISTENERS = "correct advertised.listeners of that broker, or open the way to that address"
GONE = "coupon-reset --reopen --yes makes it again, and a running coupon-consume publishes the claims again"
NO_TOPIC = "run coupon-reset for a new round; coupon-reset --reopen goes on with the last one"
DENIED = "check user name, password, certificates (-X sasl.*, -X ssl.*) and the permissions of this user"
SCRAM = ("check user name and password; this librdkafka cannot log in to Kafka 4 with SCRAM at all, use sasl.mechanisms=PLAIN over "
         "security.protocol=SASL_SSL there")
GSSAPI = "name another one, such as -X sasl.mechanisms=PLAIN"
PROPERTY = "correct the -X property that it names"
CLUSTER = "name the brokers of cluster … in --brokers"
SESSION = "stay within the broker's group.min.session.timeout.ms and group.max.session.timeout.ms"
AGAIN = "start the program again"
COORDINATOR = ("offsets.topic.replication.factor must not exceed the number of brokers, and topic __consumer_offsets needs a leader: kafka-topics.sh "
               "--bootstrap-server … --describe --topic __consumer_offsets")


class Round:
    """A round of an event of its own."""

    def __init__(self, item, sandbox, name):
        self.item, self.sandbox, self.event, self._user = item, sandbox, Event(item, sandbox, name), 0
        self.event.reset("--limit", 20)
        self.operator = Operator(self.event)

    def refused(self, what, hint, *words, settings=None, program="coupon-apply"):
        """The program ends without success, and says the hint."""
        said = self.event.run(program, *self._words(program), "--timeout", "3s", *words, settings=settings)
        self.item.check(said.code != 0, f"{what}: {program} ended with 0")
        told(self.item, hint, said, what)
        return said

    def works(self, what, *words, settings=None, program="coupon-apply"):
        said = self.event.run(program, *self._words(program), *words, settings=settings)
        self.item.equal(said.code, 0, f"{what}: exit of {program} afterwards ({said.brief()})")

    def _words(self, program):
        self._user += 1
        return {"coupon-apply": [self._user], "coupon-consume": ["--until-drained"]}.get(program, [])


def _command(said, start):
    found = re.search(re.escape(start) + r" --bootstrap-server \S+(?: --list)?", said.out + said.err)
    return found[0] if found else "echo ERR, no such command"


@tries(FAULT_FILE, START, state="the broker is stopped", command="kafka-topics.sh --list, as printed; the broker is started",
       better="the command lists the topic, and an application is granted a coupon")
@tries(FAULT_FILE, GONE, state="the topic of an open round is deleted", command="coupon-reset --reopen --yes, as printed; a worker is started",
       better="an application is granted a coupon, and the worker ends drained")
@tries(FAULT_FILE, NO_TOPIC, state="the topic of a closed round is deleted", command="coupon-reset --reopen, and once more coupon-reset",
       better="both open the event, and an application is granted a coupon")
def broker_and_topic(item, sandbox):
    a_round = Round(item, sandbox, "topic")
    event = a_round.event
    sandbox.stop("kafka")
    said = a_round.refused("a broker that is stopped", START)
    sandbox.start("kafka")
    item.check(event.topic in a_round.operator.paste(_command(said, "kafka-topics.sh")), "kafka-topics.sh does not list the topic")
    a_round.works("a broker that was started")
    _delete(event)
    a_round.refused("a topic that is gone", GONE)
    event.reset("--reopen")
    a_round.works("a topic that is made again")
    a_round.works("a topic that is made again", program="coupon-consume")
    for words in (["--reopen"], ["--limit", 20]):
        event.reset("--close")
        _delete(event)
        a_round.refused("a closed round without a topic", NO_TOPIC, program="coupon-consume")
        event.reset(*words)
        a_round.works(f"after coupon-reset {words[0]}")
        a_round.works(f"after coupon-reset {words[0]}", program="coupon-consume")


def _delete(event):
    delete_topic(event.sandbox.brokers, event.topic)
    wait_until(lambda: not has_topic(event.sandbox.brokers, event.topic), 20, "the topic does not go")


@tries(FAULT_FILE, DENIED, state="a wrong password", command="the right password is given", better="an application is granted a coupon")
@tries("lib/topic/kafka/kafka_config.cpp", GSSAPI, state="GSSAPI is asked for", command="PLAIN is given, as printed",
       better="an application is granted a coupon")
@tries(CLIENT_FILE, PROPERTY, state="a file of certificates that does not exist", command="the property that is named is left out",
       better="an application is granted a coupon")
def logins(item, sandbox):
    a_round = Round(item, sandbox, "logins")
    password = (sandbox.folder / "kafka.password").read_text().strip()
    there = {"COUPON_BROKERS": f"127.0.0.1:{sandbox.port('kafka_sasl')}"}

    def login(secret, mechanism="PLAIN"):
        path = item.folder / f"kafka-{len(secret)}.password"
        path.write_text(secret + "\n")
        path.chmod(0o600)
        return ("--kafka-password-file", path, "-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.username=coupon",
                "-X", f"sasl.mechanisms={mechanism}")
    a_round.refused("a wrong password", DENIED, *login("wrong"), settings=there)
    a_round.works("the right password", *login(password), settings=there)
    a_round.refused("GSSAPI", GSSAPI, *login(password, "GSSAPI"), settings=there)
    a_round.works("PLAIN", *login(password), settings=there)
    said = a_round.refused("no certificates", PROPERTY, "-X", "security.protocol=SSL", "-X", "ssl.ca.location=/nonexistent")
    item.check("ssl.ca.location" in said.out + said.err, f"the property is not named: {said.err[-300:]}")
    a_round.works("no property")


@tries("lib/topic/kafka/kafka_subscriber.cpp", SESSION, state="a session time-out beyond what the broker allows", command="one within the bounds is given",
       better="a worker ends drained")
@tries("lib/topic/kafka/kafka_subscriber.cpp", AGAIN, state="two workers with one group.instance.id: the group has fenced the first",
       command="the first is started again after the second has ended", better="it ends drained")
def members(item, sandbox):
    a_round = Round(item, sandbox, "members")
    event = a_round.event
    a_round.works("claims to be issued")
    with event.start("coupon-consume", "-X", "session.timeout.ms=2000000", "-X", "max.poll.interval.ms=2000000") as worker:
        told(item, SESSION, worker.wait(30), "a session time-out that is too long")
    a_round.works("a session time-out within the bounds", "-X", "session.timeout.ms=30000", program="coupon-consume")
    one = ("-X", "group.instance.id=one")
    with event.start("coupon-consume", *one) as first:
        wait_until(lambda: "partitions" in first.err_so_far(), 30, "the first worker got no partitions")
        with event.start("coupon-consume", *one) as second:
            told(item, AGAIN, first.wait(40), "a worker that was fenced")
            second.end()
    a_round.works("a claim to be issued")
    a_round.works("started again", *one, program="coupon-consume")


@contextmanager
def _changed_broker(sandbox, change):
    """Settings of a program that asks it through a proxy, which changes what it answers and the address that it advertises."""
    ports = {}

    def down(data):
        return change(data.replace(struct.pack(">i", sandbox.port("kafka")), struct.pack(">i", ports["proxy"])))
    with RewritingProxy(sandbox.port("kafka"), down=down) as proxy:
        ports["proxy"] = proxy.port
        yield {"COUPON_BROKERS": f"127.0.0.1:{proxy.port}"}


@tries(CLIENT_FILE, CLUSTER, state="brokers of another cluster (a proxy changes its id)", command="the right brokers are given",
       better="an application is granted a coupon")
def another_cluster(item, sandbox):
    a_round = Round(item, sandbox, "proxied")
    cluster = a_round.event.ledger.query("SELECT cluster_id FROM coupon_round WHERE event = 'proxied'")[0][0]
    with _changed_broker(sandbox, lambda data: data.replace(cluster.encode(), cluster.encode()[::-1])) as there:
        said = a_round.refused("another cluster", CLUSTER, settings=there)
        item.check(f"cluster {cluster} in --brokers" in said.out + said.err, "the cluster is not named")
    a_round.works("the right cluster")


@tries(FAULT_FILE, LISTENERS, state="the broker advertises an address where nothing listens", command="the way to that address is opened",
       better="an application is granted a coupon through it")
def advertised(item, sandbox):
    a_round = Round(item, sandbox, "advertised")
    there = {"COUPON_BROKERS": f"127.0.0.1:{sandbox.port('kafka_behind')}"}
    a_round.refused("an address where nothing listens", LISTENERS, settings=there)
    with RewritingProxy(sandbox.port("kafka_behind"), port=sandbox.port("kafka_front")):
        a_round.works("the way is open", settings=there)


@tries(CLIENT_FILE, COORDINATOR, state="offsets.topic.replication.factor 3 with one broker",
       command="the setting is corrected, and the broker started again",
       better="coupon-audit --preflight and an application go well, and the worker issues the coupon")
def coordinator(item, sandbox):
    """The state and its repair are those of item outside_group; while it lasts, a recovery says the hint."""
    def look(event):
        told(item, COORDINATOR, event.run("coupon-consume", "--recover", "--yes", "--wait", "0s", "--timeout", "3s"), "no coordinator")
    no_coordinator(item, sandbox, look)


tried_by("tests/topic/kafka_login_test.cpp", "a refused login is told at once by every call, a good one is let in", FAULT_FILE, SCRAM,
         state="a broker of Kafka 4 is asked for SCRAM", command="PLAIN is given", better="records are published and read")
tried_by("tests/topic/kafka_publisher_test.cpp", "a record whose acknowledgement never comes is unknown, at its time-out, though it is on the topic",
         "lib/topic/kafka/kafka_publisher.cpp", "the claim stays pending; a running coupon-consume publishes it again",
         state="the acknowledgement of a record never comes", command="the record is republished", better="it is on the topic")
tried_by("tests/topic/kafka_subscriber_test.cpp", "a commit ends at its deadline, its outcome unknown, and the next one has its own answer",
         "lib/topic/kafka/kafka_subscriber_commit.cpp", "a running coupon-consume reads the records again if it failed",
         state="the answer to a commit does not come", command="the next commit of the member", better="it is answered")


def run(item):
    with item.sandbox("--kafka-proxied", "--kafka-sasl") as sandbox:
        item.each(all_told(broker_and_topic, logins, members, another_cluster, advertised, coordinator), sandbox)
