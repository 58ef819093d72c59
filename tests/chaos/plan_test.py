"""The plans of scripts/chaos: what a seed stands for, and that the seeds together leave nothing out.

usage: plan_test.py CHECKOUT
"""

import sys
import unittest

sys.path.insert(0, f"{sys.argv[1]}/scripts/chaos.d")

from plan import FIRST_S, LAST_S, SERVERS, draw  # noqa: E402  (found by the line above)

SEEDS = range(300)


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

    def test_the_seeds_together_leave_no_fault_out(self):
        seen = {(fault.kind, fault.target) for plan in map(draw, SEEDS) for fault in plan.faults}
        wanted = {(kind, server) for kind in ("kill", "restart", "pause") for server in SERVERS}
        wanted |= {(kind, f"line to {server}") for server in SERVERS
                   for kind in ("delay", "blackhole", "refuse", "reset-after", "half-close", "slice", "cut", "drop-reply")}
        wanted |= {(kind, f"worker {number}") for number in (1, 2) for kind in ("kill", "pause", "pause past its session", "end")}
        wanted |= {(kind, "redis") for kind in ("flush scripts of", "kill clients of", "cut the log of", "empty")}
        wanted |= {("kill", "flood 1"), ("pause", "flood 1"), ("run", "reset"), ("kill", "reset"), ("close and open", "reset")}
        self.assertEqual(wanted - seen, set())
        lost = {fault.words[1] for plan in map(draw, SEEDS) for fault in plan.faults if fault.kind == "drop-reply"}
        self.assertEqual(lost, {"claim", "confirm", "EVALSHA", "granted_at", "COMMIT", "INSERT"})
        self.assertIn("--force", {word for plan in map(draw, SEEDS) for fault in plan.faults for word in fault.words})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
