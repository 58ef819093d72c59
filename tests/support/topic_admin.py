"""What an operator may do to a topic: purge, delete, create, change its settings, move a group on it. In Kafka's own protocol (https://kafka.apache.org/protocol), which kcat lacks."""

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


def alter_settings(brokers, topic, settings):
    """IncrementalAlterConfigs v0: sets these settings of the topic."""
    body = struct.pack(">ib", 1, 2) + text(topic) + struct.pack(">i", len(settings))
    body += b"".join(text(name) + struct.pack(">b", 0) + text(value) for name, value in settings.items()) + struct.pack(">b", 0)
    data = request(brokers, 44, 0, body)
    _check(f"change the settings of {topic}", struct.unpack_from(">h", data, 4 + 4)[0])


def commit_offsets(brokers, group, topic, offsets):
    """OffsetCommit v2, for a group without members."""
    body = text(group) + struct.pack(">i", -1) + text("") + struct.pack(">qi", -1, 1) + text(topic) + struct.pack(">i", len(offsets))
    body += b"".join(struct.pack(">iqh", partition, offset, -1) for partition, offset in sorted(offsets.items()))
    data = request(brokers, 8, 2, body)
    at = 4 + 2 + len(topic.encode()) + 4  # number of topics, the name, number of partitions
    for number in range(len(offsets)):
        partition, error = struct.unpack_from(">ih", data, at + 6 * number)
        _check(f"commit an offset of partition {partition}", error)


def has_topic(brokers, topic):
    done = subprocess.run(["kcat", "-b", brokers, "-L", "-m", "5"], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    return f'topic "{topic}"' in done.stdout
