"""Bad input, and servers that are dead, silent, lying or refuse the login.

The full table is the test of the programs (tests/tools), which runs here too; what else is here is an own look at a handful.
"""

import os
import re
import subprocess
import time

from event import Event
from unissuable_records import poisoned_records
from redis_store import gate_key
from sandbox import DeafServer, dead_port
from waiting import Failure

TITLE = "bad input, dead and lying servers"
SECONDS = 900
HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
TIMEOUT_S = 2

WRONG_WORDS = [
    ("coupon-apply", [user], user) for user in ("", "-1", "+7", "007", " 7", "7.0", "1e3", "0x10", "9223372036854775808", "７", "7;", "%s%n")
] + [
    ("coupon-apply", ["--event", name, "7"], name) for name in ("", "Coupon", "a b", "a" * 33, "{x}", "-x", "a:b")
] + [
    ("coupon-reset", ["--yes", "--limit", limit], limit) for limit in ("0", "-1", "10000001", "1e3", "ten", "9223372036854775808")
] + [
    ("coupon-flood", [option, "0"], "0") for option in ("--requests", "--concurrency", "--connections", "--users")
] + [
    ("coupon-audit", ["--round", "0"], "0"), ("coupon-audit", ["--expect", "-1"], "-1"), ("coupon-consume", ["--max-rate", "fast"], "fast"),
    ("coupon-consume", ["--batch", "0"], "0"), ("coupon-apply", ["--redis", "redis://:secret@127.0.0.1:1/0", "7"], "--redis"),
    ("coupon-reset", ["--yes", "--opens-at", "tomorrow"], "tomorrow"), ("coupon-audit", ["--no-such-option"], "--no-such-option"),
]


def words(item, event):
    before = event.gate()
    for program, arguments, shown in WRONG_WORDS:
        # Seeing an event option twice would be another error than the one meant.
        outcome = event.run(program, *arguments) if "--event" not in arguments else _bare(event, program, arguments)
        what = f"{program} {arguments}"
        item.equal(outcome.code, 2, f"{what}: exit ({outcome.brief()})")
        item.check(outcome.out == "" and outcome.err.strip(), f"{what}: no sentence on stderr, or something on stdout")
        item.check(shown.encode("unicode_escape").decode() in outcome.err or shown in outcome.err or "\\xef" in outcome.err,
                   f"{what}: the sentence does not show the value: {outcome.err.strip()[:200]}")
        item.check("secret" not in outcome.err, f"{what}: the sentence shows a password")
    after = event.gate()
    item.equal((after.fields, after.claims), (before.fields, before.claims), "the gate after wrong command lines")
    item.figure("wrong command lines, exit 2 each", len(WRONG_WORDS))


def _bare(event, program, arguments):
    name, event.name = event.name, arguments[1]
    try:
        return event.run(program, *arguments[2:])
    finally:
        event.name = name


def bad_lines(item, event):
    lines = event.item.folder / "lines.txt"
    lines.write_bytes(b"21\n\n007\n22\nabc\x1b[31m\r\n" + b"9" * 70_000 + b"\n23")
    with open(lines, "rb") as stdin:
        outcome = event.run("coupon-apply", "--stdin", stdin=stdin)
    item.equal(outcome.code, 1, f"bad lines in --stdin: exit ({outcome.brief()})")
    item.check(all(re.search(rf"\b{number}\b", outcome.err) for number in (3, 5, 6)), f"bad lines are not named by number: {outcome.err[:300]}")
    item.check("\x1b" not in outcome.out + outcome.err, "an escape sequence of the input came through")
    item.equal(set(event.gate().claims), {21, 22, 23}, "users claimed from the good lines")


def servers(item, event):
    """Each program against each server in turn: dead, silent, speaking HTTP."""
    users_of = {"COUPON_REDIS": "redis://{}/0", "COUPON_BROKERS": "{}", "COUPON_MYSQL": "mysql://coupon@{}/coupon"}
    programs = {"coupon-apply": ([31], 3), "coupon-flood": (["--requests", 5], 3), "coupon-consume": (["--until-drained"], 3),
                "coupon-reset": (["--yes"], 3), "coupon-audit": (["--wait", "1s"], 5)}
    before, slowest, runs = event.gate(), 0, 0
    with DeafServer() as silent, DeafServer(HTTP) as web:
        for kind, port in (("dead", dead_port()), ("silent", silent.port), ("http", web.port)):
            address = f"127.0.0.1:{port}"
            for variable, form in users_of.items():
                for program, (arguments, code) in programs.items():
                    if variable == "COUPON_MYSQL" and program in ("coupon-apply", "coupon-flood"):
                        continue
                    outcome = event.run(program, "--timeout", f"{TIMEOUT_S}s", *arguments, settings={variable: form.format(address)})
                    what = f"{program} with a {kind} server in {variable}"
                    item.equal(outcome.code, code, f"{what}: exit ({outcome.brief()})")
                    item.check(address in outcome.out + outcome.err, f"{what}: the address is not named: {outcome.err[-200:]}")
                    item.within(outcome.seconds, 0, TIMEOUT_S + 2, f"{what}: seconds")
                    slowest, runs = max(slowest, outcome.seconds), runs + 1
    after = event.gate()
    item.equal((after.fields, after.claims), (before.fields, before.claims), "the gate after runs against wrong servers")
    item.figure("runs against dead, silent and HTTP servers", runs)
    item.figure(f"slowest of them with --timeout {TIMEOUT_S}s, s", slowest)


