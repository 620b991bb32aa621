"""What `serve` asks for ahead of a load that repeats is honoured by others: Karpenter makes nodes for
CapacityBuffers, Cluster Autoscaler for placeholder pods. The nodes are there before a pod needs
one, go when they are no longer foreseen, and pods run on them at once."""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Iterator
from datetime import datetime, timezone

from rig import binaries
from rig.api import ApiError, Object
from rig.cluster import condition
from rig.cluster_autoscaler import KwokAutoscaler
from rig.karpenter import RESERVED_MILLICORES, Karpenter
from rig.node.registration import LABEL
from rig.waiting import wait_for

from .installation import DEPLOY, Installation
from .loop_test_case import PROFILE, LoopTestCase, looking
from .past import past

# Seconds of a period: low, high, low.
_PERIOD, _RISE, _FALL = 200, 170, 195
# A node takes 10 s, its order 60 s at most, and a replica 3 s: so far it is looked ahead.
_AHEAD = 73
# 36 requests a second are 6 replicas' worth.
_LOW_RATE, _HIGH_RATE, _HIGH_NEED = 1.5, 36.0, 6
# Pods of 100 millicores.
_PODS_OF_A_NODE = 2
_CPU = "200m"

FORESEEING = PROFILE.replace("forecast: {step: 5s}",
                             f"forecast: {{step: 5s, season: {_PERIOD}s}}")
POOL = f"""
apiVersion: loadcurve.dev/v1alpha1
kind: CapacityProfile
metadata: {{name: fleet}}
spec:
  mode: Act
  selector: {{namespaces: [default]}}
  nodesAhead: AHEAD
  pools:
    - {{name: small, zone: z-a, type: m5.large, price: 0.1, most: 40, boot: 10s,
       allocatable: {{cpu: {_CPU}, memory: 8Gi, pods: 29}}}}
"""
PODS = "/api/v1/namespaces/default/pods?labelSelector=app%3Dweb"
FLEET = "/apis/loadcurve.dev/v1alpha1/capacityprofiles/fleet"
# What the sample service's pods ask of a node.
LABELS = {LABEL: "process"}


def _rate(phase: float) -> float:
    """Requests a second at that second of a period."""
    return _HIGH_RATE if _RISE <= phase < _FALL else _LOW_RATE


