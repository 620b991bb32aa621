"""Nodes that Loadcurve buys, replaces and drains itself, on a real API server with the real
scheduler: a simulated cloud sells them, and kwok plays the kubelets."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone

from rig import Cluster, Options
from rig.api import Object
from rig.sample import deployment
from rig.selftest.cluster_test_case import ClusterTestCase
from rig.simulated_cloud import SimulatedCloud
from rig.sold_nodes import ON_SOLD_NODE
from rig.waiting import holds_for, wait_for

from .installation import DEPLOY, Installation
from .loop_test_case import PROFILE, looking

ZONES = {"spot-a": "z-a", "spot-b": "z-b", "on-demand": "z-c"}
NOTICE = 40
PLAN = f"""
pools:
  - {{name: spot-a, region: z, zone: z-a, class: spot, price: 0.03, cpu: 4, memoryBytes: 16e9,
      stock: 100, boot: 3s, notice: {NOTICE}s}}
  - {{name: spot-b, region: z, zone: z-b, class: spot, price: 0.04, cpu: 4, memoryBytes: 16e9,
      stock: 100, boot: 3s, notice: {NOTICE}s}}
  - {{name: on-demand, region: z, zone: z-c, price: 0.1, cpu: 4, memoryBytes: 16e9, stock: 100,
      boot: 3s}}
