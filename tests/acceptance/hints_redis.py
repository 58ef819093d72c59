"""The hints about Redis: each state is made, the hint is read from the program and followed, and the program is run again."""

import re
import socket
from contextlib import contextmanager

import hints_redis_answers as answers
from event import Event
from fixes import Operator
from hint_table import all_told, told, tries
from redis_store import Redis
from rewriting_proxy import RewritingProxy
from sandbox import DeafServer, dead_port
from server_words import redis_with
from waiting import Failure

TITLE = "every hint about Redis helps"
SECONDS = 240
HINT_FILE = "lib/gate/redis/redis_faults.cpp"
LOGIN_FILE = "lib/gate/redis/redis_connection.cpp"
# As durable as a reset wants it.
DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


def commands_in(said):
    """The commands of redis-cli in what a program said, each once."""
    return list(dict.fromkeys(re.findall(r"redis-cli -u redis://\S+(?: [A-Z]+| [a-z-]+)+", said)))


class Rounds:
    """Opens rounds of events that do not exist yet, which needs everything that the gate asks of a Redis."""

    def __init__(self, item, sandbox, name):
        self.item, self.sandbox, self._name, self._number = item, sandbox, name, 0

    def open_at(self, port, *words, host="127.0.0.1", user="", database=0):
        self._number += 1
        event = Event(self.item, self.sandbox, f"{self._name}-{self._number}")
        url = f"redis://{user}{host}:{port}/{database}"
        return event.run("coupon-reset", "--yes", "-q", "--limit", 5, *words, settings={"COUPON_REDIS": url})

    def opens(self, what, *where, **more):
        """Afterwards it must do."""
        outcome = self.open_at(*where, **more)
        self.item.equal(outcome.code, 0, f"{what}: exit of a reset afterwards ({outcome.brief()})")


def _secret(item, text):
    path = item.folder / f"redis-password-{text}"
    path.write_text(text + "\n")
    path.chmod(0o600)
    return "--redis-password-file", path


@tries(HINT_FILE, "start it, or correct --redis: redis-cli -u redis://… PING tells whether it answers",
       state="nothing listens at the address", command="redis-cli PING, as printed, then the server is started there",
       better="redis-cli answers PONG, and a reset opens a round")
@tries(HINT_FILE, "correct --redis: redis-cli -u redis://… PING answers PONG at a Redis server",
       state="a web server listens at the address", command="redis-cli PING, as printed, at that address and at the right one",
       better="there is no PONG from the web server and one from Redis, where a reset opens a round")
def wrong_address(item, sandbox):
    rounds, operator = Rounds(item, sandbox, "address"), Operator(Event(item, sandbox, "address"))
    port = dead_port()
    said = rounds.open_at(port)
    told(item, "start it, or correct --redis: redis-cli -u redis://… PING tells whether it answers", said, "nothing listens")
    ping = next(iter(commands_in(said.err)), "false").removesuffix(" tells whether it answers")
    item.check("PONG" not in operator.paste(ping, codes=(1,)), "redis-cli has an answer from nothing")
    with redis_with(item, "started", *DURABLE, port=port):
        item.check("PONG" in operator.paste(ping), "redis-cli has no PONG from a server that was started")
        rounds.opens("started", port)
    with DeafServer(b"HTTP/1.1 400 Bad Request\r\n\r\n") as web:
        said = rounds.open_at(web.port)
        told(item, "correct --redis: redis-cli -u redis://… PING answers PONG at a Redis server", said, "a web server")
    ping = f"redis-cli -u redis://127.0.0.1:{web.port} PING"
    item.check(ping in said.err, f"a web server: {ping!r} is not in {said.err[-300:]!r}")
    item.check("PONG" not in operator.paste(ping, codes=(0, 1)), "redis-cli has a PONG from a web server")
    item.check("PONG" in operator.paste(ping.replace(str(web.port), str(sandbox.port("redis")))), "redis-cli has no PONG from Redis")
    rounds.opens("the right address", sandbox.port("redis"))


@tries(HINT_FILE, "give --redis-password-file", "check --redis-password-file and the user in the URL",
       "the server has no password: leave --redis-password-file out",
       state="the server has a password and none or another one is given, or it has none and one is given",
       command="the option is given, given right, or left out", better="a reset opens a round")
