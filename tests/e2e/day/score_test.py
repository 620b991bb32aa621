"""The score of a day, on numbers that can be checked by hand."""

from __future__ import annotations

import unittest
from dataclasses import replace

from rig import Request

from .arms import Arm
from .plot import round_step
from .score import judge, score
from .watching import Counts

_OURS, _CPU, _QPS = Arm("loadcurve", 80), Arm("cpu", 50), Arm("qps", 4.5)


def _day(arm: Arm, pods: int, slow: int = 0):  # type: ignore[no-untyped-def]
    """1000 requests in 100 s, `slow` of them too late, and as many pods all the time."""
    requests = [Request(i / 10, "/cheap", 200, 2000 if i < slow else 10) for i in range(1000)]
    counts = [Counts(i, pods, pods, pods) for i in range(101)]
    return score(arm, requests, counts, 0, 100, 1000)


class Score(unittest.TestCase):
    def test_ticks_are_round_numbers(self) -> None:
        self.assertEqual([round_step(y) for y in (15.6, 3.25, 1338, 0.07, 20)],
                         [20, 5, 2000, 0.1, 20])

    def test_counts_what_lies_within_the_day_only(self) -> None:
        requests = [Request(-1, "/", 200, 5), Request(0, "/", 200, 5), Request(1, "/", 503, 5),
                    Request(2, "/", 0, 10000), Request(3, "/", 200, 1001), Request(10, "/", 200, 5)]
        counts = [Counts(i, 2, 2 if i < 5 else 4, 2) for i in range(11)]
        one = score(_OURS, requests, counts, 0, 10, 1000)
        self.assertEqual((one.requests, one.within, one.errors), (4, 1, 2))
        self.assertEqual(one.peak_replicas, 4)
        # Looks at 0 to 9: 5 s of 2 and 4 s of 4 pods, stretched from 9 to 10 s.
        self.assertAlmostEqual(one.replica_hours, 26 * 10 / 9 / 3600)

    def test_is_passed_at_what_is_promised_and_no_worse(self) -> None:
        def code(slow: int, ours: int, cpu: int, qps: int) -> int:
            scores = [_day(_OURS, ours, slow), _day(_CPU, cpu), _day(_QPS, qps)]
            return judge(scores, [1.0] * 50, {"a": 1.0}, 2).code

        self.assertEqual(code(1, 8, 10, 9), 0)  # 99.9 %, 80 % of CPU's, fewer than QPS'
        self.assertEqual(code(2, 8, 10, 9), 1)
        self.assertEqual(code(1, 9, 10, 10), 1)
        self.assertEqual(code(1, 8, 10, 8), 1)

    def test_proves_nothing_on_a_saturated_machine(self) -> None:
        scores = [_day(_OURS, 1), _day(_CPU, 10)]
        self.assertEqual(judge(scores, [1.0] * 49 + [1.9], {}, 2).code, 0)  # 2 % of the looks
        self.assertEqual(judge(scores, [1.0] * 48 + [1.9] * 2, {}, 2).code, 3)
        self.assertEqual(judge(scores, [1.0], {"a": 51.0}, 2).code, 3)

    def test_arms_of_one_kind_have_names_of_their_own(self) -> None:
        self.assertEqual([_QPS.name, replace(_QPS, target=5).name], ["qps-4-5", "qps-5"])


if __name__ == "__main__":
    unittest.main()
