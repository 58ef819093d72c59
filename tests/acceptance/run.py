"""Runs items of the acceptance, one after the other, prints one line each and writes the document.

usage: run.py CHECKOUT FOLDER DOCUMENT BINARIES plain|long ITEM...

An item is a module with a TITLE (items.py finds it); SECONDS bounds it, LONG_SECONDS its long form where it has one.
"""

import json
import shutil
import signal
import subprocess
import sys
import time
import traceback
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from item import Item  # noqa: E402  (found by the line above)
from items import choose, find  # noqa: E402
from waiting import Failure  # noqa: E402


class OutOfTime(Exception):
    """The item as a whole took longer than it may."""


def out_of_time(*_):
    raise OutOfTime


def interrupted(number, _):
    sys.exit(128 + number)


def run_item(listed, checkout, folder, binaries, long):
    """Runs one item in an empty folder; whatever it runs into is a failure of it."""
    module = listed.module()
    seconds_allowed = getattr(module, "LONG_SECONDS", module.SECONDS) if long else module.SECONDS
    own = folder / listed.name
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True)
    item = Item(listed.name, listed.title, checkout, own, binaries, long)
    started = time.monotonic()
    signal.alarm(seconds_allowed)
    try:
        module.run(item)
        item.check(item.figures, "it measured nothing")
    except OutOfTime:
        item.check(False, f"it did not end within {seconds_allowed} s")
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


def main(checkout, folder, document, binaries, form, *words):
    signal.signal(signal.SIGALRM, out_of_time)
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGINT, interrupted)
    if not judge_can_say_no():
        print("accept: the judge's own tests fail; see tests/support/judge_test.py", file=sys.stderr)
        return 1
    documents = []
    for listed in choose(words, find()):
        documents.append(run_item(listed, Path(checkout), Path(folder), Path(binaries), form == "long"))
        Path(document).write_text(json.dumps(documents, indent=2) + "\n", encoding="utf-8")
    return 0 if all(each["passed"] for each in documents) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
