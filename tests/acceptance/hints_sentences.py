"""Advice that stands within a sentence: of a worker's log, of a flood's report, of a reset, and of a mistyped option."""

import os
import re

from event import Event
from fixes import Operator
from gone_back import REMOVE
from hint_table import all_told, told, tries
from ledger_store import administer
from poisoned import preflight_line
from redis_store import gate_key, outbox_key
from topic_admin import alter_settings
from topic_store import produce
from waiting import wait_until

TITLE = "advice within the sentences of logs and reports helps"
SECONDS = 180
LIMIT = 20
OPTIONS = "lib/cli/command_line.cpp"
REPORT = "lib/report/flood_text.cpp"
MISTYPED, UNKNOWN, LONG_NAMES = "did you mean …?", "see --help", "expected the long name of an option that takes a value"
CLOSED, UNARMED, LOST, PENDING = ("coupon-reset --reopen reopens it", "a running coupon-consume arms it", "a running coupon-consume rebuilds it",
                                  "a running coupon-consume publishes them")
STAYS_CLOSED = "unless a reset is running, coupon-reset --reopen --yes opens it"
COUNTED = "coupon-audit --preflight counts those that are open"
WITHOUT_GATE = "coupon-consume --recover issues it where the gate still holds the claim"
MORE = "details: coupon-audit --preflight"
ALARM = "it grants nothing until coupon-consume has armed it again"
NAMED = "it grants nothing until it is armed again. Users who were answered since may lose, and coupon-audit names them"


def _event(item, sandbox, name):
    event = Event(item, sandbox, name)
    event.reset("--limit", LIMIT)
    return event


@tries(OPTIONS, MISTYPED, UNKNOWN, LONG_NAMES, state="an option, or a key of the config file, that does not exist",
       command="the option that is meant; --help; a key that is the long name of an option", better="the program runs; it lists its options; it reads the file")
def mistyped(item, sandbox):
    event = _event(item, sandbox, "mistyped")
    outcome = event.run("coupon-audit", "--versoin")
    told(item, MISTYPED, outcome, "a mistyped option")
    meant = re.search(r"did you mean (\S+)\?", outcome.err)[1]
    item.equal(event.run("coupon-audit", meant).code, 0, f"exit with {meant}")
    told(item, UNKNOWN, event.run("coupon-audit", "--zzzzzzzz"), "an unknown option")
    helped = event.run("coupon-audit", "--help")
    item.check(helped.code == 0 and "--preflight" in helped.out, f"--help lists no options ({helped.brief()})")
    config = item.folder / "mistyped.conf"
    for key, hint in (("zzzzzzzz", LONG_NAMES), ("timeuot", MISTYPED)):
        config.write_text(f"[coupon-audit]\n{key} = 5s\n")
        told(item, hint, event.run("coupon-audit", "--config", config), f"the key {key}")
    meant = re.search(r"did you mean (\S+)\?", event.run("coupon-audit", "--config", config).err)[1]
    config.write_text(f"[coupon-audit]\n{meant} = 5s\n")
    read = event.run("coupon-audit", "--config", config, "--expect", 0)
    item.equal(read.code, 0, f"exit with the key {meant} ({read.brief()})")


def _run_worker(event, is_better, what):
    with event.worker():
        wait_until(is_better, 30, what)


@tries(REPORT, CLOSED, UNARMED, LOST, PENDING, state="a flood at a round that is closed, at a gate that is not armed or is lost, and with a topic that refuses all",
       command="the command; a worker", better="the next flood is granted coupons; what was pending has its coupon")
def floods(item, sandbox):
    event = _event(item, sandbox, "floods")

    def reopen():
        item.equal(event.run("coupon-reset", "--reopen", "--yes").code, 0, "exit of --reopen")

    def arm():
        _run_worker(event, lambda: event.gate() is not None and event.gate().is_armed, "the gate is not armed")

    with event.redis() as redis:
        for number, (hint, harm, repair) in enumerate(((CLOSED, lambda: event.reset("--close"), reopen),
                                                       (UNARMED, lambda: redis.ask("HSET", gate_key(event.name), "run_id", "another"), arm),
                                                       (LOST, lambda: redis.ask("UNLINK", gate_key(event.name)), arm))):
            harm()
            words = ("coupon-flood", "--requests", 3, "--first-user", 10 * number + 1)
            told(item, hint, event.run(*words), "a flood of which nobody is granted anything")
            repair()
            after = event.run(*words)
            item.check(re.search(r"^granted +3$", after.out, re.M), f"the flood after {hint!r} ({after.brief()})")
    alter_settings(sandbox.brokers, event.topic, {"max.message.bytes": "10"})
    told(item, PENDING, event.run("coupon-flood", "--requests", 3, "--first-user", 101), "a flood whose claims are pending")
    alter_settings(sandbox.brokers, event.topic, {"max.message.bytes": "65536"})
    _run_worker(event, lambda: event.row_count() == 12, "the claims that were pending have no coupon")


@tries("tools/coupon_reset.cpp", MORE, state="a reset whose preflight has warnings", command="coupon-audit --preflight",
       better="each of them is told, with what to do")
