"""How each failpoint is come past, and what an operator does afterwards. A scene ends with the judgement of every round it has had.

The program with the failpoint comes from build/failpoints, every other one is what is shipped.
"""

import signal
import time
from contextlib import contextmanager
from pathlib import Path

from cells import LIMIT
from event import Event
from judge import judge
from redis_store import gate_key, outbox_key
from waiting import Failure, wait_until

STOPPED_S = 8
CROWD = 3 * LIMIT
FLOOD = ("--requests", CROWD, "--concurrency", 4, "--timeout", "20s")
SLOW_FLOOD = (*FLOOD, "--rate", "20/s")
REDRIVE = ("--redrive-interval", "1s", "--redrive-grace", "1s")
# Pending, unknown and closed answers are part of the game: the next run of the crowd, or the worker, settles them.
ANY_ANSWER = (0, 1, 5, 13)


class Scene:
    """One cell: an event of its own, and the programs around the one that fails."""

    def __init__(self, item, sandbox, cell, failing):
        self.item, self.cell, self._failing = item, cell, Path(failing)
        # A name has 32 letters at most.
        self.event = Event(item, sandbox, f"m{cell.row}-{cell.action}-{cell.winner}")
        self.reached = False

    def play(self):
        self.reset("--limit", LIMIT, "--partitions", 2)
        getattr(self, self.cell.scene)()

    # ---- the program that fails ----

    @contextmanager
    def failing(self, program, *words):
        with self.event.start(self._failing / program, *words, settings={"COUPON_FAILPOINTS": self.cell.order}) as process:
            yield process

    def _has_passed(self, process):
        name, action = self.cell.failpoint, self.cell.action
        return f"failpoint {name}, pass " in process.err_so_far() and f": {action}\n" in process.err_so_far()

    def wait_for_failpoint(self, process, seconds=40):
        """Returns when it came past; a program that ended without that is a failure."""
        wait_until(lambda: self._has_passed(process) or process.ended(), seconds, f"{self.cell.failpoint} is not reached")
        self.reached = self._has_passed(process)
        if not self.reached:
            self.item.check(False, f"{self.cell.failpoint} was not reached: {process.wait(1).brief()}")
        if self.cell.action == "kill":
            self.item.equal(process.wait(10).code, 137, "exit code of the killed program")
        if self.cell.action == "stop" and self.reached:
            wait_until(lambda: _state_of(process) == "T", 10, "the program does not stop")

    def outlast(self, process, stopped_at):
        """Lets a stopped program go on once its 8 s are over."""
        if self.cell.action != "stop":
            return
        time.sleep(max(0, stopped_at + STOPPED_S - time.monotonic()))
        process.signal(signal.SIGCONT)

    # ---- what the crowd and the judge do ----

    def crowd(self, label, *words, first_user=1):
        """Everybody applies; the history."""
        history = self.event.history(label)
        self.event.flood(*FLOOD, "--first-user", first_user, *words, history=history, codes=ANY_ANSWER, seconds=90)
        return history

    def reset(self, *words):
        """As an operator: once more where a server did not answer in time, as happens on a busy machine."""
        def is_done():
            outcome = self.event.run("coupon-reset", "--yes", "-q", *words)
            if outcome.code not in (0, 3):
                raise Failure(outcome.brief())
            return outcome.code == 0
        wait_until(is_done, 60, f"coupon-reset {words} finds no server")

    def exact(self, what, histories):
        # An audit that cannot read the topic at this moment cannot tell, and says so; it is asked when everything can be read.
        wait_until(self._is_settled, 60, f"{what}: the event does not settle")
        self.event.must_be_exact(what, LIMIT, histories, expected=LIMIT, wait="40s")

    def old_round_exact(self, number, histories, promises):
        """A round that is over: the audit's word, and the judge's over the ledger and the histories whose promises must be kept."""
        outcome = self.event.audit("--round", number, histories=histories)
        self.item.equal((outcome.code, self.event.verdict_of(outcome)), (0, "exact"), f"round {number}: exit, verdict ({outcome.brief()})")
        for sentence in judge(self.event.evidence(LIMIT, promises, round_number=number)):
            self.item.check(False, f"round {number}: {sentence}")

    # ---- the scenes ----

    def applying(self):
        """The flood fails; the worker alone publishes what it left, and only then the crowd applies once more."""
        history = self.event.history("failing")
        with self.event.worker(*REDRIVE):
            with self.failing("coupon-flood", "--json", *FLOOD, "--history", history) as flood:
                self.wait_for_failpoint(flood)
                self.outlast(flood, time.monotonic())
                if self.cell.action != "kill":
                    self.event.flood_document(flood, 90, ANY_ANSWER, history)
            wait_until(self._is_settled, 60, "the worker does not bring every claim to its row")
            self.exact("after the crash", [history, self.crowd("again")])

    def _is_settled(self):
        """Every claim has its row, and the group has read the topic."""
        try:
            gate, topic = self.event.gate(), self.event.records()
        except Failure:
            return False
        return (gate is not None and not gate.outbox and len(gate.claims) == self.event.row_count()
                and all(topic.committed.get(partition, low) == high for partition, (low, high) in topic.ends.items()))

    def issuing(self):
        """The worker fails, with one coupon in each transaction; another one takes over."""
        with self.failing("coupon-consume", "--batch", 1, *REDRIVE) as worker:
            history = self.crowd("crowd")
            self.wait_for_failpoint(worker)
            self._take_over(worker, [history])

    def redriving(self):
        """A flood has died with every claim pending; the worker fails while it publishes them, and another one takes over."""
        event, history = self.event, self.event.history("dead")
        with event.start(self._failing / "coupon-flood", "--requests", CROWD, "--concurrency", CROWD, "--history", history,
                         settings={"COUPON_FAILPOINTS": "after-claim=stop"}) as flood:
            wait_until(lambda: event.gate_number("granted") == LIMIT, 10, "the stopped flood has not claimed everything")
            flood.kill()
        self.item.equal(len(event.gate().outbox), LIMIT, "pending claims")
        with self.failing("coupon-consume", *REDRIVE) as worker:
            self.wait_for_failpoint(worker)
            self._take_over(worker, [history], lambda: [history, self.crowd("again")])

    def revoking(self):
        """A second worker takes partitions away from the first, which fails at that."""
        with self.failing("coupon-consume", "--batch", 1, "--max-rate", "5/s", *REDRIVE) as worker:
            history = self.crowd("crowd")
            self.event.wait_rows(self.cell.position)
            with self.event.worker(*REDRIVE):
                self.wait_for_failpoint(worker)
                self.outlast(worker, time.monotonic())
                self.exact("after the crash", [history])
                self._end(worker)

    def arming(self):
        """Redis has lost the event's keys; the worker that arms the gate again fails."""
        history = self._winners_then_no_gate()
        with self.failing("coupon-consume", *REDRIVE) as worker:
            self.wait_for_failpoint(worker)
            self._take_over(worker, [history], lambda: self._crowd_once_armed(history))

    def arming_in_reset(self):
        """The same without any worker: the reset has to arm the old gate first, and fails at it."""
        history = self._winners_then_no_gate()
        self._failing_reset("--wait", "20s")
        with self.event.worker(*REDRIVE):
            self._new_round()
        self.old_round_exact(1, [history], [history])

    def _winners_then_no_gate(self):
        history, event = self.event.history("before"), self.event
        with event.worker(*REDRIVE):
            event.flood("--requests", self.cell.position, "--concurrency", 4, history=history)
            event.wait_rows(self.cell.position)
        with event.redis() as redis:
            redis.ask("DEL", gate_key(event.name), outbox_key(event.name))
        return history

    def _crowd_once_armed(self, before):
        wait_until(self._is_armed, 30, "the gate is not armed again")
        return [before, self.crowd("after", "--rate", "10/s")]

    def _is_armed(self):
        gate = self.event.gate()
        return gate is not None and gate.is_armed

    def _take_over(self, worker, histories, more=None):
        """Another worker, at once, where the first one died or stopped; then the first one goes on beside it."""
        stopped_at = time.monotonic()
        if self.cell.action == "error":
            self.exact("after the error", more() if more else histories)
            return self._end(worker)
        with self.event.worker(*REDRIVE):
            if more:
                histories = more()
            self.outlast(worker, stopped_at)
            self.exact("after the crash", histories)
            self._end(worker)
        return None

    def _end(self, worker):
        if self.cell.action != "kill":
            outcome = worker.end()
            self.item.equal(outcome.code, 0, f"exit code of the worker that went on ({outcome.brief()})")

    def resetting(self):
        """The reset fails in the middle of a flood; it is run again, and the new round gets a crowd of its own."""
        event, history = self.event, self.event.history("old-round")
        with event.worker(*REDRIVE):
            with event.start_flood(*SLOW_FLOOD, history=history) as flood:
                self._wait_for_winner()
                self._failing_reset("--wait", "20s")
                event.flood_document(flood, 90, ANY_ANSWER, history)
            self._new_round()
        self.old_round_exact(1, [history], [history])

    def forcing(self):
        """Nobody issues anything, so that the round can only be given up; the reset that does it fails."""
        event, history = self.event, self.event.history("old-round")
        with event.start_flood(*SLOW_FLOOD, history=history) as flood:
            self._wait_for_winner()
            self._failing_reset("--force", "--wait", "1s")
            event.flood_document(flood, 90, ANY_ANSWER, history)
        with event.worker(*REDRIVE):
            self._new_round()
        # What it promised was given up with it.
        self.old_round_exact(1, [history], [])
        self.item.equal(event.ledger.round_state(event.name, 1)[0], "abandoned", "state of the old round")

    def closing(self):
        """The kill switch fails in the middle of a flood; it is pulled again, the gate is opened again, and the crowd applies once more."""
        self._switch("--close", [])

    def reopening(self):
        """The same with the way back."""
        self._switch("--reopen", ["--close"])

    def _switch(self, failing, before):
        event, history = self.event, self.event.history("switched")
        with event.worker(*REDRIVE):
            with event.start_flood(*SLOW_FLOOD, history=history) as flood:
                self._wait_for_winner()
                for word in before:
                    self.reset(word)
                self._failing_reset(failing)
                if self._code != 0:
                    self.reset(failing)
                self._is_switched("open" if before else "closed")
                event.flood_document(flood, 90, ANY_ANSWER, history)
            if not before:
                self.reset("--reopen")
                self._is_switched("open")
            self.exact("after the switch", [history, self.crowd("again")])

    def _is_switched(self, state):
        gate, event = self.event.gate(), self.event
        self.item.equal((gate.state, event.ledger.round_state(event.name, 1)[0]), (state, state), "gate and ledger after the switch")

    def _wait_for_winner(self):
        wait_until(lambda: self.event.gate_number("granted") >= self.cell.position, 20, "not enough are granted a slot")

    def _failing_reset(self, *words):
        """Runs it with the failpoint; its exit code says whether it has to be run again."""
        is_switch = words[0] in ("--close", "--reopen")
        limit = () if is_switch else ("--limit", LIMIT)
        with self.failing("coupon-reset", "--yes", "-q", *limit, *words) as reset:
            self.wait_for_failpoint(reset)
            stopped_at = time.monotonic()
            if self.cell.action == "stop" and self.reached and not is_switch:
                beside = self.event.run("coupon-reset", "--yes", "-q", "--limit", LIMIT)
                self.item.equal(beside.code, 6, f"exit code of a reset beside a stopped one ({beside.brief()})")
            self.outlast(reset, stopped_at)
            self._code = reset.wait(60).code

    def _new_round(self):
        event = self.event
        if self._code != 0:
            self.reset("--limit", LIMIT, "--wait", "30s")
        gate, number = event.gate(), event.round()
        self.item.check(gate.state == "open" and gate.is_armed and gate.number("round") == number >= 2 and not gate.claims,
                        f"after the reset the gate is {gate.fields}, the ledger's round {number}")
        self.item.equal(event.ledger.round_state(event.name, number), ("open", LIMIT), "the new round in the ledger")
        self.exact("new round", [self.crowd("new-round", first_user=1001)])


def _state_of(process):
    """The letter in /proc: T while it is stopped."""
    text = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii", errors="replace")
    return text.rsplit(")", 1)[1].split()[0]
