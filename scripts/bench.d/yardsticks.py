"""What the same servers do for tools that only do the bare work. Each returns how many per second."""

import csv
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from command import Failure, run

CONNECTIONS = 50
# As many requests on their way per connection as the flood has: 256 applications over 50 connections.
PIPELINE = 5


def redis_script(body, requests, *arguments):
    """A script of one command, by its SHA, as the suite calls its own."""
    address = urlsplit(os.environ["COUPON_REDIS"])
    server = ["-h", address.hostname, "-p", address.port]
    sha, _ = run("redis-cli", "-e", *server, "SCRIPT", "LOAD", f"#!lua\nreturn {body}")
    out, _ = run("redis-benchmark", *server, "--csv", "-c", CONNECTIONS, "-P", PIPELINE, "-n", requests, "-r", requests,
                 "EVALSHA", sha.strip(), 1, "yardstick", *arguments)
    rows = [row for row in csv.reader(out.splitlines()) if len(row) > 1 and row[0] != "test"]
    if len(rows) != 1:
        raise Failure(f"redis-benchmark printed no result: {out[:300]!r}")
    return float(rows[0][1])


def redis_reads(requests):
    return redis_script("redis.call('HGET', KEYS[1], ARGV[1])", requests, "__rand_int__")


def redis_writes(requests):
    return redis_script("redis.call('HSET', KEYS[1], ARGV[1], '1')", requests, "__rand_int__")


def kafka_producer(topic, records):
    libs = Path(os.environ["COUPON_SANDBOX"]) / "kafka" / "libs"
    java = Path(os.environ["JAVA_HOME"]) / "bin" / "java" if os.environ.get("JAVA_HOME") else "java"
    out, _ = run(java, "-Xmx256m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{libs}/*",
                 "org.apache.kafka.tools.ProducerPerformance", "--topic", topic, "--num-records", records, "--record-size", 8,
                 "--throughput", -1, "--producer-props", f"bootstrap.servers={os.environ['COUPON_BROKERS']}", "acks=all",
                 "enable.idempotence=true", "linger.ms=5")
    found = re.findall(rf"^{records} records sent, ([0-9.]+) records/sec", out, re.MULTILINE)
    if not found:
        raise Failure(f"ProducerPerformance printed no result: {out[-300:]!r}")
    return float(found[-1])


def inserted_rows(event, rows, batch):
    """Rows like those of round 1 of the event, in transactions of as many as the worker's, into a table with the same keys."""
    client = ["mariadb", f"--defaults-file={os.environ['COUPON_SANDBOX']}/mariadb.cnf", "--batch", "coupon"]
    run(*client, stdin="DROP TABLE IF EXISTS yardstick; CREATE TABLE yardstick LIKE coupon;")
    columns = "event, round, slot, slot_limit, user_id, granted_at, issued_at"
    statements = []
    for first in range(1, rows + 1, batch):
        values = ",".join(f"('{event}',1,{slot},{rows},{slot},1,1)" for slot in range(first, min(first + batch, rows + 1)))
        statements.append(f"START TRANSACTION; INSERT INTO yardstick ({columns}) VALUES {values}; COMMIT;")
    _, seconds = run(*client, stdin="\n".join(statements))
    run(*client, stdin="DROP TABLE yardstick;")
    return rows / seconds
