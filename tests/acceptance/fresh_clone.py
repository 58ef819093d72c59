"""A fresh clone, scripts/demo and scripts/test.

The clone holds what is committed. The jars of Kafka are shared with the checkout, so nothing is downloaded twice; packages are the machine's,
and what a machine without them would get is what scripts/install-packages lists.
"""

import os
import re
import subprocess

from script_run import run_script

TITLE = "fresh clone: scripts/demo, scripts/test"
SECONDS = 40 * 60
DEMO_SECONDS = 900
TEST_SECONDS = 20 * 60  # the bound the project gives scripts/test


def _git(checkout, *words):
    return subprocess.run(["git", "-C", str(checkout), *words], check=True, capture_output=True, text=True, timeout=120).stdout.strip()


def _script(item, clone, name, seconds):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("COUPON_")}
    environment["COUPON_KAFKA_LIBS"] = os.environ.get("COUPON_KAFKA_LIBS", str(item.checkout / "build" / "kafka-libs"))
    return run_script(clone, name, item.folder / f"{name}.log", seconds, environment)


def run(item):
    clone = item.folder / "clone"
    _git(item.checkout, "clone", "--quiet", "--no-hardlinks", str(item.checkout), str(clone))
    item.figure("commit", _git(clone, "rev-parse", "--short", "HEAD"))
    uncommitted = [line for line in _git(item.checkout, "status", "--porcelain").splitlines()]
    item.figure("files not committed, so not judged here", len(uncommitted))
    missing = subprocess.run([str(clone / "scripts/install-packages"), "--dry-run", "build"], capture_output=True, text=True, timeout=60)
    item.figure("packages it had to install", len(missing.stdout.split()))

    code, text, seconds = _script(item, clone, "demo", DEMO_SECONDS)
    item.figure("demo, with the build, s", seconds)
    item.equal(code, 0, f"exit code of scripts/demo ({text.strip()[-200:]})")
    item.check(re.search(r"\bexact\b", text), "scripts/demo printed no verdict exact")
    item.check(re.search(r"\b100 of 100\b|\b100 coupons\b", text), "scripts/demo did not print that there are 100 coupons")

    code, text, seconds = _script(item, clone, "test", TEST_SECONDS)
    item.figure("test, s", seconds)
    item.equal(code, 0, f"exit code of scripts/test ({text.strip()[-200:]})")
    summary = re.search(r"100% tests passed, 0 tests failed out of (\d+)", text)
    item.check(summary, "ctest did not say that all tests passed")
    item.figure("tests", int(summary[1]) if summary else 0)
    item.check(not re.search(r"Not Run|\*\*\*Skipped", text), "ctest skipped tests")
    item.equal(_git(clone, "status", "--porcelain"), "", "what demo and test left in the clone")
