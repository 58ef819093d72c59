"""What is measured: each row one pair of the suite and its yardstick, side by side, so that a busy moment of the machine meets both.

`measure(size, turn)` returns the suite's figure and the yardstick's, the latter None where the figure itself is to reach something, and may add
sentences about what else it demands. A figure per second is the better the higher it is, all others the lower.
"""

import functools
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import one_shot
import suite
import yardsticks
from blocked import longest_wait_ms
from process_use import cpu_seconds, resident_bytes

CONNECTIONS, PIPELINE, BATCH = 50, 16, 500


@dataclass
class Row:
    name: str
    what: str
    unit: str
    reach: float                # of the ratio, or of the figure where there is no yardstick
    measure: Callable
    size: int
    growth: float = 0           # what time per coupon may be of that at a tenth of the size, which is then measured as well
    is_long: bool = False       # measured with --long alone
    pairs: int = 5              # measured how often, where --pairs does not say

    @property
    def higher_is_better(self):
        return self.unit == "per second"


def _event(row, turn):
    return f"bench-{row.replace('_', '-')}-{turn}"


def _sold_out_event(row, turn):
    event = _event(row, turn)
    suite.open_round(event, 1)
    suite.flood(event, 1, "granted")
    return event


def _sold_out_rate(event, size):
    words = ["--concurrency", CONNECTIONS * PIPELINE, "--connections", CONNECTIONS]
    return suite.flood(event, size, "sold_out", 2, words)["per_second"]


def sold_out(size, turn):
    event = _sold_out_event("sold_out", turn)
    return _sold_out_rate(event, size), yardsticks.redis(CONNECTIONS, PIPELINE, size, *yardsticks.claim(event)), []


def sold_out_wire(size, turn):
    event = _sold_out_event("sold_out_wire", turn)
    return _sold_out_rate(event, size), yardsticks.redis(CONNECTIONS, PIPELINE, size, *yardsticks.plain_read(event)), []


def one_at_a_time(size, turn):
    event = _sold_out_event("one_at_a_time", turn)
    rate = suite.flood(event, size, "sold_out", 2, ["--concurrency", 1, "--connections", 1])["per_second"]
    return rate, yardsticks.redis(1, 1, size, *yardsticks.claim(event)), []


def granted(size, turn):
    """The yardstick is the slower of script and producer, both at once on the same servers."""
    event, other = _event(f"granted-{size}", turn), _event(f"granted-{size}-yardstick", turn)
    for each in (event, other):
        suite.open_round(each, 2 * size)
    words = ["--concurrency", CONNECTIONS * PIPELINE, "--connections", CONNECTIONS]
    rate = suite.flood(event, size, "granted", 1, words)["per_second"]
    producer = yardsticks.start_producer(other.replace("-", "_"), size)
    claims = yardsticks.start_redis(CONNECTIONS, PIPELINE, size, *yardsticks.claim(other))
    return rate, min(yardsticks.finish_redis(claims), yardsticks.finish_producer(producer)), []


def consume(size, turn):
    event = _event(f"consume-{size}", turn)
    suite.open_round(event, size)
    suite.flood(event, size, "granted", 1, ["--concurrency", 1000, "--connections", CONNECTIONS])
    seconds = suite.drain(event, size, ["--batch", BATCH])
    return size / seconds, size / yardsticks.insert_rows(event, size, BATCH), []


