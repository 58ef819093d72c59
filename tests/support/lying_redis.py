"""A Redis server that lets clients in and then lies about the length of what it sends."""

import socket
import threading

LOGIN = b"$6\r\nserver\r\n"
INFO = b"# Server\r\nredis_version:7.0.15\r\n"

# Each lie: what comes at once, and what then comes again and again.
LIES = {
    "an array of 300,000,000": (b"*300000000\r\n", b""),
    "an array of 300,000,000, filled": (b"*300000000\r\n", b":1\r\n"),
    "an array of 2^31 - 1": (b"*2147483647\r\n", b"$-1\r\n"),
    "arrays in arrays": (b"*60000\r\n" * 7, b"*0\r\n"),
    "the shortest elements": (b"*300000\r\n", b"+\r\n"),
    "a text of 2 GiB": (b"$2147483647\r\n", b"x" * 1000),
    "a text of 500 MB": (b"$500000000\r\n", b"x" * 1000),
    "a line without an end": (b"+", b"x" * 1000),
    "replies to no request": (b"+OK\r\n", b"+OK\r\n"),
}


class LyingRedis:
    """Listens on the loopback and tells every client the same lie as the answer to its first command after the login, then goes on with
    it until the client leaves. `sent` counts bytes."""

    def __init__(self, lie):
        self._head, self._body = LIES[lie]
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.settimeout(0.1)
        self.port = self._listener.getsockname()[1]
        self.sent = 0
        self._on = True
        self._threads = []

    def __enter__(self):
        self._threads.append(threading.Thread(target=self._serve, daemon=True))
        self._threads[0].start()
        return self

    def __exit__(self, *_):
        self._on = False
        for thread in self._threads:
            thread.join(timeout=10)
        self._listener.close()

    def _serve(self):
        while self._on:
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            self._threads.append(threading.Thread(target=self._lie_to, args=(client,), daemon=True))
            self._threads[-1].start()

    def _lie_to(self, client):
        with client:
            client.settimeout(0.2)
            try:
                heard = self._hear(client, b"", LOGIN)
                client.sendall(b"+OK\r\n$%d\r\n%s\r\n" % (len(INFO), INFO))
                self._hear(client, heard, b"\r\n")
                piece = self._head
                while self._on and piece:
                    self.sent += client.send(piece)
                    piece = self._body * (1 + 65536 // len(self._body)) if self._body else b""
                self._hear(client, b"", b"never said")
            except OSError:
                pass  # the client left, as it should

    def _hear(self, client, heard, text):
        while self._on and text not in heard:
            try:
                piece = client.recv(65536)
            except TimeoutError:
                continue
            if not piece:
                raise ConnectionResetError
            heard += piece
        return heard.partition(text)[2]
