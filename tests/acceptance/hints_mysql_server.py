"""The part of hints_mysql about the server itself: whether it is there, whom it lets in, and what it can write now."""

import re
import subprocess
from contextlib import contextmanager

from event import Event
from fixes import Operator
from hint_table import told, tried_by, tries
from ledger_store import LedgerStore, administer, global_variable
from password_thief import PasswordThief
from programs import Outcome, clean_environment
from rewriting_proxy import RewritingProxy
from waiting import wait_until

HINT_FILE = "lib/ledger/mysql/mysql_fault.cpp"
ALIVE = "start it, or correct --mysql: mysqladmin --host=… --port=… ping tells whether it is alive"
REPEAT = "repeat it: what is written already is recognised"
LATER = "repeat it later"
LOGIN = "check the user in --mysql and its password file"
RIGHTS = "grant the user the rights that README.md lists under \"Least rights\", and check the database in --mysql"
PLUGIN = ("give the user mysql_native_password or ed25519; caching_sha2_password and sha256_password, at a server that is not on this machine, "
          "need --mysql-server-key")
DATABASE = "create the database, then run coupon-reset"
READ_ONLY = ("name the server that is written to in --mysql, or SET GLOBAL read_only = OFF; and the line \"read_only = OFF\" under [mysqld] in "
             "my.cnf")
CROWDED = ("end connections of other programs (SHOW PROCESSLIST; KILL), or raise the limit: SET GLOBAL max_connections = NUMBER, ALTER USER "
           "<account> WITH MAX_USER_CONNECTIONS NUMBER")
SOCKET = "this process, or this machine, has no descriptor or port left: raise ulimit -n"
INIT_CONNECT = "init_connect of the server fails for this account: repair it, SHOW GLOBAL VARIABLES LIKE 'init_connect'"
VERSION = "install MySQL 8.0.16 or MariaDB 10.11, or newer"
GUEST = "'guest'@'127.0.0.1'"


class Winners:
    """A few users of one event whose coupons are not issued yet."""

    def __init__(self, item, sandbox, name, users=5):
        self.item, self.sandbox, self.event, self._users = item, sandbox, Event(item, sandbox, name), users
        self.event.reset("--limit", users)
        counts = self.event.flood("--requests", users, "--concurrency", 64)["counts"]
        item.equal(counts["granted"], users, f"{name}: granted")
        self.operator = Operator(self.event)

    def worker(self, settings=None, seconds=3):
        return self.event.run("coupon-consume", "--until-drained", "--timeout", f"{seconds}s", settings=settings)

    def kept_from(self, what, hint, settings=None):
        """The worker ends without their coupons, and says the hint."""
        said = self.worker(settings)
        self.item.check(said.code != 0, f"{what}: the worker ended with 0")
        told(self.item, hint, said, what)
        return said

    def have_coupons(self, what, settings=None):
        """Afterwards a worker issues them."""
        said = self.worker(settings, 20)
        self.item.equal((said.code, self.event.row_count()), (0, self._users), f"{what}: exit of a worker afterwards, and rows ({said.brief()})")


def audited(item, event, what, settings=None, words=()):
    """An audit that could read the ledger."""
    said = event.run("coupon-audit", "--wait", "0s", *words, settings=settings)
    item.check(said.code in (0, 1) or "mysql" not in said.out, f"{what}: an audit afterwards ({said.brief()} {said.out[-300:]})")


def _url(sandbox, user="coupon", port=None, database="coupon"):
    return {"COUPON_MYSQL": f"mysql://{user}@127.0.0.1:{port or sandbox.port('mariadb')}/{database}"}


@contextmanager
def guest(item, sandbox):
    """An account without any right, as settings of a program."""
    secret = item.folder / "password-guest"
    secret.write_text("guest\n")
    secret.chmod(0o600)
    administer(sandbox, f"CREATE USER {GUEST} IDENTIFIED BY 'guest'")
    try:
        yield lambda **where: _url(sandbox, "guest", **where) | {"COUPON_MYSQL_PASSWORD_FILE": str(secret)}
    finally:
        administer(sandbox, f"DROP USER {GUEST}")


tried_by("tests/ledger/mysql_session_test.cpp", "a batch whose COMMIT lost its answer is unknown, and issued already when repeated", HINT_FILE,
         REPEAT, state="the answer of a real server to COMMIT is cut off", command="the batch is issued again",
         better="each record is told as issued already")


@tries(HINT_FILE, ALIVE, state="the database is stopped", command="mysqladmin ping, as printed; the server is started",
       better="mysqladmin says that it is alive, and a worker issues the coupons")
@tries(HINT_FILE, SOCKET, state="few descriptors are allowed, and none is left for a socket", command="the limit is raised",
       better="a worker issues the coupons")
def reached(item, sandbox):
    winners = Winners(item, sandbox, "reached")
    sandbox.stop("mariadb")
    said = winners.kept_from("stopped", ALIVE)
    ping = re.search(r"mysqladmin --host=\S+ --port=\d+ ping", said.out + said.err)
    ping = ping[0] if ping else "false"
    item.check("alive" not in winners.operator.paste(f"{ping} 2>&1 | sed s/ERR//"), "mysqladmin says that nothing is alive")
    sandbox.start("mariadb")
    item.check("is alive" in winners.operator.paste(ping, codes=(0, 1)) or "Access denied" in winners.operator.paste(ping, codes=(0, 1)),
               "mysqladmin has no answer of a server that was started")
    few = next((said for said in (_with_descriptors(winners.event, limit) for limit in range(8, 40)) if SOCKET in said.out + said.err), None)
    if item.check(few, "no limit of descriptors keeps a worker from making a socket to the database alone"):
        told(item, SOCKET, few, "few descriptors")
    winners.have_coupons("many descriptors")


