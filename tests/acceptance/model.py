"""The rules explored and simulated; every planted design bug is found. The programs are the checkout's own."""

import json
import subprocess
import time

from waiting import Failure

TITLE = "explore and simulate, every planted design bug"
SECONDS, LONG_SECONDS = 900, 2400
SEEDS, LONG_SEEDS = 10_000, 1_000_000
EXPLORE_SECONDS, MEMORY_MB = 120, 2048
DESIGN_BUGS = 23


def _ask(item, program, *words, seconds=600):
    command = [str(item.checkout / "build" / "tests" / program), *map(str, words)]
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Failure(f"{program} {' '.join(map(str, words))} did not end within {seconds} s") from None


def explored(item):
    began = time.monotonic()
    done = _ask(item, "explore", "--json")
    seconds = time.monotonic() - began
    item.equal(done.returncode, 0, f"exit code of explore ({done.stderr[-300:]})")
    document = json.loads(done.stdout)
    for bounds in document["bounds"]:
        item.check(bounds["completed"], f"not all states seen within {bounds['what']}")
        item.figure(f"{bounds['name']}, {bounds['what']}", f"{bounds['states']} states, {bounds['seconds']:.0f} s")
    item.equal(document["violations"], 0, "violations")
    item.figure("explored", f"{document['states']} states in {seconds:.0f} s, {document['peak_memory_mb']} MB, {document['violations']} violations")
    item.within(seconds, 0, EXPLORE_SECONDS, "seconds of explore")
    item.within(document["peak_memory_mb"], 0, MEMORY_MB, "MB of explore")


def simulated(item):
    seeds = LONG_SEEDS if item.long else SEEDS
    done = _ask(item, "simulate", "--seeds", seeds, "--json")
    document = json.loads(done.stdout)
    item.equal((done.returncode, document["seeds"], document["violations"]), (0, seeds, 0), "simulate: exit code, seeds, violations")
    item.figure("seeds simulated", seeds)
    item.figure("situations reached", sum(count > 0 for count in document["reached"].values()))


def planted(item):
    listed = _ask(item, "explore", "--list-bugs").stdout.splitlines()
    names = [line.split()[0] for line in listed if "(spare:" not in line]
    found = 0
    for name in names:
        done = _ask(item, "explore", "--bug", name, "--json")
        found += item.check(done.returncode == 1 and json.loads(done.stdout)["violations"] == 1, f"planted and not found: {name}")
    item.check(len(names) >= DESIGN_BUGS, f"only {len(names)} bugs can be planted")
    item.figure("planted bugs found", f"{found} of {len(names)}")


def run(item):
    explored(item)
    simulated(item)
    planted(item)