@tries(HINT_FILE, "README.md, \"Least rights\", has the rules of each program's account",
       state="an account without the right to choose a database, and database 1", command="ACL SETUSER with the rule that README.md has for it",
       better="a reset opens a round in database 1")
def logins(item, sandbox):
    rounds = Rounds(item, sandbox, "logins")
    with redis_with(item, "open", *DURABLE) as port:
        said = rounds.open_at(port, *_secret(item, "right"))
        told(item, "the server has no password: leave --redis-password-file out", said, "no password on the server")
        rounds.opens("without a password", port)
    with redis_with(item, "locked", *DURABLE) as port:
        with Redis(port) as redis:
            redis.ask("ACL", "SETUSER", "reset", "on", ">right", "~coupon:*", "+@all", "-select")
            redis.ask("ACL", "SETUSER", "default", "resetpass", ">right")
            told(item, "give --redis-password-file", rounds.open_at(port), "no password given")
            said = rounds.open_at(port, *_secret(item, "wrong"))
            told(item, "check --redis-password-file and the user in the URL", said, "a wrong password")
            rounds.opens("the right password", port, *_secret(item, "right"))
            of_account = {"user": "reset@", "database": 1}
            said = rounds.open_at(port, *_secret(item, "right"), **of_account)
            told(item, "README.md, \"Least rights\", has the rules of each program's account", said, "an account without +select")
            rule = re.search(r"A Redis database other than 0 needs `([^`]+)`", (item.checkout / "README.md").read_text())
            redis.ask("ACL", "SETUSER", "reset", rule[1] if rule else "")
            rounds.opens("with the rule of README.md", port, *_secret(item, "right"), **of_account)


