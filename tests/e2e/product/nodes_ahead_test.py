"""Nodes ahead of the load: CapacityBuffers and placeholder pods on a real API server."""

from __future__ import annotations

import json
import subprocess
import time
from datetime import datetime, timezone

from rig.api import ApiError, Object
from rig.binaries import loadcurve
from rig.waiting import holds_for, wait_for

from .installation import DEPLOY, E2E, Installation
from .loop_test_case import PROFILE, LoopTestCase
from .past import past

BUFFERS = "/apis/autoscaling.x-k8s.io/v1beta1/namespaces/default/capacitybuffers"
BUFFER = f"{BUFFERS}/web-headroom"
PLACEHOLDERS = "/apis/apps/v1/namespaces/default/deployments/web-headroom"
FLEET = "/apis/loadcurve.dev/v1alpha1/capacityprofiles/fleet"

# A node takes 10 s, its order 60 s at most, and a replica 3 s: so far it is looked ahead.
AHEAD = 73
CAPACITY = """
apiVersion: loadcurve.dev/v1alpha1
kind: CapacityProfile
metadata: {name: fleet}
spec:
  mode: MODE
  selector: {namespaces: [default]}
  nodesAhead: {keep: 15s}
  pools:
    - {name: small, allocatable: {cpu: 4, memory: 16Gi}, price: 0.4, boot: 10s}
"""
DIRECT = PROFILE.replace("namespace: default}",
                         "namespace: default, annotations: {loadcurve.dev/mode: direct}}")


def _planned(rise: float, replicas: int, seconds: float = 600) -> str:
    """The profile with a floor of so many replicas from the Unix time `rise` on."""
    def text(at: float) -> str:
        return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    return DIRECT + (f"  schedules: [{{name: sale, from: \"{text(rise)}\", "
                     f"until: \"{text(rise + seconds)}\", minReplicas: {replicas}}}]\n")


