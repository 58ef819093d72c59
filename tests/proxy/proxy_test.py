"""The fault proxy, each of its faults seen from a client. The server behind it says back, in capitals, what it is told.

usage: proxy_test.py TRIAL_FOLDER PROXY
"""

import socket
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

TRIAL_FOLDER, PROXY = sys.argv[1:3]
sys.path.insert(0, TRIAL_FOLDER)

from fault_proxy import FaultProxy  # noqa: E402  (found by the line above)
from sandbox import dead_port  # noqa: E402
from waiting import Failure, wait_until  # noqa: E402


class Server:
    """Answers whatever it gets with the same in capitals, and remembers what it got."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.heard = b""
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        with peer:
            try:
                while data := peer.recv(65536):
                    self.heard += data
                    peer.sendall(data.upper())
            except OSError:
                pass

    def close(self):
        self._socket.close()


class TheProxy(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = Path(folder.name) / "proxy.log"
        self.proxy = self.enterContext(FaultProxy(PROXY, self.server.port, self.log, seed=7))

    def client(self, timeout=5):
        connection = socket.create_connection(("127.0.0.1", self.proxy.port), timeout=timeout)
        self.addCleanup(connection.close)
        return connection

    def ask(self, connection, words):
        """The whole answer to so many bytes, and how long it took."""
        started, got = time.monotonic(), b""
        connection.sendall(words)
        while len(got) < len(words):
            piece = connection.recv(65536)
            if not piece:
                break
            got += piece
        return got, time.monotonic() - started

    def fine(self, connection, words=b"hello"):
        self.assertEqual(self.ask(connection, words)[0], words.upper())

    def broken(self, connection):
        """Reset, which a client cannot take for an orderly end."""
        with self.assertRaises(ConnectionResetError):
            while connection.recv(65536):
                pass

    def test_it_passes_everything_on(self):
        client = self.client()
        self.fine(client, b"a" * 3_000_000)
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(client.recv(1), b"", "the end of one side must reach the other")
        self.assertEqual(self.proxy.counts()["bytes"], 6_000_000)
        wait_until(lambda: self.proxy.counts()["open"] == 0, 5, "the proxy keeps a connection that is over")

    def test_delay_holds_back_both_ways(self):
        client = self.client()
        self.proxy.order("delay", 60, 10)
        self.assertGreater(self.ask(client, b"slow")[1], 0.095)
        self.proxy.order("pass")
        self.assertLess(self.ask(client, b"fast")[1], 0.05)

    def test_a_blackhole_swallows_and_the_swallowed_are_reset_after_it(self):
        client, quiet = self.client(), self.client()
        self.fine(quiet)
        self.proxy.order("blackhole")
        client.settimeout(0.3)
        client.sendall(b"lost")
        with self.assertRaises(TimeoutError):
            client.recv(1)
        self.assertNotIn(b"lost", self.server.heard)
        self.proxy.order("pass")
        self.broken(client)
        self.fine(quiet)
        self.assertEqual(self.proxy.counts()["swallowed"], 4)

    def test_refuse_resets_new_connections_only(self):
        old = self.client()
        self.fine(old)
        self.proxy.order("refuse")
        with self.assertRaises(ConnectionResetError): # in connect() already, or at the first read
            self.client().recv(1)
        self.fine(old)
        self.proxy.order("pass")
        self.fine(self.client())
        self.assertEqual(self.proxy.counts()["refused"], 1)

    def test_reset_after_so_many_bytes(self):
        client = self.client()
        self.fine(client)
        self.proxy.order("reset-after", 10)
        self.fine(client, b"12345")
        self.broken(client)
        self.assertEqual(self.proxy.counts()["resets"], 1)

    def test_half_close_tells_the_client_only(self):
        client = self.client()
        self.fine(client)
        self.proxy.order("half-close")
        self.assertEqual(client.recv(1), b"")
        client.sendall(b"still heard")
        wait_until(lambda: b"still heard" in self.server.heard, 5, "what the client sends does not arrive")

    def test_slices_of_one_byte(self):
        client = self.client()
        client.sendall(b"warm")
        self.assertEqual(client.recv(4), b"WARM")
        self.proxy.order("slice")
        client.sendall(b"a" * 8_000)
        pieces, got = 0, 0
        while got < 8_000:
            got += len(client.recv(65536))
            pieces += 1
        self.assertGreater(pieces, 10, "the answer came in few pieces")

    def test_cut_breaks_what_is_open_and_nothing_else(self):
        client = self.client()
        self.fine(client)
        self.proxy.order("cut")
        self.broken(client)
        self.fine(self.client())

    def test_drop_reply_delivers_the_request_and_no_answer(self):
        client, other = self.client(), self.client()
        self.proxy.order("drop-reply", 1, "COMMIT")
        self.fine(client, b"select")
        # Torn in two, as a network may.
        client.sendall(b"so COM")
        self.assertEqual(client.recv(6), b"SO COM")
        client.sendall(b"MIT it")
        self.broken(client)
        self.assertTrue(self.server.heard.endswith(b"COMMIT it"), self.server.heard)
        self.fine(other, b"COMMIT")
        self.assertEqual((self.proxy.counts()["dropped_replies"], self.proxy.counts()["resets"]), (1, 1))

    def test_a_server_that_is_away_is_a_reset(self):
        with FaultProxy(PROXY, dead_port(), self.log) as proxy:
            with self.assertRaises(ConnectionResetError):  # in connect() already, or at the first read
                with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as connection:
                    connection.recv(1)

    def test_what_it_does_not_understand_is_refused_and_changes_nothing(self):
        for line in ("", "delay", "delay 5", "delay 5 6", "delay -5 1", "reset-after 0", "drop-reply", "drop-reply 0", "pass on", "explode"):
            with self.assertRaises(Failure, msg=line):
                self.proxy.order(line)
        self.fine(self.client())

    def test_it_tells_what_it_did(self):
        self.proxy.order("refuse")
        self.assertIn("refuse", self.log.read_text())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
