"""The judges of a gate that was set back while its server went on: what the contract exempts passes, each step beyond it is named.

usage: set_back_test.py CHECKOUT
"""

import math
import sys
import unittest

CHECKOUT = sys.argv[1]
sys.path[:0] = [f"{CHECKOUT}/tests/support", f"{CHECKOUT}/tests/chaos"]

from history_file import Application  # noqa: E402  (found by the line above)
from judge import Evidence, judge  # noqa: E402
from judge_test import record  # noqa: E402
from ledger_store import Fence, Row  # noqa: E402
from redis_store import Gate  # noqa: E402
from set_back import SetBack, exempt, slots_given_again  # noqa: E402
from topic_store import Topic  # noqa: E402
from watch import Watch  # noqa: E402

LIMIT = 5
FIELDS = {"round": "2", "epoch": "2", "limit": str(LIMIT), "state": "open", "granted": "3", "published": "3"}


def set_back():
    """User 80 was told slot 2 in epoch 1. The gate forgot it at 30 and gave slot 2 to user 90, who was told; the row became user 90's. It was
    armed again at 50, in epoch 2, and user 95 got slot 3."""
    winners = [(70, 1, 10), (90, 2, 35), (95, 3, 60)]
    applications = [Application(user, ns, "granted", ns + 5, slot) for user, slot, ns in winners]
    return Evidence(
        event="e", round=2, limit=LIMIT, rows=[Row(slot, user, LIMIT) for user, slot, _ in winners],
        gate=Gate(dict(FIELDS), {user: slot for user, slot, _ in winners}, [], 3 + len(FIELDS), 0, True),
        topic=Topic([record(70, 1, 1), record(80, 2, 2), record(90, 2, 3), record(95, 3, 4, epoch=2)], {0: (1, 5)}, {0: 5}),
        applications=[*applications, Application(80, 20, "granted", 25, 2)], epoch=2, fences=[Fence(2, 0, 4)],
        armed={1: (0, 30), 2: (50, 1000)}, failed=[(0, 2, "80", "slot 2 belongs to user 90", False)],
        all_set_backs=[SetBack(2, 1, 30, {80: 2}, {2}, 50)])


