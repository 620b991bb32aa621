"""Tests of one workload that the stock HPA scales by what Loadcurve publishes."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator

from rig import Cluster, Options
from rig.api import ApiError, Object
from rig.sample import sample_service
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


@contextlib.contextmanager
def looking(look: Callable[[], None], every: float) -> Iterator[None]:
    """Calls `look` every so many seconds, beside what is done within."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(every):
            look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(30)


class LoopTestCase(ClusterTestCase):
    """`installation`, and `proxy` before the Deployment `web`, are made by `setUpClass`."""

    installation: Installation
    proxy: Proxy

    @classmethod
    def start_cluster(cls, *service: Object, apiserver_flags: tuple[str, ...] = (),
                      cpu: str = "4", has_metrics_server: bool = True) -> None:
        """`cluster`, with a Prometheus, the sample service `web` or what is given in its place,
        and the `proxy` before it. `cpu` is what the process node has."""
        options = Options(hpa_sync="1s", apiserver_flags=apiserver_flags)
        cls.cluster = cls.enterClassContext(Cluster(options, prometheus="1s"))
        cls.cluster.add_fake_node()
        cls.node = cls.cluster.add_process_node(cpu)
        cls.cluster.kubectl.apply(*(service or sample_service("web", cpu="100m")))
        # Without CPU an HPA has a metric in error, and never shrinks.
        if has_metrics_server:
            cls.cluster.add_metrics_server()
        cls.proxy = cls.cluster.add_proxy("web")

    @classmethod
    def minor_version(cls) -> str:
        return ".".join(cls.cluster.version.split(".")[:2])

    @classmethod
    def apply_with_hpa(cls, profile: str) -> None:
        """The profile, and the HPA that `loadcurve hpa` writes for it."""
        cls.cluster.kubectl.apply(profile)
        cls.cluster.kubectl.apply(cls.installation.hpa(profile, cls.minor_version()))

    def steady(self, rate: float, seconds: float, name: str = "") -> Load:
        """A load that stays; several of a test need names."""
        return self.cluster.start_load(
            self.proxy.url, [LoadPoint(0, rate, MIX), LoadPoint(seconds, rate, MIX)],
            name=f"load-{self._testMethodName}{name and '-'}{name}")

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

        def look() -> None:
            # The API server may be what is away.
            with contextlib.suppress(Exception):
                count = self.replicas()
                if count != counts[-1]:
                    counts.append(count)

        try:
            with looking(look, 0.1):
                yield
        finally:
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
