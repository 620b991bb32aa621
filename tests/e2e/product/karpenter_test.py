"""NodeOverlays and NodePools on a real API server, as Karpenter would find them."""

from __future__ import annotations

import subprocess
import unittest

from rig import Cluster
from rig.api import ApiError, Object
from rig.binaries import loadcurve
from rig.karpenter import node_pool

from .installation import E2E

OVERLAYS = "/apis/karpenter.sh/v1alpha1/nodeoverlays"
POOLS = "/apis/karpenter.sh/v1/nodepools"
# 1.02 / 1.12 = 0.9107, and two that cost what they cost.
CAPACITY = """
apiVersion: loadcurve.dev/v1alpha1
kind: CapacityProfile
metadata: {name: fleet}
spec:
  pools:
    - {name: spot-a, zone: eu-1a, type: m6i.large, class: spot, price: 0.04, most: 30,
       lossesPerHour: 0.02, speed: 1.12, allocatable: {cpu: 2, memory: 8Gi},
       labels: {karpenter.sh/nodepool: spot}}
    - {name: spot-b, zone: eu-1b, type: m5.large, class: spot, price: 0.05, most: 10,
       allocatable: {cpu: 2, memory: 8Gi}, labels: {karpenter.sh/nodepool: spot}}
    - {name: steady, type: m5.large, class: on-demand, price: 0.1, most: 5,
       allocatable: {cpu: 2, memory: 8Gi}, labels: {karpenter.sh/nodepool: steady}}
"""


def _subscribed(most: int) -> str:
    return f"""    - {{name: base, type: m5.large, class: reserved, price: 0.03, most: {most},
       allocatable: {{cpu: 2, memory: 8Gi}}, labels: {{karpenter.sh/nodepool: base}}}}
"""


class Karpenter(unittest.TestCase):
    cluster: Cluster

    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(Cluster())
        cls.cluster.kubectl.apply(E2E / "rig" / "crds" / "karpenter.yaml")
        cls.cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s",
                            "crd/nodeoverlays.karpenter.sh", "crd/nodepools.karpenter.sh")

    def setUp(self) -> None:
        for kind in ("nodeoverlays", "nodepools"):
            self.cluster.kubectl("delete", kind, "--all")
        for pool in (node_pool("spot", limits={"cpu": "100"}), node_pool("steady")):
            self.cluster.api.create(POOLS, pool)

    def apply(self, capacity: str, *flags: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(loadcurve()), "karpenter", "--pools", "-", "--apply",
             f"--kubeconfig={self.cluster.kubeconfig}", *flags],
            input=capacity, text=True, capture_output=True, check=False)

    def overlays(self) -> dict[str, Object]:
        return {one["metadata"]["name"]: one["spec"]
                for one in self.cluster.api.get(OVERLAYS)["items"]}

    def node_pool(self, name: str) -> Object:
        spec: Object = self.cluster.api.get(f"{POOLS}/{name}")["spec"]
        return spec

    def test_prices_limits_and_weights_are_as_the_pools_say(self) -> None:
        done = self.apply(CAPACITY)
        self.assertEqual(done.returncode, 0, done.stderr)
        print(done.stdout)
        overlays = self.overlays()
        self.assertEqual(list(overlays), ["loadcurve-spot-a"])
        self.assertEqual(overlays["loadcurve-spot-a"]["priceAdjustment"], "-8.93%")
        self.assertEqual(self.node_pool("spot")["limits"], {"cpu": "100", "nodes": "40"})
        self.assertEqual(self.node_pool("spot")["weight"], 100)
        self.assertEqual(self.node_pool("steady")["weight"], 90)
        # Again, and nothing changes; without the speed, what is no longer needed goes.
        self.assertEqual(self.apply(CAPACITY).returncode, 0)
        self.assertEqual(self.overlays(), overlays)
        plain = CAPACITY.replace("lossesPerHour: 0.02, speed: 1.12, ", "")
        self.assertIn("removed nodeoverlays.karpenter.sh loadcurve-spot-a",
                      self.apply(plain).stdout)
        self.assertEqual(self.overlays(), {})

    def test_absolute_prices_are_taken_by_the_same_rules(self) -> None:
        self.assertEqual(self.apply(CAPACITY, "--price=absolute").returncode, 0)
        self.assertEqual({name: spec["price"] for name, spec in self.overlays().items()},
                         {"loadcurve-spot-a": "0.036429", "loadcurve-spot-b": "0.05",
                          "loadcurve-steady": "0.1"})

    def test_what_somebody_else_made_or_set_is_left_alone_and_told(self) -> None:
        foreign = {"apiVersion": "karpenter.sh/v1alpha1", "kind": "NodeOverlay",
                   "metadata": {"name": "loadcurve-spot-a"},
                   "spec": {"requirements": [], "price": "7"}}
        self.cluster.api.create(OVERLAYS, foreign)
        self.cluster.kubectl.apply(node_pool("steady", weight=7))
        self.cluster.api.delete(f"{POOLS}/spot")
        done = self.apply(CAPACITY)
        self.assertEqual(done.returncode, 1)
        self.assertIn("nodeoverlays.karpenter.sh loadcurve-spot-a was made by somebody else",
                      done.stderr)
        self.assertIn("nodepools.karpenter.sh steady: spec.weight or spec.limits.nodes is somebody "
                      "else's", done.stderr)
        self.assertIn("there is no NodePool spot", done.stderr)
        self.assertEqual(self.overlays()["loadcurve-spot-a"]["price"], "7")
        self.assertEqual(self.node_pool("steady")["weight"], 7)

    def test_a_static_node_pool_holds_what_is_subscribed(self) -> None:
        # Room for two more, while nodes are replaced.
        self.cluster.api.create(POOLS, node_pool("base", replicas=3, limits={"nodes": "8"}))
        for most in (6, 4):
            done = self.apply(CAPACITY + _subscribed(most))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("applied nodepools.karpenter.sh/scale base", done.stdout)
            spec = self.node_pool("base")
            self.assertEqual((spec["replicas"], spec["limits"]), (most, {"nodes": "8"}))
            self.assertNotIn("weight", spec)

    def test_no_node_pool_changes_between_static_and_dynamic(self) -> None:
        self.cluster.api.create(POOLS, node_pool("base"))
        done = self.apply(CAPACITY + _subscribed(6))
        self.assertEqual(done.returncode, 2)
        self.assertIn("nodepools.karpenter.sh base is dynamic", done.stderr)
        # Karpenter's own rule, by the API server.
        with self.assertRaisesRegex(ApiError, "cannot transition NodePool"):
            self.cluster.api.merge(f"{POOLS}/base", {"spec": {"replicas": 6}})
        self.cluster.api.delete(f"{POOLS}/steady")
        self.cluster.api.create(POOLS, node_pool("steady", replicas=3))
        done = self.apply(CAPACITY)
        self.assertEqual(done.returncode, 2)
        self.assertIn("nodepools.karpenter.sh steady is static: spec.replicas is 3", done.stderr)
        self.assertEqual(self.overlays(), {})
        self.assertNotIn("weight", self.node_pool("spot"))

    def test_without_karpenter_it_says_what_is_missing(self) -> None:
        self.cluster.kubectl("delete", "crd", "nodeoverlays.karpenter.sh")
        self.addCleanup(self.cluster.kubectl.apply, E2E / "rig" / "crds" / "karpenter.yaml")
        done = self.apply(CAPACITY)
        self.assertEqual(done.returncode, 2)
        self.assertIn("this cluster knows no NodeOverlay of karpenter.sh/v1alpha1", done.stderr)
