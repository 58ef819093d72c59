"""A private stack of scripts/sandbox, taken down on every way out."""

import os
import shlex
import shutil
import socket
import subprocess
import threading
from pathlib import Path

from waiting import Failure


# The account of each program, in a sandbox that has accounts.
ACCOUNTS = {"coupon-apply": "apply", "coupon-flood": "apply", "coupon-consume": "worker", "coupon-reset": "reset", "coupon-audit": "audit"}
SECRETS_OF = {"COUPON_REDIS": ("COUPON_REDIS_PASSWORD_FILE",), "COUPON_MYSQL": ("COUPON_MYSQL_PASSWORD_FILE",),
              "COUPON_BROKERS": ("COUPON_KAFKA_PASSWORD_FILE", "COUPON_CONFIG")}


def chosen_options():
    """Options of `scripts/sandbox up` for every sandbox of this run, from COUPON_TRIAL_ACCOUNTS=least."""
    accounts = os.environ.get("COUPON_TRIAL_ACCOUNTS")
    return ["--accounts", accounts] if accounts else []


class Sandbox:
    """Redis, Kafka and MariaDB of one item. Use it with `with`; its data stays afterwards if `keep()` says so."""

    def __init__(self, checkout, folder, options, keep):
        self.folder = folder
        self._keep = keep
        self.environment = {}
        self._accounts = {}
        self._script = str(checkout / "scripts" / "sandbox")
        self._options = list(options)

    def __enter__(self):
        if self.folder.exists():
            self._call("down")
            shutil.rmtree(self.folder)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self._call("up", *self._options, seconds=150)
        self._learn_addresses()
        return self

    @classmethod
    def running(cls, checkout, folder):
        """One that is up already, and somebody else's to take down."""
        sandbox = cls(checkout, folder, (), keep=lambda: True)
        sandbox._learn_addresses()
        return sandbox

    def _learn_addresses(self):
        self.environment = dict(self._exported(line) for line in self._call("env").splitlines())
        for path in (self.folder / "accounts").glob("*.env"):
            self._accounts[path.stem] = dict(line.split("=", 1) for line in path.read_text().splitlines())

    def environment_of(self, program, settings):
        """The addresses and the program's account, where the sandbox has accounts; `settings` override both.

        An account is not sent to another address than the sandbox's.
        """
        account = dict(self._accounts.get(ACCOUNTS.get(Path(program).name), {}))
        for address, secrets in SECRETS_OF.items():
            if address in settings:
                for name in secrets:
                    account.pop(name, None)
        return self.environment | account | settings

    def __exit__(self, kind, error, trace):
        self._call("down", seconds=90)
        if kind is None and not self._keep():
            shutil.rmtree(self.folder)

    @staticmethod
    def _exported(line):
        word, assignment = shlex.split(line)
        if word != "export":
            raise Failure(f"scripts/sandbox env printed {line!r}")
        name, value = assignment.split("=", 1)
        return name, value

    def _call(self, *words, seconds=120):
        command = [self._script, "--dir", str(self.folder), *words]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"scripts/sandbox {' '.join(words)} did not return within {seconds} s") from None
        if done.returncode != 0:
            raise Failure(f"scripts/sandbox {' '.join(words)} failed ({done.returncode}): {done.stderr.strip()[-400:]}")
        return done.stdout

    def start(self, name):
        self._call("start", name)

    def stop(self, name):
        self._call("stop", name)

    def kill(self, name):
        self._call("kill", name)

    def pause(self, name):
        self._call("pause", name)

    def resume(self, name):
        self._call("resume", name)

    def heal(self):
        """All servers are up and answer, whatever was done to them."""
        for name in ("redis", "kafka", "mariadb"):
            try:
                self.resume(name)
            except Failure:
                self.start(name)

    def port(self, name):
        for line in (self.folder / "ports").read_text().splitlines():
            key, value = line.split("=")
            if key == name:
                return int(value)
        raise Failure(f"the sandbox has no port {name}")

    @property
    def brokers(self):
        return f"127.0.0.1:{self.port('kafka')}"


class DeafServer:
    """Listens on a loopback port and says `greeting` (nothing by default) to whoever connects, then nothing more."""

    def __init__(self, greeting=b""):
        self._greeting = greeting
        self._held = []
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._socket.settimeout(0.1)
        self.port = self._socket.getsockname()[1]

    def __enter__(self):
        self._on = True
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def _serve(self):
        while self._on:
            try:
                peer, _ = self._socket.accept()
            except TimeoutError:
                continue
            self._held.append(peer)
            if self._greeting:
                peer.sendall(self._greeting)

    def __exit__(self, *_):
        self._on = False
        self._thread.join(timeout=5)
        for peer in self._held:
            peer.close()
        self._socket.close()


def dead_port():
    """A loopback port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return held.getsockname()[1]
