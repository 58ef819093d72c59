"""The part of hints_redis where a Redis that holds the gate refuses an application, or keeps the answer to itself."""

import re
import shutil
from contextlib import contextmanager

from event import Event
from fixes import Operator
from hint_table import told, tries
from redis_error_replies import break_snapshots, slow_start, snapshot_is_written, start_endless_script
from redis_store import Redis, RedisError
from rewriting_proxy import RewritingProxy
from server_words import redis_with
from waiting import wait_until

HINT_FILE = "lib/gate/redis/redis_faults.cpp"
OOM = "raise it: redis-cli…CONFIG SET maxmemory BYTES, and the line \"maxmemory BYTES\" in redis.conf"
BUSY = "end the script that runs too long: redis-cli…SCRIPT KILL"
MISCONF = "redis-cli…INFO persistence tells what it could not write; make room on its disk, then redis-cli…BGSAVE"
NOREPLICAS = "start its replicas; redis-cli…INFO replication lists those that are connected"
REPLICA = "it is a replica: redis-cli…INFO replication names its master; name that server in --redis"
LOADING = "wait until it has loaded its data: redis-cli…PING answers PONG then"
LOST = "repeat it: what took effect is recognised"


def command_in(said, words):
    """The command of redis-cli with these words, as it was printed."""
    found = re.search(r"redis-cli -u redis://\S+ " + re.escape(words), said.out + said.err)
    return found[0] if found else f"echo ERR, nothing printed has {words}"


class Applicants:
    """Users of one event; each asks once, and is granted a coupon afterwards."""

    def __init__(self, item, sandbox, name):
        self.item, self.event, self._user = item, Event(item, sandbox, name), 0
        self.event.reset("--limit", 50)

    def ask(self, settings=None):
        self._user += 1
        return self.event.run("coupon-apply", self._user, "--timeout", "2s", settings=settings)

    def refused(self, what, hint, settings=None):
        said = self.ask(settings)
        self.item.equal(said.code, 3, f"{what}: exit ({said.brief()})")
        told(self.item, hint, said, what)
        return said

    def granted(self, what, settings=None):
        said = self.ask(settings)
        self.item.equal((said.code, "granted" in said.out), (0, True), f"{what}: an application afterwards ({said.brief()})")


@contextmanager
def _set(sandbox, name, value):
    with Redis(sandbox.port("redis")) as redis:
        before = redis.ask("CONFIG", "GET", name)[1]
        redis.ask("CONFIG", "SET", name, value)
        try:
            yield
        finally:
            redis.ask("CONFIG", "SET", name, before)


@tries(HINT_FILE, OOM, state="maxmemory 1", command="redis-cli CONFIG SET maxmemory, as printed, with 100 MB",
       better="the next user is granted a coupon")
@tries(HINT_FILE, BUSY, state="a script of another program without an end", command="redis-cli SCRIPT KILL, as printed",
       better="the next user is granted a coupon")
@tries(HINT_FILE, MISCONF, state="a snapshot that could not be written",
       command="redis-cli INFO persistence, room is made, redis-cli BGSAVE, as printed",
       better="INFO names the snapshot; afterwards it is written, and the next user is granted a coupon")
def settings(item, sandbox):
    users = Applicants(item, sandbox, "settings")
    operator = Operator(users.event)
    with _set(sandbox, "maxmemory", 1):
        said = users.refused("maxmemory", OOM)
        operator.paste(command_in(said, "CONFIG SET maxmemory BYTES").replace("BYTES", "100000000"))
        users.granted("maxmemory")
    with _set(sandbox, "busy-reply-threshold", 5000):
        script = start_endless_script(sandbox)
        with Redis(sandbox.port("redis")) as redis:
            wait_until(lambda: _error_of(redis, "BUSY"), 10, "redis is not busy")
        said = users.refused("a script without an end", BUSY)
        operator.paste(command_in(said, "SCRIPT KILL"))
        script.wait(timeout=10)
        users.granted("a script without an end")
    with _set(sandbox, "save", ""):
        in_the_way = break_snapshots(sandbox)
        wait_until(lambda: not snapshot_is_written(sandbox), 20, "the snapshot is written")
        said = users.refused("a snapshot", MISCONF)
        item.check("rdb_last_bgsave_status:err" in operator.paste(command_in(said, "INFO persistence")), "INFO does not name the snapshot")
        shutil.rmtree(in_the_way)
        operator.paste(command_in(said, "BGSAVE"))
        wait_until(lambda: snapshot_is_written(sandbox), 20, "the snapshot is not written")
        users.granted("a snapshot")
    in_the_way.unlink()


def _error_of(redis, word):
    try:
        redis.ask("PING")
        return False
    except RedisError as error:
        return word in str(error)


