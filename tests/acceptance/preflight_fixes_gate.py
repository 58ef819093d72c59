"""Serves item preflight_fixes: what the preflight says of Redis."""

import os
import re
import signal
import subprocess
import time

from event import Event
from fixes import Operator, command_in, config_line_in
from hint_table import tries
from losses import Replica
from redis_store import Redis
from rewriting_proxy import RewritingProxy
from waiting import wait_until

SOURCE, CLOCKS = "lib/preflight/preflight_gate.cpp", "lib/preflight/preflight_reading.cpp"

# What is planted by CONFIG SET, the line that tells it, and its status.
SETTINGS = [
    ({"appendonly": "no"}, "gate-persistence", "dangerous"),
    ({"appendfsync": "everysec"}, "gate-fsync", "warning"),
    ({"no-appendfsync-on-rewrite": "yes"}, "gate-fsync-on-rewrite", "warning"),
    ({"maxmemory-policy": "allkeys-lru", "maxmemory": "ROOM"}, "gate-eviction", "dangerous"),
    ({}, "gate-memory", "dangerous"),  # by the same maxmemory
    ({"maxclients": "60"}, "gate-connections", "warning"),
]
OTHERS = [({"appendfsync": "no"}, "gate-fsync", "dangerous"), ({"maxmemory-policy": "allkeys-random", "maxmemory": "0"}, "gate-eviction", "warning")]


def _config(event, *words):
    with event.redis() as redis:
        return redis.ask("CONFIG", *words)


def _used_memory(event):
    with event.redis() as redis:
        return int(re.search(rb"used_memory:(\d+)", redis.ask("INFO", "memory"))[1])


def _plant(event, settings):
    for name, value in settings.items():
        _config(event, "SET", name, str(_used_memory(event) + (4 << 20)) if value == "ROOM" else value)


@tries(SOURCE,
       'redis-cli -u … CONFIG SET appendonly yes, and the line "appendonly yes" in redis.conf',
       'redis-cli -u … CONFIG SET appendfsync always, and the line "appendfsync always" in redis.conf',
       'redis-cli -u … CONFIG SET no-appendfsync-on-rewrite no, and the line "no-appendfsync-on-rewrite no" in redis.conf',
       'redis-cli -u … CONFIG SET maxmemory-policy noeviction, and the line "maxmemory-policy noeviction" in redis.conf',
       'redis-cli -u … CONFIG SET maxmemory …, and the line "maxmemory …" in redis.conf',
       'redis-cli -u … CONFIG SET maxclients …, and the line "maxclients …" in redis.conf',
       state="each of these settings of Redis is another", command="the CONFIG SET, pasted; and the lines in redis.conf, with a restart",
       better="the line is ok at once, and each value is in force after the restart")
def gate_settings(item, sandbox):
    """Each CONFIG SET that is printed helps at once, and the lines for redis.conf hold after a restart."""
    event = Event(item, sandbox, "settings")
    event.reset("--limit", 100)
    operator, config = Operator(event), []

    def repair(fixes):
        operator.paste(*(command_in(fix, "redis-cli ") for fix in fixes.values()))
        config.extend(config_line_in(fix) for fix in fixes.values())

    for rows in (SETTINGS, OTHERS):
        for settings, _, _ in rows:
            _plant(event, settings)
        operator.tried({name: status for _, name, status in rows}, repair)
    _in_redis_conf(item, event, config)
    item.figure("lines for redis.conf", len(config))


def _in_redis_conf(item, event, config):
    """After a restart with these lines, each value is in force."""
    own = event.sandbox.folder / "redis.conf"
    own.write_text("\n".join(config) + "\n")
    try:
        event.sandbox.stop("redis")
        event.sandbox.start("redis")
        for line in config:
            name, value = line.split(" ", 1)
            item.equal(_config(event, "GET", name)[1].decode(), value, f"{name} after a restart with {line!r} in redis.conf")
    finally:
        own.unlink()
        event.sandbox.stop("redis")
        event.sandbox.start("redis")


@tries(SOURCE, "see the disk and the log of redis; then redis-cli -u … BGSAVE", "see the disk and the log of redis; then redis-cli -u … BGREWRITEAOF",
       state="a folder stands where the snapshot, or the append-only file, is written", command="rmdir, then the command, pasted",
       better="the write succeeds, and the line is ok")
