"""One fault while a flood and a worker run: what the programs say about it, and whether the round is exact afterwards."""

import time

from event import Event
from waiting import wait_until

LIMIT, REQUESTS, PER_SECOND = 700, 900, 150


def without_time(line):
    """A line of the log without its time and the program's name."""
    return line.split(": ", 1)[-1].strip()


class UnderLoad:
    """Use it with `with`: within the block the flood is in its middle. At the end of the block the fault must be healed."""

    def __init__(self, item, sandbox, name, *worker_words):
        self.item, self.name, self._worker_words = item, name, worker_words
        self.event = Event(item, sandbox, "".join(letter for letter in name.lower() if letter.isalnum())[:32])

    def __enter__(self):
        event = self.event
        event.reset("--limit", LIMIT)
        self._history = event.history(event.name)
        self.worker = event.start("coupon-consume", *self._worker_words)
        self._flood = event.start_flood("--requests", REQUESTS, "--concurrency", 200, "--rate", f"{PER_SECOND}/s", "--timeout", "15s", "--seed", 19,
                                        history=self._history)
        wait_until(lambda: event.row_count() >= LIMIT // 10, 30, f"{self.name}: nothing is issued")
        return self

    def hold(self, seconds):
        """The fault lasts that long; the flood must not be over by then."""
        time.sleep(seconds)
        self.item.check(not self._flood.ended(), f"{self.name}: the flood was over before the fault was")

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self._judge()
        finally:
            for process in (self._flood, self.worker):
                process.__exit__()

    def _judge(self):
        event, item = self.event, self.item
        counts = event.flood_document(self._flood, codes=(0, 13), history=self._history)["counts"]
        event.must_be_exact(self.name, LIMIT, [self._history], expected=LIMIT, wait="30s")
        item.check(not self.worker.ended(), f"{self.name}: the worker ended: {self.worker.err_so_far()[-300:]}")
        item.equal(self.worker.end().code, 0, f"{self.name}: exit of the worker")
        item.equal((counts["error"], counts["unknown"], counts["closed"]), (0, 0, 0), f"{self.name}: told error, unknown, closed")
        said = [without_time(line) for line in self.worker.err_so_far().splitlines() if " info " not in line]
        item.check(len(said) <= 6, f"{self.name}: the worker said {len(said)} lines: {said[:8]}")
        item.figure(self.name, f"granted {counts['granted']} pending {counts['pending']}; worker: {' | '.join(said[:2]) or 'nothing'}")