class JudgedTestCase(LoopTestCase):
    """`add_judge` starts who makes nodes; `asked` is the path of what it is asked by."""

    ahead: str
    asked: str

    @classmethod
    def add_judge(cls) -> None:
        raise NotImplementedError

    @classmethod
    def setUpClass(cls) -> None:
        # On the process node there is room for one pod: all others need new nodes. Those do
        # nothing there, so the load stays low throughout.
        cls.start_cluster(cpu="100m", has_metrics_server=False)
        cls.add_judge()
        cls.origin = int(time.time()) // 5 * 5 - 25
        cls.cluster.prometheus.seed(
            past(lambda at: _rate((at - cls.origin) % _PERIOD), seconds=3000))
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url)
        cls.cluster.kubectl.apply(DEPLOY / "manifests" / "nodes-ahead.yaml",
                                  DEPLOY / "manifests" / "placeholder-pods.yaml")
        cls.installation.wait_until_available()

    def room(self) -> int:
        """For how many pods nodes are asked for."""
        try:
            replicas: int = self.cluster.api.get(self.asked)["spec"]["replicas"]
        except ApiError:
            return 0
        return replicas

    def made(self) -> list[Object]:
        """The nodes that were made."""
        return [node for node in self.cluster.api.get("/api/v1/nodes")["items"]
                if LABELS.items() <= node["metadata"]["labels"].items()
                and node["metadata"]["name"] != self.node.name]

    def ready(self) -> set[str]:
        """Those of them that pods may run on."""
        return {node["metadata"]["name"] for node in self.made()
                if condition(node, "Ready") == "True" and not node["spec"].get("taints")}

    def has_enough(self) -> bool:
        return len(self.ready()) >= math.ceil(self.room() / _PODS_OF_A_NODE)

    def has_nodes_for(self, pods: int) -> bool:
        """Ready ones, and no other."""
        return len(self.ready()) == len(self.made()) == math.ceil(pods / _PODS_OF_A_NODE)

    def pods(self) -> list[Object]:
        found: list[Object] = self.cluster.api.get(PODS)["items"]
        return found

    @contextlib.contextmanager
    def no_pod_waits(self) -> Iterator[None]:
        """Fails at the end where a pod of `web` had no node meanwhile."""
        waited: set[str] = set()

        def look() -> None:
            waited.update(pod["metadata"]["name"] for pod in self.pods()
                          if condition(pod, "PodScheduled") == "False")

        with looking(look, 0.1):
            yield
        self.assertEqual(waited, set())

    def nodes_come_and_go_with_the_forecast(self) -> None:
        self.steady(_LOW_RATE, 600)
        self.cluster.kubectl.apply(FORESEEING)
        self.cluster.kubectl.apply(POOL.replace("AHEAD", self.ahead))
        wait_for("a forecast", lambda: self.state("Forecasting") == "True", 90)
        rise = self.origin + _RISE
        self.assertLess(time.time(), rise - _AHEAD, "the machine is too slow to see anything")
        self.assertEqual((self.room(), self.made()), (0, []))
        with self.no_pod_waits():
            wait_for("room to be asked for", lambda: self.room() >= _HIGH_NEED - 1,
                     rise - time.time())
            asked = rise - time.time()
            wait_for("nodes for all of it", self.has_enough, rise - time.time())
            print(f"{self._testMethodName}: room for {self.room()} pods was asked for "
                  f"{asked:.1f} s before the rise, and {len(self.ready())} nodes were there "
                  f"{rise - time.time():.1f} s before it")
            self.judge_has_said()
            print(json.dumps(self.cluster.api.get(FLEET)["status"], indent=1))
            # Chance may leave a second replica's worth.
            wait_for("little to be asked for", lambda: self.room() <= 1,
                     self.origin + _PERIOD + _RISE - _AHEAD - time.time())
            given_back = time.monotonic()
            with looking(self.look_again, 10):
                wait_for("the nodes to go", lambda: self.has_nodes_for(self.room())
                         and self.room() <= 1, 120)
            print(f"{self._testMethodName}: room for {self.room()} was left, and after "
                  f"{time.monotonic() - given_back:.1f} s {len(self.made())} nodes")

    def pods_run_on_nodes_that_were_there(self) -> None:
        rise = datetime.fromtimestamp(time.time() + 60, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        with self.no_pod_waits():
            self.cluster.kubectl.apply(
                FORESEEING + f"  schedules: [{{name: sale, from: \"{rise}\", "
                f"until: \"2099-01-01T00:00:00Z\", minReplicas: 12}}]\n")
            wait_for("nodes for 11 more", lambda: self.room() == 11 and self.has_enough(), 60)
        ready = self.ready()
        began = time.monotonic()
        self.cluster.kubectl("scale", "deployment", "web", "--replicas=7")
        wait_for("7 pods to run", lambda: [pod["status"]["phase"] for pod in self.pods()]
                 == ["Running"] * 7, 60)
        print(f"{self._testMethodName}: they ran after {time.monotonic() - began:.1f} s")
        self.assertLessEqual({pod["spec"]["nodeName"] for pod in self.pods()},
                             ready | {self.node.name})
        # What came is no longer ahead: 7 there, 5 to come.
        wait_for("room for what is still to come", lambda: self.room() == 5, 30)
        self.assertTrue(self.has_enough())

    def judge_has_said(self) -> None:
        """What stands in a status, where there is one."""

    def look_again(self) -> None:
        """Where the judge looks only at what changed, and a buffer is nothing that did."""


class ByKarpenter(JudgedTestCase):
    ahead = "{keep: 15s}"
    asked = "/apis/autoscaling.x-k8s.io/v1beta1/namespaces/default/capacitybuffers/web-headroom"

    @classmethod
    def setUpClass(cls) -> None:
        binaries.karpenter()
        super().setUpClass()

    @classmethod
    def add_judge(cls) -> None:
        cls.karpenter = Karpenter(cls.cluster, {"m5.large": 0.10}, labels=LABELS,
                                  cpu=f"{int(_CPU[:-1]) + RESERVED_MILLICORES}m")

    def judge_has_said(self) -> None:
        def found() -> bool:
            buffer = self.cluster.api.get(self.asked)
            return (condition(buffer, "ReadyForProvisioning") == "True"
                    and condition(buffer, "Provisioning") == "True"
                    and buffer["status"]["replicas"] == buffer["spec"]["replicas"]
                    and self.has_nodes_for(buffer["spec"]["replicas"]))

        wait_for("Karpenter to find room for all", found, 60)
        print(json.dumps(self.cluster.api.get(self.asked)["status"], indent=1))

    def look_again(self) -> None:
        # In a cluster where no pod comes or goes it looks for spare nodes every five minutes only.
        self.cluster.api.merge("/apis/karpenter.sh/v1/nodepools/general",
                               {"spec": {"weight": int(time.time()) % 100 + 1}})

    def test_1_nodes_come_and_go_with_the_forecast(self) -> None:
        self.nodes_come_and_go_with_the_forecast()

    def test_2_pods_run_on_nodes_that_were_there(self) -> None:
        # A buffer's pods are not there, and need not make way.
        with self.no_pod_waits():
            self.pods_run_on_nodes_that_were_there()


class ByClusterAutoscaler(JudgedTestCase):
    ahead = "{keep: 15s, by: PlaceholderPods, placeholderImage: none}"
    asked = "/apis/apps/v1/namespaces/default/deployments/web-headroom"

    @classmethod
    def setUpClass(cls) -> None:
        binaries.cluster_autoscaler()
        super().setUpClass()

    @classmethod
    def add_judge(cls) -> None:
        cls.autoscaler = KwokAutoscaler(cls.cluster, POOL.replace("  nodesAhead: AHEAD\n", ""),
                                        {"small": "z-a"}, _CPU, LABELS)

    def test_1_nodes_come_and_go_with_the_forecast(self) -> None:
        self.nodes_come_and_go_with_the_forecast()

    def test_2_pods_run_on_nodes_that_were_there(self) -> None:
        self.pods_run_on_nodes_that_were_there()
