"""Somebody who acts on the stores at the very moment when a program calls one of the gate's scripts."""

from gate_scripts import script_sha
from rewriting_proxy import RewritingProxy


class Meddler(RewritingProxy):
    """A proxy before the sandbox's Redis: `act` is called just before the last of these scripts passes, each time, once all others have passed
    in their order; with `after`, just before its reply passes. `address` is for --redis."""

    def __init__(self, item, sandbox, act, *scripts, after=False):
        super().__init__(sandbox.port("redis"), up=self._look, down=self._back)
        self._act, self._after, self._due = act, after, False
        self._shas = [script_sha(item.checkout, script).encode() for script in scripts]
        self.address = f"redis://127.0.0.1:{self.port}/0"

    def _look(self, data):
        if self._shas[0] in data and len(self._shas) > 1:
            del self._shas[0]
        elif self._shas[0] in data:
            self._due = self._after
            if not self._after:
                self._act()
        return data

    def _back(self, data):
        if self._due:
            self._due = False
            self._act()
        return data
