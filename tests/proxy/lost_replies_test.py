"""Answers that are lost after the server has done what was asked: nothing is given twice, nothing is lost.

usage: lost_replies_test.py CHECKOUT BINARIES PROXY, with a sandbox in the environment (scripts/with-sandbox)
"""

import hashlib
import os
import sys
import tempfile
import unittest
from pathlib import Path

CHECKOUT, BINARIES, PROXY = map(Path, sys.argv[1:4])
sys.path.insert(0, str(CHECKOUT / "tests" / "support"))

from event import Event  # noqa: E402  (found by the line above)
from fault_proxy import FaultProxy  # noqa: E402
from gate_scripts import script_sha  # noqa: E402
from item import Item  # noqa: E402
from sandbox import Sandbox  # noqa: E402
from waiting import wait_until  # noqa: E402


class LostReplies(unittest.TestCase):
    def setUp(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.item = Item(0, self.id(), CHECKOUT, folder, BINARIES)
        sandbox = Sandbox(CHECKOUT, Path(os.environ["COUPON_SANDBOX"]), (), keep=lambda: True)
        sandbox.environment = {name: os.environ[name]
                               for name in ("COUPON_REDIS", "COUPON_BROKERS", "COUPON_MYSQL", "COUPON_MYSQL_PASSWORD_FILE")}
        word = hashlib.sha1(f"{os.getpid()} {self.id()}".encode()).hexdigest()[:10]
        self.event = Event(self.item, sandbox, f"lost-{word}")
        self.event.reset("--limit", 3)
        self.redis = self.enterContext(FaultProxy(PROXY, sandbox.port("redis"), folder / "redis-proxy.log"))
        self.mysql = self.enterContext(FaultProxy(PROXY, sandbox.port("mariadb"), folder / "mysql-proxy.log"))
        self.through_proxies = {"COUPON_REDIS": f"redis://127.0.0.1:{self.redis.port}/0",
                                "COUPON_MYSQL": f"mysql://coupon@127.0.0.1:{self.mysql.port}/coupon"}

    def applies(self, script, times):
        first, history = self.event.history("first"), self.event.history("apply")
        # Only a server that knows the script runs it at the first word.
        self.assertEqual(self.event.run("coupon-apply", "--history", first, 6).code, 0)
        self.redis.order("drop-reply", times, script_sha(CHECKOUT, script))
        outcome = self.event.run("coupon-apply", "--history", history, 7, settings=self.through_proxies)
        self.assertEqual((outcome.code, self.redis.counts()["dropped_replies"]), (0, times), outcome.brief())
        self.assertEqual(self.event.gate().claims, {6: 1, 7: 2})
        with self.event.worker():
            self.event.must_be_exact("after a lost answer", 3, [first, history], expected=2)
        self.assertEqual(self.item.failures, [])

    def test_the_answer_to_a_claim_is_lost_and_the_user_has_one_slot(self):
        self.applies("claim", 1)

    def test_the_answer_to_a_claim_is_lost_three_times_and_the_user_has_one_slot(self):
        self.applies("claim", 3)

    def test_the_answers_to_claims_sent_together_are_lost_and_each_user_has_one_slot(self):
        first, history = self.event.history("first"), self.event.history("flood")
        self.assertEqual(self.event.run("coupon-apply", "--history", first, 6).code, 0)
        self.redis.order("drop-reply", 1, script_sha(CHECKOUT, "claim"))
        outcome = self.event.run("coupon-flood", "--requests", 40, "--concurrency", 40, "--connections", 1, "--history", history,
                                 settings=self.through_proxies)
        self.assertEqual((outcome.code, self.redis.counts()["dropped_replies"]), (0, 1), outcome.brief())
        self.assertEqual(sorted(self.event.gate().claims.values()), [1, 2, 3])
        with self.event.worker():
            self.event.must_be_exact("after a lost answer", 3, [first, history], expected=3)
        self.assertEqual(self.item.failures, [])

    def test_the_answer_to_a_confirmation_is_lost_and_the_user_is_granted(self):
        self.applies("confirm", 1)

    def test_the_answer_to_a_commit_is_lost_and_what_is_redone_is_issued_already(self):
        first, second = self.event.history("first"), self.event.history("second")
        with self.event.start("coupon-consume", "--json", "--redrive-interval", "1h", settings=self.through_proxies) as worker:
            self.assertEqual(self.event.run("coupon-apply", "--history", first, 7).code, 0)
            self.event.wait_rows(1)
            # The redrive reads in transactions, too: of so many at least one is a batch's.
            self.mysql.order("drop-reply", 4, "COMMIT")
            self.assertEqual(self.event.run("coupon-apply", "--history", second, 8, 9).code, 0)
            self.event.wait_rows(3)
            wait_until(lambda: self.mysql.counts()["dropped_replies"] == 4, 30, "too few answers to a COMMIT were dropped")
            self.event.must_be_exact("while the worker runs", 3, [first, second], expected=3)
            outcome = worker.end()
        self.assertEqual(outcome.code, 0, outcome.brief())
        counts = outcome.json()
        self.assertGreater(counts["already_issued"], 0, counts)
        self.assertEqual(counts["issued"] + counts["already_issued"], 3, counts)
        self.assertEqual(self.item.failures, [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
