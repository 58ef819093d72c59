"""Revokes rights of a sandbox's accounts (scripts/sandbox up --accounts least), and grants them again."""

import getpass
import struct
import subprocess
import time
from contextlib import contextmanager

from topic_store import request, text
from waiting import Failure

# Kafka's numbers for operations and kinds of resource (org.apache.kafka.common.acl.AclOperation, .resource.ResourceType).
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Delete": 6, "Describe": 8, "DescribeConfigs": 10}
RESOURCES = {"topic": 2, "group": 3, "cluster": 4}
LITERAL, ALLOW = 3, 3
CREATE_ACLS, DELETE_ACLS = 30, 31


class Rights:
    """The rights of one sandbox's accounts. Each block revokes a right and grants it again at its end, also after an exception."""

    def __init__(self, event):
        self._event = event

    def _redis(self, *words):
        with self._event.redis() as redis:
            return redis.ask(*words)

    @contextmanager
    def without_command(self, account, command):
        self._redis("ACL", "SETUSER", account, f"-{command}")
        try:
            yield
        finally:
            self._redis("ACL", "SETUSER", account, f"+{command}")

    @contextmanager
    def without_keys(self, account):
        self._redis("ACL", "SETUSER", account, "resetkeys")
        try:
            yield
        finally:
            self._redis("ACL", "SETUSER", account, "%R~coupon:*" if account == "audit" else "~coupon:*")

    def commands_of(self, account):
        """The commands that an account may run, as Redis lists them."""
        facts = self._redis("ACL", "GETUSER", account)
        rules = dict(zip((name.decode() for name in facts[::2]), facts[1::2]))["commands"].decode().split()
        return sorted(rule[1:] for rule in rules if rule.startswith("+"))

    def _change_acl(self, api, account, operation, resource, name):
        body = struct.pack(">ib", 1, RESOURCES[resource]) + text(name) + struct.pack(">b", LITERAL)
        body += text(f"User:{account}") + text("*") + struct.pack(">bb", OPERATIONS[operation], ALLOW)
        data = request(self._event.sandbox.brokers, api, 1, body)
        # throttle time, how many answers, the error of the first
        error = struct.unpack_from(">h", data, 8)[0]
        if error:
            raise Failure(f"kafka answered error {error} about {operation} on {resource} {name} for {account}")
        # The broker applies the change a moment later, and no request tells when.
        time.sleep(0.2)

    def allow(self, account, operation, resource, name):
        self._change_acl(CREATE_ACLS, account, operation, resource, name)

    def forbid(self, account, operation, resource, name):
        self._change_acl(DELETE_ACLS, account, operation, resource, name)

    @contextmanager
    def without_acl(self, account, operation, resource, name="*"):
        self.forbid(account, operation, resource, name)
        try:
            yield
        finally:
            self.allow(account, operation, resource, name)

    @contextmanager
    def with_acl(self, account, operation, resource, name):
        self.allow(account, operation, resource, name)
        try:
            yield
        finally:
            self.forbid(account, operation, resource, name)

    @contextmanager
    def without_grant(self, account, privilege, table):
        self._event.ledger.query(f"REVOKE {privilege} ON coupon.{table} FROM '{account}'@'127.0.0.1'")
        try:
            yield
        finally:
            self._event.ledger.query(f"GRANT {privilege} ON coupon.{table} TO '{account}'@'127.0.0.1'")

    def grants_of(self, account):
        """(privilege, table) of all grants on tables, as the account that runs the server sees them, over its socket."""
        statement = ("SELECT privilege_type, table_name FROM information_schema.TABLE_PRIVILEGES "
                     f"WHERE grantee = \"'{account}'@'127.0.0.1'\" AND table_schema = 'coupon' ORDER BY 1, 2")
        done = subprocess.run(["mariadb", "--no-defaults", f"--socket={self._event.sandbox.folder / 'mariadb/data/mariadb.sock'}",
                               f"--user={getpass.getuser()}", "--batch", "--skip-column-names", "--execute", statement],
                              capture_output=True, text=True, timeout=20)
        if done.returncode != 0:
            raise Failure(f"mariadb: {done.stderr.strip()} ({statement})")
        return [tuple(line.split("\t")) for line in done.stdout.splitlines()]

