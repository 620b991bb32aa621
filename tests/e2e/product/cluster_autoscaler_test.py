"""The real Cluster Autoscaler gets its choice of our expander and its nodes of our cloud provider:
pods that wait run, a pool without stock is left for another at once, nothing is bought twice, and
placeholder pods have nodes ready before the pods that need them. With its own kwok provider it grows
the group that our expander chooses, and none that is closed."""

from __future__ import annotations

import json
import time
import unittest

from rig import Cluster
from rig.api import Object
from rig.binaries import cluster_autoscaler
from rig.cluster_autoscaler import GROUP, ClusterAutoscaler, KwokAutoscaler
from rig.simulated_cloud import SimulatedCloud
from rig.waiting import holds_for, wait_for

from .installation import DEPLOY

# Of the cheap pool there are three nodes.
CLOUD = """
pools:
  - {name: cheap, region: us-1, zone: us-1a, type: m5.large, class: spot, price: 0.03, cpu: 2,
     memoryBytes: 8e9, pods: 29, stock: 3, boot: 3s}
  - {name: ample, region: us-1, zone: us-1b, type: m5.large, price: 0.10, cpu: 2,
     memoryBytes: 8e9, pods: 29, stock: 100, boot: 3s}
"""
POOLS = """
apiVersion: loadcurve.dev/v1alpha1
kind: CapacityProfile
metadata: {name: fleet}
spec:
  provider: PROVIDER
  pools:
    - {name: cheap, region: us-1, zone: us-1a, type: m5.large, class: spot, price: 0.03, most: 20,
       boot: 3s, allocatable: {cpu: 2, memory: 8e9, pods: 29}}
    - {name: ample, region: us-1, zone: us-1b, type: m5.large, price: 0.10, most: 20,
       boot: 3s, allocatable: {cpu: 2, memory: 8e9, pods: 29}}
"""
# One to a node.
WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: web, image: web, resources: {requests: {cpu: 1500m, memory: 1Gi}}}]
"""
# As nodesAhead writes them where there are no CapacityBuffers.
PLACEHOLDERS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-headroom, namespace: default}
spec:
  replicas: 2
  strategy: {type: Recreate}
  selector: {matchLabels: {app: web-headroom}}
  template:
    metadata: {labels: {app: web-headroom}}
    spec:
      priorityClassName: loadcurve-headroom
      terminationGracePeriodSeconds: 0
      containers: [{name: room, image: pause, resources: {requests: {cpu: 1500m, memory: 1Gi}}}]
"""
PODS = "/api/v1/namespaces/default/pods?labelSelector=app%3D"


class WithKwokProvider(unittest.TestCase):
    cluster: Cluster

    @classmethod
    def setUpClass(cls) -> None:
        cluster_autoscaler()
        cls.cluster = cls.enterClassContext(Cluster())
        cls.cluster.kubectl.apply(WEB)
        cls.pools = POOLS.replace("  provider: PROVIDER\n", "")
        cls.autoscaler = KwokAutoscaler(
            cls.cluster, cls.pools, {"cheap": "us-1a", "ample": "us-1b"})

    def sizes(self) -> dict[str, int]:
        """Of the node groups."""
        groups = [node["metadata"]["labels"].get(GROUP)
                  for node in self.cluster.api.get("/api/v1/nodes")["items"]]
        return {group: groups.count(group) for group in ("cheap", "ample")}

    def grows(self, replicas: int, **sizes: int) -> None:
        """Each pod needs a node."""
        self.cluster.kubectl("scale", "deployment", "web", f"--replicas={replicas}")
        wait_for(f"{replicas} nodes", lambda: sum(self.sizes().values()) == replicas, 60)
        self.assertEqual(self.sizes(), sizes)

    def test_the_group_grows_that_costs_least_and_none_that_is_closed(self) -> None:
        self.grows(3, cheap=3, ample=0)
        self.autoscaler.use(self.pools.replace("price: 0.03", "price: 0.11"))
        self.grows(5, cheap=3, ample=2)
        # Lost five times an hour, the cheap pool costs 0.03 x (1 + 5) = 0.18 by the hour.
        self.autoscaler.use(self.pools.replace("price: 0.03", "price: 0.03, lossesPerHour: 5"))
        self.grows(6, cheap=3, ample=3)
        self.autoscaler.use(self.pools.replace("most: 20", "most: 0"))
        self.cluster.kubectl("scale", "deployment", "web", "--replicas=7")
        wait_for("the veto", lambda: self.autoscaler.said(
            self.autoscaler.autoscaler, "GRPC returned nil bestOptions"), 60)
        holds_for("nothing grows", lambda: self.sizes() == {"cheap": 3, "ample": 3}, 10)
        self.autoscaler.use(self.pools)
        self.grows(7, cheap=4, ample=3)


