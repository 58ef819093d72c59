"""Runs items of the acceptance, one after the other, prints one line each and writes the document.

usage: run.py CHECKOUT FOLDER DOCUMENT BINARIES ITEM...
"""

import importlib
import json
import shutil
import signal
import subprocess
import sys
import time
import traceback
import unittest
from pathlib import Path

from item import Item
from waiting import Failure

MODULES = {1: "item_01_fresh_clone", 2: "item_02_rounds", 3: "item_03_four_floods", 4: "item_04_one_user", 5: "item_05_sizes",
           6: "item_06_wire_format", 7: "item_07_faults", 8: "item_08_plants", 9: "item_09_pace_and_window",
           10: "item_10_memory_and_retry", 11: "item_11_resets", 12: "item_12_bad_input", 13: "item_13_documents"}


class OutOfTime(Exception):
    """The item as a whole took longer than it may."""


def out_of_time(*_):
    raise OutOfTime


def interrupted(number, _):
    sys.exit(128 + number)


def run_item(number, checkout, folder, binaries):
    """Runs one item in an empty folder; whatever it runs into is a failure of it."""
    module = importlib.import_module(MODULES[number])
    own = folder / f"{number:02}"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True)
    item = Item(number, module.TITLE, checkout, own, binaries)
    started = time.monotonic()
    signal.alarm(module.SECONDS)
    try:
        module.run(item)
        item.check(item.figures, "it measured nothing")
    except OutOfTime:
        item.check(False, f"it did not end within {module.SECONDS} s")
    except Failure as failure:
        item.check(False, str(failure))
    except (OSError, subprocess.SubprocessError) as error:
        item.check(False, f"it could not be run: {error}")
    except Exception:  # a bug of the acceptance itself must not look like anything else
        item.check(False, "the acceptance itself failed: " + traceback.format_exc(limit=-3))
    finally:
        signal.alarm(0)
    seconds = time.monotonic() - started
    print(item.line(seconds), flush=True)
    for failure in item.failures[:20]:
        print(f"        {failure}", file=sys.stderr, flush=True)
    return item.document(seconds)


def judge_can_say_no():
    """The judge's own tests, before its word counts."""
    suite = unittest.defaultTestLoader.loadTestsFromName("judge_test")
    result = unittest.TextTestRunner(stream=open("/dev/null", "w", encoding="ascii")).run(suite)
    for _, trace in result.failures + result.errors:
        print(trace, file=sys.stderr)
    return result.wasSuccessful() and result.testsRun > 0


def main(checkout, folder, document, binaries, *numbers):
    signal.signal(signal.SIGALRM, out_of_time)
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGINT, interrupted)
    if not judge_can_say_no():
        print("accept: the judge's own tests fail; see scripts/accept.d/judge_test.py", file=sys.stderr)
        return 1
    documents = []
    for number in map(int, numbers):
        documents.append(run_item(number, Path(checkout), Path(folder), Path(binaries)))
        Path(document).write_text(json.dumps(documents, indent=2) + "\n", encoding="utf-8")
    return 0 if all(each["passed"] for each in documents) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
