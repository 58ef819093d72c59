"""Item outside_group: a worker that its group leaves without work tells it: another assignor, no coordinator, an address that nobody can reach, a
group that others hold, a client that gives up. The preflight sees the same, and no application is claimed that cannot be published."""

from contextlib import ExitStack

from event import Event
from fixes import Operator, command_in
from group_stranger import stranger
from hint_table import all_told, note_fix, told, tries
from poisoned import preflight_line
from topic_admin import delete_topic
from waiting import wait_until

TITLE = "a worker outside its group is told"
SECONDS = 300
PATIENCE_S = 10                      # without an answer of the group, before the warning
TOLD_WITHIN_S = PATIENCE_S + 20
OUTSIDE = "has had no answer of group"
BACK = "has answered: this worker has"
COORDINATOR = ("offsets.topic.replication.factor must not exceed the number of brokers, and topic __consumer_offsets needs a leader: "
               "kafka-topics.sh --bootstrap-server … --describe --topic __consumer_offsets")
MEMBERS = "see the members with kafka-consumer-groups.sh --bootstrap-server … --describe --group … --members --verbose"
ANOTHER = ("another member uses another assignor; end that member, or give it a group of its own: "
           "kafka-consumer-groups.sh --bootstrap-server … --describe --group … --members --verbose")
OWN_ID = "give each worker its own -X group.instance.id, then start the program again"
FULL = "end a member, or raise group.max.size in the broker's server.properties"
RANGE = ("-X", "partition.assignment.strategy=range")
ASSIGNOR = ("-X", "partition.assignment.strategy=cooperative-sticky")


def _lines(worker, piece):
    return [line for line in worker.err_so_far().splitlines() if piece in line]


def _told(item, worker, what, pieces):
    """The one warning, with all these words in it."""
    wait_until(lambda: _lines(worker, OUTSIDE), TOLD_WITHIN_S, f"{what}: the worker tells nothing of its group: {worker.err_so_far()[-300:]}")
    line = _lines(worker, OUTSIDE)[0]
    for piece in pieces:
        item.check(piece in line, f"{what}: the warning has no {piece!r}: {line}")


def _back(item, worker, what):
    wait_until(lambda: _lines(worker, BACK), 40, f"{what}: the worker does not tell that the group has answered: {worker.err_so_far()[-300:]}")
    for piece in (OUTSIDE, BACK):
        item.equal(len(_lines(worker, piece)), 1, f"{what}: lines with {piece!r}")


@tries("lib/core/group_watch.cpp", ANOTHER, state="a member with another assignor was in the group first", command="the command, pasted; the member that it names is ended",
       better="the worker is in the group")
def another_assignor(item, sandbox):
    """A member with another assignor was there first: the broker turns the worker away, which the client library tries to cure without end."""
    event = Event(item, sandbox, "assignor")
    event.reset("--limit", 10)
    with ExitStack() as its_life:
        its_life.enter_context(stranger(event, *ASSIGNOR))
        with event.start("coupon-consume") as worker:
            _told(item, worker, "another assignor", ("INCONSISTENT_GROUP_PROTOCOL", event.group, "client rdkafka at /127.0.0.1 (partitions 0 1 2 3)"))
            line = preflight_line(event, "group-members")
            item.equal(line["status"], "dangerous", f"preflight: a member that is no worker ({line['found']})")
            item.check("client rdkafka at /127.0.0.1 (partitions 0 1 2 3)" in line["found"], f"preflight does not name it: {line['found']}")
            told(item, ANOTHER, worker.err_so_far(), "another assignor")
            _list_members(item, event, worker, "rdkafka")
            its_life.close()
            _back(item, worker, "another assignor")
            item.equal(worker.end().code, 0, "exit code of a worker that was turned away, on SIGTERM")


def _list_members(item, event, worker, client):
    """Pastes Kafka's command out of the warning; it names the client."""
    members = Operator(event).paste(command_in(_lines(worker, OUTSIDE)[0], "kafka-consumer-groups.sh "))
    item.check(client in members, f"Kafka's command does not name {client}: {members[-300:]}")


@tries("lib/core/group_watch.cpp", MEMBERS, state="a member is stopped and does not answer, so that the group waits for it",
       command="the command, pasted; the member that it names is ended", better="the worker is in the group")
def silent_member(item, sandbox):
    event = Event(item, sandbox, "silent")
    event.reset("--limit", 10)
    with ExitStack() as its_life:
        its_life.enter_context(stranger(event, "-X", "session.timeout.ms=40000", "-X", "max.poll.interval.ms=60000", *RANGE, is_stopped=True))
        with event.start("coupon-consume") as worker:
            _told(item, worker, "a silent member", (event.group,))
            told(item, MEMBERS, worker.err_so_far(), "a silent member")
            _list_members(item, event, worker, "rdkafka")
            its_life.close()
            _back(item, worker, "a silent member")
            item.equal(worker.end().code, 0, "exit code of the worker on SIGTERM")