def _with_descriptors(event, limit):
    """A worker that may have that many descriptors."""
    words = ["prlimit", f"--nofile={limit}", event.item.program("coupon-consume"), *event.own_words(), "--until-drained", "--timeout", "1s"]
    done = subprocess.run(words, env=clean_environment(event.sandbox.environment_of("coupon-consume", {})), capture_output=True, text=True,
                          timeout=30, stdin=subprocess.DEVNULL)
    return Outcome("coupon-consume", done.returncode, done.stdout, done.stderr, 0)


@tries(HINT_FILE, LOGIN, state="another password than the account has", command="the right password file is given",
       better="a worker issues the coupons")
@tries(HINT_FILE, RIGHTS, state="an account without rights in the database", command="GRANT of what README.md lists for coupon-audit",
       better="an audit of this account reads the ledger")
@tries(HINT_FILE, DATABASE, state="a database that does not exist", command="CREATE DATABASE, then coupon-reset",
       better="the reset opens a round in it")
@tries(HINT_FILE, CROWDED, state="an account that may have one connection, which is taken",
       command="ALTER USER WITH MAX_USER_CONNECTIONS, as printed", better="an audit of this account reads the ledger")
@tries(HINT_FILE, PLUGIN, state="a server that asks for the password in clear text",
       command="the account has mysql_native_password at the right server", better="an audit of this account reads the ledger")
@tries("lib/ledger/mysql/mysql_connection.cpp", VERSION, state="a server that says it is MariaDB 10.10", command="one of MariaDB 10.11 is asked instead",
       better="a worker issues the coupons")
def let_in(item, sandbox):
    winners = Winners(item, sandbox, "let-in")
    event = winners.event
    wrong = item.folder / "password-wrong"
    wrong.write_text("wrong\n")
    wrong.chmod(0o600)
    winners.kept_from("a wrong password", LOGIN, {"COUPON_MYSQL_PASSWORD_FILE": str(wrong)})
    with RewritingProxy(sandbox.port("mariadb"), down=lambda data: data.replace(b"-10.11.", b"-10.10.")) as proxy:
        winners.kept_from("MariaDB 10.10", VERSION, _url(sandbox, port=proxy.port))
    winners.have_coupons("the right password")
    with guest(item, sandbox) as account, PasswordThief("mysql_clear_password", None) as thief:
        told(item, RIGHTS, event.run("coupon-audit", "--wait", "0s", settings=account()), "no rights")
        told(item, PLUGIN, event.run("coupon-audit", "--wait", "0s", settings=account(port=thief.port)), "clear text")
        for table in LedgerStore(sandbox).query("SHOW TABLES"):
            administer(sandbox, f"GRANT SELECT ON coupon.{table[0]} TO {GUEST}")
        audited(item, event, "rights granted", account())
        administer(sandbox, f"ALTER USER {GUEST} WITH MAX_USER_CONNECTIONS 1")
        holder = subprocess.Popen(["mariadb", "--no-defaults", "--host=127.0.0.1", f"--port={sandbox.port('mariadb')}", "--user=guest",
                                   "--password=guest", "--execute=SELECT SLEEP(30)"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: administer(sandbox, "SELECT id FROM information_schema.processlist WHERE user = 'guest'"), 10,
                       "the guest has no connection")
            said = event.run("coupon-audit", "--wait", "0s", "--timeout", "2s", settings=account())
            told(item, CROWDED, said, "no connection left")
            raised = re.search(r"ALTER USER <account> WITH MAX_USER_CONNECTIONS NUMBER", said.out + said.err)
            administer(sandbox, (raised[0] if raised else "").replace("<account>", GUEST).replace("NUMBER", "20"))
            audited(item, event, "more connections", account())
        finally:
            holder.kill()
            holder.wait(timeout=10)
        administer(sandbox, f"GRANT ALL ON spare.* TO {GUEST}")
        there = account(database="spare")
        other = Event(item, sandbox, "spare")
        told(item, DATABASE, other.run("coupon-reset", "--yes", "-q", settings=there), "no database")
        administer(sandbox, "CREATE DATABASE spare")
        said = other.run("coupon-reset", "--yes", "-q", settings=there)
        item.equal(said.code, 0, f"a reset in a database that was made ({said.brief()})")
        administer(sandbox, "DROP DATABASE spare")


@tries(HINT_FILE, READ_ONLY, state="read_only = ON", command="SET GLOBAL read_only, as printed", better="a worker issues the coupons")
@tries(HINT_FILE, LATER, state="the server can prepare no statement for now", command="the worker is started again once it can",
       better="it issues the coupons")
@tries(HINT_FILE, INIT_CONNECT, state="init_connect is no statement", command="SHOW GLOBAL VARIABLES, as printed; init_connect is set to nothing",
       better="the variable is seen, and a worker issues the coupons")
def written(item, sandbox):
    winners = Winners(item, sandbox, "written")
    with global_variable(sandbox, "init_connect", "'no statement'"):
        winners.kept_from("init_connect", INIT_CONNECT)
        item.check("no statement" in str(administer(sandbox, "SHOW GLOBAL VARIABLES LIKE 'init_connect'")), "init_connect is not shown")
    with global_variable(sandbox, "read_only", "1"):
        said = winners.kept_from("read_only", READ_ONLY)
        printed = re.search(r"SET GLOBAL read_only = OFF", said.out + said.err)
        winners.operator.paste_sql(printed[0] if printed else "no statement")
        winners.have_coupons("writable")
    later = Winners(item, sandbox, "later")
    with global_variable(sandbox, "max_prepared_stmt_count", 0):
        later.kept_from("no statement can be prepared", LATER)
    later.have_coupons("statements can be prepared again")
