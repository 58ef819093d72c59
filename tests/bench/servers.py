"""The sandbox's servers, as the yardsticks' own tools address them, and the folder for files of this run."""

import os
from pathlib import Path
from urllib.parse import urlsplit

CHECKOUT = Path(__file__).resolve().parents[2]
SANDBOX = Path(os.environ["COUPON_SANDBOX"])
BROKERS = os.environ["COUPON_BROKERS"]
REDIS = ["-h", urlsplit(os.environ["COUPON_REDIS"]).hostname, "-p", str(urlsplit(os.environ["COUPON_REDIS"]).port)]
REDIS_ADDRESS = (REDIS[1], int(REDIS[3]))
DEFAULTS_FILE = SANDBOX / "mariadb.cnf"
MARIADB = ["mariadb", f"--defaults-file={DEFAULTS_FILE}", "--batch", "--quick", "coupon"]
TESTS = CHECKOUT / "build" / "tests"


def gate_key(event):
    return "coupon:{%s}" % event
