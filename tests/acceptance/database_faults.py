"""The part of single_faults where MariaDB refuses, cuts or forgets its clients."""

import subprocess
import time

from full_disks import SmallDisk, is_running
from ledger_store import administer
from under_load import UnderLoad

HELD_S = 1.5


def _kill_all(sandbox, but=""):
    for number in administer(sandbox, f"SELECT id FROM information_schema.processlist WHERE user = 'coupon' {but}"):
        administer(sandbox, f"KILL {number}")


def connections_killed(item, sandbox):
    with UnderLoad(item, sandbox, "KILL") as load:
        for _ in range(10):
            _kill_all(sandbox)
            load.hold(0.1)


def database_killed(item, sandbox):
    with UnderLoad(item, sandbox, "mariadbd killed") as load:
        sandbox.kill("mariadb")
        load.hold(HELD_S)
        sandbox.start("mariadb")


def read_only(item, sandbox):
    with UnderLoad(item, sandbox, "read_only") as load:
        administer(sandbox, "SET GLOBAL read_only = 1")
        load.hold(HELD_S)
        administer(sandbox, "SET GLOBAL read_only = 0")


def few_connections(item, sandbox):
    """All places are taken, and the worker's own are cut. MariaDB allows no less than ten."""
    with UnderLoad(item, sandbox, "max_connections") as load:
        before = administer(sandbox, "SELECT @@max_connections")[0]
        administer(sandbox, "SET GLOBAL max_connections = 10")
        crowd = []
        while _sleepers(sandbox) < 10 and len(crowd) < 100:
            _kill_all(sandbox, "AND COALESCE(info, '') NOT LIKE '%SLEEP%'")
            crowd.append(subprocess.Popen(["mariadb", f"--defaults-file={sandbox.folder / 'mariadb.cnf'}", "--execute", "SELECT SLEEP(20)",
                                           "coupon"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        rows = load.event.row_count()
        load.hold(HELD_S)
        item.equal(_sleepers(sandbox), 10, "max_connections: connections that take all places")
        for one in crowd:
            one.kill()
            one.wait(timeout=10)
        administer(sandbox, f"SET GLOBAL max_connections = {before}")
        _kill_all(sandbox)
        item.check(rows == -1, f"max_connections: there was room for one more, who counted {rows} rows")


def _sleepers(sandbox):
    return int(administer(sandbox, "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'coupon' AND info LIKE '%SLEEP%'")[0])


def tables_locked(item, sandbox):
    with UnderLoad(item, sandbox, "LOCK TABLES") as load:
        locker = subprocess.Popen(["mariadb", "--no-defaults", "--socket=mariadb.sock", "--execute",
                                   f"LOCK TABLES coupon READ; SELECT SLEEP({HELD_S + 1})", "coupon"], cwd=sandbox.folder / "mariadb" / "data",
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        rows = load.event.row_count()
        load.hold(HELD_S)
        item.equal(load.event.row_count(), rows, "LOCK TABLES: rows while the table is locked")
        locker.wait(timeout=20)


def idle_connections_cut(item, sandbox):
    """wait_timeout=1 for all connections made from now on; the worker's are cut once so that it makes new ones, which then idle."""
    with UnderLoad(item, sandbox, "wait_timeout") as load:
        before = administer(sandbox, "SELECT @@global.wait_timeout")[0]
        administer(sandbox, "SET GLOBAL wait_timeout = 1")
        _kill_all(sandbox)
        sandbox.pause("kafka")
        time.sleep(2.5)
        sandbox.resume("kafka")
        load.hold(0.1)
        administer(sandbox, f"SET GLOBAL wait_timeout = {before}")


def database_full(item, sandbox):
    with SmallDisk(sandbox, "mariadb", "mariadb/data", spare_mb=24) as disk, UnderLoad(item, sandbox, "MariaDB's disk full") as load:
        disk.fill()
        load.hold(2 * HELD_S)
        halted = not is_running(sandbox, "mariadb")
        disk.free()
        if halted:
            sandbox.start("mariadb")
        item.figure("MariaDB with a full disk", "ends" if halted else "waits")
