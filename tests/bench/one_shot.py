"""One application as a program of its own, and the same three steps by the servers' own clients."""

import statistics
import struct
import time

import suite
import yardsticks
from command import run
from gate_scripts import script_sha
from servers import BROKERS, CHECKOUT, REDIS, gate_key


def _suite(event, user):
    _, seconds = run("coupon-apply", *suite.options(event, group=False), user)
    return seconds


def _clients(event, user, number, seal):
    """Claims, publishes the record and waits for its acknowledgement, confirms."""
    key, topic = gate_key(event), event.replace("-", "_")
    redis = ["redis-cli", "-e", *REDIS, "EVALSHA"]
    started = time.monotonic()
    claim, _ = run(*redis, script_sha(CHECKOUT, "claim"), 2, key, f"{key}:outbox", 0, number, seal, f"u:{user}", "0123456789abcdef")
    _, slot, epoch, _, granted_at = claim.split()
    headers = {"event": event, "round": number, "epoch": epoch, "slot": slot, "granted_at": granted_at, "v": 1}
    words = [word for name, value in headers.items() for word in ("-H", f"{name}={value}")]
    record = f"{user}|".encode() + struct.pack(">q", user)
    run("kcat", "-P", "-b", BROKERS, "-t", topic, "-K", "|", "-X", "acks=all", *words, stdin=record)
    run(*redis, script_sha(CHECKOUT, "confirm"), 2, key, f"{key}:outbox", 0, number, epoch, seal, user, slot)
    return time.monotonic() - started


def measure(event, times):
    """The medians of so many of each, in turns."""
    number, seal = yardsticks.round_and_seal(event)
    pairs = [(_suite(event, 2 * i + 1), _clients(event, 2 * i + 2, number, seal)) for i in range(times)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs), []
