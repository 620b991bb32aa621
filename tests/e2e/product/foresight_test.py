"""A load that repeats: the stock HPA grows before it rises."""

from __future__ import annotations

import time

from rig.traffic import LoadPoint
from rig.waiting import holds_for, wait_for

from .installation import Installation
from .loop_test_case import MIX, PROFILE, LoopTestCase
from .past import past

# Seconds of a period: low, a rise, high, a fall.
_PERIOD = 120
_RISE, _HIGH, _FALL = 80, 85, 115
_LOW_RATE, _HIGH_RATE = 3.0, 36.0


def _rate(phase: float) -> float:
    """Requests a second at that second of a period."""
    if phase < _RISE:
        return _LOW_RATE
    if phase < _HIGH:
        return _LOW_RATE + (_HIGH_RATE - _LOW_RATE) * (phase - _RISE) / (_HIGH - _RISE)
    if phase < _FALL:
        return _HIGH_RATE
    return _HIGH_RATE - (_HIGH_RATE - _LOW_RATE) * (phase - _FALL) / (_PERIOD - _FALL)


class Foresight(LoopTestCase):
    origin: int

    @classmethod
    def setUpClass(cls) -> None:
        cls.start_cluster()
        # On a whole step of the forecast, and so that what went by just now was low.
        cls.origin = int(time.time()) // 5 * 5 - 25
        cls.cluster.prometheus.seed(
            past(lambda at: _rate((at - cls.origin) % _PERIOD), seconds=3000))
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url)
        cls.installation.wait_until_available()

    def test_the_hpa_grows_before_the_load_rises(self) -> None:
        began = time.time() - self.origin
        rise = self.origin + _RISE
        self.cluster.start_load(self.proxy.url, [
            LoadPoint(at, _rate((began + at) % _PERIOD), MIX) for at in range(2 * _PERIOD)])
        profile = (PROFILE.replace("startup: {p95: 3s}", "startup: {p95: 10s}")
                   .replace("forecast: {step: 5s}", f"forecast: {{step: 5s, season: {_PERIOD}s}}"))
        self.apply_with_hpa(profile)
        wait_for("the metric", lambda: self.metric("loadcurve-replicas") is not None, 60)
        # A pod takes 10 s to start, and a step is 5 s: before that nothing is to be seen.
        self.assertLess(time.time(), rise - 22, "the machine is too slow to see anything")
        time.sleep(rise - 22 - time.time())
        self.assertLessEqual(self.replicas(), 2)
        low = self.replicas()
        wait_for("more pods before the load rises", lambda: self.replicas() >= 4,
                 rise - time.time(), 0.2)
        print(f"{self._testMethodName}: {low} pods, and {self.replicas()} "
              f"{rise - time.time():.1f} s before the rise")
        self.tell("before the rise")
        wait_for("pods for all of it", lambda: self.replicas() >= 6, rise + 10 - time.time())
        holds_for("pods for all of it", lambda: self.replicas() >= 6,
                  max(0.0, self.origin + _FALL - 10 - time.time()))
