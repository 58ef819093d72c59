"""How Redis forgets: what a power cut, an old backup, a neighbour's FLUSHALL and a failover leave of a gate.

Each acts on the redis-server of a sandbox, which must be the trial's own.
"""

import shutil
import subprocess
import time

from redis_store import Redis
from sandbox import dead_port
from waiting import Failure, wait_until


def _log(sandbox):
    """The file Redis appends its writes to."""
    files = sorted((sandbox.folder / "redis" / "appendonlydir").glob("*.incr.aof"), key=lambda file: file.stat().st_mtime)
    if not files:
        raise Failure("redis has no append-only file")
    return files[-1]


def empty(sandbox):
    """A neighbour's FLUSHALL."""
    with Redis(sandbox.port("redis")) as redis:
        redis.ask("FLUSHALL")


def cut_tail(sandbox, to):
    """A power cut: the process ends, and of its log only the first `to` bytes are left. Returns how many bytes are gone."""
    sandbox.kill("redis")
    log = _log(sandbox)
    size = log.stat().st_size
    with open(log, "r+b") as file:
        file.truncate(min(to, size))
    sandbox.start("redis")
    return max(0, size - to)


def log_size(sandbox):
    return _log(sandbox).stat().st_size


class Backup:
    """A copy of everything Redis has on its disk, taken while it runs."""

    def __init__(self, sandbox):
        self._sandbox, self._copy = sandbox, sandbox.folder / "redis-backup"
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(sandbox.folder / "redis", self._copy)

    def restore(self):
        """Redis is stopped, gets this memory, and starts."""
        self._sandbox.kill("redis")
        shutil.rmtree(self._sandbox.folder / "redis")
        shutil.copytree(self._copy, self._sandbox.folder / "redis")
        self._sandbox.start("redis")


class Replica:
    """A second redis-server that follows the sandbox's. Use it with `with`; it is ended by its own process id."""

    def __init__(self, sandbox):
        self._sandbox, self._folder = sandbox, sandbox.folder / "replica"
        self.port = dead_port()

    def __enter__(self):
        self._folder.mkdir(exist_ok=True)
        words = ["setpriv", "--pdeathsig", "KILL", "--", "redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir", self._folder,
                 "--save", "", "--replicaof", f"127.0.0.1 {self._sandbox.port('redis')}"]
        with open(self._folder / "log", "wb") as log:
            self._process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(self._follows, 20, f"the replica does not follow; see {self._folder / 'log'}")
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait(timeout=30)

    @property
    def pid(self):
        return self._process.pid

    def _follows(self):
        try:
            with Redis(self.port) as redis:
                return b"master_link_status:up" in redis.ask("INFO", "replication")
        except (OSError, Failure):
            return False

    def promote(self):
        """The replica follows nobody any more; what its master still takes never reaches it."""
        with Redis(self.port) as redis:
            redis.ask("REPLICAOF", "NO", "ONE")

    def give_back(self):
        """The old master follows this one, forgetting what it took meanwhile, and is then promoted again: the same process as at first."""
        with Redis(self._sandbox.port("redis")) as redis:
            redis.ask("REPLICAOF", "127.0.0.1", self.port)
            wait_until(lambda: b"master_link_status:up" in redis.ask("INFO", "replication"), 20, "the old master does not follow the replica")
            time.sleep(0.1)
            redis.ask("REPLICAOF", "NO", "ONE")
