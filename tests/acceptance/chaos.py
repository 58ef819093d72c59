"""Seeded campaigns of faults (scripts/chaos), every one exact and nobody left in doubt."""

import json
import os

from script_run import run_script

TITLE = "campaigns of faults"
SECONDS = 15 * 60
LONG_SECONDS = 4 * 3600
CAMPAIGNS, LONG_CAMPAIGNS = 5, 200
SEED = 1600


def run(item):
    campaigns = LONG_CAMPAIGNS if item.long else CAMPAIGNS
    words = ["--campaigns", campaigns, "--seed", SEED]
    environment = os.environ | {"COUPON_CHAOS_BIN": str(item.binaries)}
    log = item.folder / "chaos.log"
    code, _, seconds = run_script(item.checkout, "chaos", log, (LONG_SECONDS if item.long else SECONDS) - 60, environment, words)
    item.equal(code, 0, f"exit code of scripts/chaos (its words: {log}; the evidence: build/chaos)")
    document = json.loads((item.checkout / "build" / "chaos" / "campaigns.json").read_text(encoding="utf-8"))
    item.equal((document["exact"], document["violations"], document["cannot_tell"], document["unresolved"]), (campaigns, 0, 0, 0),
               "campaigns that were exact, violated, in doubt, and outcomes unresolved")
    hits = document["hits"]
    for what in ("dropped_replies", "resets", "join group", "delete topic", "change a global of"):
        item.check(any(name.startswith(what) and count for name, count in hits.items()), f"no campaign hit {what}: {hits}")
    item.check(any(hits.get(f"{how} redis") for how in ("remove claims from", "restore a copy in", "delete the keys in")),
               f"no gate went back while its server went on: {hits}")
    item.check(hits.get("epochs", 0) > hits.get("rounds judged", 0), f"no gate was ever armed again: {hits}")
    item.figure("campaigns exact", f"{document['exact']} of {campaigns} from seed {SEED}")
    item.figure("seconds each", seconds / campaigns)
    item.figure("unresolved", document["unresolved"])
    item.figure("hits", ", ".join(f"{name} {count}" for name, count in hits.items()))
