"""A program on a terminal, which asks for the name of the event before it goes on."""

import os
import pty
import subprocess

from programs import clean_environment


def typed(event, answer, program, *words, meanwhile=None):
    """The operator types the answer at the prompt, after `meanwhile` has happened; the program's exit code, and what the terminal shows."""
    ours, theirs = pty.openpty()
    command = ["setpriv", "--pdeathsig", "KILL", "--", event.item.program(program), *event.own_words(), *map(str, words)]
    with subprocess.Popen(command, stdin=theirs, stderr=theirs, stdout=subprocess.DEVNULL,
                          env=clean_environment(event.sandbox.environment)) as process:
        os.close(theirs)
        shown = b""
        try:
            while b"to continue: " not in shown:
                shown += os.read(ours, 4096)
            if meanwhile:
                meanwhile()
            os.write(ours, answer.encode() + b"\n")
            code = process.wait(timeout=60)
            while True:
                shown += os.read(ours, 4096)
        except OSError:  # the other end is closed
            code = process.wait(timeout=60)
        finally:
            if process.poll() is None:
                process.kill()
            os.close(ours)
    return code, shown.decode(errors="replace").replace("\r\n", "\n")
