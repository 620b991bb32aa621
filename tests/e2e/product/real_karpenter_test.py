"""The real Karpenter honours what Loadcurve tells it: it leaves a machine for one that costs more and
carries more, keeps room for a CapacityBuffer, and holds in a static NodePool what is subscribed."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

from rig import Cluster, binaries
from rig.karpenter import Karpenter, node_pool
from rig.sample import deployment
from rig.selftest.cluster_test_case import ClusterTestCase
from rig.waiting import holds_for, wait_for

# 0.11 / 1.25 = 0.088: for what a pod carries there, the newer machine is the cheaper one.
CAPACITY = """
apiVersion: loadcurve.dev/v1alpha1
kind: CapacityProfile
metadata: {name: fleet}
spec:
  pools:
    - {name: old, zone: z-a, type: m5.large, price: 0.10, most: 30,
       allocatable: {cpu: 2, memory: 8Gi}, labels: {karpenter.sh/nodepool: general}}
    - {name: new, zone: z-a, type: m6i.large, price: 0.11, most: 10, speed: 1.25,
       allocatable: {cpu: 2, memory: 8Gi}, labels: {karpenter.sh/nodepool: general}}
"""


def _subscribed(most: int) -> str:
    return f"""    - {{name: base, zone: z-a, type: m5.large, class: reserved, price: 0.03, most: {most},
       allocatable: {{cpu: 2, memory: 8Gi}}, labels: {{karpenter.sh/nodepool: base}}}}
"""


class RealKarpenter(ClusterTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        binaries.karpenter()
        cls.cluster = cls.enterClassContext(Cluster())
        cls.karpenter = Karpenter(cls.cluster, {"m5.large": 0.10, "m6i.large": 0.11})
        cls.cluster.kubectl.apply(deployment("web", 1, {
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "main", "image": "none",
                            "resources": {"requests": {"cpu": "1", "memory": "64Mi"}}}]}))

    def labels(self, label: str) -> list[str]:
        """Of all nodes."""
        return [node["metadata"]["labels"].get(label, "")
                for node in self.cluster.api.get("/api/v1/nodes")["items"]]

    def types(self) -> list[str]:
        return self.labels("node.kubernetes.io/instance-type")

    def runs(self) -> bool:
        pods = self.cluster.api.get("/api/v1/namespaces/default/pods")["items"]
        return [pod["status"]["phase"] for pod in pods] == ["Running"]

    def tell(self, capacity: str) -> str:
        """Karpenter, what these pools say; what there is to be seen to."""
        done = subprocess.run(
            [str(binaries.loadcurve()), "karpenter", "--pools", "-", "--apply",
             f"--kubeconfig={self.cluster.kubeconfig}"],
            input=capacity, text=True, capture_output=True, check=False)
        print(done.stdout, done.stderr)
        self.assertEqual(done.returncode, 1 if done.stderr else 0)
        return done.stderr

    def test_1_it_moves_to_the_machine_that_is_cheaper_for_the_load(self) -> None:
        wait_for("the pod to run", self.runs, 90)
        self.assertEqual(self.types(), ["m5.large"])
        holds_for("it stays", lambda: self.types() == ["m5.large"], 30)
        self.assertEqual(self.tell(CAPACITY), "")
        wait_for("Karpenter to take the overlay", lambda: "True" in self.cluster.kubectl(
            "get", "nodeoverlay", "loadcurve-new",
            "--output=jsonpath={.status.conditions[?(@.type==\"Ready\")].status}"), 30)
        wait_for("the other machine alone", lambda: self.types() == ["m6i.large"], 120)
        wait_for("the pod to run there", self.runs, 30)
        print(self.cluster.kubectl("get", "nodeoverlays,nodepools,nodeclaims,nodes"))
        spec = self.cluster.api.get("/apis/karpenter.sh/v1/nodepools/general")["spec"]
        self.assertEqual((spec["limits"], spec["weight"]), ({"nodes": "40"}, 100))

    def test_2_it_keeps_room_for_a_buffer(self) -> None:
        # As Loadcurve writes it: room for three more pods of a core, on nodes of two.
        self.cluster.kubectl.apply({
            "apiVersion": "autoscaling.x-k8s.io/v1beta1", "kind": "CapacityBuffer",
            "metadata": {"name": "web-headroom", "namespace": "default"},
            "spec": {"provisioningStrategy": "buffer.x-k8s.io/active-capacity", "replicas": 3,
                     "scalableRef": {"apiGroup": "apps", "kind": "Deployment", "name": "web"}}})
        wait_for("more machines than the pod needs", lambda: len(self.types()) >= 2, 120)
        print(self.cluster.kubectl("get", "capacitybuffers,nodeclaims"))
        self.assertTrue(self.runs())

    def test_3_a_static_node_pool_holds_what_is_subscribed(self) -> None:
        def base() -> tuple[int, int]:
            """Its nodes as there are, and as the NodePool counts them."""
            pool = self.cluster.api.get("/apis/karpenter.sh/v1/nodepools/base")
            return (self.labels("karpenter.sh/nodepool").count("base"),
                    pool.get("status", {}).get("nodes", 0))

        self.cluster.kubectl.apply(
            node_pool("base", types=["m5.large"], replicas=1, limits={"nodes": "6"}))
        wait_for("what it was made with", lambda: base() == (1, 1), 60)
        # Of 8 it holds the 6 that its limit allows.
        for most, held in ((4, 4), (2, 2), (8, 6), (0, 0)):
            problem = self.tell(CAPACITY + _subscribed(most))
            self.assertEqual("spec.limits.nodes is 6" in problem, held < most, problem)
            self.follows(held, base)
        self.tell(CAPACITY + _subscribed(8))
        self.cluster.api.merge("/apis/karpenter.sh/v1/nodepools/base",
                               {"spec": {"limits": {"nodes": "9"}}})
        self.follows(8, base)
        print(self.cluster.kubectl("get", "nodepools"))

    def follows(self, nodes: int, count: Callable[[], tuple[int, int]]) -> None:
        since = time.monotonic()
        wait_for(f"{nodes} nodes", lambda: count() == (nodes, nodes), 90)
        print(f"{nodes} nodes after {time.monotonic() - since:.1f} s")
        holds_for("they stay", lambda: count() == (nodes, nodes), 10)
