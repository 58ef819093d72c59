"""Running commands that must succeed within a time, and what they printed and used."""

import os
import subprocess
import tempfile
import threading
import time


class Failure(Exception):
    """What was tried, and what happened."""


def start(*words, stdin=None):
    """A started command for finish(); `stdin` is a text, bytes or an open file."""
    command = [str(word) for word in words]
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    source = subprocess.DEVNULL
    if isinstance(stdin, (str, bytes)):
        source = tempfile.TemporaryFile()
        source.write(stdin.encode() if isinstance(stdin, str) else stdin)
        source.seek(0)
    elif stdin is not None:
        source = stdin
    process = subprocess.Popen(command, stdin=source, stdout=out, stderr=err)
    return command, process, out, err, time.monotonic()


def finish(started, seconds=300):
    """What the command printed, how many seconds it took, and the most memory it held, in bytes."""
    command, process, out, err, begun = started
    # os.wait4 tells the memory of this child alone, but knows no deadline.
    killer = threading.Timer(max(0.0, begun + seconds - time.monotonic()), process.kill)
    killer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        killer.cancel()
    took = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    out.seek(0)
    err.seek(0)
    printed, said = out.read().decode(errors="replace"), err.read().decode(errors="replace")
    if took >= seconds:
        raise Failure(f"{command[0]} did not end within {seconds} s")
    if process.returncode:
        raise Failure(f"{' '.join(command)[:200]} ended with {process.returncode}: {(said or printed).strip()[-500:]}")
    return printed, took, usage.ru_maxrss * 1024


def run(*words, seconds=300, stdin=None):
    """What a command printed and how many seconds it took. Raises Failure when it fails or takes too long."""
    return finish(start(*words, stdin=stdin), seconds)[:2]
