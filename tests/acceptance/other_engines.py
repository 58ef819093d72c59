"""Other releases of Redis and MariaDB, Valkey and MySQL: the tests of the adapters, and what programs do on them."""

import subprocess

from event import Event
from redis_forgets import contradictions, emptied, restarted
from database_faults import database_killed, read_only
from least_rights import Attempt, mysql_rights, redis_rights, whole_job
from rights import Rights

TITLE = "Redis 8, Valkey, MariaDB 11 and MySQL 8 instead of the default"
SECONDS = 1500

ENGINES = (("redis8", "mariadb11"), ("valkey", "mysql8"))


def live_tests(item, sandbox):
    """The live cases of the gate and of the ledger, those that bring a server of their own included."""
    tests = item.checkout / "build" / "tests"
    for name in ("gate_test", "ledger_test"):
        done = subprocess.run([tests / name, "--test-suite=live/*"], env=sandbox.environment | {"COUPON_SANDBOX": str(sandbox.folder)},
                              cwd=item.folder, capture_output=True, text=True, timeout=400, stdin=subprocess.DEVNULL)
        counts = [line for line in done.stdout.splitlines() if "test cases:" in line]
        failed = [line for line in done.stdout.splitlines() if "ERROR" in line]
        item.equal(done.returncode, 0, f"{name}: exit ({counts}, {failed[:5]})")
        passed = int(counts[0].split("|")[1].split()[0]) if counts else 0
        item.check(passed >= 50, f"{name}: {passed} cases passed")
        item.figure(f"{name} on {_versions(sandbox)[name]}", f"{passed} cases")


def _versions(sandbox):
    event = sandbox.environment
    redis = subprocess.run(["redis-server", "--version"], env=event, capture_output=True, text=True, check=True).stdout.split()
    database = subprocess.run(["mariadb", f"--defaults-file={sandbox.folder / 'mariadb.cnf'}", "--skip-column-names", "--execute",
                               "SELECT VERSION()"], capture_output=True, text=True, check=True).stdout.strip()
    return {"gate_test": f"{redis[0]} {next(word for word in redis if word.startswith('v='))[2:]}", "ledger_test": database}


def least_rights(item, sandbox):
    """Each right that the servers do not grant is named, in the words of this release."""
    event = Event(item, sandbox)
    rights, attempt = Rights(event), Attempt(item, event)
    whole_job(item, event)
    redis_rights(item, event, rights, attempt)
    mysql_rights(item, event, rights, attempt)
    item.figure(f"rights taken away on {_versions(sandbox)['ledger_test']}", attempt.taken)


def run(item):
    for redis, mysql in ENGINES:
        with item.sandbox("--accounts", "least", "--redis", redis, "--mysql", mysql, name=redis) as sandbox:
            item.each((least_rights, restarted, emptied, contradictions, database_killed, read_only, live_tests), sandbox)