class NodesAhead(LoopTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.start_cluster(has_metrics_server=False)
        cls.cluster.prometheus.seed(past(lambda _: 3.0, seconds=1500))
        cls.cluster.kubectl.apply(E2E / "rig" / "crds" / "capacitybuffers.yaml")
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url)
        cls.cluster.kubectl.apply(DEPLOY / "manifests" / "direct-mode.yaml",
                                  DEPLOY / "manifests" / "nodes-ahead.yaml",
                                  DEPLOY / "manifests" / "placeholder-pods.yaml")
        cls.installation.wait_until_available()
        cls.cluster.kubectl.apply(DIRECT)

    def setUp(self) -> None:
        self.running = self.steady(3, 300)
        self.addCleanup(self.running.component.kill)
        self.addCleanup(self.cluster.kubectl, "delete", "cap", "--all", "--wait")
        self.cluster.kubectl.apply(DIRECT)
        wait_for("a forecast", lambda: self.state("Forecasting") == "True", 90)
        wait_for("one replica", lambda: self.replicas() == 1, 60)

    def fleet(self) -> Object:
        status: Object = self.cluster.api.get(FLEET).get("status", {})
        status["conditions"] = {one["type"]: one for one in status.get("conditions", [])}
        return status

    def ahead(self) -> int:
        count: int = self.fleet().get("ahead", {}).get("replicas", -1)
        return count

    def buffer(self) -> Object | None:
        try:
            found: Object = self.cluster.api.get(BUFFER)
        except ApiError:
            return None
        return found

    def placeholders(self) -> Object | None:
        try:
            found: Object = self.cluster.api.get(PLACEHOLDERS)
        except ApiError:
            return None
        return found

    def events(self, reason: str) -> list[Object]:
        found = self.cluster.kubectl.json("get", "events.events.k8s.io")["items"]
        return [one for one in found if one["reason"] == reason]

    def test_a_buffer_is_there_before_a_planned_rise_and_used_up_by_it(self) -> None:
        self.cluster.kubectl.apply(CAPACITY.replace("MODE", "Act"))
        rise = int(time.time()) + 100
        self.cluster.kubectl.apply(_planned(rise, 6))
        holds_for("nothing so early", lambda: self.buffer() is None, 10)
        wait_for("the buffer", lambda: self.buffer() is not None, rise - 30 - time.time())
        before = rise - time.time()
        print(f"{self._testMethodName}: the buffer was there {before:.1f} s before the rise")
        self.assertGreater(before, AHEAD - 13)
        buffer = self.buffer()
        assert buffer is not None
        self.assertEqual(buffer["spec"]["scalableRef"],
                         {"apiGroup": "apps", "kind": "Deployment", "name": "web"})
        self.assertEqual(buffer["spec"]["replicas"] + self.replicas(), 6)
        self.assertEqual(buffer["metadata"]["ownerReferences"][0]["name"], "fleet")
        wait_for("the status", lambda: self.ahead() == 5, 10)
        status = self.fleet()
        print(json.dumps(status, indent=1))
        # A replica is a fortieth of a node of 0.4.
        self.assertAlmostEqual(status["ahead"]["costPerHour"], 0.05)
        self.assertEqual(status["workloads"][0]["by"], "CapacityBuffer")
        self.assertEqual(status["conditions"]["Active"]["reason"], "Acting")
        self.assertEqual(len(self.events("NodesAheadKept")), 1)
        print(self.cluster.kubectl("get", "cap"))
        # The replicas come, and what was kept for them is no longer ahead.
        wait_for("the replicas", lambda: self.replicas() == 6, rise + 5 - time.time())
        wait_for("no buffer", lambda: self.buffer() is None, 45)

    def test_what_was_kept_for_nothing_is_given_back_once(self) -> None:
        self.cluster.kubectl.apply(CAPACITY.replace("MODE", "Act"))
        self.cluster.kubectl.apply(_planned(time.time() + 65, 6))
        wait_for("the buffer", lambda: self.buffer() is not None, 20)
        self.cluster.kubectl.apply(DIRECT)
        cancelled = time.monotonic()
        counts = []
        while (buffer := self.buffer()) is not None and time.monotonic() < cancelled + 90:
            counts.append(buffer["spec"]["replicas"])
            time.sleep(0.2)
        kept = time.monotonic() - cancelled
        print(f"{self._testMethodName}: kept for {kept:.1f} s, counts {sorted(set(counts))}")
        self.assertIsNone(self.buffer())
        # Empty before it goes, so that its nodes are let go.
        self.assertEqual(set(counts), {5, 0})
        self.assertGreater(kept, 10)
        self.assertEqual(self.replicas(), 1)

    def test_observe_and_recommend_write_nothing(self) -> None:
        self.cluster.kubectl.apply(CAPACITY.replace("MODE", "Observe"))
        self.cluster.kubectl.apply(_planned(time.time() + 60, 6))
        wait_for("the status", lambda: self.ahead() == 5, 20)
        told = len(self.events("NodesAheadAdvised"))
        holds_for("no buffer", lambda: self.buffer() is None, 5)
        self.assertEqual(self.fleet()["conditions"]["Active"]["reason"], "Observing")
        self.assertNotIn("Kept", self.fleet()["conditions"])
        self.assertEqual(told, 0)
        self.cluster.kubectl.apply(CAPACITY.replace("MODE", "Recommend"))
        self.cluster.kubectl.apply(_planned(time.time() + 60, 8))
        wait_for("the advice", lambda: self.events("NodesAheadAdvised"), 20)
        print(self.events("NodesAheadAdvised")[0]["note"])
        self.assertIsNone(self.buffer())

    def test_placeholder_pods_keep_the_room_and_go_with_the_profile(self) -> None:
        capacity = CAPACITY.replace("MODE", "Act").replace(
            "{keep: 15s}", "{keep: 15s, by: PlaceholderPods, placeholderImage: none}")
        self.cluster.kubectl.apply(capacity)
        self.cluster.kubectl.apply(_planned(time.time() + 60, 4))
        wait_for("the placeholders", self.placeholders, 20)

        def pods() -> list[Object]:
            found: list[Object] = self.cluster.kubectl.json(
                "get", "pods", "--selector=loadcurve.dev/headroom-of=web")["items"]
            return [pod for pod in found if pod["spec"].get("nodeName")]

        wait_for("three pods on nodes", lambda: len(pods()) == 3, 20)
        for pod in pods():
            self.assertEqual(pod["spec"]["priority"], -10)
            self.assertEqual(pod["spec"]["preemptionPolicy"], "Never")
            self.assertEqual(pod["spec"]["containers"][0]["resources"]["requests"]["cpu"], "100m")
        self.assertIsNone(self.buffer())
        self.cluster.kubectl("delete", "cap", "fleet", "--wait")
        wait_for("no placeholders", lambda: self.placeholders() is None, 60)

    def test_the_api_server_refuses_what_cannot_be(self) -> None:
        both = {"apiVersion": "autoscaling.x-k8s.io/v1beta1", "kind": "CapacityBuffer",
                "metadata": {"name": "both", "namespace": "default"},
                "spec": {"replicas": 1, "podTemplateRef": {"name": "t"},
                         "scalableRef": {"apiGroup": "apps", "kind": "Deployment",
                                         "name": "web"}}}
        for manifest, why in (
                (json.dumps(both), "exactly one of podTemplateRef and scalableRef"),
                (CAPACITY.replace("MODE", "act"), "Unsupported value"),
                (CAPACITY.replace("MODE", "Act").replace(
                    "{keep: 15s}", "{by: PlaceholderPods}"), "need placeholderImage"),
                (CAPACITY.replace("MODE", "Act").replace("0.4", "0"), "price")):
            done = self.cluster.kubectl.outcome("apply", "--server-side", "--filename=-",
                                                text=manifest)
            self.assertNotEqual(done.returncode, 0, manifest)
            self.assertIn(why, done.stderr)
        for manifest in (CAPACITY.replace("MODE", "Act"),
                         (DEPLOY / "examples" / "capacity-profile.yaml").read_text()):
            self.cluster.kubectl.apply(manifest)
            checked = subprocess.run([str(loadcurve()), "validate", "-"], input=manifest,
                                     text=True, capture_output=True, check=False)
            self.assertEqual(checked.returncode, 0, checked.stderr)
