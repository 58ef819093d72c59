"""One trial of the suite, as an item of scripts/accept: what it measured and what failed."""

import itertools
from pathlib import Path

from sandbox import Sandbox, chosen_options
from waiting import Failure


class Item:
    """Collects figures and failures. `folder` is the item's own, empty at the start; `long` asks for the form
    that takes hours."""

    def __init__(self, name, title, checkout, folder, binaries, long=False):
        self.name = name
        self.title = title
        self.checkout = checkout
        self.folder = folder
        self.binaries = binaries
        self.long = long
        self.failures = []
        self.figures = {}
        self.runs = itertools.count(1)  # numbers the programs' logs, whichever thread starts them

    def check(self, holds, sentence):
        """Notes the sentence as a failure unless it holds."""
        if not holds:
            self.failures.append(sentence)
        return bool(holds)

    def equal(self, found, expected, what):
        return self.check(found == expected, f"{what}: {found!r} instead of {expected!r}")

    def within(self, value, low, high, what):
        return self.check(low <= value <= high, f"{what}: {value:.2f} is not between {low} and {high}")

    def figure(self, name, value):
        """One measured value, for the line and for the document; floats are rounded."""
        self.figures[name] = round(value, 3) if isinstance(value, float) else value

    def sandbox(self, *options, name="sandbox"):
        """A private stack; `options` are those of `scripts/sandbox up`, in addition to chosen_options()."""
        wanted = [*options, *(chosen_options() if "--accounts" not in options else [])]
        return Sandbox(self.checkout, self.folder / name, wanted, keep=lambda: self.failures)

    def each(self, scenarios, sandbox):
        """Runs them one after the other; one that fails does not keep the next from finding all servers up."""
        for scenario in scenarios:
            before = len(self.failures)
            try:
                scenario(self, sandbox)
            except Failure as failure:
                self.check(False, f"{scenario.__name__}: {failure}")
            if len(self.failures) > before:
                sandbox.heal()

    def program(self, name):
        return str(Path(self.binaries) / name)

    def line(self, seconds):
        figures = ", ".join(f"{name} {value}" for name, value in self.figures.items())
        return f"{'FAIL' if self.failures else 'PASS'} {self.name}: {self.title} ({seconds:.0f} s): {figures or 'no figures'}"

    def document(self, seconds):
        return {"id": self.name, "title": self.title, "passed": not self.failures, "seconds": round(seconds, 1),
                "figures": self.figures, "failures": self.failures}
