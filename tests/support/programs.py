"""The suite's programs as processes: started with a deadline, their words kept in files, ended by process id only."""

import json
import os
import shlex
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from waiting import Failure


@dataclass
class Outcome:
    """How a program ended."""
    command: str
    code: int
    out: str
    err: str
    seconds: float

    def json(self):
        """The document on stdout."""
        try:
            return json.loads(self.out)
        except json.JSONDecodeError as error:
            raise Failure(f"{self.command}: stdout is no JSON document ({error}): {self.out[:200]!r} {self.err[-200:]!r}") from None

    def brief(self):
        """Exit code and the last words, for a sentence."""
        return f"{self.command} ended with {self.code}: {self.err.strip()[-300:] or self.out.strip()[-300:]!r}"


class Process:
    """One running program. Whatever happens, it is gone when the `with` block ends."""

    def __init__(self, words, environment, log, stdin=None, out=None):
        """`log` names the files of its words: LOG.out and LOG.err; `out` takes another place for the first."""
        self.command = " ".join(shlex.quote(Path(word).name if i == 0 else word) for i, word in enumerate(words))
        self._out, self._err = Path(out or f"{log}.out"), Path(f"{log}.err")
        self._started = time.monotonic()
        with open(self._out, "wb") as out_file, open(self._err, "wb") as err_file:
            # It dies with us, even if we are killed.
            self._process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *words], env=environment,
                                             stdin=stdin if stdin is not None else subprocess.DEVNULL,
                                             stdout=out_file, stderr=err_file)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(timeout=30)

    @property
    def pid(self):
        return self._process.pid

    @property
    def stdin(self):
        return self._process.stdin

    def ended(self):
        return self._process.poll() is not None

    def signal(self, number):
        """Only to a process that was not reaped yet, so that no other one can have its number."""
        if self._process.poll() is None:
            self._process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self._process.wait(timeout=30)

    def err_so_far(self):
        return self._err.read_text(errors="replace")

    def out_so_far(self):
        return self._out.read_text(errors="replace")

    def resident_peak_kb(self):
        """The most memory it ever held, 0 when it is gone."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return 0
        return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)

    def wait(self, seconds, keep_out=True):
        """Its outcome; a process that does not end in time is killed, which is a failure."""
        try:
            code = self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"{self.command} did not end within {seconds} s: {self.err_so_far()[-300:]}") from None
        if code < 0:
            code = 128 - code
        return Outcome(self.command, code, self.out_so_far() if keep_out else "", self.err_so_far(),
                       time.monotonic() - self._started)

    def end(self, seconds=30):
        """SIGTERM, and its outcome."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)


def clean_environment(extra):
    """The caller's environment without any setting of the suite, and with `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COUPON_") or name == "COUPON_KAFKA_LIBS"}
    # No personal settings: ~/.my.cnf would be read.
    return kept | {"HOME": "/nonexistent", "LC_ALL": "C.UTF-8"} | extra
