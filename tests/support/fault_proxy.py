"""The fault proxy of the tests (tests/proxy/fault_proxy.cpp) before one server of 127.0.0.1."""

import json
import select
import subprocess
from pathlib import Path

from waiting import Failure


class FaultProxy:
    """Carries connections as long as its `with` block lasts; `order` says what it does to them."""

    def __init__(self, program, server_port, log, listen_port=0, seed=1):
        """`log` is where it tells what it did and when."""
        self._words = [str(program), str(listen_port), str(server_port), str(seed)]
        self._log = Path(log)

    def __enter__(self):
        with open(self._log, "ab") as log:
            # It dies with us, even if we are killed.
            self._process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *self._words], stdin=subprocess.PIPE,
                                             stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1)
        word, _, port = self._answer().partition(" ")
        if word != "listening":
            raise Failure(f"{' '.join(self._words)} does not listen: {self._log.read_text()[-300:]}")
        self.port = int(port)
        return self

    def __exit__(self, *_):
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # whoever ended us ended it, too
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=10)
        self._process.stdout.close()

    def _answer(self):
        if not select.select([self._process.stdout], [], [], 10)[0]:
            raise Failure("the fault proxy does not answer within 10 s")
        return self._process.stdout.readline().rstrip("\n")

    def order(self, *words):
        """One line of control, for example order("delay", 20, 5)."""
        line = " ".join(map(str, words))
        self._process.stdin.write(line + "\n")
        answer = self._answer()
        if answer != "ok":
            raise Failure(f"the fault proxy answers {answer!r} to {line!r}; its words are in {self._log}")

    def counts(self):
        """What it did so far."""
        self._process.stdin.write("status\n")
        return json.loads(self._answer())
