"""Tests of one workload that the stock HPA scales by what Loadcurve publishes."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator

from rig.api import ApiError, Object
from rig.selftest.cluster_test_case import ClusterTestCase
from rig.traffic import Load, LoadPoint, Proxy
from rig.waiting import TooLate, wait_for

from .installation import Installation

ROOT = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default"
MIX = {"/medium": 1.0}

# One pod of 100 millicores does 12 requests of 8 ms of CPU a second; half of that is planned
# for. Every request weighs the same.
PROFILE = """
apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: web, namespace: default}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  load:
    source:
      kind: prometheus
      prometheus:
        histogram: http_request_duration_seconds
        statusLabel: code
        inFlight: http_requests_in_flight
    weights: {kind: table, curves: [{route: "*", knots: [{weight: 1}]}]}
    perReplica: {metricsqps: 12, weightsVersion: table-f339f62f}
  startup: {p95: 3s}
  objective: {targetUtilization: 0.5}
  bounds: {minReplicas: 1, maxReplicas: 12}
  forecast: {step: 5s}
  behavior: {scaleDown: {window: 10s}}
"""


class LoopTestCase(ClusterTestCase):
    """`installation`, and `proxy` before the Deployment `web`, are made by `setUpClass`."""

    installation: Installation
    proxy: Proxy

    def steady(self, rate: float, seconds: float) -> Load:
        return self.cluster.start_load(
            self.proxy.url, [LoadPoint(0, rate, MIX), LoadPoint(seconds, rate, MIX)],
            name=f"load-{self._testMethodName}")

    def settled(self, least: int) -> int:
        wait_for(f"at least {least} pods", lambda: self.replicas() >= least, 90)
        return self.replicas()

    @classmethod
    def replicas(cls, name: str = "web") -> int:
        path = f"/apis/apps/v1/namespaces/default/deployments/{name}"
        replicas: int = cls.cluster.api.get(path)["spec"]["replicas"]
        return replicas

    @classmethod
    def metric(cls, name: str, profile: str = "web") -> str | None:
        try:
            answer = cls.cluster.api.get(f"{ROOT}/{name}",
                                         labelSelector=f"scalingprofile={profile}")
        except ApiError:
            return None
        items = answer["items"]
        return items[0]["value"] if items else None

    @classmethod
    def status(cls, name: str = "web") -> Object:
        """The status of a profile, its conditions by type."""
        path = f"/apis/loadcurve.dev/v1alpha1/namespaces/default/scalingprofiles/{name}"
        status: Object = cls.cluster.api.get(path).get("status", {})
        status["conditions"] = {one["type"]: one for one in status.get("conditions", [])}
        return status

    def state(self, condition: str) -> str | None:
        state: str | None = self.status()["conditions"].get(condition, {}).get("status")
        return state

    @contextlib.contextmanager
    def nothing_shrinks(self, below: int | None = None) -> Iterator[None]:
        """Fails at the end where the wanted count fell meanwhile; given `below`, only where it
        fell to less than that, which is what the load needs."""
        counts = [self.replicas()]
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.1):
                # The API server may be what is away.
                with contextlib.suppress(Exception):
                    count = self.replicas()
                    if count != counts[-1]:
                        counts.append(count)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(30)
            print(f"{self._testMethodName}: the counts were {counts}")
        fell = [after for before, after in itertools.pairwise(counts)
                if after < before and (below is None or after < below)]
        self.assertEqual(fell, [], f"the counts of the Deployment, in order: {counts}")

    def comes_back(self, need: int) -> float:
        """Waits, for three minutes, until the count is within a tenth of `need`, or within one
        replica; the seconds it took."""
        began = time.monotonic()
        slack = max(1, need // 10)
        try:
            wait_for(f"{need} pods, give or take {slack}",
                     lambda: abs(self.replicas() - need) <= slack, 180)
        except TooLate:
            print(self.status())
            raise
        took = time.monotonic() - began
        print(f"{self._testMethodName}: {self.replicas()} pods for a need of {need} "
              f"after {took:.0f} s")
        return took

    def tell(self, title: str) -> None:
        """Prints what a person would look at."""
        print(f"--- {title}")
        print(self.cluster.kubectl("get", "sp"))
        for text in self.conditions("sp") + self.conditions("hpa"):
            print(text)
        print(self.cluster.kubectl("get", "hpa"))

    def conditions(self, kind: str) -> list[str]:
        found = self.cluster.kubectl.json("get", kind, "web").get("status", {})
        return [f"{kind} {one['type']}={one['status']} {one['reason']}: {one['message']}"
                for one in found.get("conditions", [])]
