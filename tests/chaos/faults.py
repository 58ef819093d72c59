"""Carries out the faults of a plan, each in a thread of its own at its moment; of those with the same target one at a time."""

import subprocess
import threading
import time
from collections import Counter, defaultdict

from forger import forge_each
from gate_harm import harm_gate
from gate_scripts import script_sha
from outsiders import Outsiders
from redis_store import Redis, RedisError, gate_key, outbox_key
from waiting import Failure


FIRST_FORGED = 900_000_000  # users whom nobody asked
STRAY = 2                   # exit code: this is not the gate that the ledger names
GATE_HARMS = ("remove claims from", "restore a copy in", "delete the keys in")
SAME = {"topic": "reset"}   # both run coupon-reset, one at a time


class Faults:
    """`hits` counts what was really done, by kind and target; a fault that found nothing to harm does not count."""

    def __init__(self, plan, crew, sandbox, checkout):
        self.plan, self.crew, self.sandbox, self.checkout = plan, crew, sandbox, checkout
        self.hits = Counter()
        self.troubles = []  # what kept a fault from being carried out
        self.set_backs = []  # of the gate, each a SetBack
        self.outsiders = Outsiders(crew, sandbox)
        self._targets = defaultdict(threading.Lock)
        self._threads = []

    def start(self):
        """Counts the plan's moments from now on."""
        began = time.monotonic()
        for fault in self.plan.faults:
            lock = self._targets[SAME.get(fault.target, fault.target)]
            self._threads.append(threading.Thread(target=self._carry_out, args=(fault, began, lock), daemon=True))
        for thread in self._threads:
            thread.start()

    def await_end(self, seconds):
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(timeout=max(0, end - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads):
            raise Failure(f"the faults were not over after {seconds} s")
        if self.troubles:
            raise Failure("; ".join(self.troubles))

    def _carry_out(self, fault, began, lock):
        time.sleep(max(0, began + fault.at - time.monotonic()))
        with lock:
            try:
                if self._do(fault):
                    self.hits[f"{fault.kind} {fault.target.rstrip(' 123')}"] += 1
            except (Failure, OSError, subprocess.TimeoutExpired) as trouble:
                self.troubles.append(f"{fault}: {trouble}")

    def _do(self, fault):
        """True when it was done."""
        kind, _, rest = fault.target.partition(" ")
        if kind == "worker":
            return self._worker(fault, self.crew.workers[int(rest) - 1])
        if kind == "flood":
            member = self.crew.floods[int(rest) - 1]
            return member.kill() if fault.kind == "kill" else member.pause(fault.seconds)
        if kind == "line":
            return self._line(fault, self.sandbox.lines[rest.removeprefix("to ")])
        if kind == "reset":
            return self._reset(fault)
        if kind in ("stray", "records"):
            return self._stranger(fault)
        if kind == "group":
            return self.outsiders.join_group(fault)
        if kind == "topic":
            return self.outsiders.delete_topic(fault)
        return self._server(fault)

    def _worker(self, fault, worker):
        if fault.kind in ("kill", "end"):
            return self.crew.replace(worker, fault.kind, fault.seconds)
        return worker.pause(fault.seconds)

    def _line(self, fault, line):
        words = list(fault.words)
        if fault.kind == "drop-reply" and words[1] in ("claim", "confirm"):
            words[1] = script_sha(self.checkout, words[1])
        line.order(fault.kind, *words)
        if fault.seconds:
            time.sleep(fault.seconds)
            line.order("pass")
        return True

    def _reset(self, fault):
        if fault.kind == "kill":
            self.crew.kill_reset(fault.seconds, *fault.words)
        elif fault.kind == "run":
            self.crew.run_reset(*fault.words)
        else:
            self.crew.switch("--close")
            time.sleep(fault.seconds)
            self.crew.switch("--reopen")
        return True

    def _stranger(self, fault):
        """A stranger finds a server away like anybody else, and then does nothing."""
        try:
            if fault.kind != "forge":
                return self._stray_worker(fault)
            number, slot, epoch = fault.words
            return forge_each(self.sandbox.brokers, self.crew.event, FIRST_FORGED + number, slot, epoch) > 0
        except (Failure, OSError):
            return False

    def _stray_worker(self, fault):
        """It leaves the database that it was given as it is, and ends with 2 once it has seen ledger and gate."""
        (database,) = fault.words
        with Redis(self.sandbox.port("redis")) as redis:
            if fault.kind == "run on a copy":
                for key in (gate_key(self.crew.event.name), outbox_key(self.crew.event.name)):
                    redis.ask("COPY", key, key, "DB", database, "REPLACE")
            redis.ask("SELECT", database)
            before = redis.hash(gate_key(self.crew.event.name))
        code = self.crew.run_stray_worker(database, fault.seconds)
        with Redis(self.sandbox.port("redis")) as redis:
            redis.ask("SELECT", database)
            after = redis.hash(gate_key(self.crew.event.name))
        # Another fault may have emptied the server meanwhile.
        self.crew.item.check(after in (before, {}), f"a stray worker changed database {database}")
        return code == STRAY

    def _server(self, fault):
        name, sandbox = fault.target, self.sandbox
        if fault.kind == "pause":
            sandbox.pause(name)
            time.sleep(fault.seconds)
            sandbox.resume(name)
        elif fault.kind in ("kill", "restart"):
            (sandbox.kill if fault.kind == "kill" else sandbox.stop)(name)
            time.sleep(fault.seconds)
            sandbox.start(name)
        elif fault.kind == "cut the log of":
            sandbox.kill(name)
            size = sandbox.cut_log_of_redis(*fault.words)
            sandbox.start(name)
            return size > 0
        elif fault.kind == "change a global of":
            return self.outsiders.change_global(fault)
        elif fault.kind in GATE_HARMS:
            return self._set_gate_back(fault)
        else:
            return self._command(fault.kind)
        return True

    def _set_gate_back(self, fault):
        back = harm_gate(self.sandbox.port("redis"), self.crew.event.name, fault)
        if back:
            self.set_backs.append(back)
        return back is not None

    def _command(self, kind):
        """What an administrator types at the wrong moment."""
        words = {"flush scripts of": ("SCRIPT", "FLUSH"), "kill clients of": ("CLIENT", "KILL", "TYPE", "normal"), "empty": ("FLUSHALL",)}[kind]
        try:
            with Redis(self.sandbox.port("redis")) as redis:
                redis.ask(*words)
        except RedisError as error:
            raise Failure(f"redis answered {error} to {' '.join(words)}") from None
        return True
