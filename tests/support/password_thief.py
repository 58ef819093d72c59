"""A false MySQL server that asks every client for its password.

The login of the protocol: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
"""

import socket
import subprocess
import threading

# LONG_PASSWORD, LONG_FLAG, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH, PLUGIN_AUTH_LENENC_CLIENT_DATA
CAPABILITIES = 0x28a20d
SCRAMBLE = b"a scramble, 20 bytes"


def new_key(path):
    """An RSA key at this path, and its public part next to it, as PATH.pub."""
    subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path], check=True)
    public = path.with_suffix(".pub")
    subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-out", public], check=True)
    return public


class PasswordThief:
    """Listens on the loopback. `passwords` are those it was told, in clear or encrypted with its own key; `key` is a private key's path."""

    def __init__(self, plugin, key):
        self.plugin, self._key, self.passwords, self.logins = plugin, key, [], 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._on = True

    def __enter__(self):
        self._listener.settimeout(0.1)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._on = False
        self._thread.join(timeout=10)
        self._listener.close()

    def _serve(self):
        while self._on:
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            with client:
                client.settimeout(5)
                try:
                    self._log_in(client)
                except (OSError, EOFError, ValueError):
                    pass  # the client left, as one that refuses should

    def _log_in(self, client):
        self.logins += 1
        is_sha2 = "sha" in self.plugin
        greets_with = self.plugin if is_sha2 else "mysql_native_password"
        self._send(client, 0, b"\x0a8.0.36\0" + bytes(4) + SCRAMBLE[:8] + b"\0" + (CAPABILITIES & 0xffff).to_bytes(2, "little") + b"\x2d\x02\0"
                   + (CAPABILITIES >> 16).to_bytes(2, "little") + bytes([21]) + bytes(10) + SCRAMBLE[8:] + b"\0" + greets_with.encode() + b"\0")
        sequence, answer = self._receive(client)
        secret = self._secret_of(answer)
        if not is_sha2:
            self._send(client, sequence + 1, b"\xfe" + self.plugin.encode() + b"\0Password: ")
            self.passwords.append(self._receive(client)[1].rstrip(b"\0"))
            return
        if self.plugin == "caching_sha2_password":
            self._send(client, sequence + 1, b"\x01\x04")
            sequence, secret = self._receive(client)
        if secret in (b"\x01", b"\x02"):
            self._send(client, sequence + 1, b"\x01" + self._key.with_suffix(".pub").read_bytes())
            sequence, secret = self._receive(client)
        opened = subprocess.run(["openssl", "pkeyutl", "-decrypt", "-inkey", self._key, "-pkeyopt", "rsa_padding_mode:oaep"],
                                input=secret, capture_output=True).stdout
        if opened:
            self.passwords.append(bytes(byte ^ SCRAMBLE[i % 20] for i, byte in enumerate(opened)).rstrip(b"\0"))
        self._send(client, sequence + 1, b"\xff\x15\x04#28000Access denied")

    @staticmethod
    def _secret_of(answer):
        """What the login's first packet has for the plugin, after 32 bytes and the user's name."""
        rest = answer[answer.index(b"\0", 32) + 1:]
        if rest[0] < 251:
            return rest[1:1 + rest[0]]
        return rest[3:3 + int.from_bytes(rest[1:3], "little")]

    @staticmethod
    def _send(client, sequence, payload):
        client.sendall(len(payload).to_bytes(3, "little") + bytes([sequence % 256]) + payload)

    @staticmethod
    def _receive(client):
        def exactly(count):
            data = b""
            while len(data) < count:
                piece = client.recv(count - len(data))
                if not piece:
                    raise EOFError
                data += piece
            return data
        head = exactly(4)
        return head[3], exactly(int.from_bytes(head[:3], "little"))
