"""run.py REPEATS FILE: measures in turns, prints a table, writes FILE. Servers and programs are in the environment."""

import json
import os
import statistics
import sys

import subjects
import yardsticks
from command import Failure

ANSWERS, WINNERS, RECORDS, BATCH = 200_000, 20_000, 200_000, 500

ROWS = [  # key, what, against what: keys of the measured series
    ("gate", "applications told sold out", "sold_out", "redis_reads", "redis-benchmark, script of one HGET"),
    ("winners_redis", "winners, to confirmed", "winners", "redis_writes", "redis-benchmark, script of one HSET"),
    ("winners_kafka", "winners, to confirmed", "winners", "kafka_producer", "ProducerPerformance, acks=all"),
    ("worker", "rows issued, start to drained", "issued_rows", "inserted_rows", "mariadb client, multi-row INSERT"),
]


def measure(turn):
    """One of each, subject and yardstick side by side, so that a busy moment of the machine meets both."""
    gate, winner, idle = f"bench-gate-{turn}", f"bench-winner-{turn}", f"bench-idle-{turn}"
    subjects.open_round(idle, 1)  # makes the topic for Kafka's own tool
    return {
        "redis_reads": yardsticks.redis_reads(ANSWERS),
        "sold_out": subjects.sold_out(gate, ANSWERS),
        "redis_writes": yardsticks.redis_writes(WINNERS),
        "winners": subjects.winners(winner, WINNERS),
        "kafka_producer": yardsticks.kafka_producer(idle.replace("-", "_"), RECORDS),
        "inserted_rows": yardsticks.inserted_rows(winner, WINNERS, BATCH),
        "issued_rows": subjects.issued_rows(winner, WINNERS, BATCH),
    }


def main(repeats, path):
    turns = [measure(turn) for turn in range(1, repeats + 1)]
    median = {key: statistics.median(turn[key] for turn in turns) for key in turns[0]}
    results = []
    print(f"{'per second, median of ' + str(repeats):<32}{'suite':>10}  {'yardstick':<38}{'':>10}{'ratio':>8}")
    for name, what, subject, yardstick, against in ROWS:
        ratio = median[subject] / median[yardstick]
        print(f"{what:<32}{median[subject]:>10,.0f}  {against:<38}{median[yardstick]:>10,.0f}{ratio:>8.2f}")
        results.append({"name": name, "suite_per_second": [round(turn[subject], 1) for turn in turns], "yardstick": against,
                        "yardstick_per_second": [round(turn[yardstick], 1) for turn in turns], "ratio": round(ratio, 4)})
    document = {"schema": "coupon.bench/1", "cores": os.cpu_count(), "answers": ANSWERS, "winners": WINNERS, "batch": BATCH,
                "results": results}
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
        file.write("\n")
    os.replace(f"{path}.new", path)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), sys.argv[2])
    except Failure as failure:
        sys.exit(f"bench: {failure}")