@tries("lib/core/group_watch.cpp", FULL, state="the broker takes one member of a group, and another worker is it", command="the other worker is ended",
       better="the worker is in the group")
def full_group(item, sandbox):
    event = Event(item, sandbox, "full")
    event.reset("--limit", 10)
    settings = sandbox.folder / "kafka.properties"
    try:
        settings.write_text("group.max.size=1\n")
        sandbox.stop("kafka")
        sandbox.start("kafka")
        with event.start("coupon-consume") as other:
            wait_until(lambda: _lines(other, "partitions assigned:"), 30, "the first worker is in no group")
            with event.start("coupon-consume") as worker:
                _told(item, worker, "a full group", ("GROUP_MAX_SIZE_REACHED", event.group))
                told(item, FULL, worker.err_so_far(), "a full group")
                item.equal(other.end().code, 0, "exit code of the other worker on SIGTERM")
                _back(item, worker, "a full group")
                item.equal(worker.end().code, 0, "exit code of the worker on SIGTERM")
    finally:
        settings.unlink()
        sandbox.stop("kafka")
        sandbox.start("kafka")


def others_hold_all(item, sandbox):
    """Five workers, four partitions: one has none, and takes over when another one ends."""
    event = Event(item, sandbox, "crowded")
    event.reset("--limit", 10)
    with ExitStack() as stack:
        workers = [stack.enter_context(event.start("coupon-consume")) for _ in range(5)]
        told = lambda: [line for worker in workers for line in _lines(worker, "has no partition: other members")]  # noqa: E731
        wait_until(told, 30, "no worker tells that others hold all partitions")
        item.check(" INFO " in told()[0].upper() or "WARN" not in told()[0].upper(), f"it is told as more than information: {told()[0]}")
        item.check("client coupon at /127.0.0.1 (partition" in told()[0], f"the members that hold them are not named: {told()[0]}")
        idle = next(worker for worker in workers if _lines(worker, "has no partition: other members"))
        busy = next(worker for worker in workers if worker is not idle)
        item.equal(busy.end().code, 0, "exit code of a worker on SIGTERM")
        wait_until(lambda: "partitions assigned:" in idle.err_so_far().split("has no partition: other members")[1], 20,
                   "the worker without a partition does not take over")
        item.equal(len(told()), 1, "workers that tell that others hold all partitions")
        item.check(not any(_lines(worker, OUTSIDE) for worker in workers), "a worker without a partition is taken for one outside its group")
        for worker in workers:
            if worker is not busy:
                item.equal(worker.end().code, 0, "exit code of a worker on SIGTERM")


@tries("lib/preflight/preflight_group.cpp", COORDINATOR, state="the broker wants three replicas of the offsets, and is alone",
       command="the setting is taken out of server.properties, and the broker started again", better="the line is ok, and the worker issues")
@tries("lib/core/group_watch.cpp", COORDINATOR, state="the same, and a worker waits for its group", command="the same", better="the worker issues")
def no_coordinator(item, sandbox, look=lambda event: None):
    """One broker, and a topic of offsets that wants three: it cannot be made. `look` is called in this state. Repaired, the group answers."""
    event = Event(item, sandbox, "headless")
    event.reset("--limit", 10)
    settings = sandbox.folder / "kafka.properties"
    sandbox.stop("kafka")
    settings.write_text("offsets.topic.replication.factor=3\n")
    sandbox.start("kafka")
    delete_topic(sandbox.brokers, "__consumer_offsets")
    try:
        with event.start("coupon-consume") as worker:
            _told(item, worker, "no coordinator", ("COORDINATOR_NOT_AVAILABLE", event.group))
            told(item, COORDINATOR, worker.err_so_far(), "no coordinator")
            line = preflight_line(event, "group-coordinator")
            item.equal(line["status"], "dangerous", f"preflight of a group without coordinator ({line['found']})")
            item.equal(preflight_line(event, "group-lag")["status"], "cannot_tell", "preflight: the lag of a group without coordinator")
            look(event)
            sandbox.stop("kafka")
            settings.unlink()
            sandbox.start("kafka")
            _back(item, worker, "no coordinator")
            for name in ("group-coordinator", "group-members", "group-lag"):
                repaired = preflight_line(event, name)
                item.equal(repaired["status"], "ok", f"preflight after the repair: {name} ({repaired['found']})")
            note_fix(item, line["fix"])
            item.equal(event.run("coupon-apply", "7").code, 0, "exit of an application after the repair")
            event.wait_rows(1, 30)
            item.equal(worker.end().code, 0, "exit code of the worker on SIGTERM")
    finally:
        if settings.exists():
            settings.unlink()
            sandbox.stop("kafka")
            sandbox.start("kafka")


