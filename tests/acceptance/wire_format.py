"""Kafka's own console consumer with LongDeserializer prints the user ids; kcat shows the headers."""

import os
import re
import struct
import subprocess
import time

from event import Event
from programs import clean_environment

TITLE = "wire format, by Kafka's console consumer and kcat"
SECONDS = 180
USERS = (0, 1, 42, 255, 9007199254740993, 9223372036854775807)
HEADERS = ["event", "round", "epoch", "slot", "granted_at", "v"]


def _console_consumer(item, event):
    """Key and value of each record, as Kafka's own tool prints them."""
    java = f"{os.environ['JAVA_HOME']}/bin/java" if os.environ.get("JAVA_HOME") else "java"
    done = subprocess.run(
        [java, "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", f"{event.sandbox.folder}/kafka/libs/*",
         "org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", event.sandbox.brokers, "--topic", event.topic,
         "--from-beginning", "--max-messages", str(len(USERS)), "--timeout-ms", "20000", "--property", "print.key=true",
         "--property", "print.headers=true", "--property", "key.separator=|", "--property", "headers.separator=;",
         "--property", "key.deserializer=org.apache.kafka.common.serialization.StringDeserializer",
         "--property", "value.deserializer=org.apache.kafka.common.serialization.LongDeserializer"],
        capture_output=True, text=True, timeout=60, env=clean_environment({}))
    item.equal(done.returncode, 0, f"exit code of the console consumer ({done.stderr.strip()[-300:]})")
    return done.stdout.splitlines()


def run(item):
    with item.sandbox() as sandbox:
        event = Event(item, sandbox)
        event.reset("--limit", len(USERS))
        started_ms = int(time.time() * 1000) - 1000
        outcome = event.run("coupon-apply", *USERS)
        item.equal(outcome.code, 0, f"exit code of coupon-apply ({outcome.brief()})")
        with event.worker():
            event.must_be_exact("six users", len(USERS), expected=len(USERS))
        slots = {row.user: row.slot for row in event.ledger.rows(event.name, event.round())}
        item.equal(set(slots), set(USERS), "users with a row")

        lines = _console_consumer(item, event)
        pairs = [line.split("|")[-2:] for line in lines]
        item.equal(sorted(pairs), sorted([str(user), str(user)] for user in USERS), "key and LongDeserializer value printed")
        for line in lines:
            item.check(all(f"{name}:" in line for name in HEADERS), f"the console consumer shows no headers: {line}")
        item.figure("console consumer printed", " ".join(sorted((pair[1] for pair in pairs), key=int)))

        records = event.records().records
        item.equal(len(records), len(USERS), "records kcat reads")
        for record in records:
            values = dict(record.headers)
            item.equal([name for name, _ in record.headers], HEADERS, "names and order of the headers")
            item.equal(record.value, struct.pack(">q", record.user or 0), "value, 8 bytes big-endian")
            item.equal(record.key, str(record.user).encode(), "key")
            item.equal((values["event"], values["round"], values["epoch"], values["v"], values["slot"]),
                       (event.name, str(event.round()), str(event.gate_number("epoch")), "1", str(slots.get(record.user))),
                       f"headers of user {record.user}: event, round, epoch, v, slot")
            item.check(re.fullmatch(r"\d{13}", values["granted_at"]) and started_ms <= int(values["granted_at"]) <= time.time() * 1000 + 1000,
                       f"granted_at is no time of this run: {values['granted_at']}")
        item.figure("kcat -f '%h'", ",".join(f"{name}={value}" for name, value in records[0].headers))
