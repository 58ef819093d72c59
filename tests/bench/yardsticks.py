"""What the same servers do for tools that only do the bare work."""

import csv
import re
import sys

from command import Failure, finish, run, start
from gate_scripts import script_sha
from servers import BROKERS, CHECKOUT, DEFAULTS_FILE, MARIADB, REDIS, REDIS_ADDRESS, TESTS, gate_key


def start_redis(connections, pipeline, requests, *command):
    """redis-benchmark with one command; __rand_int__ in it becomes another number each time."""
    return start("redis-benchmark", *REDIS, "--csv", "-c", connections, "-P", pipeline, "-n", requests, "-r", 100_000_000_000, *command)


def finish_redis(started):
    """Requests per second."""
    out, _, _ = finish(started)
    rows = [row for row in csv.reader(out.splitlines()) if len(row) > 1 and row[0] != "test"]
    if len(rows) != 1:
        raise Failure(f"redis-benchmark printed no result: {out[:300]!r}")
    return float(rows[0][1])


def redis(connections, pipeline, requests, *command):
    return finish_redis(start_redis(connections, pipeline, requests, *command))


def round_and_seal(event):
    """Of the event's gate, as every script but the readers' is told them."""
    out, _ = run("redis-cli", *REDIS, "HMGET", gate_key(event), "round", "seal")
    return out.split()


def claim(event):
    """The claim script's command, as the programs call it, for one application, each time of another user: database, round, seal, then the
    user's field and the application."""
    key = gate_key(event)
    number, seal = round_and_seal(event)
    return ["EVALSHA", script_sha(CHECKOUT, "claim"), 2, key, f"{key}:outbox", 0, number, seal, "u:1__rand_int__", "0123456789abcdef"]


def plain_read(event):
    return ["HMGET", gate_key(event), "round", "limit", "granted", "u:1__rand_int__"]


def start_producer(topic, records):
    """tests/bench/bare_producer.cpp"""
    return start(TESTS / "bare_producer", BROKERS, topic, records)


def finish_producer(started):
    """Records per second, acknowledged."""
    out, _, _ = finish(started)
    found = re.fullmatch(r"([0-9.]+) per second\n", out)
    if not found:
        raise Failure(f"the bare producer printed no result: {out[:300]!r}")
    return float(found[1])


def insert_rows(event, rows, batch):
    """Seconds for the event's own rows once more, in transactions as large as the worker's, into a table with the same keys."""
    # LIKE leaves out the key to the round.
    run(*MARIADB, stdin="DROP TABLE IF EXISTS yardstick; CREATE TABLE yardstick LIKE coupon; ALTER TABLE yardstick ADD FOREIGN KEY "
                        "(event, round, slot_limit) REFERENCES coupon_round (event, round, slot_limit);")
    columns = "event, round, slot, slot_limit, user_id, granted_at, issued_at"
    out, _ = run(*MARIADB, "--skip-column-names", "-e", f"SELECT {columns} FROM coupon WHERE event = '{event}' ORDER BY round, slot")
    issued = [f"('{name}',{','.join(numbers)})" for name, *numbers in (line.split("\t") for line in out.splitlines())]
    if len(issued) != rows:
        raise Failure(f"{event} has {len(issued)} rows, not {rows}")
    statements = [f"START TRANSACTION; INSERT INTO yardstick ({columns}) VALUES {','.join(issued[first:first + batch])}; COMMIT;"
                  for first in range(0, rows, batch)]
    _, seconds = run(*MARIADB, stdin="\n".join(statements))
    run(*MARIADB, stdin="DROP TABLE yardstick;")
    return seconds


def read_stores(event, histories):
    """Seconds for one sequential read of every store by its own client, added up."""
    _, hash_read = run(sys.executable, CHECKOUT / "tests" / "bench" / "read_hash.py", gate_key(event))
    with open("/dev/null", "wb"):
        _, topic_read = run("sh", "-c", 'exec kcat -C -q -e -b "$1" -t "$2" >/dev/null', "sh", BROKERS, event.replace("-", "_"))
    _, rows_read = run("sh", "-c", 'exec "$@" >/dev/null', "sh", *MARIADB, "-e",
                       f"SELECT event, round, slot, slot_limit, user_id, granted_at, issued_at FROM coupon WHERE event = '{event}'")
    _, history_read = run("sh", "-c", 'exec jq -c .answer "$@" >/dev/null', "sh", *histories)
    return hash_read + topic_read + rows_read + history_read


def plain_flow(topic, requests, limit):
    """tests/bench/plain_flow.cpp: the seconds until all are answered, and until every row is there. The topic is empty."""
    run(*MARIADB, stdin="DROP TABLE IF EXISTS plain_coupon; "
                        "CREATE TABLE plain_coupon (id BIGINT AUTO_INCREMENT PRIMARY KEY, user_id BIGINT NOT NULL);")
    out, _ = run(TESTS / "plain_flow", BROKERS, topic, REDIS_ADDRESS[1], DEFAULTS_FILE, requests, limit, seconds=600)
    run("redis-cli", *REDIS, "DEL", f"plain:{topic}:users", f"plain:{topic}:count")
    rows, _ = run(*MARIADB, "--skip-column-names", "-e", "SELECT COUNT(*) FROM plain_coupon")
    if int(rows) != limit:
        raise Failure(f"the plain flow was to write {limit} rows, wrote {rows.strip()}")
    run(*MARIADB, stdin="DROP TABLE plain_coupon;")
    answered, written = out.split()
    return float(answered), float(written)