class ASetBack(unittest.TestCase):
    def names(self, evidence, word):
        found = judge(evidence)
        self.assertTrue(any(word in sentence for sentence in found), f"{word!r} is not in {found}")

    def changed(self, change):
        evidence = set_back()
        change(evidence)
        return evidence

    def test_of_two_users_of_a_slot_one_may_lose_a_promise(self):
        self.assertEqual(judge(set_back()), [])
        self.assertEqual(exempt(set_back()).promises, {(80, 2)})
        # The user who was told in between may be the loser as well.
        other = self.changed(lambda e: (e.rows.__setitem__(1, Row(2, 80, LIMIT)), e.gate.claims.pop(90), e.gate.claims.__setitem__(80, 2),
                                        e.failed.__setitem__(0, (0, 3, "90", "slot 2 belongs to user 80", False))))
        self.assertEqual(judge(other), [])
        self.assertEqual(exempt(other).promises, {(90, 2)})

    def test_a_loser_who_gets_another_slot_later_has_lost_the_first_promise_all_the_same(self):
        def again(evidence, user):
            evidence.applications.append(Application(user, 70, "granted", 75, 4))
            evidence.rows.append(Row(4, user, LIMIT))
            evidence.gate.claims[user] = 4
            evidence.gate.fields |= {"granted": "4", "published": "4"}
            evidence.gate.length += 1
            evidence.topic.records.append(record(user, 4, 5, epoch=2))
            evidence.topic.ends[0], evidence.topic.committed[0] = (1, 6), 6
        first = self.changed(lambda e: again(e, 80))
        self.assertEqual(judge(first), [])
        self.assertEqual(exempt(first).promises, {(80, 2)})
        second = self.changed(lambda e: (e.rows.__setitem__(1, Row(2, 80, LIMIT)), e.gate.claims.pop(90), e.gate.claims.__setitem__(80, 2),
                                         e.failed.__setitem__(0, (0, 3, "90", "slot 2 belongs to user 80", False)), again(e, 90)))
        self.assertEqual(judge(second), [])
        self.assertEqual(exempt(second).promises, {(90, 2)})
        second.all_set_backs[0].again.clear()
        self.names(second, "told granted without that row (I4): (90, 2)")

    def test_a_loss_that_no_set_back_explains_is_named(self):
        for change, word in (
            (lambda e: e.all_set_backs.clear(), "told granted without that row (I4)"),
            (lambda e: e.all_set_backs.clear(), "unresolved failed events"),
            (lambda e: e.all_set_backs.clear(), "records without a row"),
            (lambda e: setattr(e.all_set_backs[0], "round", 1), "told granted without that row (I4)"),
            (lambda e: e.all_set_backs[0].again.clear(), "told granted without that row (I4)"),
            # Asked after the gate was armed again, or with a slot that is nobody's.
            (lambda e: e.applications.append(Application(96, 60, "granted", 65, 2)), "told granted without that row (I4): (96, 2)"),
            (lambda e: e.applications.append(Application(96, 32, "granted", 34, 4)), "told granted without that row (I4): (96, 4)"),
            # Both had their answer before the gate went back.
            (lambda e: e.applications.__setitem__(1, Application(90, 21, "granted", 26, 2)), "told granted without that row (I4)"),
            (lambda e: e.applications.append(Application(97, 60, "pending", 65, 4)), "told pending without that row (I4)"),
            (lambda e: e.applications.append(Application(97, 60, "sold_out", 65)), "I7"),
            (lambda e: e.failed.append((0, 4, "95", "slot 3 belongs to user 70", False)), "unresolved failed events"),
            (lambda e: e.rows.append(Row(6, 80, LIMIT)), "I3"),
            (lambda e: e.rows.append(Row(4, 90, LIMIT)), "I2"),
        ):
            self.names(self.changed(change), word)

    def test_pending_and_sold_out_of_before_the_next_arming_are_no_promise(self):
        self.assertEqual(judge(self.changed(lambda e: e.applications.append(Application(97, 31, "pending", 33, 4)))), [])
        self.assertEqual(judge(self.changed(lambda e: e.applications.append(Application(97, 31, "sold_out", 33)))), [])

    def test_a_user_with_two_slots_keeps_one(self):
        evidence = set_back()
        evidence.applications[1] = Application(80, 35, "granted", 40, 3)
        evidence.applications[2] = Application(95, 60, "granted", 65, 4)
        evidence.rows = [Row(1, 70, LIMIT), Row(2, 80, LIMIT), Row(4, 95, LIMIT)]
        evidence.gate.claims = {70: 1, 80: 2, 95: 4}
        evidence.topic.records = [record(70, 1, 1), record(80, 2, 2), record(80, 3, 3), record(95, 4, 4, epoch=2)]
        evidence.failed = [(0, 3, "80", "user 80 has slot 2 already", False)]
        self.assertEqual(judge(evidence), [])
        self.assertEqual(exempt(evidence).promises, {(80, 3)})
        evidence.all_set_backs[0].lost.clear()
        self.names(evidence, "told granted without that row (I4)")

    def test_a_late_request_of_a_refused_user_needs_a_slot_that_was_given_again(self):
        def refused(evidence):
            evidence.applications[1] = Application(90, 35, "sold_out", 40)
        self.assertEqual(exempt(self.changed(refused)).refusals, {90})
        self.assertFalse(any("I5" in sentence for sentence in judge(self.changed(refused))))
        # One who got no answer was not refused.
        for answer in ("unknown", "duplicate"):
            doubtful = self.changed(lambda e: (refused(e), e.applications.append(Application(90, 36, answer, 41))))
            self.assertEqual(exempt(doubtful).refusals, set())
        self.names(self.changed(lambda e: (refused(e), e.all_set_backs[0].again.clear())), "told only no, with a row (I5)")
        self.names(self.changed(lambda e: e.applications.__setitem__(2, Application(95, 60, "sold_out", 65))), "told only no, with a row (I5)")

    def test_who_was_overtaken_while_the_gate_stood_back_is_known(self):
        evidence = self.changed(lambda e: e.applications.append(Application(96, 22, "granted", 28, 4)))
        self.assertEqual(exempt(evidence).overtaken, {96})  # user 90 asked later and got slot 2
        self.assertFalse(any("I8" in sentence for sentence in judge(evidence)))
        evidence.applications += [Application(98, 51, "granted", 52, 5), Application(99, 53, "granted", 54, 4)]
        self.names(evidence, "user 99 got slot 4 after user 98 had been told slot 5 (I8)")

    def test_within_one_epoch_a_set_back_ends_what_the_gate_remembers(self):
        unnoticed = self.changed(lambda e: (setattr(e, "epoch", 1), e.armed.pop(2), setattr(e.all_set_backs[0], "end_ns", math.inf)))
        self.assertTrue(exempt(unnoticed).totals)
        self.assertFalse(any("I7" in sentence for sentence in judge(unnoticed)))

    def test_a_round_given_up_by_force_owes_no_promise(self):
        self.assertEqual(exempt(self.changed(lambda e: setattr(e, "abandoned", True))).promises, set())

    def test_rows_may_lack_their_records_only_where_the_topic_was_made_again(self):
        evidence = self.changed(lambda e: e.topic.records.pop(0))
        self.names(evidence, "rows without a record")
        evidence.lost_log = True
        self.assertEqual(judge(evidence), [])


class SlotsGivenAgain(unittest.TestCase):
    def gates(self, after, granted, free):
        before = Gate({"granted": "4", "free": ""}, {70: 1, 80: 2, 90: 3, 95: 4})
        return before, Gate({"granted": str(granted), "free": free}, after)

    def test_they_are_the_holes_and_all_above_the_highest(self):
        self.assertEqual(slots_given_again(*self.gates({70: 1, 80: 2}, 2, "")), {3, 4})
        self.assertEqual(slots_given_again(*self.gates({70: 1, 95: 4}, 2, "2-3")), {2, 3})
        # The counters were set right, the hole was not: the gate gives the slot above its count, which is the last user's.
        self.assertEqual(slots_given_again(*self.gates({70: 1, 90: 3, 95: 4}, 3, "")), {4})


class TheWatch(unittest.TestCase):
    def seen(self, spans):
        watch = Watch(0, "e")
        watch._seen = spans
        return watch

    def test_a_set_back_ends_the_epoch_that_it_met(self):
        back = SetBack(2, 1, 30)
        watch = self.seen({(2, 1): (5, 40), (2, 2): (50, 90), (1, 1): (1, 2)})
        watch.date(back)
        self.assertEqual(back.end_ns, 50)
        self.assertEqual(watch.armed(2, [back]), {1: (5, 30), 2: (50, 90)})
        self.assertEqual(watch.armed(1, [back]), {1: (1, 2)})

    def test_an_arming_that_had_begun_before_does_not_end_it(self):
        back = SetBack(2, 2, 30)
        watch = self.seen({(2, 1): (5, 28), (2, 2): (35, 90)})
        watch.date(back)
        self.assertEqual((back.end_ns, watch.armed(2, [back])), (math.inf, {1: (5, 28)}))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