def _own_address():
    """An address of this machine that is not the loopback's, as a remote client has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("198.51.100.1", 9))  # nothing is sent
        except OSError as error:
            raise Failure(f"this machine has no address but the loopback's: {error}") from None
        return asking.getsockname()[0]


@tries(HINT_FILE, "in protected mode it talks to its own machine alone: set requirepass in redis.conf, and give --redis-password-file",
       state="a server without a password is asked from another address than the loopback's", command="requirepass is set, and the option is given",
       better="a reset opens a round from the same address")
@tries(HINT_FILE, "end connections of other programs, then raise it: redis-cli…CONFIG SET maxclients NUMBER, and the line \"maxclients NUMBER\" in "
       "redis.conf", state="maxclients 10, all of them taken", command="connections are ended, and CONFIG SET is pasted with 10000",
       better="a reset opens a round, with the connections open again")
@tries(HINT_FILE, "rename-command, or a proxy, hides a command that the gate needs; give it its name back",
       state="INFO has another name", command="the server is started without rename-command", better="a reset opens a round")
@tries(LOGIN_FILE, "correct the number of the database in --redis: redis-cli -u redis://… CONFIG GET databases tells how many it has",
       state="database 99 of a server that has 16", command="redis-cli CONFIG GET databases, as printed; the highest number that it has is given",
       better="a reset opens a round")
@tries(HINT_FILE, "point --redis at a server that is not in cluster mode", state="a server in cluster mode, without slots, and one asked for database 1",
       command="a server that is no cluster is named", better="a reset opens a round")
def refusals(item, sandbox):
    rounds, operator = Rounds(item, sandbox, "refusals"), Operator(Event(item, sandbox, "refusals"))
    outside = _own_address()
    with redis_with(item, "protected", *DURABLE, "--bind", "127.0.0.1", outside) as port:
        told(item, "in protected mode it talks to its own machine alone: set requirepass in redis.conf, and give --redis-password-file",
             rounds.open_at(port, host=outside), "protected mode")
        with Redis(port) as redis:
            redis.ask("CONFIG", "SET", "requirepass", "right")
        rounds.opens("with a password", port, *_secret(item, "right"), host=outside)
    with redis_with(item, "crowded", *DURABLE, "--maxclients", 10) as port:
        with crowd(port, 10):
            said = rounds.open_at(port)
            told(item, "end connections of other programs, then raise it: redis-cli…CONFIG SET maxclients NUMBER, and the line \"maxclients "
                 "NUMBER\" in redis.conf", said, "maxclients")
        raise_it = next((command for command in commands_in(said.err) if "maxclients" in command), "false")
        operator.paste(raise_it.replace("NUMBER", "10000"))
        with crowd(port, 10):
            rounds.opens("with more clients", port)
    with redis_with(item, "renamed", *DURABLE, "--rename-command", "INFO", "hidden") as port:
        told(item, "rename-command, or a proxy, hides a command that the gate needs; give it its name back", rounds.open_at(port), "INFO renamed")
    with redis_with(item, "named", *DURABLE) as port:
        rounds.opens("INFO has its name back", port)
        said = rounds.open_at(port, database=99)
        told(item, "correct the number of the database in --redis: redis-cli -u redis://… CONFIG GET databases tells how many it has", said,
             "database 99")
        ask = next(iter(commands_in(said.err)), "false").removesuffix(" tells how many it has")
        databases = operator.paste(ask).split()[-1:]
        if item.check(databases and databases[0].isdigit(), f"redis-cli does not tell how many databases there are: {databases}"):
            rounds.opens("the last database", port, database=int(databases[0]) - 1)
    with redis_with(item, "cluster", "--cluster-enabled", "yes") as port:
        for database in (0, 1):
            told(item, "point --redis at a server that is not in cluster mode", rounds.open_at(port, database=database), f"a cluster, database {database}")
    rounds.opens("no cluster", sandbox.port("redis"))


@contextmanager
def crowd(port, size):
    """Connections of another program, as many as the server lets in."""
    held = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(size)]
    try:
        for one in held:
            one.sendall(b"PING\r\n")
            one.recv(100)
        yield
    finally:
        for one in held:
            one.close()


@tries(LOGIN_FILE, "install Redis 7.0 or newer", state="a server that says it is Redis 6", command="one of Redis 7 is asked instead",
       better="a reset opens a round")
@tries(LOGIN_FILE, "its log may tell more: redis-cli -u redis://… CONFIG GET logfile",
       state="a login that is refused for a reason that no list has: CLIENT is another command there",
       command="redis-cli CONFIG GET logfile, as printed", better="the operator knows the log, and it can be read")
@tries(HINT_FILE, "its log may tell more: redis-cli -u redis://… CONFIG GET logfile",
       "its log may tell more: redis-cli -u redis://… CONFIG GET logfile; then repeat it: what took effect is recognised",
       state="errors that no list has, to what only reads and to what may write: EVALSHA_RO and EVALSHA are other commands there",
       command="redis-cli CONFIG GET logfile, as printed; then the same at a server that has its commands",
       better="the operator knows the log, and it can be read; a reset opens a round")
def unlisted(item, sandbox):
    rounds, operator = Rounds(item, sandbox, "unlisted"), Operator(Event(item, sandbox, "unlisted"))
    with RewritingProxy(sandbox.port("redis"), down=lambda data: data.replace(b"redis_version:7.", b"redis_version:6.")) as proxy:
        told(item, "install Redis 7.0 or newer", rounds.open_at(proxy.port), "Redis 6")
    plain = "its log may tell more: redis-cli -u redis://… CONFIG GET logfile"
    for command, hint in (("CLIENT", plain), ("EVALSHA_RO", plain), ("EVALSHA", plain + "; then repeat it: what took effect is recognised")):
        log = item.folder / f"other-{command.lower()}.log"
        swapped = ("--rename-command", command, "hidden", "--rename-command", "GET", command, "--logfile", log)
        with redis_with(item, f"other-{command.lower()}", *DURABLE, *swapped) as port:
            said = rounds.open_at(port)
            told(item, hint, said, f"{command} is another command")
            ask = next(iter(commands_in(said.err)), "false")
            path = operator.paste(ask).strip().rpartition("\n")[2]
            item.check(path == str(log) and "Ready to accept connections" in log.read_text(), f"{command}: {path!r} is no log of redis")
    rounds.opens("with its commands", sandbox.port("redis"))


def run(item):
    with item.sandbox() as sandbox:
        item.each(all_told(wrong_address, logins, refusals, unlisted, answers.settings, answers.replicas, answers.failover, answers.restart,
                           answers.lost_answer), sandbox)
