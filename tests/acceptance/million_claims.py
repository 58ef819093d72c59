"""The part of redis_forgets with a million claims: Redis is emptied, and one worker puts all of them back."""

import time

from event import Event
from losses import empty
from redis_store import Redis
from waiting import wait_until

CLAIMS = 1_000_000
RESTORED_WITHIN_S, LONGEST_SCRIPT_MS = 30, 100


def a_million(item, sandbox):
    event = Event(item, sandbox, "million")
    event.reset("--limit", CLAIMS)
    with event.worker():
        event.flood("--requests", CLAIMS, "--concurrency", 512, "--connections", 4, "--timeout", "60s", "--seed", 176, seconds=400)
        event.wait_rows(CLAIMS, 200)
    with Redis(sandbox.port("redis")) as redis:
        redis.ask("CONFIG", "SET", "slowlog-log-slower-than", LONGEST_SCRIPT_MS * 1000)
        empty(sandbox)
        redis.ask("SLOWLOG", "RESET")
        started = time.monotonic()
        with event.worker():
            wait_until(lambda: event.gate_number("granted") == CLAIMS and
                       redis.ask("HGET", "coupon:{million}", "arming") == b"", 120, "the million claims are not back", interval=0.2)
            seconds = time.monotonic() - started
        slow = [entry for entry in redis.ask("SLOWLOG", "GET", 10)]
    item.within(seconds, 0, RESTORED_WITHIN_S, "seconds from the worker's start until a million claims were restored")
    item.check(not slow, f"Redis was blocked for more than {LONGEST_SCRIPT_MS} ms: {slow[:2]}")
    item.figure("1,000,000 claims restored within, s", seconds)
    outcome = event.audit("--wait", "60s", seconds=240)
    item.equal((outcome.code, event.verdict_of(outcome)), (0, "exact"), f"a million claims: exit, verdict ({outcome.brief()})")
    item.equal(outcome.json().get("issued"), CLAIMS, "a million claims: issued, by the audit")
