"""The judge, made to fail: each defect planted in a healthy round must be named, and the healthy round must pass.

Run by scripts/accept before anything else, and by scripts/test: a judge that cannot say no proves nothing.
"""

import copy
import hashlib
import struct
import tempfile
import unittest

from history_file import Application, close_again, read_history
from judge import Evidence, judge
from ledger_store import Fence, Row
from redis_store import Gate
from topic_store import Record, Topic
from waiting import Failure

USERS = (70, 80, 90)
FIELDS = ("round", "epoch", "limit", "state", "granted", "published")


def record(user, slot, offset, epoch=1):
    headers = [("event", "e"), ("round", "2"), ("epoch", str(epoch)), ("slot", str(slot))]
    return Record(0, offset, str(user).encode(), struct.pack(">q", user), headers)


def healthy():
    """Three slots, three winners, one user who came too late and one who came twice."""
    fields = dict(zip(FIELDS, ("2", "1", "3", "open", "3", "3")))
    winners = [Application(user, 10 * slot, "granted", 10 * slot + 5, slot) for slot, user in enumerate(USERS, 1)]
    return Evidence(
        event="e", round=2, limit=3, expected=3,
        rows=[Row(slot, user, 3) for slot, user in enumerate(USERS, 1)],
        gate=Gate(fields, {user: slot for slot, user in enumerate(USERS, 1)}, [], 3 + len(FIELDS), 0, True),
        topic=Topic([record(user, slot, slot) for slot, user in enumerate(USERS, 1)], {0: (1, 4)}, {0: 4}),
        applications=[*winners, Application(95, 40, "sold_out", 45), Application(80, 50, "duplicate", 55, 2)])


def unsold():
    """The same with room for more and nobody refused."""
    evidence = healthy()
    evidence.limit, evidence.gate.fields["limit"] = 5, "5"
    evidence.rows = [Row(row.slot, row.user, 5) for row in evidence.rows]
    evidence.applications = [a for a in evidence.applications if a.answer != "sold_out"]
    return evidence


class TheJudge(unittest.TestCase):
    def names(self, evidence, word):
        found = judge(evidence)
        self.assertTrue(any(word in sentence for sentence in found), f"{word!r} is not in {found}")

    def test_a_healthy_round_is_exact(self):
        self.assertEqual(judge(healthy()), [])
        self.assertEqual(judge(unsold()), [])

    def test_defects_of_the_rows_are_named(self):
        for change, word in (
            (lambda e: e.rows.pop(), "2 rows instead of 3"),
            (lambda e: e.rows.append(Row(4, 96, 3)), "I1"),
            (lambda e: e.rows.__setitem__(2, Row(2, 90, 3)), "I3"),
            (lambda e: e.rows.__setitem__(2, Row(3, 80, 3)), "I2"),
            (lambda e: e.rows.__setitem__(2, Row(3, 90, 4)), "another limit"),
            (lambda e: e.failed.append((0, 1, "90", "why", False)), "failed events"),
        ):
            evidence = healthy()
            change(evidence)
            self.names(evidence, word)

    def test_defects_of_the_gate_are_named(self):
        for change, word in (
            (lambda g: g.claims.pop(90), "rows without a claim"),
            (lambda g: g.claims.__setitem__(96, 3), "claims without a row"),
            (lambda g: g.fields.__setitem__("granted", "2"), "says 2 granted"),
            (lambda g: g.fields.__setitem__("published", "2"), "outbox"),
            (lambda g: g.outbox.append("u:90"), "outbox"),
            (lambda g: g.fields.__setitem__("round", "1"), "holds round 1"),
            (lambda g: g.fields.__setitem__("limit", "4"), "limit is 4"),
            (lambda g: setattr(g, "is_armed", False), "not armed"),
            (lambda g: setattr(g, "length", 10), "HLEN"),
        ):
            evidence = healthy()
            change(evidence.gate)
            self.names(evidence, word)

    def test_defects_of_the_topic_are_named(self):
        for change, word in (
            (lambda t: t.records.pop(), "rows without a record"),
            (lambda t: t.records.append(record(96, 3, 9)), "records without a row"),
            (lambda t: t.committed.__setitem__(0, 3), "stands at 3"),
            (lambda t: t.committed.clear(), "stands at None"),
        ):
            evidence = healthy()
            change(evidence.topic)
            self.names(evidence, word)

    def test_defects_of_what_was_told_are_named(self):
        for change, word in (
            (lambda a: a.append(Application(96, 1, "granted", 2, 3)), "I4"),
            (lambda a: a.append(Application(96, 1, "pending", 2, 3)), "I4"),
            (lambda a: a.append(Application(80, 60, "duplicate", 61, 3)), "I4"),
            (lambda a: a.__setitem__(2, Application(90, 30, "sold_out", 35)), "I5"),
            (lambda a: a.pop(2), "I6"),
            (lambda a: a.__setitem__(2, Application(90, 30, "duplicate", 35, 3)), "told duplicate, though"),
        ):
            evidence = healthy()
            change(evidence.applications)
            self.names(evidence, word)

    def test_a_wrong_number_of_rows_is_named(self):
        short = healthy()
        short.limit, short.gate.fields["limit"] = 4, "4"
        self.names(short, "I7")
        silent = unsold()
        silent.applications[2] = Application(90, 30, "closed", 35)
        self.names(silent, "I7")
        in_doubt = unsold()
        in_doubt.applications[2] = Application(90, 30)
        self.assertEqual(judge(in_doubt), [])

    def test_first_come_first_served_is_judged(self):
        swapped = healthy()
        swapped.applications[0].slot, swapped.applications[1].slot = 2, 1
        self.names(swapped, "I8")
        early_refusal = healthy()
        early_refusal.applications[3].answer_ns = 25
        self.names(early_refusal, "sold out before")
        overlapping = copy.deepcopy(swapped)
        overlapping.applications[1].invoke_ns = 12
        self.assertFalse(any("I8" in sentence for sentence in judge(overlapping)))


