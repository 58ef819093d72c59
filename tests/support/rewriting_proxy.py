"""A proxy before one server of 127.0.0.1 that changes what passes: an older release, another clock, a statement that is lost on the way."""

import socket
import threading
from contextlib import suppress


class RewritingProxy:
    """Use it with `with`. `up` and `down` are given the bytes of one reading from client or server, and return those to be passed on; what they
    put in place of something has its length."""

    def __init__(self, server_port, up=bytes, down=bytes, port=0):
        self._server_port, self._up, self._down = server_port, up, down
        self._ends = []
        self._listener = socket.create_server(("127.0.0.1", port), backlog=16)
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        for end in [self._listener, *self._ends]:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port), timeout=10)
            except OSError:
                return
            server.settimeout(None)
            self._ends += [client, server]
            threading.Thread(target=self._carry, args=(client, server, self._up), daemon=True).start()
            threading.Thread(target=self._carry, args=(server, client, self._down), daemon=True).start()

    @staticmethod
    def _carry(source, target, change):
        with suppress(OSError):
            while data := source.recv(1 << 20):
                target.sendall(change(data))
            target.shutdown(socket.SHUT_WR)