def gate_writes(item, sandbox):
    """A snapshot and a rewrite that fail because something is in their way; the append-only file on a full disk is single_faults'."""
    event = Event(item, sandbox, "writes")
    event.reset("--limit", 100)
    operator = Operator(event)
    folder = sandbox.folder / "redis"
    with event.redis() as redis:
        number = max(int(re.search(r"\.(\d+)\.base", path.name)[1]) for path in (folder / "appendonlydir").glob("*.base.*"))
        obstacle = folder / "appendonlydir" / f"appendonly.aof.{number + 1}.base.rdb"
        for what, place, order, said in (("the snapshot", folder / "dump.rdb", "BGSAVE", b"rdb_last_bgsave_status:err"),
                                         ("the rewrite", obstacle, "BGREWRITEAOF", b"aof_last_bgrewrite_status:err")):
            for save, status in (("", "warning"), ("3600 1", "dangerous")) if order == "BGSAVE" else (("", "warning"),):
                redis.ask("CONFIG", "SET", "save", save)
                place.unlink(missing_ok=True)
                place.mkdir()
                redis.ask(order)
                wait_until(lambda: said in redis.ask("INFO", "persistence"), 20, f"{what} does not fail")

                def repair(fixes, place=place, said=said):
                    place.rmdir()
                    operator.paste(command_in(fixes["gate-writes"], "redis-cli "))
                    wait_until(lambda: said not in redis.ask("INFO", "persistence"), 20, "it fails once more")

                operator.tried({"gate-writes": status}, repair)
        redis.ask("CONFIG", "SET", "save", "")
    item.figure("writes of Redis that failed", 3)


@tries(SOURCE, "name the master in --redis", 'redis-cli -u … CONFIG SET min-replicas-to-write 1, and the line "min-replicas-to-write 1" in redis.conf',
       "wait until it has caught up, or take it away", "start the replicas that are missing",
       state="a replica is named as the gate; a master with a replica that it does not wait for, whose replica is stopped, and that waits for one it has not",
       command="the master in --redis; the CONFIG SET, pasted; a wait for the replica that goes on; a replica started", better="the line is ok")
def gate_replicas(item, sandbox):
    """A replica is no gate; the master wants its replicas, wants them near, and is to wait for one."""
    event = Event(item, sandbox, "replicas")
    event.reset("--limit", 100)
    operator = Operator(event)
    master = sandbox.environment["COUPON_REDIS"]
    with Replica(sandbox) as replica:
        operator.tried({"gate-role": "dangerous"}, lambda fixes: None, settings={"COUPON_REDIS": f"redis://127.0.0.1:{replica.port}/0"},
                       after_settings={"COUPON_REDIS": master})
        operator.tried({"gate-replicas": "warning"}, lambda fixes: operator.paste(command_in(fixes["gate-replicas"], "redis-cli ")))
        os.kill(replica.pid, signal.SIGSTOP)
        try:
            with event.redis() as redis:
                redis.ask("SET", "ballast", b"x" * (2 << 20))
            operator.tried({"gate-replicas": "warning"}, lambda fixes: _catch_up(event, replica))
        finally:
            os.kill(replica.pid, signal.SIGCONT)
        with event.redis() as redis:
            redis.ask("DEL", "ballast")
    with event.redis() as redis:
        wait_until(lambda: b"connected_slaves:0" in redis.ask("INFO", "replication"), 20, "the replica is still there")
    again = Replica(sandbox)
    try:
        operator.tried({"gate-replicas": "dangerous"}, lambda fixes: again.__enter__())
    finally:
        again.__exit__()
        _config(event, "SET", "min-replicas-to-write", "0")
    item.figure("states of replicas", 4)


def _catch_up(event, replica):
    os.kill(replica.pid, signal.SIGCONT)

    def is_near():
        with event.redis() as redis:
            facts = redis.ask("INFO", "replication").decode()
        return int(re.search(r"master_repl_offset:(\d+)", facts)[1]) - int(re.search(r"slave0:.*offset=(\d+)", facts)[1]) < 1 << 20

    wait_until(is_near, 20, "the replica does not catch up", interval=0.1)


@tries(SOURCE, "check the database number in --redis, of every program", "point --redis at a server that is not in cluster mode", "install the newest release of ….…",
       "see redis-cli -u … INFO; a server of Redis 7.0 or newer, named in --redis, tells it",
       "on Debian 12: dpkg-query -W redis-server must say 5:7.0.15-1~deb12u7 or newer, else apt-get install redis-server; then --accept-warning gate-version",
       state="another database of the server; a proxy tells of a cluster, of release 7.2.10, or leaves a field of INFO out",
       command="the right database or server in --redis; INFO, pasted; dpkg-query, pasted, and --accept-warning", better="the line is ok, or accepted")
@tries(CLOCKS, "one of the two clocks is wrong: timedatectl status; chronyc makestep", state="Redis tells a time that is 10 s ahead, or 100 s behind",
       command="the clock is put right", better="the line gate-clock is ok")