@tries("lib/preflight/preflight_group.cpp", "correct advertised.listeners in the broker's server.properties, or open the way to that address",
       "repair what the lines above name", state="the broker advertises an address where nothing listens", command="the address that is right in --brokers",
       better="the line is ok")
@tries("lib/preflight/preflight_leftovers.cpp", "repair what the lines of the topic and the group name, then run this again", state="the same", command="the same",
       better="the lag, the offsets and the records are told")
def wrong_listener(item, sandbox):
    """The broker answers at --brokers and advertises an address where nothing listens."""
    event = Event(item, sandbox, "misled")
    event.reset("--limit", 10)
    advertised = f"127.0.0.1:{sandbox.port('kafka_front')}"
    settings = {"COUPON_BROKERS": f"127.0.0.1:{sandbox.port('kafka_behind')}"}
    outcome = event.run("coupon-apply", "7", settings=settings)
    item.equal(outcome.code, 3, f"exit of an application whose record cannot be published ({outcome.brief()})")
    item.check(advertised in outcome.err and "advertised.listeners" in outcome.err, f"the advertised address is not named: {outcome.err[-300:]}")
    item.equal(event.gate_number("granted"), 0, "claims of an application that cannot be published")
    outcome = event.run("coupon-flood", "--requests", "5", settings=settings)
    item.equal((outcome.code, event.gate_number("granted")), (3, 0), f"exit and claims of a flood ({outcome.brief()})")
    outcome = event.run("coupon-audit", "--preflight", "--json", settings=settings)
    lines = {check["name"]: check for check in outcome.json()["checks"]}
    item.equal(lines["topic-brokers"]["status"], "dangerous", f"preflight: the advertised address ({lines['topic-brokers']['found']})")
    item.check(advertised in lines["topic-brokers"]["found"], f"preflight does not name the address: {lines['topic-brokers']['found']}")
    with event.start("coupon-consume", settings=settings) as worker:
        outcome = worker.wait(40)
    item.equal(outcome.code, 3, f"exit of a worker at an address that it cannot reach ({outcome.brief()})")
    item.check(advertised in outcome.err, f"the worker does not name the advertised address: {outcome.err[-300:]}")
    for name in ("topic-brokers", "group-coordinator", "group-lag", "group-offsets", "foreign-records"):
        reached = preflight_line(event, name)
        if item.equal(reached["status"], "ok", f"preflight at the right address: {name} ({reached['found']})"):
            note_fix(item, lines[name]["fix"])
        if name != "topic-brokers":
            item.equal(lines[name]["status"], "cannot_tell", f"preflight at the wrong address: {name} ({lines[name]['found']})")
    item.equal(event.run("coupon-apply", "7").code, 0, "exit of an application at the right address")


@tries("lib/topic/kafka/kafka_subscriber.cpp", OWN_ID, state="two workers have one group.instance.id", command="the worker is started again, with its own",
       better="both are in the group")
def given_up(item, sandbox):
    """Two workers with one group.instance.id: the group fences the first, whose client has given up for good."""
    event = Event(item, sandbox, "fenced")
    event.reset("--limit", 10)
    words = ("-X", "group.instance.id=one")
    with event.start("coupon-consume", *words) as first:
        wait_until(lambda: _lines(first, "partitions"), 30, "the first worker got no partitions")
        with event.start("coupon-consume", *words) as second:
            outcome = first.wait(40)
            item.check(outcome.code not in (0, 128), f"a worker whose client gave up ended with {outcome.code}")
            item.check("FENCED_INSTANCE_ID" in outcome.err, f"the reason is not named: {outcome.err[-300:]}")
            told(item, OWN_ID, outcome, "a worker whose client gave up")
            with event.worker("-X", "group.instance.id=another") as again:
                wait_until(lambda: _lines(again, "partitions assigned:"), 40, "the worker with its own id is not in the group")
            item.equal(second.end().code, 0, "exit code of the second worker on SIGTERM")
    item.figure("exit of a worker whose client gave up", outcome.code)


def run(item):
    with item.sandbox("--kafka-proxied") as sandbox:
        item.each((*all_told(another_assignor, silent_member, full_group, wrong_listener, given_up, no_coordinator), others_hold_all), sandbox)
