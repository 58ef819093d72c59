"""Carries out what other people do to the group, the topic, and the settings of the database."""

import subprocess
import time

from group_stranger import stranger
from ledger_store import administer, global_variable
from topic_admin import delete_topic, has_topic
from waiting import Failure, wait_until

JOINS_S, GOES_S = 15, 20
EAGER = ("-X", "partition.assignment.strategy=range")
SOON = ("-X", "auto.commit.interval.ms=500")


class Outsiders:
    """What came of them is for the judges: `had_stranger`, and the last round whose topic was `deleted_in`."""

    def __init__(self, crew, sandbox):
        self.crew, self.sandbox = crew, sandbox
        self.had_stranger = False
        self.deleted_in = 0

    def join_group(self, fault):
        """A member that finds no broker, or gets no partition, does no harm."""
        self.had_stranger = True
        try:
            with stranger(self.crew.event, *EAGER, *SOON, seconds=JOINS_S):
                time.sleep(fault.seconds)
        except (Failure, OSError):
            return False
        return True

    def delete_topic(self, fault):
        """A topic that the broker deletes later than it was asked to is found missing in the end."""
        try:
            number = self.crew.event.round()
            delete_topic(self.sandbox.brokers, self.crew.event.topic)
            self.deleted_in = max(self.deleted_in, number)
            wait_until(self._is_gone, GOES_S, "the topic does not go")
        except (Failure, OSError, subprocess.TimeoutExpired):
            return False
        time.sleep(fault.seconds)
        self.crew.switch("--reopen")
        return True

    def _is_gone(self):
        return not has_topic(self.sandbox.brokers, self.crew.event.topic)

    def bring_topic_back(self):
        """True when the topic is there. What keeps it away is for the next try."""
        if not self._is_gone():
            return True
        self.deleted_in = max(self.deleted_in, self.crew.event.round())
        return self.crew.switch("--reopen").code == 0

    def change_global(self, fault):
        """The sessions of the programs end, so that they all meet it."""
        name, value = fault.words
        with global_variable(self.sandbox, name, value):
            administer(self.sandbox, "KILL USER coupon")
            time.sleep(fault.seconds)
        administer(self.sandbox, "KILL USER coupon")
        return True
