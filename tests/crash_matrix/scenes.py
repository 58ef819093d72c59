"""How each failpoint is come past, and what an operator does afterwards. Every scene ends with the judgement of every round it has had."""

import time

from cells import LIMIT
from redis_store import gate_key, outbox_key
from scene import ANY_ANSWER, CROWD, FLOOD, Scene
from waiting import wait_until

SLOW_FLOOD = (*FLOOD, "--rate", "20/s")
REDRIVE = ("--redrive-interval", "1s", "--redrive-grace", "1s")


class Scenes(Scene):
    """One method for each name of a scene in cells.py."""

    def play(self):
        self.reset("--limit", LIMIT, "--partitions", 2)
        getattr(self, self.cell.scene)()

    def applying(self):
        """The flood fails; the worker alone publishes what it left, and only then the crowd applies once more."""
        history = self.event.history("failing")
        with self.event.worker(*REDRIVE):
            with self.failing("coupon-flood", "--json", *FLOOD, "--history", history) as flood:
                self.wait_for_failpoint(flood)
                self.outlast(flood, time.monotonic())
                if self.cell.action == "kill":
                    self.killed.add(history)
                else:
                    self.event.flood_document(flood, 90, ANY_ANSWER, history)
            wait_until(self.is_settled, 60, "the worker does not bring every claim to its row")
            self.exact("after the crash", [history, self.crowd("again")])

    def issuing(self):
        """The worker fails, with one coupon in each transaction, slowly enough that each offset is committed by itself; another one takes over."""
        with self.failing("coupon-consume", "--batch", 1, "--max-rate", "4/s", *REDRIVE) as worker:
            history = self.crowd("crowd")
            self.wait_for_failpoint(worker)
            self._take_over(worker, [history])

    def redriving(self):
        """A flood has died with every claim pending; the worker fails while it publishes them, and another one takes over."""
        history = self._dead_flood()
        with self.failing("coupon-consume", *REDRIVE) as worker:
            self.wait_for_failpoint(worker)
            self._take_over(worker, [history], lambda: [history, self.crowd("again")])

    def recovering(self):
        """The same without any worker: somebody runs --recover, which fails, and runs it again."""
        event, history = self.event, self._dead_flood()
        with self.failing("coupon-consume", "--recover", "--yes", "--wait", "5s") as recovery:
            self.wait_for_failpoint(recovery)
            self.outlast(recovery, time.monotonic())
            recovery.wait(90)
        # Without a worker the rows are still missing, and it says so.
        again = event.run("coupon-consume", "--recover", "--yes", "--wait", "5s", seconds=90)
        self.item.check(again.code in (0, 1, 5) and not event.gate().outbox,
                        f"claims are still pending after --recover was run again: {again.brief()}")
        with event.worker("--redrive-interval", "1h"):
            self.exact("after the recovery", [history, self.crowd("again")])

    def _dead_flood(self):
        event, history = self.event, self.event.history("dead")
        with event.start(self.failing_programs / "coupon-flood", "--requests", CROWD, "--concurrency", CROWD, "--history", history,
                         settings={"COUPON_FAILPOINTS": "after-claim=stop"}) as flood:
            wait_until(lambda: event.gate_number("granted") == LIMIT, 10, "the stopped flood has not claimed everything")
            flood.kill()
            self.killed.add(history)
        self.item.equal(len(event.gate().outbox), LIMIT, "pending claims")
        return history

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
        limit = () if is_switch else ("--limit", LIMIT, "--end-running")
        with self.failing("coupon-reset", "--yes", "-q", *limit, *words) as reset:
            self.wait_for_failpoint(reset)
            stopped_at = time.monotonic()
            if self.cell.action == "stop" and self.reached and not is_switch:
                beside = self.event.run("coupon-reset", "--yes", "-q", "--end-running", "--limit", LIMIT)
                self.item.equal(beside.code, 6, f"exit code of a reset beside a stopped one ({beside.brief()})")
            self.outlast(reset, stopped_at)
            self._code = reset.wait(60).code

    def _new_round(self):
        event = self.event
        if self._code != 0:
            self.reset("--limit", LIMIT, "--end-running", "--wait", "30s")
        gate, number = event.gate(), event.round()
        self.item.check(gate.state == "open" and gate.is_armed and gate.number("round") == number >= 2 and not gate.claims,
                        f"after the reset the gate is {gate.fields}, the ledger's round {number}")
        self.item.equal(event.ledger.round_state(event.name, number), ("open", LIMIT), "the new round in the ledger")
        self.exact("new round", [self.crowd("new-round", first_user=1001)])