def twice_armed():
    """Unsold, with two epochs: the gate lost the claim of slot 3 before anybody was told "granted", and gave the slot again."""
    evidence = unsold()
    evidence.epoch, evidence.armed, evidence.fences = 2, {1: (0, 24), 2: (28, 1000)}, [Fence(2, 0, 3)]
    evidence.applications += [Application(96, 20, "pending", 26, 3), Application(97, 22, "duplicate", 23, 3)]
    evidence.topic.records = [record(70, 1, 1), record(80, 2, 2), record(96, 3, 3), record(90, 3, 4, epoch=2)]
    evidence.topic.ends, evidence.topic.committed = {0: (1, 5)}, {0: 5}
    return evidence


class TheJudgeOfEpochs(unittest.TestCase):
    names = TheJudge.names

    def test_what_a_gate_may_lose_is_no_defect(self):
        self.assertEqual(judge(twice_armed()), [])
        answered_again_after_arming = twice_armed()
        answered_again_after_arming.applications[1] = Application(80, 20, "duplicate", 35, 2)
        answered_again_after_arming.applications.pop(3)
        self.assertEqual(judge(answered_again_after_arming), [])
        refused_before_the_loss = twice_armed()
        refused_before_the_loss.applications.append(Application(99, 21, "sold_out", 22))
        self.assertEqual(judge(refused_before_the_loss), [])
        issued_before_the_fence = twice_armed()
        issued_before_the_fence.topic.records[1] = record(80, 2, 4)
        issued_before_the_fence.topic.records[3] = record(90, 3, 2)
        self.assertEqual(judge(issued_before_the_fence), [])
        overtaken_between_epochs = twice_armed()
        overtaken_between_epochs.applications.append(Application(98, 21, "granted", 23, 5))
        overtaken_between_epochs.rows.append(Row(5, 98, 5))
        self.assertFalse(any("I8" in sentence or "I3" in sentence for sentence in judge(overtaken_between_epochs)))

    def test_what_it_may_not_lose_is_named(self):
        for change, word in (
            (lambda e: e.applications.append(Application(98, 20, "granted", 23, 3)), "told granted without that row (I4)"),
            (lambda e: e.applications.append(Application(98, 40, "pending", 45, 4)), "told pending without that row (I4)"),
            (lambda e: e.applications.append(Application(98, 40, "duplicate", 45, 4)), "told duplicate without that row (I4)"),
            (lambda e: e.applications.append(Application(98, 40, "sold_out", 45)), "I7"),
            (lambda e: e.applications.append(Application(98, 40, "pending", 45)), "I7"),
            (lambda e: e.applications.append(Application(90, 29, "granted", 31, 4)), "without that row (I4)"),
            (lambda e: e.applications.__setitem__(2, Application(90, 30, "sold_out", 35)), "told only no"),
            (lambda e: e.rows.__setitem__(2, Row(2, 90, 5)), "I3"),
            (lambda e: e.rows.__setitem__(2, Row(6, 90, 5)), "I3"),
            (lambda e: e.rows.__setitem__(2, Row(3, 96, 5)), "rows without a record"),
            (lambda e: e.fences.clear(), "records without a row"),
            (lambda e: e.fences.__setitem__(0, Fence(2, 0, 4)), "records without a row"),
            (lambda e: e.fences.__setitem__(0, Fence(2, 1, 3)), "records without a row"),
        ):
            evidence = twice_armed()
            change(evidence)
            self.names(evidence, word)

    def test_a_hole_needs_an_epoch_that_ended(self):
        evidence = unsold()
        evidence.rows[2] = Row(4, 90, 5)
        self.names(evidence, "lost nothing (I3)")

    def test_first_come_holds_within_each_epoch(self):
        for epoch, first, second in ((1, 2, 12), (2, 30, 42)):
            evidence = twice_armed()
            evidence.applications += [Application(98, first, "granted", first + 1, 5), Application(99, second, "granted", second + 1, 4)]
            self.names(evidence, "user 99 got slot 4 after user 98 had been told slot 5 (I8)")

    def test_a_round_given_up_by_force_keeps_the_rest(self):
        evidence = unsold()
        evidence.gate = evidence.topic = evidence.expected = None
        evidence.abandoned = True
        evidence.rows.pop(1)
        evidence.applications.append(Application(98, 40, "sold_out", 45))
        self.assertEqual(judge(evidence), [])
        evidence.rows.append(Row(4, 98, 5))
        self.names(evidence, "I5")


