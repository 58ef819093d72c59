"""The topic as it lies in Kafka, read with `kcat`; ends and committed offsets are asked for in Kafka's own protocol.

Protocol: https://kafka.apache.org/protocol, FindCoordinator is not needed with a single broker; OffsetFetch v1, ListOffsets v2.
"""

import socket
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

from waiting import Failure

_END = b"\x1e--end-of-record--\x1e\n"
_AS_IT_LIES = ("-X", "isolation.level=read_uncommitted")  # with records of transactions that have not ended, as the worker reads them
_NOT_LEADER = 6
_PATIENCE_S = 10  # with a partition that has no leader: a starved broker is fenced for as long as it misses its heartbeats


@dataclass
class Record:
    """One record as it lies there."""
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list  # (name, value), in order, as text

    def header(self, name):
        """The value of a header that is there once, otherwise None."""
        values = [value for key, value in self.headers if key == name]
        return values[0] if len(values) == 1 else None

    @property
    def user(self):
        """The value as Kafka's LongDeserializer reads it, None where it cannot."""
        return struct.unpack(">q", self.value)[0] if self.value is not None and len(self.value) == 8 else None


@dataclass
class Topic:
    """All records, and where the group stands."""
    records: list = field(default_factory=list)
    ends: dict = field(default_factory=dict)       # partition -> (low, high)
    committed: dict = field(default_factory=dict)  # partition -> offset, absent where never committed


def _kcat(brokers, *words, seconds=60, data=None):
    try:
        done = subprocess.run(["kcat", "-b", brokers, *words], input=data, capture_output=True, timeout=seconds,
                              stdin=subprocess.DEVNULL if data is None else None)
    except subprocess.TimeoutExpired:
        raise Failure(f"kcat {' '.join(words)} did not end within {seconds} s") from None
    if done.returncode != 0:
        raise Failure(f"kcat {' '.join(words)} failed: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout


def parse_record(block):
    """One record in the format that read_topic asks kcat for."""
    head, rest = block.split(b"\n", 1)
    partition, offset, key_size, value_size = map(int, head.split())
    key = None if key_size < 0 else rest[:key_size]
    rest = rest[max(key_size, 0):]
    value = None if value_size < 0 else rest[:value_size]
    text = rest[max(value_size, 0):].decode(errors="replace")
    headers = [tuple(pair.split("=", 1)) for pair in text.split(",")] if text else []
    return Record(partition, offset, key, value, headers)


def partitions_of(brokers, topic):
    text = _kcat(brokers, "-L", "-t", topic, "-m", "10").decode()
    return sorted(int(line.split()[1].rstrip(",")) for line in text.splitlines() if line.strip().startswith("partition "))


def _watermark(brokers, topic, partition, when):
    """Where a partition begins (-2) or ends (-1), transactions that have not ended included: ListOffsets v2. kcat would tell where the first
    open transaction begins."""
    body = struct.pack(">ibi", -1, 0, 1) + text(topic) + struct.pack(">iiq", 1, partition, when)
    end = time.monotonic() + _PATIENCE_S
    while True:
        data = request(brokers, 2, 2, body)
        at = 4 + 4 + 2 + len(topic.encode()) + 4  # throttle time, number of topics, the name, number of partitions
        _, error, _, offset = struct.unpack_from(">ihqq", data, at)
        if error == 0:
            return offset
        if error != _NOT_LEADER or time.monotonic() >= end:
            raise Failure(f"kafka answered error {error} about the ends of {topic}")
        time.sleep(0.1)


def ends_of(brokers, topic):
    """Low and high watermark of each partition."""
    return {partition: (_watermark(brokers, topic, partition, -2), _watermark(brokers, topic, partition, -1))
            for partition in partitions_of(brokers, topic)}


def read_topic(brokers, topic, group=None):
    """The whole topic from its beginning to its end, and the group's committed offsets."""
    view = Topic(ends=ends_of(brokers, topic))
    if any(high > low for low, high in view.ends.values()):
        layout = "%p %o %K %S\n%k%s%h" + _END.decode()
        blocks = _kcat(brokers, "-C", "-q", *_AS_IT_LIES, "-t", topic, "-o", "beginning", "-e", "-f", layout, seconds=180).split(_END)
        view.records = [parse_record(block) for block in blocks if block]
    if group is not None:
        view.committed = committed_offsets(brokers, group, topic, sorted(view.ends))
    return view


def produce(brokers, topic, *, key="", value=b"", headers=()):
    """Puts one record on the topic; `value` None is a null."""
    words = ["-P", "-t", topic]
    for name, text in headers:
        words += ["-H", f"{name}={text}"]
    if value:
        # The whole file is the value, so that no byte of it is taken for a delimiter.
        with tempfile.NamedTemporaryFile() as file:
            file.write(value)
            file.flush()
            _kcat(brokers, *words, "-k", key, file.name)
    else:
        _kcat(brokers, *words, "-K", ":", *(["-Z"] if value is None else []), data=f"{key}:\n".encode())


def text(word):
    """A string as Kafka's protocol spells it."""
    data = word.encode()
    return struct.pack(">h", len(data)) + data


def request(brokers, api, version, body, seconds=10):
    """The body of the broker's answer to one request."""
    frame = struct.pack(">hhi", api, version, 7) + text("trial") + body
    host, port = brokers.split(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        connection.sendall(struct.pack(">i", len(frame)) + frame)
        answer = connection.makefile("rb")
        size = struct.unpack(">i", answer.read(4))[0]
        return answer.read(size)[4:]


def committed_offsets(brokers, group, topic, partitions):
    """Partition -> committed offset of the group; a partition it never committed is absent."""
    body = text(group) + struct.pack(">i", 1) + text(topic) + struct.pack(f">i{len(partitions)}i", len(partitions), *partitions)
    data = request(brokers, 9, 1, body)
    at = 4 + 2 + len(topic.encode())  # number of topics, the name
    count = struct.unpack_from(">i", data, at)[0]
    at += 4
    committed = {}
    for _ in range(count):
        partition, offset, size = struct.unpack_from(">iqh", data, at)
        at += 14 + max(size, 0)
        error = struct.unpack_from(">h", data, at)[0]
        at += 2
        if error != 0:
            raise Failure(f"kafka answered error {error} about the offsets of group {group}")
        if offset >= 0:
            committed[partition] = offset
    return committed
