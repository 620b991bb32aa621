"""Nodes of AWS EC2, as moto answers for it: bought by `serve`, and by Cluster Autoscaler through our
cloud provider."""

from __future__ import annotations

import json
import time

from rig import Cluster, Options, binaries
from rig.api import Object
from rig.cluster_autoscaler import ClusterAutoscaler
from rig.ec2 import CREDENTIALS, Ec2
from rig.selftest.cluster_test_case import ClusterTestCase
from rig.waiting import holds_for, wait_for

from .installation import DEPLOY, Installation
from .node_pools_test import scaling_profile, web

ZONES = {"spot-a": "us-east-1a", "spot-b": "us-east-1b"}
LISTING_LAG = 60
PRICES = {"spot-a": 0.03, "spot-b": 0.04}


def _profile(provider: Object) -> Object:
    pools = [{"name": pool, "region": "us-east-1", "zone": zone, "type": "m5.xlarge",
              "class": "spot", "price": PRICES[pool], "boot": "3s", "most": 20,
              "allocatable": {"cpu": 4, "memory": "15Gi", "pods": 58},
              "labels": {"loadcurve-rig/sold": "yes"}} for pool, zone in ZONES.items()]
    return {"apiVersion": "loadcurve.dev/v1alpha1", "kind": "CapacityProfile",
            "metadata": {"name": "fleet"},
            "spec": {"mode": "Act", "selector": {"namespaces": ["default"]}, "pools": pools,
                     "provider": provider}}


class OnEc2(ClusterTestCase):
    ec2: Ec2

    @classmethod
    def setUpClass(cls) -> None:
        binaries.moto()
        cls.cluster = cls.enterClassContext(Cluster(Options(), prometheus="1s"))
        cls.cluster.add_fake_node()
        cls.ec2 = Ec2(cls.cluster, ZONES)
        cls.addClassCleanup(cls.ec2.close)

    def ready(self) -> int:
        path = "/apis/apps/v1/namespaces/default/deployments/web"
        count: int = self.cluster.api.get(path).get("status", {}).get("readyReplicas", 0)
        return count


class BoughtByServe(OnEc2):
    def test_instances_are_bought_once_in_their_zones_and_replaced_under_notice(self) -> None:
        installation = Installation(self.cluster, self.cluster.prometheus.url,
                                    environment=CREDENTIALS)
        self.cluster.kubectl.apply(DEPLOY / "manifests" / "node-pools.yaml")
        installation.wait_until_available()
        # Pods of one core, three to an instance of four.
        self.cluster.kubectl.apply(scaling_profile(6), web(6), _profile(self.ec2.provider))
        # An empty journal waits for the provider's list to settle before it buys.
        wait_for("all pods to run", lambda: self.ready() == 6, 60 + LISTING_LAG)
        bought = self.ec2.ids("spot-a")
        self.assertEqual(len(bought), 2)
        self.assertEqual({self.ec2.zone_of(one) for one in bought}, {"us-east-1a"})
        installation.component.restart()
        holds_for("no other is bought", lambda: len(self.ec2.nodes()) == 2, 15)

        # As the node termination handler tells it, and as AWS ends it.
        lost = bought[0]
        self.cluster.api.merge(f"/api/v1/nodes/{lost}", {"spec": {"taints": [
            {"key": "aws-node-termination-handler/spot-itn", "effect": "NoSchedule"}]}})
        wait_for("a replacement in the other zone", lambda: self.ec2.ids("spot-b"), 30)
        wait_for("all pods to run elsewhere", lambda: self.ready() == 6 and not [
            pod for pod in self.cluster.api.get("/api/v1/namespaces/default/pods")["items"]
            if pod["spec"].get("nodeName") == lost], 60)
        self.ec2.terminate(lost)
        wait_for("it is gone", lambda: lost not in {
            node["metadata"]["name"] for node in self.cluster.api.get("/api/v1/nodes")["items"]}, 30)
        holds_for("one was bought for it", lambda: len(self.ec2.nodes()) == 2, 15)
        print(self.cluster.kubectl("get", "cap,co"))


class BoughtByClusterAutoscaler(OnEc2):
    @classmethod
    def setUpClass(cls) -> None:
        binaries.cluster_autoscaler()
        super().setUpClass()

    def test_what_waits_gets_instances_and_what_idles_is_ended(self) -> None:
        autoscaler = ClusterAutoscaler(self.cluster, json.dumps(_profile(self.ec2.provider)))
        began = time.monotonic()
        self.cluster.kubectl.apply(web(6))
        wait_for("all pods to run", lambda: self.ready() == 6, 120)
        print(f"6 pods ran after {time.monotonic() - began:.1f} s")
        self.assertEqual(len(self.ec2.nodes()), 2)
        autoscaler.provider.restart()
        self.cluster.kubectl("scale", "deployment", "web", "--replicas=3")
        wait_for("one to be ended", lambda: len(self.ec2.nodes()) == 1, 180)
        wait_for("3 pods to run", lambda: self.ready() == 3, 60)
