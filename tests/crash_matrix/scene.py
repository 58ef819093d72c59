"""What every scene of the matrix is made of: an event of its own, the program that fails, the crowd, and the judgement.

The program with the failpoint comes from build/failpoints, every other one is what is shipped.
"""

import signal
import time
from contextlib import contextmanager
from pathlib import Path

from cells import LIMIT
from event import Event
from judge import judge
from waiting import Failure, wait_until

STOPPED_S = 8
CROWD = 3 * LIMIT
FLOOD = ("--requests", CROWD, "--concurrency", 4, "--timeout", "20s")
# Pending, unknown and closed answers are part of the game: the next run of the crowd, or the worker, settles them.
ANY_ANSWER = (0, 1, 5, 13)


class Scene:
    """One cell with its event. `reached` says whether the program came past the failpoint."""

    def __init__(self, item, sandbox, cell, failing):
        self.item, self.cell, self.failing_programs = item, cell, Path(failing)
        # A name has 32 letters at most.
        self.event = Event(item, sandbox, f"m{cell.row}-{cell.action}-{cell.winner}")
        self.reached = False
        self.killed = set()     # histories of programs that were killed

    # ---- the program that fails ----

    @contextmanager
    def failing(self, program, *words):
        with self.event.start(self.failing_programs / program, *words, settings={"COUPON_FAILPOINTS": self.cell.order}) as process:
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
        wait_until(self.is_settled, 60, f"{what}: the event does not settle")
        self.event.must_be_exact(what, LIMIT, histories, expected=LIMIT, wait="40s", partial=not self.killed.isdisjoint(histories))

    def old_round_exact(self, number, histories, promises):
        """A round that is over: the audit's word, and the judge's over the ledger and the histories whose promises must be kept."""
        outcome = self.event.audit("--round", number, histories=histories)
        self.item.equal((outcome.code, self.event.verdict_of(outcome)), (0, "exact"), f"round {number}: exit, verdict ({outcome.brief()})")
        for sentence in judge(self.event.evidence(LIMIT, promises, round_number=number)):
            self.item.check(False, f"round {number}: {sentence}")

    def is_settled(self):
        """Every claim has its row, and the group has read the topic."""
        try:
            gate, topic = self.event.gate(), self.event.records()
        except Failure:
            return False
        return (gate is not None and not gate.outbox and len(gate.claims) == self.event.row_count()
                and all(topic.committed.get(partition, low) == high for partition, (low, high) in topic.ends.items()))


def _state_of(process):
    """The letter in /proc: T while it is stopped."""
    text = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii", errors="replace")
    return text.rsplit(")", 1)[1].split()[0]