def grant_to_row(size, turn):
    """p99 in ms from claimed to issued, by the times in the rows; every second 1,000 are granted."""
    event = _event("grant_to_row", turn)
    suite.open_round(event, size)
    with suite.worker(event):
        suite.flood(event, size, "granted", 1, ["--rate", "1000/s", "--connections", CONNECTIONS])
        delays = suite.row_delays_ms(event, size)
    return delays[len(delays) * 99 // 100], None, []


def single(size, turn):
    event = _event("one_shot", turn)
    suite.open_round(event, 4 * size)
    return one_shot.measure(event, size)


def audit(size, turn):
    """The event of the first turn serves all others: reading changes nothing."""
    event = _event(f"audit-{size}", 1)
    history = Path(tempfile.gettempdir()) / f"coupon-bench-{os.getpid()}-{size}.jsonl"
    if turn == 1:
        suite.open_round(event, size)
        suite.flood(event, size, "granted", 1, ["--concurrency", 1000, "--connections", CONNECTIONS, "--history", history])
        suite.drain(event, size)
    seconds, memory = suite.audit(event, [history])
    allowed = 64 * 1024 * 1024 + 96 * size
    missed = [] if memory <= allowed else [f"{memory / 2**20:.0f} MiB of memory instead of {allowed / 2**20:.0f}"]
    return seconds, yardsticks.read_stores(event, [history]), missed


def reset(size, turn):
    event = _event("reset", turn)
    suite.open_round(event, size)
    suite.flood(event, size, "granted", 1, ["--concurrency", 1000, "--connections", CONNECTIONS])
    suite.drain(event, size)
    with longest_wait_ms() as blocked:
        seconds = suite.reset(event, size)
    missed = [] if blocked.ms <= 20 else [f"Redis did not answer for {blocked.ms:.0f} ms"]
    return seconds, None, missed


@functools.cache
def _bell(size, limit, turn):
    """One crowd, `limit` coupons: answers and rows per second, each of the suite and of the plain flow. The suite's rows count once an
    audit has found the event exact."""
    event, other = _event(f"bell-{limit}", turn), _event(f"bell-{limit}-plain", turn)
    for each in (event, other):
        suite.open_round(each, limit)
    with suite.worker(event):
        bell = time.monotonic()
        answers = suite.crowd(event, size, limit, ["--concurrency", 800, "--connections", CONNECTIONS])
        suite.audit(event, words=["--wait", "300s"])
        proven = time.monotonic() - bell
    answered, written = yardsticks.plain_flow(other.replace("-", "_"), size, limit)
    return {"answers": (answers, size / answered), "rows": (limit / proven, limit / written)}


def bell(figure, users_per_coupon):
    """Measures a crowd at one bell, with one coupon for every `users_per_coupon` users."""
    return lambda size, turn: (*_bell(size, max(1, size // users_per_coupon), turn)[figure], [])


def confirmed(size, turn):
    """p99 in ms from an application to its confirmed grant; every second 5,000 apply, whether or not the answers come."""
    event = _event("confirmed", turn)
    suite.open_round(event, size)
    report = suite.flood(event, size, "granted", 1, ["--rate", "5000/s", "--connections", CONNECTIONS])
    return report["confirmed_latency_us"]["p99"] / 1000, None, []


def idle(size, turn):
    """Percent of a core that a worker with nothing to do uses, over `size` seconds."""
    event = _event("idle", turn)
    suite.open_round(event, 1)
    with suite.worker(event) as process:
        time.sleep(1)
        before = cpu_seconds(process.pid)
        time.sleep(size)
        used, memory = cpu_seconds(process.pid) - before, resident_bytes(process.pid)
    missed = [] if memory <= 20e6 else [f"{memory / 1e6:.0f} MB of memory instead of 20"]
    return 100 * used / size, None, missed


ROWS = [
    Row("sold_out", "told sold out; the claim script by redis-benchmark", "per second", 2.0, sold_out, 1_000_000),
    Row("sold_out_wire", "told sold out; the same command by redis-benchmark", "per second", 0.95, sold_out_wire, 1_000_000, pairs=9),
    Row("granted", "granted; claim script and bare producer at once", "per second", 2.0, granted, 200_000, growth=1.2),
    Row("one_at_a_time", "told sold out, one by one; the claim script", "per second", 0.9, one_at_a_time, 20_000),
    Row("consume", "rows issued; the mariadb client's INSERTs", "per second", 0.8, consume, 200_000, growth=1.2),
    Row("grant_to_row", "p99 from claimed to issued, at 1,000 a second", "ms", 50, grant_to_row, 10_000),
    Row("one_shot", "coupon-apply ID; redis-cli, kcat, redis-cli", "s", 0.45, single, 5),
    Row("audit", "the audit; each store read by its own client", "s", 1.0, audit, 1_000_000, growth=1.2),
    Row("reset", "coupon-reset of so many claims", "s", 2, reset, 1_000_000),
    Row("bell_100", "a crowd at one bell answered, N = 100; the plain flow", "per second", 5, bell("answers", 1000), 100_000),
    Row("bell_10k", "a crowd at one bell answered, N = 10,000; the plain flow", "per second", 5, bell("answers", 10), 100_000),
    Row("bell_10k_rows", "its rows, and the audit's verdict; the plain flow's rows", "per second", 5, bell("rows", 10), 100_000),
    Row("bell_100k", "a crowd at one bell answered, N = 100,000; the plain flow", "per second", 1, bell("answers", 1), 100_000),
    Row("bell_100k_rows", "its rows, and the audit's verdict; the plain flow's rows", "per second", 5, bell("rows", 1), 100_000),
    Row("confirmed", "p99 from application to confirmed, at 5,000 a second", "ms", 20, confirmed, 50_000),
    Row("idle", "percent of a core, a worker with nothing to do for 60 s", "percent", 1, idle, 60),
    Row("ten_million", "the audit; each store read by its own client", "s", 1.0, audit, 10_000_000, growth=1.1, is_long=True),
]
