"""The part of single_faults where a server swallows everything: each program ends within its --timeout and a second.

Silent from the start: something that accepts and never answers, and the real server paused. From the middle: the server is paused once
the program is at work.
"""

import time

from event import Event
from sandbox import DeafServer
from waiting import wait_until

TIMEOUT_S, MARGIN_S = 2, 1
SERVERS = {"redis": ("COUPON_REDIS", "redis://{}/0"), "kafka": ("COUPON_BROKERS", "{}"), "mariadb": ("COUPON_MYSQL", "mysql://coupon@{}/coupon")}
PROGRAMS = (("coupon-apply", ["7"], 3), ("coupon-flood", ["--requests", 5], 3), ("coupon-consume", ["--until-drained"], 3),
            ("coupon-reset", ["--yes"], 3), ("coupon-audit", ["--wait", "1s"], 5))


def _needs(program, server):
    return server != "mariadb" or program not in ("coupon-apply", "coupon-flood")


def _open_event(item, sandbox, name):
    event = Event(item, sandbox, name)
    event.reset("--limit", 10)
    return event


def _run_all(item, event, server, what, settings, slowest):
    for program, arguments, code in PROGRAMS:
        if not _needs(program, server):
            continue
        outcome = event.run(program, "--timeout", f"{TIMEOUT_S}s", *arguments, settings=settings)
        item.equal(outcome.code, code, f"{program}, {what}: exit ({outcome.brief()})")
        named = "mysql" if server == "mariadb" else server
        item.check(named in (outcome.out + outcome.err).lower(), f"{program}, {what}: {named} is not named: {outcome.brief()}")
        item.within(outcome.seconds, 0, TIMEOUT_S + MARGIN_S, f"{program}, {what}: seconds")
        slowest.append((outcome.seconds, program, server))


def _figure(item, what, slowest):
    seconds, program, server = max(slowest)
    item.figure(f"{what}, --timeout {TIMEOUT_S}s, slowest of {len(slowest)}, s", f"{seconds:.2f} ({program}, {server})")


def silent_at_the_start(item, sandbox):
    event, slowest = _open_event(item, sandbox, "silent"), []
    for server, (variable, form) in SERVERS.items():
        with DeafServer() as deaf:
            _run_all(item, event, server, f"silent {server}", {variable: form.format(f"127.0.0.1:{deaf.port}")}, slowest)
    item.equal(event.gate().claims, {}, "claims after runs against silent servers")
    _figure(item, "a server that accepts and is silent", slowest)


def paused_at_the_start(item, sandbox):
    event, slowest = _open_event(item, sandbox, "paused"), []
    for server in SERVERS:
        sandbox.pause(server)
        try:
            _run_all(item, event, server, f"paused {server}", {}, slowest)
        finally:
            sandbox.resume(server)
    # What was sent to a paused Redis lies in its socket, and is carried out when it goes on.
    item.check(set(event.gate().claims) <= {7}, f"claims after runs against paused servers: {event.gate().claims}")
    _figure(item, "a paused server", slowest)


def _at_work(item, event, program):
    """Starts the program with more to do than it can finish, and returns what tells that it is at work."""
    if program == "coupon-apply":
        users = item.folder / "users-silence.txt"
        users.write_text("".join(f"{user}\n" for user in range(1, 500_001)), encoding="ascii")
        process = event.start(program, "--timeout", f"{TIMEOUT_S}s", "--stdin", stdin=open(users, "rb"))
        return process, lambda: event.gate_number("granted") > 50
    if program == "coupon-flood":
        process = event.start(program, "--timeout", f"{TIMEOUT_S}s", "--requests", 500_000, "--first-user", 1_000_000)
        before = event.gate_number("granted")
        return process, lambda: event.gate_number("granted") > before + 50
    # A claim that never becomes a row keeps these waiting.
    more = {"coupon-consume": ["--until-drained", "--max-rate", "1/h"], "coupon-reset": ["--yes", "--end-running", "--wait", "60s"], "coupon-audit": ["--wait", "60s"]}
    process = event.start(program, "--timeout", f"{TIMEOUT_S}s", *more[program])
    if program == "coupon-reset":
        return process, lambda: event.gate().state == "closed"
    started = time.monotonic()
    return process, lambda: time.monotonic() - started > 0.7


def paused_in_the_middle(item, sandbox):
    slowest, codes = [], {}
    for server in SERVERS:
        for program, _, _ in PROGRAMS:
            if not _needs(program, server):
                continue
            what = f"{program}, {server} paused in the middle"
            event = Event(item, sandbox, f"middle-{server}-{program[7:]}")
            event.reset("--limit", 400_000)
            event.run("coupon-apply", *range(1, 6))
            process, is_at_work = _at_work(item, event, program)
            with process:
                wait_until(is_at_work, 20, f"{what}: it does not begin", interval=0.01)
                sandbox.pause(server)
                paused = time.monotonic()
                try:
                    outcome = process.wait(40)
                    seconds = time.monotonic() - paused
                finally:
                    sandbox.resume(server)
            item.within(seconds, 0, TIMEOUT_S + MARGIN_S, f"{what}: seconds ({outcome.brief()})")
            item.check(outcome.code in (3, 5, 13), f"{what}: exit ({outcome.brief()})")
            slowest.append((seconds, program, server))
            codes.setdefault(outcome.code, []).append(f"{program[7:]}/{server}")
    _figure(item, "a server paused in the middle", slowest)
    item.figure("exits when a server was paused in the middle", "; ".join(f"{code}: {' '.join(which)}" for code, which in sorted(codes.items())))
