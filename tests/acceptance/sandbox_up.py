"""A private broker that has just started does not know its first topic yet: `scripts/sandbox up` asks again, and tells the real reason."""

import os
import shutil
import subprocess

TITLE = "a private broker that has just started"
SECONDS = 120

# The first TIMES calls that join a group find a broker that does not know its topic yet.
KCAT = """#!/bin/sh
case " $* " in
*" -G "*)
    count=$(cat "{folder}/count" 2>/dev/null || echo 0)
    echo $((count + 1)) >"{folder}/count"
    [ "$count" -ge {times} ] || {{ echo '% ERROR: Topic sandbox-warm-up: Broker: Unknown topic or partition' >&2; exit 1; }}
    ;;
esac
exec {kcat} "$@"
"""


def _up(item, name, times):
    """`sandbox up` of a broker that refuses a number of joins."""
    folder = item.folder / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    wrapper = folder / "kcat"
    wrapper.write_text(KCAT.format(folder=folder, times=times, kcat=shutil.which("kcat")))
    wrapper.chmod(0o755)
    sandbox = [str(item.checkout / "scripts" / "sandbox"), "--dir", str(folder / "sandbox")]
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    try:
        return subprocess.run([*sandbox, "up", "--only", "kafka"], env=environment, capture_output=True, text=True, timeout=150,
                              stdin=subprocess.DEVNULL)
    finally:
        subprocess.run([*sandbox, "down"], capture_output=True, timeout=60, stdin=subprocess.DEVNULL)


def asks_again(item):
    """A consumer asks for a topic that the broker does not know yet: it is asked again, and a broker that never knows it is told as that."""
    done = _up(item, "asks-again", 3)
    item.equal(done.returncode, 0, f"up, where three joins fail ({done.stderr[-300:]})")
    done = _up(item, "never-knows", 1_000_000)
    item.equal(done.returncode, 1, "up, where every join fails")
    item.check("sandbox: kafka cannot join a group to warm up (% ERROR: Topic sandbox-warm-up: Broker: Unknown topic or partition)" in done.stderr,
               f"the real reason is not told: {done.stderr[-500:]}")
    item.figure("joins that failed before up succeeded", 3)


def run(item):
    asks_again(item)
