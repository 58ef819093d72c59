"""Waiting for the outside world, never without a deadline."""

import time


class Failure(Exception):
    """An item cannot go on; the sentence says what was expected and what happened."""


def wait_until(condition, seconds, what, interval=0.02):
    """Returns the first true value of `condition()`; fails with `what` when there was none within `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise Failure(f"waited {seconds} s in vain: {what}")
        time.sleep(interval)