def worth_a_look(item, sandbox):
    event = Event(item, sandbox, "look")
    opened = event.run("coupon-reset", "--yes", "--limit", LIMIT)
    if told(item, MORE, opened, "a reset with warnings"):
        look = event.run("coupon-audit", "--preflight", "--json")
        lines = {line["name"]: line for line in look.json()["checks"]}
        for name in re.search(r"preflight warnings? \((.*)\);", opened.err)[1].split(", "):
            item.check(lines[name]["fix"], f"the preflight has nothing to do for {name}")


@tries("lib/flow/worker/redriver.cpp", STAYS_CLOSED, state="the gate of an open round is closed and not armed", command="the command, pasted",
       better="the gate is open and armed")
def stays_closed(item, sandbox):
    event = _event(item, sandbox, "stays")
    with event.redis() as redis:
        redis.ask("HSET", gate_key(event.name), "run_id", "another", "state", "closed")
    with event.worker() as worker:
        wait_until(lambda: "stays closed" in worker.err_so_far(), 20, "the worker does not tell that the gate stays closed")
        told(item, STAYS_CLOSED, worker.err_so_far(), "a worker at a closed gate")
        Operator(event).paste(f"coupon-reset --reopen --yes --event {event.name}")
        item.equal((event.gate().state, event.gate().is_armed), ("open", True), "the gate")


@tries("lib/flow/worker/failed_log.cpp", COUNTED, state="many records that no worker can issue", command="coupon-audit --preflight", better="it counts them all")
def many_failed(item, sandbox):
    event = _event(item, sandbox, "many")
    for number in range(12):
        produce(sandbox.brokers, event.topic, key=str(number), value=b"garbage")
    told(item, COUNTED, event.run("coupon-consume", "--until-drained"), "a worker that counts failed events")
    found = preflight_line(event, "failed-events")["found"]
    item.check(found.startswith("12 failed events"), f"the preflight does not count them: {found}")


@tries("lib/core/ledger_rule.cpp", WITHOUT_GATE, state="a failed event of an epoch before the gate's, tried again without the gate", command="coupon-consume --recover --yes",
       better="the user has the coupon")
def tried_without_the_gate(item, sandbox):
    event = _event(item, sandbox, "without")
    administer(sandbox, "USE coupon; CREATE TRIGGER barred BEFORE INSERT ON coupon FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'barred'")
    try:
        item.equal(event.run("coupon-apply", 7).code, 0, "exit of an application")
        event.run("coupon-consume", "--until-drained", "--timeout", "5s")
    finally:
        administer(sandbox, "USE coupon; DROP TRIGGER barred")
    with event.redis() as redis:
        redis.ask("HSET", gate_key(event.name), "run_id", "another")
    _run_worker(event, lambda: event.gate().is_armed, "the gate is not armed again")
    told(item, WITHOUT_GATE, event.run("coupon-consume", "--retry-failed"), "--retry-failed after another arming")
    recovered = event.run("coupon-consume", "--recover", "--yes")
    item.equal(event.row_count(), 1, f"coupons after --recover ({recovered.brief()})")


@tries("tools/gate_alarm.cpp", ALARM, state="a claim is removed from the gate by hand, and its slot goes to another user of a program that runs",
       command="a worker", better="the gate is armed again and grants")
def alarm(item, sandbox):
    event = _event(item, sandbox, "alarm")
    read_end, write_end = os.pipe()
    with open(read_end, "rb") as lines, open(write_end, "wb", buffering=0) as users, event.start("coupon-apply", "--stdin", stdin=lines) as apply:
        users.write(b"1\n2\n3\n")
        wait_until(lambda: event.gate_number("published") == 3, 20, "three users are not granted")
        _remove(event, 3)
        users.write(b"4\n")
        wait_until(lambda: "went back in time" in apply.err_so_far(), 20, "the program does not tell that the gate went back")
        told(item, ALARM, apply.err_so_far(), "a program at a gate that went back")
        users.write(b"5\n")
        wait_until(lambda: re.search(r"^5\b", apply.out_so_far(), re.M), 20, "user 5 gets no answer")
        item.check(not re.search(r"^5 granted", apply.out_so_far(), re.M), f"the gate grants: {apply.out_so_far()}")
        with event.worker():
            wait_until(lambda: event.gate().is_armed, 20, "the gate is not armed again")
            users.write(b"6\n")
            wait_until(lambda: re.search(r"^6 granted", apply.out_so_far(), re.M), 20, f"user 6 is not granted: {apply.out_so_far()}")


def _remove(event, user):
    with event.redis() as redis:
        redis.ask("EVAL", REMOVE, 2, gate_key(event.name), outbox_key(event.name), user, "free")


@tries("lib/flow/worker/roll_back_watch.cpp", NAMED, state="a claim is removed from the gate by hand while a worker runs", command="coupon-audit",
       better="it says which users lost, here nobody; all have their coupon")
def went_back(item, sandbox):
    event = _event(item, sandbox, "back")
    history = event.history("back")
    with event.worker() as worker:
        event.run("coupon-apply", "--history", history, *range(1, 11))
        event.wait_rows(10)
        _remove(event, 3)
        wait_until(lambda: event.gate_number("epoch") == 2 and event.gate().is_armed, 20, "the gate is not armed again")
        told(item, NAMED, worker.err_so_far(), "a worker at a gate that went back")
    event.must_be_exact("a claim removed by hand", LIMIT, [history], expected=10)


def run(item):
    with item.sandbox() as sandbox:
        item.each(all_told(mistyped, floods, worth_a_look, stays_closed, many_failed, tried_without_the_gate, alarm, went_back), sandbox)
