"""The day: how many requests, and which, from one midnight to the next."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from rig import LoadPoint

CHEAP, REPORT = "/cheap", "/medium"  # 1 ms and 8 ms of CPU

# Part of the day, requests a second, share of reports. Reports come by night and in the
# afternoon, when few else ask; visitors in the morning, at noon and most in the evening.
_DAY = [(0.00, 10, .10), (0.08, 10, .10), (0.10, 10, .70), (0.15, 10, .70), (0.17, 9, .10),
        (0.24, 9, .10), (0.33, 42, .15), (0.40, 46, .20), (0.46, 52, .20), (0.52, 30, .15),
        (0.60, 28, .15), (0.62, 28, .65), (0.68, 28, .65), (0.70, 34, .20), (0.77, 58, .30),
        (0.85, 60, .30), (0.93, 24, .15), (1.00, 10, .10)]


@dataclass(frozen=True)
class Day:
    """One day out of many: none is as busy as another."""

    seconds: float
    number: int  # 0 is the day that is measured, those before it are negative

    @property
    def size(self) -> tuple[float, float]:
        """How busy, and how fond of reports, against an average day."""
        draw = random.Random(f"day {self.number}")
        return math.exp(draw.gauss(0, .08)), math.exp(draw.gauss(0, .08))

    def at(self, part: float) -> tuple[float, float]:
        """Requests a second and share of reports at a part of the day in [0, 1]."""
        busy, fond = self.size
        for (before, rate, share), (after, next_rate, next_share) in zip(_DAY, _DAY[1:]):
            if part <= after:
                way = (part - before) / (after - before)
                return (busy * (rate + way * (next_rate - rate)),
                        min(1.0, fond * (share + way * (next_share - share))))
        raise ValueError(f"{part} is no part of a day")

    def points(self, lead_seconds: float) -> list[LoadPoint]:
        """For the load generator, after the end of the evening before the day begins."""
        eve = 1 - lead_seconds / self.seconds
        evening = [eve, *(part for part, _, _ in _DAY if eve < part < 1)]
        parts = [part - 1 for part in evening] + [part for part, _, _ in _DAY]
        return [LoadPoint(lead_seconds + part * self.seconds, *self._wish(part % 1 if part < 0
                                                                          else part))
                for part in parts]

    def _wish(self, part: float) -> tuple[float, dict[str, float]]:
        rate, share = self.at(part)
        return rate, _mix(share)

    def counts(self, step: float, draw: random.Random) -> Iterator[dict[str, int]]:
        """How many requests of each path come in each step of the day; drawn anew each time."""
        for i in range(round(self.seconds / step)):
            rate, share = self.at((i + .5) * step / self.seconds)
            yield {CHEAP: _poisson(rate * (1 - share) * step, draw),
                   REPORT: _poisson(rate * share * step, draw)}


def _mix(share: float) -> dict[str, float]:
    return {CHEAP: 1 - share, REPORT: share}


def _poisson(mean: float, draw: random.Random) -> int:
    count, left = 0, draw.expovariate(1)
    while left < mean:
        count += 1
        left += draw.expovariate(1)
    return count
