"""A script of the project as a process, its words in a file."""

import subprocess
import time

from waiting import Failure


def run_script(folder, name, log, seconds, environment=None, words=()):
    """Exit code, what it said, and how long it took. One that takes too long is asked to end, so that it takes down what it started."""
    started = time.monotonic()
    with open(log, "wb") as out, subprocess.Popen([f"./scripts/{name}", *map(str, words)], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                                  stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            code = process.wait(timeout=seconds)
        except BaseException as error:
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
            if isinstance(error, subprocess.TimeoutExpired):
                raise Failure(f"scripts/{name} did not end within {seconds} s; see {log}") from None
            raise
    return code, log.read_text(errors="replace"), time.monotonic() - started