def silent_after_claim(item, event, sandbox):
    """Redis stops answering while applications are in flight: a claim may have been made, so nobody can tell."""
    sandbox.pause("redis")
    try:
        outcome = event.run("coupon-apply", "--timeout", f"{TIMEOUT_S}s", 41)
        item.equal(outcome.code, 3, f"paused Redis before anything was asked: exit ({outcome.brief()})")
        item.within(outcome.seconds, 0, TIMEOUT_S + 2, "paused Redis: seconds")
    finally:
        sandbox.resume("redis")


def logins(item, event, sandbox):
    secret = item.folder / "wrong-password"
    secret.write_text("wrong-canary")
    secret.chmod(0o600)
    for program, arguments in (("coupon-consume", ["--until-drained"]), ("coupon-reset", ["--yes"]), ("coupon-audit", ["--wait", "1s"])):
        outcome = event.run(program, "--mysql-password-file", secret, *arguments)
        item.equal(outcome.code, 4, f"{program} with a wrong database password: exit ({outcome.brief()})")
        item.check("wrong-canary" not in outcome.out + outcome.err, f"{program} shows the password")
    secure = ["--brokers", f"127.0.0.1:{sandbox.port('kafka_sasl')}", "-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanisms=PLAIN",
              "-X", "sasl.username=coupon", "--kafka-password-file"]
    right = event.run("coupon-apply", *secure, sandbox.folder / "kafka.password", 51)
    item.equal(right.code, 0, f"coupon-apply with the right SASL password: exit ({right.brief()})")
    slowest = 0
    for program, arguments in (("coupon-apply", [52]), ("coupon-flood", ["--requests", 5]), ("coupon-consume", ["--until-drained"]),
                               ("coupon-reset", ["--yes"]), ("coupon-audit", ["--wait", "1s"])):
        outcome = event.run(program, *secure, secret, *arguments)
        item.equal(outcome.code, 4, f"{program} with a wrong SASL password: exit ({outcome.brief()})")
        item.within(outcome.seconds, 0, 1, f"{program} with a wrong SASL password: seconds")
        slowest = max(slowest, outcome.seconds)
    item.figure("wrong SASL password, exit 4 within at most, s", slowest)


def missing_things(item, event, sandbox):
    database = {"COUPON_MYSQL": sandbox.environment["COUPON_MYSQL"].rsplit("/", 1)[0] + "/coupon_x"}
    event.ledger.query("CREATE DATABASE coupon_x")
    for program, arguments, code in (("coupon-consume", ["--until-drained"], 3), ("coupon-audit", ["--wait", "1s"], 5)):
        outcome = event.run(program, *arguments, settings=database)
        item.equal(outcome.code, code, f"{program} without tables: exit ({outcome.brief()})")
        item.check("coupon-reset" in outcome.out + outcome.err, f"{program} without tables: no hint to run coupon-reset")
    fresh = Event(item, sandbox, "nobody")
    for program, arguments, code in (("coupon-apply", [1], 3), ("coupon-flood", [], 3), ("coupon-audit", ["--wait", "1s"], 5)):
        outcome = fresh.run(program, *arguments)
        item.equal(outcome.code, code, f"{program} without a round: exit ({outcome.brief()})")
        item.check("coupon-reset" in outcome.out + outcome.err, f"{program} without a round: no hint to run coupon-reset")
    with fresh.redis() as redis:
        item.equal(redis.ask("EXISTS", gate_key("nobody")), 0, "a gate came to be without a reset")


def table_of_the_tests(item, sandbox):
    """The project's own table, against the same sandbox."""
    build = item.checkout / "build"
    started = time.monotonic()
    done = subprocess.run(["ctest", "--test-dir", str(build), "-C", "live", "-R", "^tools", "--no-tests=error", "--output-on-failure"],
                          env=os.environ | sandbox.environment, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL)
    (item.folder / "ctest.log").write_text(done.stdout + done.stderr)
    summary = re.search(r"100% tests passed, 0 tests failed out of (\d+)", done.stdout)
    item.check(done.returncode == 0 and summary, f"ctest -R '^tools' failed; see {item.folder / 'ctest.log'}")
    item.figure("ctest -R ^tools", f"{summary[1] if summary else 0} test programs in {time.monotonic() - started:.0f} s")


def run(item):
    with item.sandbox("--kafka-sasl") as sandbox:
        event = Event(item, sandbox)
        event.reset("--limit", 10)
        for part, arguments in ((words, (event,)), (bad_lines, (event,)), (servers, (event,)), (silent_after_claim, (event, sandbox)),
                                (logins, (event, sandbox)), (missing_things, (event, sandbox)), (poisoned_records, (sandbox,)),
                                (table_of_the_tests, (sandbox,))):
            try:
                part(item, *arguments)
            except Failure as failure:
                item.check(False, f"{part.__name__}: {failure}")
