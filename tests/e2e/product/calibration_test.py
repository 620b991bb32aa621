"""Online calibration: what requests cost is found from the CPU of real processes."""

from __future__ import annotations

import itertools
import math
import subprocess
import time

from rig.api import ApiError, Object
from rig.binaries import loadcurve
from rig.sample import sample_service
from rig.traffic import LoadPoint
from rig.waiting import wait_for

from .installation import Installation
from .loop_test_case import PROFILE, LoopTestCase

# By time held a request of /slow weighs fifteen of /medium: 150 ms by 10. Of CPU it burns 0.3 ms by
# 8. Nobody scales the Deployment, so that what is wanted is all that changes.
_WEIGHTS = "    weights: {kind: occupancy, referenceSeconds: 0.01}\n"
_PROFILE = (
    PROFILE[:PROFILE.index("    weights:")].replace(
        "        statusLabel: code\n", "        statusLabel: code\n        routeLabels: [path]\n")
    + _WEIGHTS
    + "    perReplica: {metricsqps: 30, weightsVersion: occupancy-10ms}\n"
    + "    calibration: {mode: online, every: 20s, history: 10m}\n"
    + PROFILE[PROFILE.index("  startup:"):])
_SECONDS = 480


def _wave(at: float, mean: float, period: float) -> float:
    return mean * (1 + 0.8 * math.sin(2 * math.pi * at / period))


def _point(at: float) -> LoadPoint:
    medium, slow = _wave(at, 12, 47), _wave(at, 4, 83)
    return LoadPoint(at, medium + slow, {"/medium": medium, "/slow": slow})


class Calibration(LoopTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.start_cluster(*sample_service("web", cpu="500m", replicas=2), has_metrics_server=False)
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url)
        cls.installation.wait_until_available()

    def online(self) -> Object:
        found: Object = self.status().get("onlineCalibration", {})
        return found

    def wanted(self) -> int:
        desired: int = self.status().get("decision", {}).get("desired", 0)
        return desired

    def adopted(self) -> str:
        version: str = self.online().get("adopted", {}).get("weights", {}).get("version", "")
        return version

    def test_it_finds_what_requests_cost_and_keeps_it(self) -> None:
        self.cluster.start_load(self.proxy.url, [_point(at) for at in range(0, _SECONDS, 2)])
        self.cluster.kubectl.apply(_PROFILE)
        wait_for("an attempt", lambda: self.online().get("outcome") == "TooLittleEvidence", 90)
        print(self.online())
        began, before = time.monotonic(), 0
        while not self.adopted():
            self.assertLess(time.monotonic() - began, 420, str(self.status()))
            before = self.wanted() or before
            time.sleep(0.5)
        print(f"adopted after {time.monotonic() - began:.0f} s, {before} wanted before, "
              f"{self.wanted()} then: {self.online()}")
        # Nothing is given up at an adoption, whatever the new costs make of the load.
        self.assertGreaterEqual(self.wanted(), before)
        version = self.adopted()
        self.assertTrue(version.startswith("fitted-"), version)
        self.assertGreater(self._slow_by_medium(), 0)
        self.assertLess(self._slow_by_medium(), 0.5)
        condition = self.status()["conditions"]["Calibrated"]
        self.assertEqual(condition["reason"], "CalibrationAdopted", str(condition))
        events = self.cluster.kubectl("get", "events", "--field-selector=reason=CalibrationAdopted")
        self.assertIn("stand in for occupancy-10ms", events)
        why = subprocess.run([str(loadcurve()), "why", "web", "--kubeconfig",
                              str(self.cluster.kubeconfig)],
                             text=True, capture_output=True, check=True).stdout
        print(why)
        self.assertIn(f"{version}, in place of occupancy-10ms since", why)
        spec = self.cluster.kubectl.json("get", "sp", "web")["spec"]["load"]
        self.assertEqual(spec["weights"]["kind"], "occupancy", "a spec is for people to write")

        self.installation.component.kill()
        self.installation.component.start()
        wait_for("the costs after a restart", lambda: self.weights_served() == self.adopted(), 60)
        self.tell_calibration()

    def weights_served(self) -> str:
        path = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/loadcurve-load"
        try:
            items = self.cluster.api.get(path, labelSelector="scalingprofile=web")["items"]
        except (ApiError, OSError):  # it is on its way
            return ""
        weights: str = items[0]["metricLabels"].get("weights", "") if items else ""
        return weights

    def _slow_by_medium(self) -> float:
        """What a typical request of /slow costs, by one of /medium."""
        curves = {curve["route"]: curve["knots"]
                  for curve in self.online()["adopted"]["weights"]["curves"]}
        return (_cost(curves.get("/slow", curves["*"]), 0.15)
                / max(1e-9, _cost(curves.get("/medium", curves["*"]), 0.009)))

    def tell_calibration(self) -> None:
        print(self.cluster.kubectl("get", "sp", "-o", "wide"))
        print(self.cluster.kubectl("describe", "sp", "web"))


def _cost(knots: list[Object], seconds: float) -> float:
    """A curve is linear between its knots, and level or rising beyond."""
    points = [(knot["upperSeconds"], knot["weight"]) for knot in knots]
    for (left, low), (right, high) in itertools.pairwise(points):
        if seconds <= right:
            return float(low + (high - low) * (seconds - left) / (right - left))
    return float(points[-1][1])
