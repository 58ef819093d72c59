"""Looks at a gate all the time: from when until when it was surely armed in which epoch of which round."""

import threading
import time

from redis_store import Redis, RedisError, gate_key
from waiting import Failure

_FIELDS = ("round", "epoch", "run_id", "master_replid", "arming", "state")


class Watch:
    """A thread for as long as the `with` block lasts. It goes straight to the server."""

    def __init__(self, port, event, interval=0.1):
        self._port, self._key, self._interval = port, gate_key(event), interval
        self._seen = {}  # (round, epoch) -> (first_ns, last_ns)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join(timeout=10)

    def armed(self, round_number, set_backs=()):
        """Epoch -> (first_ns, last_ns) of one round. The gate's memory is continuous in between: losing it means a new epoch, or one of
        `set_backs`, after which no epoch up to its own counts any more."""
        spans = {epoch: span for (number, epoch), span in dict(self._seen).items() if number == round_number}
        for back in (back for back in set_backs if back.round == round_number):
            spans = {epoch: (first, last if epoch > back.epoch else min(last, back.begin_ns))
                     for epoch, (first, last) in spans.items() if epoch > back.epoch or first < back.begin_ns}
        return spans

    def date(self, back):
        """Sets the end of a set back: the first moment when the gate was surely armed in a higher epoch."""
        later = [first for (number, epoch), (first, _) in dict(self._seen).items() if number == back.round and epoch > back.epoch]
        back.end_ns = min([first for first in later if first > back.begin_ns], default=back.end_ns)

    def epochs(self):
        return len(self._seen)

    def _look(self):
        redis = None
        while not self._end.wait(self._interval):
            try:
                redis = redis or Redis(self._port, timeout=2)
                self._note(redis)
            except (OSError, Failure, RedisError, KeyError):
                if redis:
                    redis.close()
                redis = None

    def _note(self, redis):
        before_ns, identity = time.monotonic_ns(), redis.identity()
        fields = dict(zip(_FIELDS, (value.decode() if value is not None else None for value in redis.ask("HMGET", self._key, *_FIELDS))))
        same = redis.identity() == identity == (fields["run_id"], fields["master_replid"])
        after_ns = time.monotonic_ns()
        if same and fields["arming"] == "" and fields["state"] != "given_up":
            key = int(fields["round"]), int(fields["epoch"])
            # Armed at some moment between the two: what was asked afterwards, or answered before, lies on the right side of it.
            first_ns = self._seen.get(key, (after_ns, None))[0]
            self._seen[key] = first_ns, before_ns
