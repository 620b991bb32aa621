"""Nodes that the load no longer needs are cordoned, emptied under a budget, watched and given back, on a
real API server with the real scheduler; and are back in service at once when the load rises."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Iterator

from rig.api import Object
from rig.sample import deployment
from rig.simulated_cloud import SimulatedCloud
from rig.sold_nodes import ON_SOLD_NODE
from rig.waiting import holds_for, wait_for

from .exporter import Exporter
from .installation import DEPLOY
from .loop_test_case import looking
from .node_pools_test import NodePoolCase, budget

POOL = "steady"
PLAN = f"""
pools:
  - {{name: {POOL}, region: z, zone: z-a, price: 0.1, cpu: 4, memoryBytes: 16e9, stock: 100, boot: 3s}}
"""
# A pod carries 10, and four of them fill a node beside what is nobody's to plan.
PROFILE = """
apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: web, namespace: default, annotations: {loadcurve.dev/mode: direct}}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  load:
    source: {kind: prometheus, prometheus: {load: 'sum(last_over_time(script_load[3s]))'}}
    perReplica: {metricsqps: 10}
  startup: {p95: 1s}
  objective: {targetUtilization: 1}
  bounds: {minReplicas: 1, maxReplicas: 30}
  forecast: {step: 1s}
  behavior: {scaleDown: {window: 3s}}
