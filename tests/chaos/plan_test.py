"""The plans of scripts/chaos: what a seed stands for, and that the seeds together leave nothing out.

usage: plan_test.py CHECKOUT
"""

import sys
import unittest

sys.path.insert(0, f"{sys.argv[1]}/tests/chaos")

from fault import FIRST_S, LAST_S  # noqa: E402  (found by the line above)
from outsiders_plan import GLOBALS  # noqa: E402
from plan import FORGETTING, SERVERS, draw  # noqa: E402  (found by the line above)

SEEDS = range(300)
GATE_HARMS = ("remove claims from", "restore a copy in", "delete the keys in")


class ThePlan(unittest.TestCase):
    def test_the_same_seed_gives_the_same_plan_and_another_one_another(self):
        self.assertEqual([list(draw(seed).lines()) for seed in SEEDS], [list(draw(seed).lines()) for seed in SEEDS])
        self.assertEqual(len({"\n".join(draw(seed).lines()) for seed in SEEDS}), len(SEEDS))

    def test_every_fault_comes_in_its_time_and_in_order(self):
        for plan in map(draw, SEEDS):
            moments = [fault.at for fault in plan.faults]
            self.assertEqual(moments, sorted(moments))
            self.assertTrue(all(FIRST_S <= moment <= LAST_S for moment in moments), moments)
            self.assertGreaterEqual(len(plan.faults), 5)

    def test_a_gate_goes_back_once_at_most_while_its_server_goes_on(self):
        harms = [[fault.kind for fault in draw(seed).faults if fault.kind in GATE_HARMS] for seed in SEEDS]
        self.assertTrue(all(len(kinds) <= 1 for kinds in harms), harms)

    def test_the_topic_is_deleted_only_where_the_gate_forgets_nothing(self):
        for plan in map(draw, SEEDS):
            kinds = {fault.kind for fault in plan.faults}
            self.assertFalse("delete" in kinds and kinds & {*GATE_HARMS, *FORGETTING}, kinds)

    def test_three_campaigns_of_four_meet_what_other_people_do(self):
        targets = {("join", "group"), ("delete", "topic"), ("change a global of", "mariadb"), *((kind, "redis") for kind in GATE_HARMS)}
        shares = [sum((fault.kind, fault.target) in targets for fault in draw(seed).faults) for seed in SEEDS]
        self.assertGreater(sum(map(bool, shares)) / len(shares), 0.75)

    def test_the_seeds_together_leave_no_fault_out(self):
        seen = {(fault.kind, fault.target) for plan in map(draw, SEEDS) for fault in plan.faults}
        wanted = {(kind, server) for kind in ("kill", "restart", "pause") for server in SERVERS}
        wanted |= {(kind, f"line to {server}") for server in SERVERS
                   for kind in ("delay", "blackhole", "refuse", "reset-after", "half-close", "slice", "cut", "drop-reply")}
        wanted |= {(kind, f"worker {number}") for number in (1, 2) for kind in ("kill", "pause", "pause past its session", "end")}
        wanted |= {(kind, "redis") for kind in ("flush scripts of", "kill clients of", "cut the log of", "empty")}
        wanted |= {(kind, "redis") for kind in GATE_HARMS}
        wanted |= {("join", "group"), ("delete", "topic"), ("change a global of", "mariadb")}
        wanted |= {("kill", "flood 1"), ("pause", "flood 1"), ("run", "reset"), ("kill", "reset"), ("close and open", "reset")}
        self.assertEqual(wanted - seen, set())
        lost = {fault.words[1] for plan in map(draw, SEEDS) for fault in plan.faults if fault.kind == "drop-reply"}
        self.assertEqual(lost, {"claim", "confirm", "EVALSHA", "granted_at", "COMMIT", "INSERT"})
        changed = {fault.words for plan in map(draw, SEEDS) for fault in plan.faults if fault.kind == "change a global of"}
        self.assertEqual(changed, set(GLOBALS))
        self.assertIn("--force", {word for plan in map(draw, SEEDS) for fault in plan.faults for word in fault.words})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
