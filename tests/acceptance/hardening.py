"""What a program inherits, what a limit, a lying server, a wrong cell, a thief of passwords and a full disk do to it.

The parts that need no event of their own are in hardening_servers.py.
"""

import os
import resource
import signal
import subprocess
import time

from event import Event
from hardening_servers import cells, lies, thieves
from inherited import Inherited, InheritedProcess, states
from programs import clean_environment
from waiting import Failure

TITLE = "inherited states, limits, full disks, lying servers, wrong cells, a thief of passwords"
SECONDS = 1500
PROGRAMS = {
    "coupon-apply": ["-v", "{user}"], "coupon-flood": ["-v", "--requests", "3", "--first-user", "{user}1"],
    "coupon-consume": ["-v", "--until-drained"], "coupon-audit": ["-v"], "coupon-reset": ["-v", "--dry-run", "--end-running"],
}


def start(event, state, program, *words, stdin=b""):
    own = ["--event", event.name, "--topic", event.topic, "--group", event.group]
    folder = event.item.folder / "inherited"
    return InheritedProcess(state, [event.item.program(program), *own, *map(str, words)], clean_environment(event.sandbox.environment), folder, stdin)


def run_in(event, state, program, *words, seconds=30, stdin=b""):
    with start(event, state, program, *words, stdin=stdin) as process:
        return process.wait(seconds)


def unknown_commands(event):
    """Words that Redis took for commands: what it gets where a log line goes to its socket."""
    with event.redis() as redis:
        told = redis.ask("INFO", "errorstats")
    return [line for line in str(told).splitlines() if "errorstat_ERR" in line]


def inherited_states(item, event):
    before, runs, last = unknown_commands(event), 0, 1000
    for name, state in states(item.folder).items():
        for program, words in PROGRAMS.items():
            last += 10
            outcome = run_in(event, state, program, *[word.format(user=last) for word in words])
            what = f"{name}: {program}"
            item.equal(outcome.code, 0, f"{what}: exit ({outcome.brief()})")
            if program == "coupon-apply" and 1 in state.hears:
                item.check(outcome.out.startswith(f"{last} granted slot ") and outcome.out.endswith(" published\n"), f"{what}: stdout {outcome.out!r}")
            runs += 1
    item.equal(unknown_commands(event), before, "errors of Redis, which got something that is no command")
    history = item.folder / "umask.history"
    run_in(event, Inherited(lambda folder: os.umask(0o777)), "coupon-flood", "--requests", 1, "--first-user", 900001, "--history", history, "-q")
    item.equal(oct(history.stat().st_mode & 0o777), "0o600", "mode of a history under a umask of 0777")
    own, end = os.pipe()
    os.write(end, b"900002\n")
    os.close(end)
    outcome = event.run("coupon-apply", "--stdin", stdin=own)
    item.check(outcome.code == 0 and os.get_blocking(own), f"a blocking stdin that we share does not block any more ({outcome.brief()})")
    os.close(own)
    item.figure("inherited states, 5 programs each", f"{runs // len(PROGRAMS)}")


