"""Item stranger_in_group: another program reads the topic in the workers' group. Worker and preflight name it, the redrive does not flood the topic,
and --recover issues what it skipped while it is still there. Members that the broker does not tell are said to be unknown, with the command that
tells them."""

import subprocess
import time
from contextlib import contextmanager

from event import Event
from fixes import Operator, command_in
from group_stranger import end, stranger
from hint_table import all_told, told, tries
from poisoned import preflight_line
from waiting import wait_until

TITLE = "a stranger in the group is named, and what it skipped is issued"
SECONDS = 400
USERS = 40
WATCHED_S = 40                        # at one redrive every 2 s, 20 of them
MOST_REDRIVES = 6                     # after 0, 2, 4, 8 and 16 s, and one more where the topic was read late
EAGER = ("-X", "partition.assignment.strategy=range")
STRANGER = "is in group"
END_IT = "end it, or give it a group of its own; coupon-consume --recover --yes issues what it skipped"
NAMED = "run coupon-audit, it names what is wrong"
LISTED = "a member that is no coupon-consume would hold coupons back; list them with "


def _lines(worker, piece):
    return [line for line in worker.err_so_far().splitlines() if piece in line]


def _apply_all(item, event):
    history = event.history(event.name)
    event.flood("--requests", USERS, "--first-user", 1, "--concurrency", 4, history=history)
    return history


def _recover(item, event, histories):
    """--recover --yes: all that was skipped is issued, and a person is told to end the stranger."""
    outcome = event.run("coupon-consume", "--recover", "--yes", "--json", seconds=120)
    item.equal(outcome.code, 1, f"exit of --recover while a stranger is in the group ({outcome.brief()})")
    for_a_person = str(outcome.json()["left"]["for_a_person"])
    item.check("client rdkafka at /127.0.0.1" in for_a_person, f"--recover does not name the stranger: {for_a_person[:300]}")
    item.equal(event.row_count(), USERS, "rows after --recover while the stranger is still there")


@tries("lib/core/group_watch.cpp", END_IT, state="kcat is in the workers' group, holds half of the partitions and commits what it reads",
       command="coupon-consume --recover --yes; kcat is ended", better="every coupon is issued, and nothing is left to be recovered")
@tries("lib/flow/worker/redrive_journal.cpp", NAMED, state="the same, so that what a worker publishes again is not issued", command="coupon-audit",
       better="it tells how many claims have no coupon, and names the command that issues them")
def takes_half(item, sandbox):
    """The example: it commits what it reads, so that half of the coupons do not come."""
    event = Event(item, sandbox, "halved")
    event.reset("--limit", USERS)
    with event.worker() as worker, stranger(event, *EAGER) as partitions:
        wait_until(lambda: _lines(worker, STRANGER), 40, f"the worker does not name the stranger: {worker.err_so_far()[-300:]}")
        item.check("client rdkafka at /127.0.0.1 (partitions " in _lines(worker, STRANGER)[0], f"it names another: {_lines(worker, STRANGER)[0]}")
        line = preflight_line(event, "group-members")
        item.equal(line["status"], "dangerous", f"preflight with a stranger in the group ({line['found']})")
        history = _apply_all(item, event)
        wait_until(lambda: _lines(worker, "still without a coupon"), 40, "the redrive does not tell that its records come back unissued")
        began = time.monotonic()
        before = len(_lines(worker, "without a coupon"))
        time.sleep(WATCHED_S)
        redrives = len(_lines(worker, "without a coupon")) - before
        item.check(redrives <= MOST_REDRIVES, f"{redrives} redrives within {time.monotonic() - began:.0f} s, {MOST_REDRIVES} are allowed")
        item.check(any("the next try is in" in line for line in _lines(worker, "still without a coupon")), "the next try is not told")
        item.check(event.row_count() < USERS, "the stranger skipped nothing")
        told(item, NAMED, worker.err_so_far(), "a redrive whose records come back unissued")
        audit = event.run("coupon-audit")
        item.check(audit.code in (1, 5) and "coupon-consume --recover" in audit.out, f"the audit does not name what is wrong ({audit.brief()})")
        told(item, END_IT, worker.err_so_far(), "a stranger in the group")
        _recover(item, event, [history])
        item.equal(len(_lines(worker, STRANGER)), 1, "warnings about the stranger")
    item.figure("partitions of the stranger", len(partitions))
    item.figure(f"redrives within {WATCHED_S} s", redrives)
    event.must_be_exact("after the stranger", USERS, [history], expected=USERS)
    outcome = event.run("coupon-consume", "--recover", seconds=60)
    item.equal(outcome.code, 0, f"exit of --recover once the stranger has gone ({outcome.brief()})")


def holds_all(item, sandbox):
    """No worker runs: it reads and commits everything."""
    event = Event(item, sandbox, "taken")
    event.reset("--limit", USERS)
    with stranger(event, *EAGER, "-X", "auto.commit.interval.ms=500"):
        history = _apply_all(item, event)
        time.sleep(2)
        _recover(item, event, [history])
    event.must_be_exact("after a stranger that held all", USERS, [history], expected=USERS)


def commits_nothing(item, sandbox):
    """It holds its partitions and commits nothing: no worker will read them."""
    event = Event(item, sandbox, "held")
    event.reset("--limit", USERS)
    with stranger(event, *EAGER, "-X", "enable.auto.commit=false"):
        history = _apply_all(item, event)
        _recover(item, event, [history])
    with event.worker():
        event.must_be_exact("after a stranger that committed nothing", USERS, [history], expected=USERS, wait="60s")


@contextmanager
def member_of_kafka_4(event):
    """Kafka's own consumer with the group protocol of KIP-848."""
    libs = event.sandbox.folder / "kafka" / "libs"
    log = event.logs / f"{next(event.item.runs):04}-java.err"
    with open(log, "wb") as err:
        process = subprocess.Popen(["java", "-Xmx96m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{libs}/*",
                                    "org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", event.sandbox.brokers, "--topic",
                                    event.topic, "--group", event.group, "--consumer-property", "group.protocol=consumer"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err)
    try:
        yield process
    finally:
        end(process)


@tries("lib/core/group_watch.cpp", LISTED, state="a member by Kafka 4's own protocol is in the group", command="the command, pasted",
       better="the member is listed")
def not_told(item, sandbox):
    """A member by Kafka 4's own protocol: this client library is not told who is in the group."""
    event = Event(item, sandbox, "untold")
    event.reset("--limit", USERS)
    with member_of_kafka_4(event):
        line = wait_until(lambda: (lambda found: found if found["status"] != "ok" else None)(preflight_line(event, "group-members")), 60,
                          "preflight takes a group with a member that is not told for an empty one")
        item.equal(line["status"], "cannot_tell", f"preflight of members that are not told ({line['found']})")
        item.check("--members --verbose" in line["fix"], f"preflight has no command that tells them: {line['fix']}")
        with event.worker() as worker:
            wait_until(lambda: _lines(worker, "are not known"), 60, f"the worker does not tell that the members are unknown: {worker.err_so_far()[-300:]}")
            line = _lines(worker, "are not known")[0]
            told(item, LISTED, line, "members that are not told")
            members = Operator(event).paste(command_in(line, "kafka-consumer-groups.sh "))
            item.check(event.group in members and "console-consumer" in members, f"Kafka's command does not list the member: {members[-300:]}")


def run(item):
    with item.sandbox() as sandbox:
        item.each((*all_told(takes_half, not_told), holds_all, commits_nothing), sandbox)
