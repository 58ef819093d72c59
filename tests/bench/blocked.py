"""How long Redis answered nobody, seen by a client that asks all the time."""

import socket
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace

from servers import REDIS_ADDRESS


@contextmanager
def longest_wait_ms():
    """Asks PING after PING while the block runs; afterwards `.ms` is the longest time to an answer."""
    result, over = SimpleNamespace(ms=0.0), threading.Event()

    def ask():
        with socket.create_connection(REDIS_ADDRESS, timeout=30) as client:
            while not over.is_set():
                begun = time.monotonic()
                client.sendall(b"PING\r\n")
                client.recv(64)
                result.ms = max(result.ms, (time.monotonic() - begun) * 1000)
                time.sleep(0.001)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield result
    finally:
        over.set()
        thread.join()