class TheHistory(unittest.TestCase):
    HEAD = ('{"schema":"coupon.history/1","boot_id":"b","pid":1,"event":"e","round":2,"seed":7,"started_at":"2026-12-01T10:00:00.123Z",'
            '"started_ns":1}\n')
    ASK = '{"id":17,"invoke_ns":1,"user":"42"}\n'
    TOLD = '{"id":17,"answer_ns":2,"user":"42","answer":"granted","slot":3,"level":"published"}\n'

    def closed(self, text, applications=1, answers=1, started="2026-12-01T10:00:00.123Z", finished="2026-12-01T10:00:05.123Z"):
        digest = hashlib.sha256(text.encode("ascii")).hexdigest()
        return (f'{text}{{"applications":{applications},"answers":{answers},"started_at":"{started}","finished_at":"{finished}",'
                f'"sha256":"{digest}"}}\n')

    def read(self, text, partial=False):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(text)
            file.flush()
            return read_history(file.name, partial)[1]

    def test_an_application_is_read(self):
        for text in (self.closed(self.HEAD + self.ASK + self.TOLD), close_again(self.closed(self.HEAD).replace("\n{", f"\n{self.ASK}{self.TOLD}{{", 1))):
            self.assertEqual(self.read(text), [Application(42, 1, "granted", 2, 3)])

    def test_no_answer_and_a_torn_line_are_unknown(self):
        self.assertEqual(self.read(self.closed(self.HEAD + self.ASK, 1, 0))[0].answer, "unknown")
        self.assertEqual(self.read(self.HEAD + self.ASK, partial=True)[0].answer, "unknown")
        self.assertEqual(self.read(self.HEAD + self.ASK + self.TOLD[:-9], partial=True)[0].answer, "unknown")

    def test_a_history_without_its_closing_line_is_refused_unless_it_may_be_partial(self):
        whole = self.closed(self.HEAD + self.ASK + self.TOLD)
        for length in range(len(self.HEAD), len(whole)):
            self.read(whole[:length], partial=True)
            with self.assertRaises(Failure, msg=length):
                self.read(whole[:length])

    def test_a_wrong_line_is_refused(self):
        for text in ("", self.ASK, self.HEAD + self.TOLD, self.HEAD + self.ASK + self.ASK,
                     self.HEAD + self.ASK + self.TOLD + self.TOLD, self.HEAD + self.ASK.replace(":1,", ": 1,"),
                     self.HEAD + self.ASK + self.TOLD.replace('"slot":3,', ""),
                     self.HEAD + self.ASK + self.TOLD.replace("granted", "sold_out"),
                     self.HEAD + self.ASK + self.TOLD.replace('"42"', '"43"')):
            for each in (text, self.closed(text)):
                with self.assertRaises(Failure, msg=each):
                    self.read(each, partial=True)

    def test_a_history_that_was_changed_is_refused(self):
        text = self.HEAD + self.ASK + self.TOLD
        whole = self.closed(text)
        for changed in (whole.replace('"slot":3', '"slot":4'), whole.replace(self.TOLD, ""), whole.replace('"seed":7', '"seed":8'),
                        whole + self.ASK, whole + "{", self.closed(text, 2, 1), self.closed(text, 1, 0),
                        self.closed(text, started="2026-12-01T10:00:00.124Z"), self.closed(text, finished="2026-12-01T09:59:59.000Z")):
            with self.assertRaises(Failure, msg=changed):
                self.read(changed, partial=True)


if __name__ == "__main__":
    unittest.main()
