"""Scenarios of the acceptance as a live test: the functions named, one after the other, against a sandbox that is theirs alone.

usage: scenarios.py CHECKOUT FOLDER BINARIES SECONDS MODULE FUNCTION...
"""

import importlib
import shutil
import signal
import sys
import time
from pathlib import Path


def out_of_time(*_):
    raise SystemExit("scenarios: out of time")


def main(checkout, folder, binaries, seconds, module, *functions):
    from item import Item

    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, out_of_time)
    signal.alarm(int(seconds))
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    item = Item(0, module, Path(checkout), folder, Path(binaries))
    scenarios = importlib.import_module(module)
    started = time.monotonic()
    with item.sandbox() as sandbox:
        item.each([getattr(scenarios, name) for name in functions], sandbox)
    item.check(item.figures, "nothing was measured")
    print(item.line(time.monotonic() - started))
    for failure in item.failures:
        print(f"    {failure}")
    return 1 if item.failures else 0


if __name__ == "__main__":
    sys.path[:0] = [str(Path(sys.argv[1]) / "tests" / part) for part in ("support", "acceptance")]
    sys.exit(main(*sys.argv[1:]))