class WithClusterAutoscaler(unittest.TestCase):
    cluster: Cluster

    @classmethod
    def setUpClass(cls) -> None:
        cluster_autoscaler()
        cls.cluster = cls.enterClassContext(Cluster())
        cls.cloud = SimulatedCloud(cls.cluster, CLOUD, {"cheap": "us-1a", "ample": "us-1b"}, cpu=2)
        cls.addClassCleanup(cls.cloud.close)
        cls.autoscaler = ClusterAutoscaler(
            cls.cluster, POOLS.replace("PROVIDER", json.dumps(cls.cloud.provider)))
        cls.cluster.kubectl.apply(WEB)

    def paid(self) -> dict[str, int]:
        """How many nodes of each pool are paid for."""
        return {pool: len(self.cloud.ids(pool)) for pool in ("cheap", "ample")}

    def running(self, app: str = "web") -> list[Object]:
        pods: list[Object] = self.cluster.api.get(PODS + app)["items"]
        return [pod for pod in pods if pod["status"]["phase"] == "Running"]

    def scale(self, replicas: int) -> float:
        """Seconds until so many run, and no other."""
        since = time.monotonic()
        self.cluster.kubectl("scale", "deployment", "web", f"--replicas={replicas}")
        wait_for(f"{replicas} pods to run", lambda: len(self.running()) == replicas, 120)
        return time.monotonic() - since

    def nodes(self) -> set[str]:
        return {node["metadata"]["name"] for node in self.cluster.api.get("/api/v1/nodes")["items"]}

    def test_1_what_waits_runs_a_stock_out_costs_no_time_and_nothing_is_bought_twice(self) -> None:
        took = self.scale(2)
        print(f"2 pods ran after {took:.1f} s")
        self.assertEqual(self.paid(), {"cheap": 2, "ample": 0})

        # One more is to be had of the cheap pool, which is chosen first; two are not.
        took = self.scale(5)
        print(f"3 more ran after {took:.1f} s, 2 of them of another pool than was chosen first")
        self.assertEqual(self.paid(), {"cheap": 3, "ample": 2})
        failed = self.autoscaler.said(self.autoscaler.autoscaler, "Failed adding 2 nodes")
        self.assertTrue(any("group cheap" in line and "InsufficientCapacity" in line
                            for line in failed), failed)
        self.assertLess(took, 30)

        # The provider dies when it has just been asked for more, and comes back.
        self.cluster.kubectl("scale", "deployment", "web", "--replicas=8")
        wait_for("an order", lambda: sum(self.paid().values()) > 5, 60, 0.02)
        self.autoscaler.provider.kill()
        self.autoscaler.provider.start()
        wait_for("8 pods to run", lambda: len(self.running()) == 8, 120)
        self.assertEqual(self.cloud.ledger()["bought"], 8)

        # What nobody needs is named by Cluster Autoscaler, and given back.
        self.cluster.kubectl("scale", "deployment", "web", "--replicas=3")
        wait_for("5 nodes to be given back", lambda: sum(self.paid().values()) == 3, 180)
        wait_for("3 pods to run", lambda: len(self.running()) == 3, 60)
        nodes = self.nodes()
        wait_for("their Nodes to be gone", lambda: len(self.nodes()) == 3, 30)
        self.assertTrue({pod["spec"]["nodeName"] for pod in self.running()} <= nodes)
        self.assertEqual(self.cloud.ledger()["bought"], 8)

    def test_2_placeholder_pods_have_nodes_ready_which_pods_take_at_once(self) -> None:
        self.scale(3)
        bought = self.cloud.ledger()["bought"]
        self.cluster.kubectl.apply(DEPLOY / "manifests" / "placeholder-pods.yaml", PLACEHOLDERS)
        wait_for("nodes for both", lambda: len(self.running("web-headroom")) == 2, 120)
        self.assertEqual(self.cloud.ledger()["bought"], bought + 2)

        # Two more of web run on nodes that were there, and the room is made again behind them.
        ready = self.nodes()
        took = self.scale(5)
        print(f"2 pods ran after {took:.1f} s on nodes that were ready")
        self.assertTrue({pod["spec"]["nodeName"] for pod in self.running()} <= ready)
        wait_for("two more nodes", lambda: len(self.running("web-headroom")) == 2, 120)
        self.assertEqual(self.cloud.ledger()["bought"], bought + 4)

        self.cluster.kubectl("delete", "deployment", "web-headroom", "--wait")
        wait_for("the room to be given back", lambda: sum(self.paid().values()) == 5, 180)