"""
FLEET = "/apis/loadcurve.dev/v1alpha1/capacityprofiles/fleet"


def scaling_profile(least: int) -> str:
    """Of as many pods as wanted, for a load of which nothing is decided here."""
    return (PROFILE[:PROFILE.index("  objective:")]
            + f"  bounds: {{minReplicas: {least}, maxReplicas: 400}}\n")


def capacity_profile(cloud: SimulatedCloud, mode: str = "Act") -> Object:
    """Of the pools of PLAN, whose nodes have 4 cores."""
    pools = [{"name": pool, "region": "z", "zone": zone, "price": price, "boot": "3s",
              "class": "on-demand" if pool == "on-demand" else "spot", "most": 100,
              "allocatable": {"cpu": 4, "memory": "15Gi"}, "labels": {"loadcurve-rig/sold": "yes"}}
             for (pool, zone), price in zip(ZONES.items(), (0.03, 0.04, 0.1), strict=True)]
    return {"apiVersion": "loadcurve.dev/v1alpha1", "kind": "CapacityProfile",
            "metadata": {"name": "fleet"},
            "spec": {"mode": mode, "selector": {"namespaces": ["default"]}, "pools": pools,
                     "provider": cloud.provider}}


def budget(name: str, max_unavailable: int | str) -> Object:
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"maxUnavailable": max_unavailable, "selector": {"matchLabels": {"app": name}}}}


def web(replicas: int) -> Object:
    """Pods of one core, on sold nodes alone."""
    return deployment("web", replicas, {
        **ON_SOLD_NODE, "terminationGracePeriodSeconds": 2,
        "containers": [{"name": "main", "image": "none",
                        "resources": {"requests": {"cpu": "1", "memory": "64Mi"}}}]})


class NodePoolCase(ClusterTestCase):
    """`cluster`, `cloud` and `installation`; nothing is sold yet."""

    installation: Installation
    cloud: SimulatedCloud

    @classmethod
    def start(cls, plan: str, zones: dict[str, str]) -> None:
        cls.cluster = cls.enterClassContext(Cluster(Options(), prometheus="1s"))
        cls.cluster.add_fake_node()
        cls.cloud = SimulatedCloud(cls.cluster, plan, zones)
        cls.addClassCleanup(cls.cloud.close)
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url)
        cls.cluster.kubectl.apply(DEPLOY / "manifests" / "node-pools.yaml")
        cls.installation.wait_until_available()

    def fleet(self) -> Object:
        status: Object = self.cluster.api.get(FLEET).get("status", {})
        status["conditions"] = {one["type"]: one for one in status.get("conditions", [])}
        return status

    def pods(self) -> list[Object]:
        found: list[Object] = self.cluster.api.get(
            "/api/v1/namespaces/default/pods", labelSelector="app=web")["items"]
        return found

    def ready(self) -> int:
        path = "/apis/apps/v1/namespaces/default/deployments/web"
        count: int = self.cluster.api.get(path).get("status", {}).get("readyReplicas", 0)
        return count

    def orders(self) -> list[Object]:
        items: list[Object] = self.cluster.api.get(
            "/apis/loadcurve.dev/v1alpha1/capacityorders")["items"]
        return items


class NodePools(NodePoolCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.start(PLAN, ZONES)
        cls.cluster.kubectl.apply(web(0))

    def test_1_a_plan_alone_buys_nothing(self) -> None:
        self.cluster.kubectl.apply(scaling_profile(8))
        self.cluster.kubectl.apply(web(1))
        self.cluster.kubectl.apply(capacity_profile(self.cloud, "Recommend"))
        wait_for("a plan", lambda: self.fleet().get("nodes", {}).get("wanted", 0) == 2, 30)
        print(json.dumps(self.fleet(), indent=1))
        holds_for("nothing is bought", lambda: self.cloud.ledger()["bought"] == 0, 3)
        self.assertEqual(self.fleet()["conditions"]["Supplied"]["reason"], "NotBuying")

    def test_2_nodes_are_there_before_a_planned_rise(self) -> None:
        self.cluster.kubectl.apply(capacity_profile(self.cloud))
        wait_for("two nodes", lambda: len(self.cloud.ids("spot-a")) == 2, 30)
        wait_for("the pod runs", lambda: self.ready() == 1, 30)
        rise = int(time.time()) + 60
        at = datetime.fromtimestamp(rise, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        end = datetime.fromtimestamp(rise + 900, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.cluster.kubectl.apply(scaling_profile(8) + (
            f"  schedules: [{{name: sale, from: \"{at}\", until: \"{end}\", minReplicas: 16}}]\n"))
        wait_for("four nodes", lambda: sum(
            node["state"] == "ready" for node in self.cloud.nodes()) == 4, rise - time.time())
        print(f"{self._testMethodName}: the nodes were there {rise - time.time():.1f} s before")
        time.sleep(max(0.0, rise - time.time()))
        self.cluster.kubectl.apply(web(16))
        began = time.monotonic()
        wait_for("all pods run", lambda: self.ready() == 16, 30)
        print(f"{self._testMethodName}: 16 pods ran after {time.monotonic() - began:.1f} s")
        self.assertEqual(self.cloud.ledger()["bought"], 4)
        self.assertEqual(sum(order["status"]["held"] for order in self.orders()), 4)

    def test_3_a_node_under_notice_is_replaced_once_though_the_leader_is_killed(self) -> None:
        self.cluster.kubectl.apply(budget("web", 1))
        bought = self.cloud.ledger()["bought"]
        lost = self.cloud.ids("spot-a")[0]
        on_it = {pod["metadata"]["name"] for pod in self.pods()
                 if pod["spec"].get("nodeName") == lost}
        self.assertTrue(on_it)
        fewest = [16]

        def look() -> None:
            fewest.append(self.ready())

        with looking(look, 0.1):
            began = time.monotonic()
            self.cloud.interrupt(lost)
            wait_for("the taint", lambda: any(
                taint["key"] == "loadcurve.dev/leaving" for taint in
                self.cluster.api.get(f"/api/v1/nodes/{lost}")["spec"].get("taints", [])), 10, 0.02)
            tainted = time.monotonic() - began
            self.installation.component.kill()
            self.installation.component.start()
            wait_for("a replacement elsewhere", lambda: self.cloud.ids("spot-b"), NOTICE)
            replaced = time.monotonic() - began
            wait_for("its pods are gone", lambda: not on_it & {
                pod["metadata"]["name"] for pod in self.pods()}, NOTICE)
            drained = time.monotonic() - began
            wait_for("all run again", lambda: self.ready() == 16, 30)
            wait_for("the node is gone", lambda: lost not in {
                node["metadata"]["name"] for node in self.cluster.api.get("/api/v1/nodes")["items"]},
                NOTICE)
        print(f"{self._testMethodName}: tainted after {tainted:.2f} s, replacement sold after "
              f"{replaced:.1f} s, drained after {drained:.1f} s, at least {min(fewest)} of 16 ran")
        self.assertLess(tainted, 5)
        self.assertLess(drained, NOTICE)
        self.assertGreaterEqual(min(fewest), 15)
        holds_for("one was bought", lambda: self.cloud.ledger()["bought"] == bought + 1, 5)
        print(self.cluster.kubectl("get", "cap,co"))

    def test_4_without_the_cloud_all_stays_and_a_condition_says_so(self) -> None:
        bought = self.cloud.ledger()["bought"]
        self.cloud.component.kill()
        wait_for("the condition", lambda: self.fleet()["conditions"]["Supplied"]["reason"]
                 == "ProviderUnreachable", 30)
        print(self.fleet()["conditions"]["Supplied"]["message"])
        self.assertEqual(self.ready(), 16)
        self.assertGreater(bought, 0)
