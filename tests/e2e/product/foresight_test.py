"""A load that repeats: the stock HPA grows before it rises."""

from __future__ import annotations

import time

from rig import Cluster, Options
from rig.sample import sample_service
from rig.traffic import LoadPoint
from rig.waiting import holds_for, wait_for

from .installation import Installation
from .loop_test_case import MIX, PROFILE, LoopTestCase

# Seconds of a period: low, a rise, high, a fall.
_PERIOD = 100
_RISE, _HIGH, _FALL = 60, 65, 95
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


def _past(origin: int, seconds: int) -> str:
    """What a Prometheus would have scraped from one pod, once a second until now; a period began
    at `origin`."""
    until = int(time.time())
    labels = 'job="past",instance="past",namespace="default",pod="web-past-00000"'
    times = range(until - seconds, until)
    counts, total = [], 0.0
    for at in times:
        total += _rate((at - origin) % _PERIOD)
        counts.append(int(total))
    series = {
        f'http_request_duration_seconds_bucket{{{labels},code="200",le="{edge}"}}': counts
        for edge in ("0.025", "+Inf")}
    series[f'http_request_duration_seconds_sum{{{labels},code="200"}}'] = [
        0.01 * count for count in counts]
    series[f"up{{{labels}}}"] = [1] * len(counts)
    lines = [f"{name} {value} {at}" for name, values in series.items()
             for at, value in zip(times, values, strict=True)]
    return "\n".join([*lines, "# EOF", ""])


class Foresight(LoopTestCase):
    origin: int

    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(Cluster(Options(hpa_sync="1s"), prometheus="1s"))
        cls.cluster.add_fake_node()
        cls.cluster.add_process_node()
        cls.cluster.kubectl.apply(*sample_service("web", cpu="100m"))
        cls.cluster.add_metrics_server()
        cls.proxy = cls.cluster.add_proxy("web")
        # A low part begins, on a whole step of the forecast.
        cls.origin = int(time.time()) // 5 * 5
        cls.cluster.prometheus.seed(_past(cls.origin, seconds=3000))
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url)
        cls.installation.wait_until_available()

    def test_the_hpa_grows_before_the_load_rises(self) -> None:
        began = time.time() - self.origin
        rise = self.origin + _RISE
        self.cluster.start_load(self.proxy.url, [
            LoadPoint(at, _rate((began + at) % _PERIOD), MIX) for at in range(2 * _PERIOD)])
        profile = (PROFILE.replace("startup: {p95: 3s}", "startup: {p95: 10s}")
                   .replace("forecast: {step: 5s}", f"forecast: {{step: 5s, season: {_PERIOD}s}}"))
        self.cluster.kubectl.apply(profile)
        minor = ".".join(self.cluster.version.split(".")[:2])
        self.cluster.kubectl.apply(self.installation.hpa(profile, minor))
        wait_for("the metric", lambda: self.metric("loadcurve-replicas") is not None, 60)
        # What went by just now was high, as far as the past says.
        wait_for("few pods while the load is low", lambda: self.replicas() <= 2,
                 rise - 20 - time.time())
        low = self.replicas()
        wait_for("more pods before the load rises", lambda: self.replicas() >= 4,
                 rise - time.time(), 0.2)
        print(f"{self._testMethodName}: {low} pods, and {self.replicas()} "
              f"{rise - time.time():.1f} s before the rise")
        self.tell("before the rise")
        wait_for("pods for all of it", lambda: self.replicas() >= 6, rise + 10 - time.time())
        holds_for("pods for all of it", lambda: self.replicas() >= 6,
                  max(0.0, self.origin + _FALL - 10 - time.time()))
