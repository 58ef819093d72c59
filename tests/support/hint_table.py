"""The table of hints. Each hint of the programs stands next to the trial that makes the state it is given for, runs its command, and looks at what
is better afterwards.

A trial is a scenario of tests/acceptance with one or more `tries` in front of it; while it runs it shows each of its hints with `told`. A hint for a
state that no real server gets into is tried by a test in C++, which `tried_by` names. tests/hints/hints_test.py compares the table with the sources.
"""

import re
from dataclasses import dataclass

from waiting import Failure

COMPUTED = "…"


@dataclass(frozen=True)
class Entry:
    """One or more hints of one source file, as `tests/hints/scan.py` prints them. … stands for what is computed, and may stand for more than
    there."""
    file: str
    texts: tuple
    state: str    # what the trial makes
    command: str  # what it runs, or does outside the suite
    better: str   # what it finds afterwards
    trial: str    # "tests/acceptance/FILE.py: function" or "tests/FILE.cpp: name of the test"


TABLE = []


def tries(file, *texts, state, command, better):
    """The scenario behind it tries these hints of this file."""
    def noted(scenario):
        module = scenario.__module__.rpartition(".")[2]
        TABLE.append(Entry(file, texts, state, command, better, f"tests/acceptance/{module}.py: {scenario.__name__}"))
        return scenario
    return noted


def tried_by(test, name, file, *texts, state, command, better):
    """The test of this name, in this file of tests/, tries these hints."""
    TABLE.append(Entry(file, texts, state, command, better, f"{test}: {name}"))


def pattern(text):
    """Matches what the hint reads like when it is told."""
    return re.compile(".*?".join(re.escape(part) for part in text.split(COMPUTED)), re.S)


def hints_of(scenario):
    """The hints that it tries."""
    trial = f"tests/acceptance/{scenario.__module__.rpartition('.')[2]}.py: {scenario.__name__}"
    return [text for entry in TABLE if entry.trial == trial for text in entry.texts]


def told(item, text, said, what):
    """Notes a failure unless the hint is in what a program said. True where it is."""
    item.hints_told = getattr(item, "hints_told", set()) | {text}
    said = said if isinstance(said, str) else said.out + said.err
    return item.check(pattern(text).search(said), f"{what}: the hint {text!r} is not in {said[-600:]!r}")


def note_fix(item, fix):
    """Of a fix that helped: notes the hints that it is."""
    item.hints_told = getattr(item, "hints_told", set()) | {text for entry in TABLE for text in entry.texts if pattern(text).fullmatch(fix)}


def all_told(*scenarios):
    """Each scenario, and afterwards the complaint about hints in its part of the table that it did not show."""
    def with_check(scenario):
        def checked(item, sandbox):
            item.hints_told, to_tell = set(), set(hints_of(scenario))
            scenario(item, sandbox)
            for text in sorted(to_tell - item.hints_told):
                item.check(False, f"{scenario.__name__}: it tries {text!r} by the table, and did not show it")
            item.hints_tried = getattr(item, "hints_tried", 0) + len(to_tell & item.hints_told)
            item.figure("hints that helped", item.hints_tried)
            if not to_tell:
                raise Failure(f"{scenario.__name__} has no hint in the table")
        checked.__name__ = scenario.__name__
        return checked
    return [with_check(scenario) for scenario in scenarios]
