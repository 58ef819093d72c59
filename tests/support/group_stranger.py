"""Another program in the workers' group."""

import re
import signal
import subprocess
from contextlib import contextmanager

from waiting import wait_until


def _assigned(words):
    """The partitions of the first assignment that kcat tells of."""
    line = next((line for line in words.splitlines() if "rebalance" in line and "assign" in line), "")
    return [int(number) for number in re.findall(r" \[(\d+)\]", line)]


def end(process):
    """Ends a member, which may take its time to leave the group."""
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=15)


@contextmanager
def stranger(event, *words, group=None, seconds=30, is_stopped=False):
    """kcat as a member of the event's group, for as long as the block runs. It has joined when the block begins; it commits what it reads unless
    the words say otherwise; stopped, it answers nothing. Yields the partitions it was given first; fails where it is given none within `seconds`."""
    log = event.logs / f"{next(event.item.runs):04}-stranger.err"
    # It dies with us, even if we are killed.
    command = ["setpriv", "--pdeathsig", "KILL", "--", "kcat", "-E", "-b", event.sandbox.brokers, "-G", group or event.group,
               "-X", "session.timeout.ms=6000", "-X", "heartbeat.interval.ms=500", "-X", "auto.offset.reset=earliest", *words, event.topic]
    with open(log, "wb") as err:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err)
    try:
        partitions = wait_until(lambda: _assigned(log.read_text()), seconds, f"the stranger did not join group {event.group}")
        if is_stopped:
            process.send_signal(signal.SIGSTOP)
        yield partitions
    finally:
        process.send_signal(signal.SIGCONT)
        end(process)
