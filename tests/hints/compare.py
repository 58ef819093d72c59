"""Compares the table of hints with the hints of the sources, and with the trials that it names."""

import re

from expressions import COMPUTED
from tokens import closing, cpp_tokens

LEAST_LITERAL = 12  # characters of a text that has … in it; shorter ones would stand for hints that nobody tried
TEST_CASES = ("TEST_CASE", "TEST_CASE_FIXTURE", "TEST_CASE_TEMPLATE", "SUBCASE")


def stands_for(text, hint):
    """… in the text of an entry stands for anything, and for nothing."""
    return re.fullmatch(".*".join(re.escape(part) for part in text.split(COMPUTED)), hint, re.S) is not None


def missing(hints, table):
    """The hints that no entry stands for."""
    return [hint for hint in hints if not any(entry.file == hint.file and stands_for(text, hint.text) for entry in table for text in entry.texts)]


def trial_of(entry):
    """The file and the function or test that try it."""
    file, _, name = entry.trial.partition(": ")
    return file, name


def _of_texts(entry, hints):
    for text in entry.texts:
        if not any(hint.file == entry.file and stands_for(text, hint.text) for hint in hints):
            yield f"{entry.file} has no hint {text!r}"
        if COMPUTED in text and len(text.replace(COMPUTED, "")) < LEAST_LITERAL and not any(hint.text == text for hint in hints):
            yield f"{text!r} has fewer than {LEAST_LITERAL} characters that are not {COMPUTED}"
    if not entry.texts:
        yield f"an entry of {entry.file} has no hint"
    for name in ("state", "command", "better"):
        if not getattr(entry, name).strip():
            yield f"{name} is empty"


def test_names(source):
    """The names of the test cases in C++ text, and all its literals."""
    tokens = cpp_tokens(source)
    literals = [token.text for token in tokens if token.kind == "string"]
    names = set()
    for at, token in enumerate(tokens):
        if token.text in TEST_CASES:
            names |= {argument.text for argument in tokens[at + 2:closing(tokens, at + 1)] if argument.kind == "string"}
    return names, literals


def _of_test(entry, tests):
    """`tests`: the source of each file of tests/ by its name."""
    file, name = trial_of(entry)
    if file not in tests:
        yield f"there is no file {file}"
        return
    names, literals = test_names(tests[file])
    if name not in names:
        yield f"{file} has no test {name!r}"
    for text in entry.texts:
        for part in text.split(COMPUTED):
            if re.search(r"\w", part) and not any(part.strip() in literal for literal in literals):
                yield f"{file} does not show {part.strip()!r} of {text!r}"


def problems(hints, table, scenarios, tests):
    """What is wrong with the entries of the table. `scenarios`: the names that the items run, as in Entry.trial."""
    found = []
    for entry in table:
        of_trial = _of_test(entry, tests) if not entry.trial.startswith("tests/acceptance/") else (
            [] if entry.trial in scenarios else ["no item runs this scenario"])
        found += [f"{entry.trial}: {sentence}" for sentence in [*_of_texts(entry, hints), *of_trial]]
    return found
