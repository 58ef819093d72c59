"""Runs campaigns one after the other, prints what each did and found, and writes the document.

usage: run.py CHECKOUT FOLDER BINARIES PROXY COMMIT text|json SEED CAMPAIGNS

Campaign i has the seed SEED + i - 1, so one of many is replayed alone by its own seed.
"""

import json
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

import evidence  # noqa: E402  (found by the line above)
from campaign import Campaign  # noqa: E402
from item import Item  # noqa: E402
from plan import draw  # noqa: E402
from proxied_sandbox import ProxiedSandbox  # noqa: E402
from waiting import Failure  # noqa: E402

CAMPAIGNS_OF_A_SANDBOX = 15
CAMPAIGN_S = 480
EXIT_CODES = {"exact": 0, "violated": 1, "cannot_tell": 5}


class OutOfTime(Exception):
    """The campaign as a whole took longer than it may."""


def out_of_time(*_):
    raise OutOfTime


STOPPED = []  # the exit code, once somebody asked us to end


def interrupted(number, _):
    STOPPED.append(128 + number)
    sys.exit(STOPPED[0])


class Runner:
    def __init__(self, checkout, folder, binaries, proxy, say):
        self.checkout, self.folder, self.binaries, self.proxy, self.say = Path(checkout), Path(folder), binaries, proxy, say
        self.documents = []
        self._servers = ExitStack()
        self._sandbox = None
        self._uses = 0
        self._spoiled = False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._servers.__exit__(*error)

    def run(self, seed):
        """One campaign; what it did and found is the last of `documents`."""
        document = self._run_one(seed)
        self.documents.append(document)
        hits = ", ".join(f"{name} {count}" for name, count in sorted(document["hits"].items()) if count)
        self.say(f"    {document['verdict']} after {document['seconds']:.0f} s; {hits}")
        for sentence in document["violations"] + document["doubts"]:
            self.say(f"    {sentence}")

    def _fresh_sandbox(self, seed):
        self._servers.close()
        sandbox = ProxiedSandbox(self.checkout, self.folder / f"servers-{seed}", self.proxy, seed, keep=lambda: self._spoiled)
        self._sandbox, self._uses, self._spoiled = self._servers.enter_context(sandbox), 0, False

    def _run_one(self, seed):
        plan = draw(seed)
        for line in plan.lines():
            self.say(f"    {line}")
        own = self.folder / f"campaign-{seed}"
        own.mkdir(parents=True)
        item = Item(seed, "campaign", self.checkout, own, self.binaries)
        doubts, campaign, started = [], None, time.monotonic()
        signal.alarm(CAMPAIGN_S)
        try:
            if self._sandbox is None or self._uses >= CAMPAIGNS_OF_A_SANDBOX or self._spoiled:
                self._fresh_sandbox(seed)
            self._uses += 1
            campaign = Campaign(item, self._sandbox, plan)
            campaign.run()
        except OutOfTime:
            doubts.append(f"it did not end within {CAMPAIGN_S} s")
        except Failure as failure:
            doubts.append(str(failure))
        except Exception:  # a bug of the script itself must not look like anything else
            doubts.append("the script itself failed: " + traceback.format_exc(limit=-3))
        finally:
            signal.alarm(0)
            if STOPPED:
                # On the way out other things fail, too; nothing of that is a verdict.
                sys.exit(STOPPED[0])
        verdict = "violated" if item.failures else "cannot_tell" if doubts else "exact"
        if verdict == "exact":
            shutil.rmtree(own)
        else:
            self._spoiled = True
            if campaign:
                evidence.keep(campaign.event, own)
            doubts.append(f"the evidence is in {own}, the servers' words and data in {self._sandbox.folder if self._sandbox else '-'}")
        return {"seed": seed, "limit": plan.limit, "schedule": list(plan.lines()), "verdict": verdict, "seconds": round(time.monotonic() - started, 1),
                "hits": dict(campaign.hits) if campaign else {}, "violations": item.failures, "doubts": doubts,
                "unresolved": campaign.unresolved if campaign else 0}


def summary(documents):
    """What all campaigns so far come to."""
    verdicts = Counter(document["verdict"] for document in documents)
    hits = sum((Counter(document["hits"]) for document in documents), Counter())
    return {"verdict": next(word for word in ("violated", "cannot_tell", "exact") if verdicts[word]), "exact": verdicts["exact"],
            "violations": verdicts["violated"], "cannot_tell": verdicts["cannot_tell"],
            "unresolved": sum(document["unresolved"] for document in documents),
            "seconds": round(sum(document["seconds"] for document in documents), 1), "hits": dict(sorted(hits.items())), "campaigns": documents}


def main(checkout, folder, binaries, proxy, commit, form, first_seed, campaigns):
    signal.signal(signal.SIGALRM, out_of_time)
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGINT, interrupted)
    place = sys.stderr if form == "json" else sys.stdout
    whole = {}
    with Runner(checkout, folder, binaries, proxy, lambda text: print(text, file=place, flush=True)) as runner:
        runner.say(f"seed {first_seed}, {campaigns} campaigns, commit {commit}")
        for number in range(int(campaigns)):
            seed = int(first_seed) + number
            runner.say(f"campaign {number + 1} of {campaigns}, seed {seed}")
            runner.run(seed)
            whole = {"schema": "coupon.chaos/1", "commit": commit, "seed": int(first_seed)} | summary(runner.documents)
            # Whatever becomes of the next one.
            (Path(folder) / "campaigns.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    if form == "json":
        print(json.dumps(whole, indent=1))
    else:
        print(f"{whole['verdict']}: {whole['exact']} of {campaigns} campaigns exact, {whole['violations']} violated, "
              f"{whole['cannot_tell']} cannot tell, {whole['unresolved']} outcomes unresolved, {whole['seconds']:.0f} s")
        print("hits: " + ", ".join(f"{name} {count}" for name, count in whole["hits"].items()))
    return EXIT_CODES[whole["verdict"]]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
