"""Item 15: programs killed, stopped and failed at every failpoint; each cell has an event of its own and must end exact.

The programs are those of the checkout, whatever is judged otherwise: what is shipped has no failpoints.
"""

import json
from collections import Counter

from script_run import run_script

TITLE = "crash matrix"
SECONDS, LONG_SECONDS = 600, 3600
ACTIONS, WINNERS = ("kill", "stop", "error"), ("first", "middle", "last")


def run(item):
    words = ["--json"] if item.long else ["--json", "--one-each"]
    limit = (LONG_SECONDS if item.long else SECONDS) - 90
    code, text, seconds = run_script(item.checkout, "crash-matrix", item.folder / "crash-matrix.log", limit, words=words)
    start = text.find('{\n  "schema": "coupon.crash_matrix/1"')
    if not item.check(start >= 0, f"scripts/crash-matrix ended with {code} without a document: {text.strip()[-300:]}"):
        return
    document = json.loads(text[start:])
    played = document["played"]
    cells = Counter((each["failpoint"], each["action"], each["winner"]) for each in played)
    failpoints = {each["failpoint"] for each in played}
    item.equal(len(cells), len(failpoints) * (len(ACTIONS) * len(WINNERS) if item.long else 1), "different cells")
    item.equal({(action, winner) for _, action, winner in cells}, {(action, winner) for action in ACTIONS for winner in WINNERS},
               "actions and winners")
    for each in played:
        item.check(each["reached"] and each["exact"], f"{each['failpoint']} {each['action']} {each['winner']}: {each['failures'][:2]}")
    item.equal((code, document["exact"], document["cells"]), (0, len(played), len(played)), "exit code, exact cells, cells")
    item.figure("failpoints", len(failpoints))
    item.figure("cells exact", f"{document['exact']} of {document['cells']}")
    item.figure("with the build, s", seconds)
