"""The gate as it lies in Redis, read over a plain socket (RESP 2, https://redis.io/docs/latest/develop/reference/protocol-spec/).

Nothing of the suite is used here: the keys and fields are those of lib/README.md, "Gate".
"""

import socket
from dataclasses import dataclass, field

from waiting import Failure


class RedisError(Exception):
    """An error reply."""


class Redis:
    """One connection. Replies are bytes, int, list or None."""

    def __init__(self, port, timeout=10):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self._file = self._socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._file.close()
        self._socket.close()

    def ask(self, *words):
        parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        request = b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        self._socket.sendall(request)
        return self._reply()

    def _reply(self):
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise Failure("redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            raise RedisError(rest.decode(errors="replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._file.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self._reply() for _ in range(int(rest))]
        raise Failure(f"redis answered {line!r}")

    def hash(self, key):
        """All fields of a hash, read in pieces."""
        found, cursor = {}, b"0"
        while True:
            cursor, page = self.ask("HSCAN", key, cursor, "COUNT", 1000)
            found.update(zip((name.decode() for name in page[::2]), (value.decode() for value in page[1::2])))
            if cursor == b"0":
                return found

    def identity(self):
        """run_id and master_replid of the server that answers."""
        lines = self.ask("INFO", "server").decode().splitlines() + self.ask("INFO", "replication").decode().splitlines()
        facts = dict(line.split(":", 1) for line in lines if ":" in line)
        return facts["run_id"], facts["master_replid"]

    def milliseconds(self):
        seconds, micros = self.ask("TIME")
        return int(seconds) * 1000 + int(micros) // 1000


def gate_key(event):
    return "coupon:{%s}" % event


def outbox_key(event):
    return gate_key(event) + ":outbox"


@dataclass
class Gate:
    """Everything the gate of an event remembers."""
    fields: dict = field(default_factory=dict)  # all but the claims, as text
    claims: dict = field(default_factory=dict)  # user -> slot
    outbox: list = field(default_factory=list)  # fields of the outbox
    length: int = 0                             # HLEN of the gate
    outbox_length: int = 0
    is_armed: bool = False

    def number(self, name):
        try:
            return int(self.fields[name])
        except (KeyError, ValueError):
            raise Failure(f"the gate's field {name} is {self.fields.get(name)!r}") from None

    @property
    def state(self):
        return self.fields.get("state")


def read_gate(redis, event):
    """The gate, or None where there is none."""
    length = redis.ask("HLEN", gate_key(event))
    if length == 0:
        return None
    gate = Gate(length=length, outbox_length=redis.ask("HLEN", outbox_key(event)))
    for name, value in redis.hash(gate_key(event)).items():
        if name.startswith("u:"):
            gate.claims[int(name[2:])] = int(value.split(":", 1)[0])
        else:
            gate.fields[name] = value
    gate.outbox = sorted(redis.hash(outbox_key(event)))
    run_id, replid = redis.identity()
    gate.is_armed = (gate.fields.get("run_id") == run_id and gate.fields.get("master_replid") == replid
                     and gate.fields.get("arming", "") == "" and gate.fields.get("state") != "given_up")
    return gate