@tries(HINT_FILE, NOREPLICAS, state="min-replicas-to-write 1 and no replica", command="redis-cli INFO replication, as printed; a replica is started",
       better="INFO lists it; a worker arms the gate, and the next user is granted a coupon")
def replicas(item, sandbox):
    users = Applicants(item, sandbox, "replicas")
    operator = Operator(users.event)
    with _set(sandbox, "min-replicas-to-write", 1):
        said = users.refused("no replica", NOREPLICAS)
        listed = command_in(said, "INFO replication")
        item.check("connected_slaves:0" in operator.paste(listed), "INFO lists a replica")
        with redis_with(item, "replica", "--replicaof", "127.0.0.1", sandbox.port("redis")):
            wait_until(lambda: "min_slaves_good_slaves:1" in operator.paste(listed), 20, "the replica is not in step")
            # The first replica gives its master another replication id.
            item.equal(users.event.run("coupon-consume", "--until-drained", "-q").code, 0, "exit of a worker once there is a replica")
            users.granted("a replica")


@tries(HINT_FILE, REPLICA,
       state="the server has become a replica of another one, which it cannot reach; it answers with old data, and then not at all",
       command="redis-cli INFO replication, as printed; the master that it names is given, and coupon-reset --reopen moves the gate to it",
       better="the next user is granted a coupon")
def failover(item, sandbox):
    users = Applicants(item, sandbox, "failover")
    operator, old = Operator(users.event), ("127.0.0.1", sandbox.port("redis"))
    with redis_with(item, "new-master", "--appendonly", "yes", "--appendfsync", "always", "--replicaof", *old) as port, \
            Redis(port) as master, Redis(old[1]) as replica, _set(sandbox, "masterauth", "wrong"), _set(sandbox, "replica-serve-stale-data", "yes"):
        wait_until(lambda: b"master_link_status:up" in master.ask("INFO", "replication"), 20, "the replica does not follow")
        master.ask("REPLICAOF", "NO", "ONE")
        replica.ask("REPLICAOF", "127.0.0.1", port)
        users.refused("a replica", REPLICA)
        replica.ask("CONFIG", "SET", "replica-serve-stale-data", "no")
        said = users.refused("a replica without its master", REPLICA)
        facts = operator.paste(command_in(said, "INFO replication"))
        host, named = (re.search(rf"{fact}:(\S+)", facts) for fact in ("master_host", "master_port"))
        there = {"COUPON_REDIS": f"redis://{host[1]}:{named[1]}" if host and named else ""}
        moved = users.event.run("coupon-reset", "--reopen", "--yes", "-q", settings=there)
        item.equal(moved.code, 0, f"exit of --reopen at the master ({moved.brief()})")
        users.granted("the master of the replica", there)
        replica.ask("REPLICAOF", "NO", "ONE")


@tries(HINT_FILE, LOADING, state="Redis was started again and reads its data", command="redis-cli PING, as printed, until it answers PONG",
       better="a worker arms the gate, and the next user is granted a coupon")
def restart(item, sandbox):
    users = Applicants(item, sandbox, "restart")
    operator = Operator(users.event)
    with slow_start(sandbox):
        ping = command_in(users.refused("it reads its data", LOADING), "PING")
        item.check("LOADING" in operator.paste(f"{ping} 2>&1 | sed s/ERR//"), "redis-cli does not say that it reads its data")
        operator.paste(f"until {ping} | grep -q PONG; do sleep 0.2; done")
        item.equal(users.event.run("coupon-consume", "--until-drained", "-q").code, 0, "exit of a worker once redis answers")
        users.granted("it has read its data")
    with Redis(sandbox.port("redis")) as redis:
        redis.ask("FLUSHALL")


@tries(HINT_FILE, LOST, state="the answer to an application is lost on the way", command="the user asks again",
       better="the user has the slot that the gate gave at first, and no other is taken")
def lost_answer(item, sandbox):
    users = Applicants(item, sandbox, "lost")
    users.granted("the scripts are known to the server")
    swallowed = []

    def up(data):
        if b"EVALSHA\r\n" in data:
            swallowed.append(data)
        return data
    with RewritingProxy(sandbox.port("redis"), up=up, down=lambda data: b"" if swallowed else data) as proxy:
        said = users.event.run("coupon-apply", 77, "--timeout", "2s", settings={"COUPON_REDIS": f"redis://127.0.0.1:{proxy.port}"})
    item.equal(said.code, 5, f"a lost answer: exit ({said.brief()})")
    told(item, LOST, said, "a lost answer")
    again = users.event.run("coupon-apply", 77)
    slot = users.event.gate().claims.get(77)
    item.check(again.code == 11 and f"77 duplicate slot {slot} " in again.out, f"asked again: {again.out} {again.brief()}")
    item.equal(users.event.gate_number("granted"), 2, "claims after asking again")
