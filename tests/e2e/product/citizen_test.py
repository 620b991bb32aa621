"""Loadcurve as a citizen of a cluster: the stock HPA follows it, and whatever fails, nothing
shrinks."""

from __future__ import annotations

from rig import Cluster, Options
from rig.api import ApiError, Object
from rig.sample import sample_service
from rig.selftest.cluster_test_case import ClusterTestCase
from rig.traffic import Load, LoadPoint, Proxy, share_within
from rig.waiting import holds_for, wait_for

from .installation import Installation

_ROOT = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default"
_SELECTOR = "scalingprofile=web"
_MIX = {"/medium": 1.0}

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


class Citizen(ClusterTestCase):
    installation: Installation
    proxy: Proxy

    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(Cluster(Options(hpa_sync="1s"), prometheus="1s"))
        cls.cluster.add_fake_node()
        cls.cluster.add_process_node()
        cls.cluster.kubectl.apply(*sample_service("web", cpu="100m"))
        # Without CPU the HPA has a metric in error, and never shrinks.
        cls.cluster.add_metrics_server()
        cls.proxy = cls.cluster.add_proxy("web")
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url)
        cls.installation.wait_until_available()
        cls.cluster.kubectl.apply(PROFILE)
        minor = ".".join(cls.cluster.version.split(".")[:2])
        cls.cluster.kubectl.apply(cls.installation.hpa(PROFILE, minor))

    def test_the_stock_hpa_follows_the_load_up_and_down(self) -> None:
        load = self.cluster.start_load(self.proxy.url, [
            LoadPoint(0, 3, _MIX), LoadPoint(20, 3, _MIX), LoadPoint(35, 40, _MIX),
            LoadPoint(75, 40, _MIX)])
        wait_for("the metric", lambda: self._metric("loadcurve-replicas") is not None, 60)
        wait_for("at least 6 pods", lambda: self._replicas() >= 6, 90)
        requests = load.finish()
        self.assertGreater(len(requests), 1000)
        if load.lag_ms < 100:
            self.assertGreater(share_within(requests[-200:], 500), 0.95)
        # Nobody asks any more: idle is measured, and the count falls, the more slowly the less
        # of such a past there is to forecast from.
        wait_for("half of the pods to go again", lambda: self._replicas() <= 6, 120)
        status = self._status()
        self.assertEqual(status["conditions"]["Measured"], "True")
        self.assertEqual(status["conditions"]["Active"], "True")
        print(self.cluster.kubectl("get", "sp", "web"))
        print(self.cluster.kubectl("describe", "hpa", "web"))

    def test_nothing_shrinks_while_prometheus_is_away(self) -> None:
        load = self._steady(24, 70)
        before = self._settled(4)
        self.cluster.prometheus.component.kill()
        holds_for("no pod to go", lambda: self._replicas() >= before, 25)
        self.cluster.prometheus.component.start()
        wait_for("fresh load", lambda: self._status()["conditions"].get("Stale") == "False", 60)
        load.component.kill()

    def test_nothing_shrinks_while_the_server_is_away(self) -> None:
        load = self._steady(24, 70)
        before = self._settled(4)
        self.installation.component.kill()
        holds_for("no pod to go", lambda: self._replicas() >= before, 15)
        self.installation.component.start()
        wait_for("the metric again", lambda: self._metric("loadcurve-replicas") is not None, 60)
        # What is there more than needed may go now: 24 requests a second need four pods.
        holds_for("enough pods", lambda: self._replicas() >= 4, 10)
        load.component.kill()

    def test_a_profile_broken_by_hand_keeps_what_it_did_and_says_so(self) -> None:
        load = self._steady(24, 60)
        before = self._settled(4)
        broken = PROFILE.replace("kind: table", "kind: cudgx").replace(
            ', curves: [{route: "*", knots: [{weight: 1}]}]', "")
        self.cluster.kubectl.apply(broken)
        wait_for("the condition", lambda: self._status()["conditions"]["Active"] == "False", 30)
        holds_for("no pod to go", lambda: self._replicas() >= before, 5)
        self.cluster.kubectl.apply(PROFILE)
        wait_for("the condition", lambda: self._status()["conditions"]["Active"] == "True", 30)
        load.component.kill()

    def test_nobody_reads_without_the_right(self) -> None:
        self.cluster.kubectl("create", "serviceaccount", "stranger")
        outcome = self.cluster.kubectl.outcome(
            "get", "--raw", f"{_ROOT}/loadcurve-load?labelSelector={_SELECTOR}",
            "--as=system:serviceaccount:default:stranger")
        self.assertNotEqual(outcome.returncode, 0)
        self.assertIn("forbidden", outcome.stderr.lower())

    def _steady(self, rate: float, seconds: float) -> Load:
        return self.cluster.start_load(
            self.proxy.url, [LoadPoint(0, rate, _MIX), LoadPoint(seconds, rate, _MIX)],
            name=f"load-{self._testMethodName}")

    def _settled(self, least: int) -> int:
        wait_for(f"at least {least} pods", lambda: self._replicas() >= least, 60)
        return self._replicas()

    def _replicas(self) -> int:
        path = "/apis/apps/v1/namespaces/default/deployments/web"
        replicas: int = self.cluster.api.get(path)["spec"]["replicas"]
        return replicas

    def _metric(self, name: str) -> str | None:
        try:
            answer = self.cluster.api.get(f"{_ROOT}/{name}", labelSelector=_SELECTOR)
        except ApiError:
            return None
        items = answer["items"]
        return items[0]["value"] if items else None

    def _status(self) -> Object:
        status = self.cluster.kubectl.json("get", "sp", "web").get("status", {})
        status["conditions"] = {one["type"]: one["status"] for one in status.get("conditions", [])}
        return status

