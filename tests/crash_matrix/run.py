"""Plays cells of the crash matrix beside the servers in COUPON_SANDBOX, some at once, and prints the table or the document.

usage: run.py CHECKOUT BUILD FOLDER AT_ONCE all|one-each table|json [FAILPOINT...]
"""

import json
import os
import shutil
import subprocess
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from cells import ACTIONS, FAILPOINTS, ROWS, WINNERS, all_cells, one_each  # noqa: E402  (the tests run it without the script)
from item import Item  # noqa: E402
from sandbox import Sandbox  # noqa: E402
from scenes import Scenes  # noqa: E402
from waiting import Failure  # noqa: E402


class Played:
    """What became of one cell."""

    def __init__(self, cell):
        self.cell, self.reached, self.seconds, self.failures = cell, False, 0.0, []

    def document(self):
        return {"failpoint": self.cell.failpoint, "scene": self.cell.scene, "action": self.cell.action, "winner": self.cell.winner, "reached": self.reached,
                "exact": not self.failures, "seconds": round(self.seconds, 1), "failures": self.failures}


def play(cell, checkout, build, folder, sandbox):
    """Plays one cell in a folder of its own, which stays where it failed."""
    played, own = Played(cell), folder / cell.name
    own.mkdir(parents=True)
    item = Item(cell.row, cell.name, checkout, own, build / "bin")
    started = time.monotonic()
    try:
        scene = Scenes(item, sandbox, cell, build / "failpoints")
        scene.play()
        played.reached = scene.reached
        item.check(scene.reached, "not reached")
    except Failure as failure:
        item.check(False, str(failure))
    except (OSError, subprocess.SubprocessError) as error:
        item.check(False, f"it could not be played: {error}")
    except Exception:  # a bug of the matrix itself must not look like anything else
        item.check(False, "the matrix itself failed: " + traceback.format_exc(limit=-3))
    played.seconds, played.failures = time.monotonic() - started, item.failures
    for failure in item.failures[:10]:
        print(f"{cell.name}: {failure}", file=sys.stderr, flush=True)
    if not item.failures:
        shutil.rmtree(own)
    return played


def unknown_to(build):
    """Failpoints that the programs know and the matrix does not, or the other way round."""
    done = subprocess.run([build / "failpoints" / "coupon-apply", "--version"], capture_output=True, text=True, timeout=20, check=True)
    known = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    return sorted(known ^ set(FAILPOINTS))


def table(played):
    """One line per failpoint; seconds where a cell was exact."""
    by_cell = {(one.cell.row, one.cell.action, one.cell.winner): one for one in played}
    columns = [(action, winner) for action in ACTIONS for winner in WINNERS]
    lines = ["failpoint, while".ljust(37) + "".join(f"{action} {winner}".rjust(13) for action, winner in columns)]
    for row, (failpoint, scene) in enumerate(ROWS):
        cells = [by_cell.get((row, *column)) for column in columns]
        if any(cells):
            words = ["-" if one is None else "FAILED" if one.failures else f"{one.seconds:.1f} s" for one in cells]
            lines.append(f"{failpoint} {scene.replace('_', ' ')}".ljust(37) + "".join(word.rjust(13) for word in words))
    return "\n".join(lines)


def main(checkout, build, folder, at_once, which, form, *failpoints):
    checkout, build, folder = Path(checkout), Path(build), Path(folder)
    if wrong := unknown_to(build):
        print(f"crash-matrix: no scene or no failpoint: {', '.join(wrong)}", file=sys.stderr)
        return 1
    if strangers := [name for name in failpoints if name not in FAILPOINTS]:
        print(f"crash-matrix: there is no failpoint {strangers[0]}; there are {', '.join(FAILPOINTS)}", file=sys.stderr)
        return 2
    cells = (one_each if which == "one-each" else all_cells)(failpoints or FAILPOINTS)
    shutil.rmtree(folder, ignore_errors=True)
    sandbox = Sandbox.running(checkout, Path(os.environ["COUPON_SANDBOX"]))
    started = time.monotonic()
    # The programs of a cell die with the thread that started them, so every thread lives until all cells are played.
    with ThreadPoolExecutor(int(at_once)) as pool:
        played = list(pool.map(lambda cell: play(cell, checkout, build, folder, sandbox), cells))
    seconds, exact = time.monotonic() - started, sum(not one.failures for one in played)
    if form == "json":
        print(json.dumps({"schema": "coupon.crash_matrix/1", "cells": len(cells), "exact": exact, "seconds": round(seconds, 1),
                          "played": [one.document() for one in played]}, indent=2))
    else:
        print(f"{table(played)}\n{exact} of {len(cells)} cells exact, {seconds:.0f} s")
    return 0 if exact == len(cells) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
