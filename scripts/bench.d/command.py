"""Running a command that must succeed within a time, and what it printed."""

import subprocess
import time


class Failure(Exception):
    """What was tried, and what happened."""


def run(*words, seconds=120, stdin=None):
    """Returns what the command printed and how many seconds it took. Raises Failure when it fails or takes too long."""
    command = [str(word) for word in words]
    start = time.monotonic()
    try:
        done = subprocess.run(command, input=stdin or "", capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise Failure(f"{command[0]} did not end within {seconds} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-500:]
        raise Failure(f"{' '.join(command)[:200]} ended with {done.returncode}: {said}")
    return done.stdout, time.monotonic() - start
