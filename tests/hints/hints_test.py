"""Every hint of the programs is in the table of hints, and every entry of the table is a hint and is tried.

usage: hints_test.py                      exit 1, and what is wrong
       hints_test.py --missing PREFIX...  the hints without an entry, of the files whose names begin so
       hints_test.py --table              the whole table for a reader
"""

import importlib
import sys
import textwrap
from pathlib import Path

import compare
import scan
from scenarios_run import scenarios_run

CHECKOUT = Path(__file__).resolve().parents[2]
LINE = 150


def read_table(checkout):
    """The entries of every module of tests/acceptance that has some."""
    sys.path[:0] = [str(checkout / "tests" / part) for part in ("support", "acceptance")]
    import hint_table  # found by the line above
    for path in sorted((checkout / "tests/acceptance").glob("*.py")):
        if "hint_table" in path.read_text(encoding="utf-8"):
            importlib.import_module(path.stem)
    return hint_table.TABLE


def print_table(table):
    for entry in sorted(table, key=lambda one: (one.file, one.texts)):
        print(entry.file)
        for text in entry.texts:
            print(textwrap.fill(text, LINE, initial_indent="  hint     ", subsequent_indent=" " * 11))
        for name in ("state", "command", "better", "trial"):
            print(textwrap.fill(getattr(entry, name), LINE, initial_indent=f"  {name:<9}", subsequent_indent=" " * 11))


def main(*words):
    found, table = scan.Scan(scan.read_sources(CHECKOUT)), read_table(CHECKOUT)
    if words[:1] == ("--table",):
        print_table(table)
        return 0
    missing = compare.missing(found.hints, table)
    if words[:1] == ("--missing",):
        shown = [hint for hint in missing if hint.file.startswith(words[1:])]
        print("\n".join(f"{hint.file}\t{hint.text}" for hint in shown))
        return 1 if shown else 0
    items = {path.stem: path.read_text(encoding="utf-8") for path in (CHECKOUT / "tests/acceptance").glob("*.py")}
    tests = {str(path.relative_to(CHECKOUT)): path.read_text(encoding="utf-8") for path in (CHECKOUT / "tests").rglob("*.[ch]pp")}
    wrong = found.problems + compare.problems(found.hints, table, scenarios_run(items), tests)
    wrong += [f"{hint.file}: the table has no entry for the hint {hint.text!r}" for hint in missing]
    print("\n".join(wrong) if wrong else f"{len(found.hints)} hints, {len(table)} entries")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
