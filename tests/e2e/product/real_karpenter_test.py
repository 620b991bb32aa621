"""The real Karpenter honours what Loadcurve tells it: it leaves a machine for one that costs more and
carries more, and keeps room for a CapacityBuffer."""

from __future__ import annotations

import subprocess

from rig import Cluster, binaries
from rig.karpenter import Karpenter
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

    def types(self) -> list[str]:
        """Of all nodes."""
        return [node["metadata"]["labels"].get("node.kubernetes.io/instance-type", "")
                for node in self.cluster.api.get("/api/v1/nodes")["items"]]

    def runs(self) -> bool:
        pods = self.cluster.api.get("/api/v1/namespaces/default/pods")["items"]
        return [pod["status"]["phase"] for pod in pods] == ["Running"]

    def test_1_it_moves_to_the_machine_that_is_cheaper_for_the_load(self) -> None:
        wait_for("the pod to run", self.runs, 90)
        self.assertEqual(self.types(), ["m5.large"])
        holds_for("it stays", lambda: self.types() == ["m5.large"], 30)
        done = subprocess.run(
            [str(binaries.loadcurve()), "karpenter", "--pools", "-", "--apply",
             f"--kubeconfig={self.cluster.kubeconfig}"],
            input=CAPACITY, text=True, capture_output=True, check=False)
        print(done.stdout)
        self.assertEqual(done.returncode, 0, done.stderr)
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
