"""Programs killed, stopped and failed at every failpoint; each cell has an event of its own and must end exact.

The programs are those of the checkout, whatever is judged otherwise: what is shipped has no failpoints.
"""

import json

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
    columns = {(action, winner) for action in ACTIONS for winner in WINNERS}
    rows = {(each["failpoint"], each["scene"]) for each in played}
    cells = {(each["failpoint"], each["scene"], each["action"], each["winner"]) for each in played}
    item.equal(len(cells), len(rows) * (len(columns) if item.long else 1), "different cells")
    item.equal({cell[2:] for cell in cells}, columns, "actions and winners")
    for each in played:
        item.check(each["reached"] and each["exact"], f"{each['failpoint']} {each['action']} {each['winner']}: {each['failures'][:2]}")
    item.equal((code, document["exact"], document["cells"]), (0, len(played), len(played)), "exit code, exact cells, cells")
    item.figure("failpoints", len({failpoint for failpoint, _ in rows}))
    item.figure("cells exact", f"{document['exact']} of {document['cells']}")
    item.figure("with the build, s", seconds)
