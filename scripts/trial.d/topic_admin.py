"""What an operator may do to a topic: purge, delete, create. In Kafka's own protocol (https://kafka.apache.org/protocol), which kcat lacks."""

import struct
import subprocess

from topic_store import request, text
from waiting import Failure


def _check(what, error):
    if error:
        raise Failure(f"kafka answered error {error} when asked to {what}")


def delete_records(brokers, topic, ends):
    """DeleteRecords v0: everything before the offset given for each partition."""
    body = struct.pack(">i", 1) + text(topic) + struct.pack(">i", len(ends))
    body += b"".join(struct.pack(">iq", partition, end) for partition, end in sorted(ends.items())) + struct.pack(">i", 5000)
    data = request(brokers, 21, 0, body)
    at = 4 + 4 + 2 + len(topic.encode()) + 4  # throttle time, number of topics, the name, number of partitions
    for _ in ends:
        partition, _, error = struct.unpack_from(">iqh", data, at)
        _check(f"purge partition {partition} of {topic}", error)
        at += 14


def delete_topic(brokers, topic):
    """DeleteTopics v1."""
    data = request(brokers, 20, 1, struct.pack(">i", 1) + text(topic) + struct.pack(">i", 5000))
    _check(f"delete {topic}", struct.unpack_from(">h", data, 4 + 4 + 2 + len(topic.encode()))[0])


def create_topic(brokers, topic, partitions, settings=None):
    """CreateTopics v2: one replica, for real, with these settings of its own."""
    body = struct.pack(">ihii", partitions, 1, 0, len(settings or {}))
    body += b"".join(text(name) + text(value) for name, value in (settings or {}).items())
    data = request(brokers, 19, 2, struct.pack(">i", 1) + text(topic) + body + struct.pack(">ib", 5000, 0))
    _check(f"create {topic}", struct.unpack_from(">h", data, 4 + 4 + 2 + len(topic.encode()))[0])


def has_topic(brokers, topic):
    done = subprocess.run(["kcat", "-b", brokers, "-L", "-m", "5"], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    return f'topic "{topic}"' in done.stdout
