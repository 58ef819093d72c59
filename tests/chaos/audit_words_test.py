"""What the audit may say of a round of a campaign: "exact", or exactly those whom the contract exempts.

usage: audit_words_test.py CHECKOUT
"""

import sys
import unittest

CHECKOUT = sys.argv[1]
sys.path[:0] = [f"{CHECKOUT}/tests/support", f"{CHECKOUT}/tests/chaos"]

from audit_words import unexplained  # noqa: E402  (found by the line above)
from set_back import Exempt  # noqa: E402

VOID = "told granted, but the gate had gone back in time and the claim became void"
LOST = "the topic lost a record: claim and row agree without it"


def document(verdict, *findings):
    """An audit's document; each finding is weight, check, name, users shown, users in all."""
    return {"verdict": verdict,
            "findings": [{"weight": weight, "members": [{"check": check, "name": name, "users_total": total}]}
                         for weight, check, name, _, total in findings],
            "checks": [{"id": check, "status": "ok" if weight == "mention" else weight,
                        "findings": [{"name": name, "users": list(map(str, users)), "users_total": total}]}
                       for weight, check, name, users, total in findings]}


def void(*users, total=None):
    return document("violated", ("violated", "I4", VOID, users, len(users) if total is None else total), ("mention", "void", "claim void", users, 1))


class TheAuditsWords(unittest.TestCase):
    def is_explained(self, *words):
        self.assertEqual(unexplained(*words), ([], []))

    def violates(self, word, *words):
        violations, _ = unexplained(*words)
        self.assertTrue(any(word in sentence for sentence in violations), violations)

    def is_in_doubt(self, word, *words):
        violations, doubts = unexplained(*words)
        self.assertEqual(violations, [])
        self.assertTrue(any(word in sentence for sentence in doubts), doubts)

    def test_exact_is_right_where_nobody_is_exempt(self):
        self.is_explained(document("exact"), 0, Exempt())
        self.is_explained(document("exact", ("mention", "void", "claim void", (80,), 1)), 0, Exempt())
        self.violates("verdict is exact, exit 1", document("exact"), 1, Exempt())

    def test_everybody_who_is_exempt_is_named_and_nobody_else(self):
        self.is_explained(void(80, 90), 1, Exempt(promises={(80, 2), (90, 3)}))
        self.is_explained(void(*range(20), total=30), 1, Exempt(promises={(user, user + 1) for user in range(30)}))
        self.violates("I4 names 0 users", document("exact"), 0, Exempt(promises={(80, 2)}))
        self.violates("I4 names 2 users", void(80, 90), 1, Exempt(promises={(80, 2)}))
        self.violates("I4 names 1 users", void(95), 1, Exempt(promises={(80, 2)}))
        self.violates("I4: told granted", void(80), 1, Exempt())
        self.violates("I5 names 0 users", document("exact"), 0, Exempt(refusals={80}))

    def test_another_violation_is_never_explained(self):
        for check in ("I1", "I2", "I3", "I6", "I9", "I10", "gate"):
            self.violates(f"{check}: wrong", document("violated", ("violated", check, "wrong", (80,), 1)), 1,
                          Exempt({(80, 2)}, {80}, {80}, True), True)

    def test_the_overtaken_may_be_named(self):
        overtaken = document("violated", ("violated", "I8", "a later request got a lower slot", (80,), 1))
        self.is_explained(overtaken, 1, Exempt(overtaken={80, 90}))
        self.is_explained(document("exact"), 0, Exempt(overtaken={80, 90}))
        self.violates("I8", overtaken, 1, Exempt(overtaken={90}))

    def test_a_lost_record_is_in_doubt_only_where_the_topic_was_made_again(self):
        lost = document("cannot_tell", ("cannot_tell", "I6", LOST, (80,), 1))
        self.is_explained(lost, 5, Exempt(), True)
        self.is_in_doubt("I6: the topic lost", lost, 5, Exempt())
        self.is_in_doubt("quiescent", document("cannot_tell", ("cannot_tell", "quiescent", "not quiescent", (), 0)), 5, Exempt(), True)

    def test_a_verdict_that_no_finding_bears_out_is_named(self):
        self.is_in_doubt("verdict is in_progress", document("in_progress"), 5, Exempt())
        self.violates("verdict is exact", void(80) | {"verdict": "exact"}, 0, Exempt(promises={(80, 2)}))

    def test_a_refused_user_with_a_coupon_is_in_doubt_where_a_history_is_torn(self):
        torn = document("cannot_tell", ("cannot_tell", "I5", "told only no in what could be read, but there is a row", (80,), 1))
        self.is_explained(torn, 5, Exempt(refusals={80}))
        self.is_in_doubt("I5: told only no", torn, 5, Exempt())
        self.violates("I5 names 1 users", torn, 5, Exempt(refusals={80, 90}))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
