"""The programs of one campaign: workers that a supervisor starts again, floods, resets. Each may be killed or paused by a fault."""

import json
import signal
import threading
import time
from collections import Counter

from history_file import read_history

AWAY = 3  # exit code: a server was away when the program started
FLOOD_ENDS = {0, 1, 3, 5, 12, 13}
RESET_ENDS = {0, 1, 3, 5, 6}
STRAY = 2  # exit code: refused, nothing was changed
STRAY_ENDS = {STRAY, 3, 137}
WORDS = ("the gate is armed again", "republished", "partitions assigned:", "trying again", "the offsets are committed later",
         "the gate is not armed", "failed event")


class Member:
    """One program at a time, which can be paused and killed."""

    def __init__(self, name):
        self.name = name
        self.process = None
        self.was_killed = False
        self.history = None

    def running(self):
        return self.process is not None and not self.process.ended()

    def kill(self):
        """False when there was nothing to kill."""
        if not self.running():
            return False
        self.was_killed = True
        self.process.kill()
        return True

    def pause(self, seconds):
        if not self.running():
            return False
        self.process.signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.signal(signal.SIGCONT)
        return True


class Crew:
    """`item.failures` takes what a program must not do. The lock keeps two threads from starting programs at the same moment."""

    def __init__(self, item, event, plan):
        self.item, self.event, self.plan = item, event, plan
        self.workers = [Member(f"worker {number}") for number in (1, 2)]
        self.floods = [Member(f"flood {number}") for number in range(1, len(plan.floods) + 1)]
        self.reset = Member("reset")
        self.histories = []
        self.reset_is_due = False       # the last reset did not come to its end
        self.met_forged = False         # it was refused for a record without a signature that no worker has met
        self.said = Counter()           # what workers said and counted
        self._held = set()              # workers that a fault has taken away
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)

    def __enter__(self):
        self._supervisor.start()
        return self

    def __exit__(self, *_):
        with self._lock:
            self._held.update(worker.name for worker in self.workers)
        for member in (*self.workers, *self.floods, self.reset):
            if member.running():
                member.process.kill()
        self._ended.set()
        self._supervisor.join(timeout=30)

    # ---- workers ----

    def _supervise(self):
        """Whatever worker ended is started again, as long as the campaign lasts."""
        while not self._ended.is_set():
            with self._lock:
                for number, worker in enumerate(self.workers):
                    if worker.name not in self._held and not worker.running():
                        self._listen(worker)
                        worker.was_killed = False
                        worker.process = self.event.start("coupon-consume", "--json", *self.plan.workers[number])
            self._ended.wait(0.3)

    def _listen(self, worker):
        """What the worker that ended had said; one that ends by itself must have had a reason when it started."""
        if worker.process is None:
            return
        outcome = worker.process.wait(1)
        worker.process = None
        self._count_words(outcome.err)
        if worker.was_killed:
            return
        self.said[f"worker ended by itself with {outcome.code}"] += 1
        at_start = "this worker has" not in outcome.err
        self.item.check(outcome.code == AWAY and at_start, f"a worker ended by itself: {outcome.brief()}")

    def _count_words(self, text):
        for words in WORDS:
            self.said[f"said: {words}"] += text.count(words)

    def replace(self, worker, how, seconds):
        """Kills a worker, or asks it to end, and lets another one take its place `seconds` later."""
        with self._lock:
            if not worker.running():
                return False
            self._held.add(worker.name)
        try:
            if how == "kill":
                worker.kill()
                self._listen(worker)
            else:
                self._end_worker(worker)
            time.sleep(seconds)
        finally:
            self._held.discard(worker.name)
        return True

    def _end_worker(self, worker):
        outcome = worker.process.end(40)
        worker.process = None
        self._count_words(outcome.err)
        # It may have been asked before it could catch the signal, before it had work to report, or while a server was away at its start.
        at_start = "this worker has" not in outcome.err
        well = (outcome.code == 0 and (outcome.out or at_start)) or (outcome.code in (AWAY, 143) and at_start)
        if self.item.check(well, f"a worker that was asked to end: {outcome.brief()}") and outcome.code == 0 and outcome.out:
            report = json.loads(outcome.out)
            for count in ("issued", "already_issued", "stale", "fenced", "failed", "redriven"):
                self.said[count] += report[count]

    def run_stray_worker(self, database, seconds):
        """A worker at another Redis database, for at most so long. Returns its exit code; killed, it may have found a server away."""
        address = self.event.sandbox.environment["COUPON_REDIS"].rsplit("/", 1)[0] + f"/{database}"
        with self._lock:
            stray = self.event.start("coupon-consume", settings={"COUPON_REDIS": address})
        end = time.monotonic() + seconds
        while not stray.ended() and time.monotonic() < end:
            time.sleep(0.05)
        stray.kill()
        outcome = stray.wait(10)
        self.said[f"stray worker ended with {outcome.code}"] += 1
        self.item.check(outcome.code in STRAY_ENDS and "is armed again" not in outcome.err, f"a stray worker: {outcome.brief()}")
        return outcome.code

    def end_workers(self):
        """For good. The supervisor must outlive them: a program dies with the thread that started it."""
        with self._lock:
            self._held.update(worker.name for worker in self.workers)
        for worker in self.workers:
            if worker.running():
                self._end_worker(worker)

    # ---- floods ----

    def start_flood(self, number):
        flood, member = self.plan.floods[number], self.floods[number]
        with self._lock:
            member.history = self.event.history(f"flood-{number + 1}")
            self.histories.append(member.history)
            member.process = self.event.start_flood(*flood.words, history=member.history)

    def await_floods(self, seconds):
        """They end by themselves, and their histories say what they report."""
        for member in self.floods:
            outcome = member.process.wait(seconds)
            if member.was_killed:
                continue
            self.item.check(outcome.code in FLOOD_ENDS, f"a flood under faults: {outcome.brief()}")
            if outcome.out:
                # One that found a server away when it started reports that instead of counts, and has no history.
                applications = read_history(member.history)[1] if member.history in self.told() else []
                told = Counter(application.answer for application in applications)
                reported = {answer: count for answer, count in outcome.json().get("counts", {}).items() if count}
                self.item.equal(reported, dict(told), f"answers {outcome.command} reports, and in its history")

    def told(self):
        """The histories that hold applications: a program that ended before it wrote the first line sent none."""
        return [path for path in self.histories if path.exists() and b"\n" in path.read_bytes()[:1000]]

    def was_killed(self, history):
        """Whether it is of a program that was killed, so that it has no closing line."""
        return any(member.history == history and member.was_killed for member in self.floods)

    # ---- resets ----

    def run_reset(self, *words, seconds=120):
        """A reset as an operator runs it; returns its outcome."""
        with self._lock:
            self.reset.was_killed = False
            self.reset.process = self.event.start("coupon-reset", "--yes", "--json", "--end-running", "--limit", self.plan.limit, *words)
        return self._end_reset(seconds)

    def kill_reset(self, after, *words):
        with self._lock:
            self.reset.was_killed = True
            self.reset.process = self.event.start("coupon-reset", "--yes", "--json", "--end-running", "--limit", self.plan.limit, *words)
        time.sleep(after)
        self.reset.process.signal(signal.SIGKILL)
        return self._end_reset(30)

    def switch(self, word):
        with self._lock:
            self.reset.was_killed = False
            self.reset.process = self.event.start("coupon-reset", "--yes", "--json", word)
        return self._end_reset(60)

    def _end_reset(self, seconds):
        outcome = self.reset.process.wait(seconds)
        killed = self.reset.was_killed and outcome.code == 137
        # A record that nobody signed, and that no worker has met yet, may be another environment's: nothing is changed then.
        refused = outcome.code == STRAY and "no round of this ledger signed" in outcome.err
        self.item.check(killed or refused or outcome.code in RESET_ENDS, f"a reset under faults: {outcome.brief()}")
        self.said[f"reset ended with {outcome.code}"] += 1
        self.reset_is_due, self.met_forged = outcome.code != 0, refused
        return outcome