def signals(item, event):
    every_state = states(item.folder)
    for name in ("nothing unusual", "every signal held back", "every signal ignored", "every signal held back and ignored"):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with start(event, every_state[name], "coupon-consume") as worker:
                time.sleep(1.0)
                worker.signal(signal.SIGUSR1)
                time.sleep(0.5)
                worker.signal(number)
                outcome = worker.wait(15)
            what = f"{name}: a worker on {number.name}"
            item.equal(outcome.code, 0, f"{what}: exit ({outcome.brief()})")
            item.check(" issued, " in outcome.err and "; caught up" in outcome.err, f"{what}: no status line after SIGUSR1: {outcome.err[-300:]}")
            item.check("finishing the batch" in outcome.err, f"{what}: the signal was not acknowledged: {outcome.err[-300:]}")
    flood = ["--requests", 1_000_000, "--rate", "50/s", "--first-user", 10_000_000]
    for number, code, words in ((signal.SIGHUP, 129, "SIGHUP: finishing"), (signal.SIGINT, 130, "Ctrl-C again to leave now"), (signal.SIGTERM, 143, "SIGTERM: ")):
        with start(event, Inherited(), "coupon-flood", *flood) as process:
            time.sleep(0.8)
            process.signal(signal.SIGUSR1)
            time.sleep(0.5)
            process.signal(number)
            outcome = process.wait(15)
        item.equal(outcome.code, code, f"a flood on {number.name}: exit ({outcome.brief()})")
        item.check("requests were not sent" in outcome.out and words in outcome.err, f"a flood on {number.name}: {outcome.out[-200:]} {outcome.err[-200:]}")
        item.check(" of 1000000 sent, " in outcome.err, f"a flood on SIGUSR1: no status line: {outcome.err[-200:]}")
    nohup = Inherited(lambda folder: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    with start(event, nohup, "coupon-consume") as worker:
        time.sleep(1.0)
        worker.signal(signal.SIGHUP)
        time.sleep(0.5)
        item.check(worker.process.poll() is None, "a worker under nohup ended on SIGHUP")
        worker.signal(signal.SIGTERM)
        item.equal(worker.wait(15).code, 0, "a worker under nohup: exit on SIGTERM")
    with start(event, states(item.folder)["core files allowed"], "coupon-consume") as worker:
        time.sleep(1.0)
        limits = open(f"/proc/{worker.process.pid}/limits", encoding="ascii").read()
        worker.signal(signal.SIGSEGV)
        _, status = os.waitpid(worker.process.pid, 0)
        worker.process.returncode = -signal.SIGSEGV
    item.check(os.WIFSIGNALED(status) and not os.WCOREDUMP(status), f"a program that holds secrets left a core (status {status})")
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    item.equal(core.split()[4:6], ["0", "0"], "core size allowed to a program")
    item.figure("signals", "TERM, HUP, INT, USR1, nohup, no core")


def outputs(item, event):
    """Output that cannot be written: 74, and the report on the other stream."""
    def full(folder):
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)

    rows = {"coupon-apply": (["910001"], "910001 granted slot"), "coupon-flood": (["--requests", "3", "--first-user", "910002"], "granted  "),
            "coupon-consume": (["--until-drained"], "drained: every claim"), "coupon-audit": (["--wait", "20s"], "exact in the stores, "),
            "coupon-reset": (["--dry-run", "--end-running"], "")}
    for program, (words, shown) in rows.items():
        if program == "coupon-audit":
            until_drained(event)
        outcome = run_in(event, Inherited(full), program, *words)
        item.equal(outcome.code, 74, f"{program} with a full stdout: exit ({outcome.brief()})")
        item.check("cannot write to stdout: No space left on device" in outcome.err and shown in outcome.err,
                   f"{program} with a full stdout: reason or report is missing on stderr: {outcome.err[:300]}")
        item.equal(run_in(event, Inherited(full), program, "--help").code, 74, f"{program} --help with a full stdout: exit")
    small = Inherited(lambda folder: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY)))
    for label, program, words, stdin in (
            ("flood", "coupon-flood", ["--requests", "5000", "--first-user", "920000"], b""),
            ("apply", "coupon-apply", ["--stdin"], b"".join(b"%d\n" % user for user in range(930_000, 931_000)))):
        history = event.history(label)
        outcome = run_in(event, small, program, *words, "--history", history, stdin=stdin)
        item.equal(outcome.code, 74, f"{program} whose history is full: exit ({outcome.brief()})")
        item.check("stopped early: cannot write history" in outcome.out and "this process may write files of 4096 bytes" in outcome.err,
                   f"{program} whose history is full: no partial report, or no limit named: {outcome.out[-200:]} {outcome.err[-200:]}")
        until_drained(event)
        audit = event.audit("--wait", "20s", histories=[history])
        item.equal(audit.code, 5, f"the audit of that history: exit ({audit.brief()})")
    closed = run_in(event, Inherited(), "coupon-audit", "--wait", "20s")
    item.equal(closed.code, 0, f"the audit afterwards ({closed.brief()})")
    reader, writer = os.pipe()
    os.close(reader)
    outcome = run_in(event, Inherited(lambda folder: os.dup2(writer, 1)), "coupon-audit", "--wait", "20s")
    os.close(writer)
    item.check(outcome.code == 0 and outcome.err == "", f"a reader that has gone is no failure: {outcome.brief()}")
    item.figure("output that cannot be written, exit 74", "stdout of 5 programs, 2 histories")


def limits(item, event):
    """A limit of the process that is hit is named with its value."""
    def hard(kind, value):
        return Inherited(lambda folder: resource.setrlimit(kind, (value, value)))

    def few_threads(folder):
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))

    rows = [("descriptors", hard(resource.RLIMIT_NOFILE, 12), "this process may open 12 files, ulimit -n"),
            ("memory", hard(resource.RLIMIT_AS, 96 << 20), "this process may have 100663296 bytes of memory, it needs 134217728 at least; raise it with ulimit -v")]
    if os.geteuid() == 0:  # for root there is no limit of processes
        rows.append(("threads", Inherited(few_threads), "this user may have 1 processes and threads, ulimit -u"))
    for what, state, words in rows:
        outcome = run_in(event, state, "coupon-flood", "--requests", 5, "--first-user", 940_000)
        item.equal(outcome.code, 3, f"too few {what}: exit ({outcome.brief()})")
        item.check(words in outcome.err, f"too few {what}: the limit is not named: {outcome.err[-300:]}")
    item.figure("limits named", ", ".join(what for what, _, _ in rows))


def configuration(item, event):
    config = item.folder / "coupon.conf"
    config.write_text("event = coupon\n")
    for mode, code in ((0o644, 0), (0o664, 2), (0o646, 2)):
        config.chmod(mode)
        outcome = subprocess.run([item.program("coupon-audit"), "--config", config, "--dry-run"], capture_output=True, text=True, timeout=30,
                                 env=clean_environment(event.sandbox.environment), stdin=subprocess.DEVNULL)
        item.equal(outcome.returncode, code, f"a configuration of mode {mode:o}: exit ({outcome.stderr.strip()})")
    item.check("others may write" in outcome.stderr, f"a configuration that others may write: {outcome.stderr.strip()}")
    item.figure("configuration that others may write", "exit 2")


def until_drained(event):
    outcome = event.run("coupon-consume", "--until-drained", "-q")
    if outcome.code != 0:
        raise Failure(outcome.brief())


def run(item):
    with item.sandbox() as sandbox:
        event = Event(item, sandbox)
        event.reset("--limit", 100_000)
        for part in (inherited_states, signals, outputs, limits, configuration, lies, cells, thieves):
            try:
                until_drained(event)
                part(item, event)
            except Failure as failure:
                item.check(False, f"{part.__name__}: {failure}")
        until_drained(event)
        outcome = event.audit("--wait", "30s")
        item.equal(outcome.code, 0, f"the audit at the end ({outcome.brief()})")

