"""The part of single_faults where Redis answers, but not what was asked for."""

import subprocess
from contextlib import contextmanager

from redis_store import Redis
from sandbox import dead_port
from under_load import UnderLoad
from waiting import wait_until

HELD_S = 1.5


def _set(sandbox, *pairs):
    with Redis(sandbox.port("redis")) as redis:
        for name, value in pairs:
            redis.ask("CONFIG", "SET", name, value)


def _in_background(sandbox, *words):
    """A command whose answer comes late, or never."""
    return subprocess.Popen(["redis-cli", "-p", str(sandbox.port("redis")), *map(str, words)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _reply(sandbox):
    """The first word of what Redis answers to a write now."""
    return subprocess.run(["redis-cli", "-p", str(sandbox.port("redis")), "SET", "of-nobody", "1"], capture_output=True, text=True, timeout=10,
                          stdin=subprocess.DEVNULL).stdout.split(" ")[0].strip()


def _held(item, sandbox, name, fault, heal, word):
    with UnderLoad(item, sandbox, name) as load:
        fault()
        wait_until(lambda: _reply(sandbox) == word, 10, f"{name}: redis does not answer {word}")
        load.hold(HELD_S)
        item.equal(_reply(sandbox), word, f"{name}: what redis answers at the end of the fault")
        heal()


@contextmanager
def slow_start(sandbox):
    """Redis is killed and reads its data for some seconds, then answers. It is started again at the end of the block."""
    # Enough to load: Redis looks up from it every 1,024 commands.
    junk = "".join(f"SET junk-{number} 1\r\n" for number in range(20_000))
    subprocess.run(["redis-cli", "-p", str(sandbox.port("redis")), "--pipe"], input=junk, capture_output=True, text=True, timeout=60, check=True)
    sandbox.kill("redis")
    config = sandbox.folder / "redis" / "redis.conf"
    plain = config.read_text()
    config.write_text(plain + "key-load-delay 150\nloading-process-events-interval-bytes 1024\n")
    process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", "redis-server", "./redis.conf"], cwd=sandbox.folder / "redis",
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _reply(sandbox) == "LOADING", 10, "LOADING: redis does not answer so")
        yield
    finally:
        process.kill()
        process.wait(timeout=30)
        config.write_text(plain)
    sandbox.start("redis")


def loading(item, sandbox):
    """A start that takes its time: nothing was lost, the run_id is another one."""
    with UnderLoad(item, sandbox, "LOADING") as load, slow_start(sandbox):
        load.hold(HELD_S)


def start_endless_script(sandbox):
    """Redis answers BUSY from now on, until the script is killed."""
    _set(sandbox, ("busy-reply-threshold", 100))
    return _in_background(sandbox, "EVAL", "#!lua flags=no-writes\nwhile true do end", 0)


def busy(item, sandbox):
    scripts = []
    _held(item, sandbox, "BUSY", lambda: scripts.append(start_endless_script(sandbox)),
          lambda: _in_background(sandbox, "SCRIPT", "KILL").wait(timeout=10), "BUSY")
    scripts[0].wait(timeout=10)
    _set(sandbox, ("busy-reply-threshold", 5000))


def break_snapshots(sandbox):
    """A snapshot cannot be written: a folder stands where its file should be. The folder."""
    in_the_way = sandbox.folder / "redis" / "dump.rdb"
    (in_the_way / "x").mkdir(parents=True)
    _set(sandbox, ("save", "3600 1"), ("stop-writes-on-bgsave-error", "yes"))
    with Redis(sandbox.port("redis")) as redis:
        redis.ask("BGSAVE")
    return in_the_way


def snapshot_is_written(sandbox):
    with Redis(sandbox.port("redis")) as redis:
        return b"rdb_last_bgsave_status:ok" in redis.ask("INFO", "persistence")


def misconf(item, sandbox):
    in_the_way = sandbox.folder / "redis" / "dump.rdb"

    def heal():
        (in_the_way / "x").rmdir()
        in_the_way.rmdir()
        with Redis(sandbox.port("redis")) as redis:
            redis.ask("BGSAVE")
        wait_until(lambda: snapshot_is_written(sandbox), 20, "the snapshot is not written")
        _set(sandbox, ("save", ""))
        in_the_way.unlink()
    _held(item, sandbox, "MISCONF", lambda: break_snapshots(sandbox), heal, "MISCONF")


def out_of_memory(item, sandbox):
    _held(item, sandbox, "OOM", lambda: _set(sandbox, ("maxmemory", 1)), lambda: _set(sandbox, ("maxmemory", 0)), "OOM")


def read_only_replica(item, sandbox):
    """Made a replica of nobody and promoted again: the gate is armed again."""
    def follow(*master):
        with Redis(sandbox.port("redis")) as redis:
            redis.ask("REPLICAOF", *master)
    _held(item, sandbox, "READONLY", lambda: follow("127.0.0.1", dead_port()), lambda: follow("NO", "ONE"), "READONLY")


def no_replicas(item, sandbox):
    _held(item, sandbox, "NOREPLICAS", lambda: _set(sandbox, ("min-replicas-to-write", 1)), lambda: _set(sandbox, ("min-replicas-to-write", 0)),
          "NOREPLICAS")


def clients_killed(item, sandbox):
    with UnderLoad(item, sandbox, "CLIENT KILL") as load:
        for _ in range(10):
            _in_background(sandbox, "CLIENT", "KILL", "TYPE", "normal").wait(timeout=10)
            load.hold(0.1)


def clients_paused(item, sandbox):
    with UnderLoad(item, sandbox, "CLIENT PAUSE") as load:
        _in_background(sandbox, "CLIENT", "PAUSE", 1500).wait(timeout=10)
        load.hold(2)


def scripts_flushed(item, sandbox):
    with UnderLoad(item, sandbox, "SCRIPT FLUSH") as load:
        for _ in range(10):
            _in_background(sandbox, "SCRIPT", "FLUSH").wait(timeout=10)
            load.hold(0.1)


def server_asleep(item, sandbox):
    with UnderLoad(item, sandbox, "DEBUG SLEEP") as load:
        asleep = _in_background(sandbox, "DEBUG", "SLEEP", 1.5)
        load.hold(2)
        asleep.wait(timeout=10)
