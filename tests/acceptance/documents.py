"""Scripts/check is clean; the documents name what is there; the examples of every --help work when pasted."""

import os
import re
import shlex
import subprocess

from event import Event
from programs import Process, clean_environment
from script_run import run_script
from waiting import Failure

TITLE = "scripts/check, README.md, the examples of --help"
SECONDS = 4200
CHECK_SECONDS = 3600
PROGRAMS = ("coupon-apply", "coupon-consume", "coupon-reset", "coupon-flood", "coupon-audit")
ROOMS = ("core", "history", "audit", "preflight", "gate", "topic", "ledger", "load", "failpoints", "flow", "report", "cli", "tools")
EXAMPLE_SECONDS = 8


def _example_lines(text):
    """The commands of the part "examples:", continued lines joined."""
    part = re.search(r"^examples:\n(.*?)(?:\n\n\S|\nexit codes:|\Z)", text, re.S | re.M)
    joined = re.sub(r"\\\n\s*", " ", part[1]) if part else ""
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.strip().startswith("#")]


def _paste(item, event, folder, line):
    """Runs the line in a shell as a newcomer would; what runs for ever is asked to end after a while."""
    environment = clean_environment(event.sandbox.environment)
    environment["PATH"] = f"{item.binaries}:{environment['PATH']}"
    words = ["timeout", "--preserve-status", "--signal=TERM", "--kill-after=20", str(EXAMPLE_SECONDS), "bash", "-c", f"cd {shlex.quote(str(folder))}\n{line}"]
    with Process(words, environment, event.logs / f"{next(item.runs):04}-example") as process:
        return process.wait(EXAMPLE_SECONDS + 30)


def examples(item, sandbox):
    """Each program's examples in an event of its own making: an open round, a crowd's history of it, a worker beside."""
    event = Event(item, sandbox, "coupon", topic="coupon_create")
    event.group = "coupon_issuer"
    total = 0
    for program in PROGRAMS:
        text = subprocess.run([item.program(program), "--help"], capture_output=True, text=True, timeout=10)
        item.equal((text.returncode, text.stderr), (0, ""), f"{program} --help: exit, stderr")
        lines = _example_lines(text.stdout)
        item.check(sum(program in line for line in lines) >= 2, f"{program} --help has fewer than two examples: {lines}")
        for line in lines:
            # What the last example left on its way is settled first, as an operator would before a reset.
            if total:
                event.run("coupon-consume", "--until-drained", "-q")
            event.reset("--limit", 100)
            folder = item.folder / f"pasted-{total}"
            folder.mkdir()
            with event.worker():
                _prepare(event, folder, line)
                outcome = _paste(item, event, folder, line)
            item.equal(outcome.code, 0, f"pasted from {program} --help: {line} ({outcome.err.strip()[-200:] or outcome.out.strip()[-200:]})")
            total += 1
    item.figure("examples pasted", total)


def _prepare(event, folder, line):
    """What a line reads must be there: a history of this round, made by a flood; a list of users."""
    for name in re.findall(r"--history[ =](\S+)", line) if "coupon-audit" in line and "coupon-flood" not in line else ():
        event.flood("--requests", 1000, "--concurrency", 32, history=folder / name)
    for name in re.findall(r"<\s*([\w.-]+)", line):
        (folder / name).write_text("".join(f"{user}\n" for user in range(1, 101)))
    if "coupon-audit" in line and "--history" not in line:
        event.flood("--requests", 1000, "--concurrency", 32)


def documents(item):
    checkout = item.checkout
    readme, library = ((checkout / path).read_text(encoding="utf-8") for path in ("README.md", "lib/README.md"))
    for word in (*PROGRAMS, "./scripts/demo", "./scripts/test", "lib/README.md", "Docker", "MySQL 8"):
        item.check(word in readme, f"README.md does not name {word}")
    item.check(re.search(r"^exact( in the stores)?, \d+ of \d+", readme, re.M), "README.md shows no real session that ends exact")
    for room in ROOMS:
        item.check(re.search(rf"`(\.\./)?{room}/?`", library), f"lib/README.md does not name the room {room}")
    item.check("Where does a new thing go" in library, "lib/README.md does not say where a new thing goes")
    for path, text in (("README.md", readme), ("lib/README.md", library)):
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            item.check(((checkout / path).parent / link).exists(), f"{path} links to {link}, which is not there")
        for script in set(re.findall(r"(?<![\w/])scripts/[a-z-]+", text)):
            item.check(os.access(checkout / script, os.X_OK), f"{path} names {script}, which cannot be run")
        for name in set(re.findall(r"`((?:lib|tests|docker|tools)/[\w./-]+)`", text)):
            item.check((checkout / name).exists(), f"{path} names {name}, which is not there")


def clean_check(item):
    log = item.folder / "check.log"
    code, _, seconds = run_script(item.checkout, "check", log, CHECK_SECONDS)
    item.equal(code, 0, f"exit code of scripts/check; see {log}")
    item.figure("scripts/check, s", seconds)


def run(item):
    documents(item)
    with item.sandbox() as sandbox:
        try:
            examples(item, sandbox)
        except Failure as failure:
            item.check(False, str(failure))
    clean_check(item)