def other_servers(item, sandbox):
    """A cluster, another database, an older release, a field that INFO lacks, a wrong clock: the right server is without."""
    event = Event(item, sandbox, "servers")
    event.reset("--limit", 100, "--closes-at", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)))
    operator = Operator(event)
    right = {"COUPON_REDIS": sandbox.environment["COUPON_REDIS"]}
    operator.tried({"gate-database": "warning"}, lambda fixes: None, settings={"COUPON_REDIS": right["COUPON_REDIS"][:-1] + "5"}, after_settings=right)
    wrong = [("gate-role", "cannot_tell", "ok", b"\r\nrole:", b"\r\nr0le:"), ("gate-replicas", "cannot_tell", "ok", b"connected_slaves:", b"connected-slaves:"),
             ("gate-writes", "cannot_tell", "ok", b"aof_last_write_status:", b"aof-last-write-status:"),
             ("gate-cluster", "dangerous", "ok", b"cluster_enabled:0", b"cluster_enabled:1"),
             ("gate-cluster", "cannot_tell", "ok", b"cluster_enabled:", b"cluster-enabled:")]
    for name, status, after, told, lied in wrong:
        with RewritingProxy(sandbox.port("redis"), down=lambda data, told=told, lied=lied: data.replace(told, lied)) as proxy:
            operator.tried({name: status}, _look_at_info(operator, name, told), settings=_at(proxy), after_settings=right, after=after)
    with _of_release(sandbox, b"7.2.10") as old, _of_release(sandbox, b"7.2.11") as new:
        operator.tried({"gate-version": "warning"}, lambda fixes: None, settings=_at(old), after_settings=_at(new))
    for seconds, status in ((10, "warning"), (-100, "dangerous")):
        with RewritingProxy(sandbox.port("redis"), down=lambda data, seconds=seconds: _later(data, seconds)) as proxy:
            operator.tried({"gate-clock": status}, lambda fixes: None, settings=_at(proxy), after_settings=right)
    _looked_at(item, operator)


def _look_at_info(operator, name, told):
    """A repair that pastes the INFO of a fix, which lacks the field."""
    def look(fixes):
        if "INFO" in fixes[name]:
            operator.item.check(told.decode().strip() not in operator.paste(command_in(fixes[name], "redis-cli ")), f"{name}: INFO has {told}")
    return look


def _at(proxy):
    return {"COUPON_REDIS": f"redis://127.0.0.1:{proxy.port}/0"}


def _of_release(sandbox, version):
    return RewritingProxy(sandbox.port("redis"), down=lambda data: data.replace(b"redis_version:7.0.15", b"redis_version:" + version))


def _later(data, seconds):
    """The reply to TIME: seconds since 1970 of ten digits, then microseconds."""
    return re.sub(rb"^(\*2\r\n\$10\r\n)(\d{10})(\r\n\$)", lambda found: found[1] + b"%d" % (int(found[2]) + seconds) + found[3], data)


def _looked_at(item, operator):
    """Debian's package tells its own version, which must be new enough; the warning that stays is accepted."""
    def repair(fixes):
        asked = command_in(fixes["gate-version"], "dpkg-query ").split(" must ")[0]
        least = re.search(r"must say (\S+)", fixes["gate-version"])[1]
        operator.paste(f"dpkg --compare-versions $({asked} | cut -f 2) ge {least}")

    operator.tried({"gate-version": "warning"}, repair, after="accepted", after_words=["--accept-warning", "gate-version"])
    item.figure("Redis's package", subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "redis-server"], capture_output=True, text=True).stdout)


@tries(SOURCE, "rehearse the event on it; then --accept-warning gate-version", state="Valkey is the gate",
       command="a reset and an application on it, then --accept-warning gate-version", better="both succeed, and the line is accepted")
def another_engine(item, sandbox):
    """Valkey: the event is rehearsed on it, and the warning that stays is accepted."""
    event = Event(item, sandbox, "engine")
    with item.sandbox("--only", "redis", "--redis", "valkey", name="valkey") as valkey:
        at_valkey = {"COUPON_REDIS": valkey.environment["COUPON_REDIS"]}
        rehearsed = event.run("coupon-reset", "--yes", "--limit", 5, settings=at_valkey)
        item.equal(rehearsed.code, 0, f"a rehearsal on Valkey: the reset ({rehearsed.brief()})")
        item.equal(event.run("coupon-apply", 7, settings=at_valkey).code, 0, "a rehearsal on Valkey: an application")
        Operator(event).tried({"gate-version": "warning"}, lambda fixes: None, settings=at_valkey, after="accepted",
                              after_words=["--accept-warning", "gate-version"])
    with Redis(sandbox.port("redis")) as redis:
        item.equal(redis.ask("EXISTS", "coupon:{engine}"), 0, "gates of the rehearsal on the other server")
