"""The ledger as it lies in MariaDB or MySQL, read with the `mariadb` client. Tables and columns are those of lib/ledger/schema.sql."""

import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass

from waiting import Failure


# What is asked here is answered in full, whatever the server's globals are by now. MySQL skips what is between /*M! and */.
_OWN_SESSION = ["--batch", "--skip-column-names", "--default-character-set=utf8mb4",
                "--init-command=SET sql_select_limit = 18446744073709551615, sql_big_selects = 1, autocommit = 1, sql_mode = '', "
                "completion_type = 0 /*M!, max_statement_time = 0 */"]


def administer(sandbox, statement, seconds=30):
    """A statement as the administrator of the sandbox's MariaDB; its lines. One place is kept for it, which may be taken for a moment."""
    end = time.monotonic() + 5
    while True:
        done = subprocess.run(["mariadb", "--no-defaults", "--socket=mariadb.sock", *_OWN_SESSION, "--execute", statement],
                              cwd=sandbox.folder / "mariadb" / "data", capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
        if done.returncode == 0:
            return done.stdout.splitlines()
        if "Too many connections" not in done.stderr or time.monotonic() >= end:
            raise Failure(f"mariadb: {done.stderr.strip()} ({statement[:100]})")


@contextmanager
def global_variable(sandbox, name, value):
    """A global variable of the sandbox's MariaDB, changed for as long as the block runs. `value` as SQL writes it."""
    before = administer(sandbox, f"SELECT @@global.{name}")
    text = before[0] if before else ""
    administer(sandbox, f"SET GLOBAL {name} = {value}")
    try:
        yield
    finally:
        quoted = text if text.lstrip("-").replace(".", "", 1).isdigit() else repr(text)
        administer(sandbox, f"SET GLOBAL {name} = {quoted}")


@dataclass(frozen=True)
class Row:
    """One issued coupon."""
    slot: int
    user: int
    limit: int
    issued_at: int = 0


@dataclass(frozen=True)
class Fence:
    """A record of an epoch before this one, at or after the offset of this partition, is never issued."""
    epoch: int
    partition: int
    end_offset: int


class LedgerStore:
    """Statements through the client, as the sandbox's user; values come back as text."""

    def __init__(self, sandbox, database="coupon"):
        self._command = ["mariadb", f"--defaults-file={sandbox.folder / 'mariadb.cnf'}", *_OWN_SESSION, "--connect-timeout=5", database]

    def query(self, statement, seconds=60):
        done = subprocess.run([*self._command, "--execute", statement], capture_output=True, text=True, timeout=seconds)
        if done.returncode != 0:
            raise Failure(f"mariadb: {done.stderr.strip()} ({statement[:120]})")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def number(self, statement):
        return int(self.query(statement)[0][0])

    def rows(self, event, round_number):
        found = self.query("SELECT slot, user_id, slot_limit, issued_at FROM coupon "
                           f"WHERE event = '{event}' AND round = {round_number} ORDER BY slot")
        return [Row(*map(int, line)) for line in found]

    def count(self, event, round_number):
        return self.number(f"SELECT COUNT(*) FROM coupon WHERE event = '{event}' AND round = {round_number}")

    def highest_round(self, event):
        return self.number(f"SELECT COALESCE(MAX(round), 0) FROM coupon_round WHERE event = '{event}'")

    def round_state(self, event, round_number):
        found = self.query(f"SELECT state, slot_limit FROM coupon_round WHERE event = '{event}' AND round = {round_number}")
        return (found[0][0], int(found[0][1])) if found else (None, 0)

    def epoch(self, event, round_number):
        """The highest one a gate of this round was armed with."""
        return self.number(f"SELECT epoch FROM coupon_round WHERE event = '{event}' AND round = {round_number}")

    def fences(self, event, round_number):
        found = self.query("SELECT epoch, source_partition, end_offset FROM coupon_fence "
                           f"WHERE event = '{event}' AND round = {round_number} ORDER BY 1, 2")
        return [Fence(*map(int, line)) for line in found]

    def round_key(self, event, number):
        """The secret of a round."""
        return self.query(f"SELECT round_key FROM coupon_round WHERE event = '{event}' AND round = {number}")[0][0]

    def failed(self, topic):
        """Place, user, reason and whether it was resolved (or dismissed by an operator), of each failed event of a topic."""
        found = self.query("SELECT source_partition, source_offset, COALESCE(user_id, ''), reason, COALESCE(resolved_at, dismissed_at) IS NOT NULL "
                           f"FROM failed_event WHERE source_topic = '{topic}' ORDER BY 1, 2")
        return [(int(partition), int(offset), user, reason, resolved == "1") for partition, offset, user, reason, resolved in found]