"""
AFTER = 10  # seconds that a node is spare before it goes
HIGH, LOW = 150, 50


def _pods(name: str, replicas: int, cpu: str) -> Object:
    """On sold nodes alone, and spread over them."""
    return deployment(name, replicas, {
        **ON_SOLD_NODE, "terminationGracePeriodSeconds": 2,
        "topologySpreadConstraints": [{
            "maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {"matchLabels": {"app": name}}}],
        "containers": [{"name": "main", "image": "none",
                        "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}}]})


def _at(load: float, second: float) -> float:
    """That load with a little chance in it."""
    return load + random.Random(int(second)).uniform(-4, 4)


def _past() -> str:
    now = int(time.time())
    lines = [f'script_load{{job="past"}} {_at(HIGH, at)} {at}' for at in range(now - 1500, now)]
    return "\n".join([*lines, "# EOF", ""])


def capacity_profile(cloud: SimulatedCloud, watch: int) -> Object:
    return {"apiVersion": "loadcurve.dev/v1alpha1", "kind": "CapacityProfile",
            "metadata": {"name": "fleet"},
            "spec": {"mode": "Act", "selector": {"namespaces": ["default"]},
                     "givingBack": {"after": f"{AFTER}s", "watch": f"{watch}s"},
                     "provider": cloud.provider,
                     "pools": [{"name": POOL, "region": "z", "zone": "z-a", "price": 0.1,
                                "boot": "3s", "most": 100,
                                "allocatable": {"cpu": "3600m", "memory": "15Gi"},
                                "labels": {"loadcurve-rig/sold": "yes"}}]}}


class GivingBack(NodePoolCase):
    load: float = HIGH

    @classmethod
    def setUpClass(cls) -> None:
        cls.start(PLAN, {POOL: "z-a"})
        address = cls.cluster.addresses.component(30)
        exporter = Exporter(cls.told, address, cls.cluster.addresses.free_port(address))
        cls.addClassCleanup(exporter.close)
        cls.cluster.prometheus.seed(_past())
        cls.cluster.prometheus.scrape("script", exporter.target)
        cls.cluster.kubectl.apply(DEPLOY / "manifests" / "direct-mode.yaml")
        cls.cluster.kubectl.apply(_pods("web", 15, "900m"), PROFILE)

    @classmethod
    def told(cls) -> str:
        return f"# TYPE script_load gauge\nscript_load {_at(cls.load, time.time())}\n"

    def wanted(self) -> int:
        path = "/apis/apps/v1/namespaces/default/deployments/web"
        count: int = self.cluster.api.get(path)["spec"]["replicas"]
        return count

    def sold(self) -> dict[str, Object]:
        """The nodes of the cluster that the cloud sold, by name."""
        return {node["metadata"]["name"]: node for node in self.cluster.api.get(
            "/api/v1/nodes", labelSelector="loadcurve-rig/sold=yes")["items"]}

    def out_of_service(self) -> set[str]:
        nodes = self.sold()
        cordoned = {name for name, node in nodes.items() if node["spec"].get("unschedulable")}
        tainted = {name for name, node in nodes.items()
                   if any(taint["key"] == "loadcurve.dev/leaving"
                          for taint in node["spec"].get("taints", []))}
        self.assertEqual(cordoned, tainted)
        return cordoned

    def pods_on(self, node: str) -> list[str]:
        found = self.cluster.api.get("/api/v1/namespaces/default/pods",
                                     fieldSelector=f"spec.nodeName={node}")["items"]
        return [pod["metadata"]["name"] for pod in found]

    def is_settled(self) -> bool:
        nodes = self.fleet().get("nodes")
        return (nodes is not None and nodes["held"] == nodes["wanted"] == len(self.sold()) and nodes["ordered"] == 0
                and self.ready() == self.wanted() and not self.out_of_service())

    def under(self, load: float) -> None:
        """What the load needs runs, and nothing is spare."""
        type(self).load = load
        wait_for(f"the pods for {load:g}", lambda: self.wanted() * 10 >= load, 90)
        since = time.monotonic()

        def is_calm() -> bool:
            nonlocal since
            if not self.is_settled():
                since = time.monotonic()
            return time.monotonic() > since + AFTER + 5

        wait_for("all to be settled", is_calm, 240, 0.5)

    def budget(self) -> Object:
        status: Object = self.cluster.api.get(
            "/apis/policy/v1/namespaces/default/poddisruptionbudgets/agents").get("status", {})
        return status

    @contextlib.contextmanager
    def budget_is_kept(self) -> Iterator[None]:
        """Of the agents one at most is away at any time."""
        fewest = [4]

        def look() -> None:
            fewest.append(self.budget().get("currentHealthy", 0))

        with looking(look, 0.05):
            yield
        print(f"at least {min(fewest)} of 4 agents ran, looked at {len(fewest)} times")
        self.assertGreaterEqual(min(fewest), 3)

    def agents(self) -> set[str]:
        found = self.cluster.api.get("/api/v1/namespaces/default/pods",
                                     labelSelector="app=agents")["items"]
        return {pod["metadata"]["name"] for pod in found}

    def said(self, node: str) -> str:
        """The last line of the log about that node."""
        lines = self.installation.component.log.read_text().splitlines()
        return [line for line in lines if f" {node} " in line][-1]

    def parked(self, node: str) -> None:
        wait_for("its pods to be gone", lambda: not self.pods_on(node), 60, 0.05)

    def test_1_what_is_spare_is_emptied_watched_and_given_back(self) -> None:
        watch = 20
        self.cluster.kubectl.apply(capacity_profile(self.cloud, watch))
        self.under(HIGH)
        self.assertGreaterEqual(len(self.sold()), 4)
        self.cluster.kubectl.apply(_pods("agents", 4, "100m"), budget("agents", 1))
        wait_for("the budget to allow one", lambda: self.budget().get("disruptionsAllowed") == 1, 30)
        agents = self.agents()
        with self.budget_is_kept():
            began = time.monotonic()
            type(self).load = LOW
            wait_for("a node out of service", self.out_of_service, 180, 0.02)
            cordoned = time.monotonic()
            bought = self.cloud.ledger()["bought"]
            node = min(self.out_of_service())
            had = self.pods_on(node)
            self.parked(node)
            parked = time.monotonic()
            print(f"cordoned {cordoned - began:.1f} s after the load fell, with {had}, "
                  f"which were gone {parked - cordoned:.1f} s later")
            wait_for("the status", lambda: self.fleet()["nodes"]["parked"] > 0, 10)
            holds_for("it is paid for and stays out of service", lambda:
                      node in self.cloud.ids(POOL) and node in self.out_of_service(), watch - 6)
            wait_for("it is given back", lambda: node not in self.cloud.ids(POOL), 30)
            self.assertIn("was not needed", self.said(node))
            print(f"given back {time.monotonic() - parked:.1f} s after it was empty")
            self.under(LOW)
        print(self.cluster.kubectl("get", "cap,co"))
        self.assertEqual(len(self.sold()), 2)
        self.assertTrue(agents - self.agents(), "none was evicted")
        self.assertEqual(self.cloud.ledger()["bought"], bought)

    def one_is_parked(self) -> str:
        """After the load has fallen from high to low."""
        self.under(HIGH)
        type(self).load = LOW
        wait_for("a node out of service", self.out_of_service, 180, 0.1)
        wait_for("few pods", lambda: self.wanted() * 10 < LOW + 30, 90)
        node = min(self.out_of_service())
        self.parked(node)
        holds_for("it to be watched", lambda: node in self.out_of_service(), 10)
        return node

    def test_2_what_is_parked_is_back_at_once_when_the_load_rises(self) -> None:
        self.cluster.kubectl.apply(capacity_profile(self.cloud, 600))
        node = self.one_is_parked()
        bought, had = self.cloud.ledger()["bought"], set(self.cloud.ids(POOL))
        began = time.monotonic()
        type(self).load = HIGH
        wait_for("it to be back in service", lambda: node not in self.out_of_service(), 60, 0.05)
        returned = time.monotonic() - began
        wait_for("all pods run", lambda: self.ready() * 10 >= HIGH, 60, 0.05)
        print(f"back in service {returned:.1f} s after the load rose, all pods ran after "
              f"{time.monotonic() - began:.1f} s")
        self.assertTrue(self.pods_on(node))
        self.assertIn("back in service", self.said(node))
        self.assertEqual(set(self.cloud.ids(POOL)), had)
        self.assertEqual(self.cloud.ledger()["bought"], bought)

    def test_3_what_is_parked_is_back_while_nothing_is_measured(self) -> None:
        self.one_is_parked()
        had = set(self.cloud.ids(POOL))
        self.cluster.prometheus.forget("script")
        began = time.monotonic()
        wait_for("all to be in service", lambda: not self.out_of_service(), 60, 0.05)
        print(f"back in service {time.monotonic() - began:.1f} s after the last measurement")
        holds_for("all stay", lambda: not self.out_of_service()
                  and set(self.cloud.ids(POOL)) == had, AFTER + 5)
