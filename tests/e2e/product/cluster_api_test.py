"""Nodes by Cluster API: Loadcurve raises MachineDeployments and MachinePools, once, whatever dies."""

from __future__ import annotations

from rig import Cluster, Options
from rig.api import Object
from rig.machines import DEPLOYMENTS, POOLS, Machines
from rig.selftest.cluster_test_case import ClusterTestCase
from rig.service_account import mount
from rig.waiting import holds_for, wait_for

from .installation import DEPLOY, Installation
from .node_pools_test import scaling_profile, web


def _fleet(kubeconfig: str) -> Object:
    return {"apiVersion": "loadcurve.dev/v1alpha1", "kind": "CapacityProfile",
            "metadata": {"name": "fleet"},
            "spec": {"mode": "Act", "selector": {"namespaces": ["default"]},
                     "provider": {"clusterApi": {"kubeconfig": kubeconfig}},
                     "pools": [{"name": "general", "region": "z", "zone": "z-a", "price": 0.1,
                                "boot": "3s", "most": 100,
                                "allocatable": {"cpu": 4, "memory": "15Gi"},
                                "labels": {"loadcurve-rig/sold": "yes"}}]}}


def _nodes(order: Object) -> list[str]:
    """That it brought; an order of nodes that were found is settled from the start."""
    nodes: list[str] = order.get("status", {}).get("nodes") or order["spec"].get("found", [])
    return nodes


class _ByClusterApi(ClusterTestCase):
    """Nodes of `owners`/general, one of which is there."""

    owners: str

    @classmethod
    def add(cls) -> None:
        """Makes it."""
        raise NotImplementedError

    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(Cluster(Options(), prometheus="1s"))
        cls.cluster.add_fake_node()
        cls.machines = Machines(cls.cluster)
        cls.add()
        cls.machines.start()
        cls.addClassCleanup(cls.machines.close)
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url)
        cls.cluster.kubectl.apply(DEPLOY / "manifests" / "node-pools.yaml",
                                  DEPLOY / "manifests" / "cluster-api.yaml")
        cls.installation.wait_until_available()
        account = mount(cls.cluster.api, cls.cluster.control_plane.admin, "loadcurve", "loadcurve",
                        cls.cluster.scratch.path("service-accounts", "cluster-api"))
        cls.kubeconfig = str(account.kubeconfig)

    def ready(self) -> int:
        path = "/apis/apps/v1/namespaces/default/deployments/web"
        count: int = self.cluster.api.get(path).get("status", {}).get("readyReplicas", 0)
        return count

    def owner(self) -> Object:
        found: Object = self.cluster.api.get(f"{self.owners}/general")
        return found

    def replicas(self) -> int:
        count: int = self.owner()["spec"]["replicas"]
        return count

    def tokens(self) -> list[str]:
        """Of the orders that raised it."""
        tokens: str = self.owner()["metadata"]["annotations"]["loadcurve.dev/orders"]
        return tokens.split()

    def orders(self) -> list[Object]:
        found: list[Object] = self.cluster.api.get(
            "/apis/loadcurve.dev/v1alpha1/capacityorders")["items"]
        return found

    def ask(self) -> list[str]:
        """Asks for nine pods, until they run: the nodes of all orders."""
        # Pods of one core, three to a node of four.
        self.cluster.kubectl.apply(scaling_profile(9), web(9), _fleet(self.kubeconfig))
        wait_for("more than one machine", lambda: self.replicas() > 1, 60, 0.02)
        # The leader dies with the order on its way.
        self.installation.component.kill()
        self.installation.component.start()
        wait_for("all pods to run", lambda: self.ready() == 9, 90)
        wait_for("settled orders", lambda: all(map(_nodes, self.orders())), 60)
        print(self.cluster.kubectl("get", "co,md,mp,ma,cap"))
        print(f"tokens: {self.tokens()}")
        return sorted(name for order in self.orders() for name in _nodes(order))


class _OfMachines(_ByClusterApi):
    def judge(self) -> None:
        held = self.ask()
        machines = self.machines.of("general", self.owners)
        self.assertEqual(held, sorted(machine["metadata"]["name"] for machine in machines))
        self.assertEqual(len(held), 3)
        for machine in machines:
            self.assertIn(machine["metadata"]["annotations"]["loadcurve.dev/order"],
                          [*self.tokens(), "none"])
        holds_for("no other machine", lambda: self.replicas() == 3, 5)


class ByMachineDeployment(_OfMachines):
    owners = DEPLOYMENTS

    @classmethod
    def add(cls) -> None:
        cls.machines.add_deployment("general", 1)

    def test_machines_are_asked_for_once_and_known_by_their_orders(self) -> None:
        self.judge()


class ByMachinePool(_OfMachines):
    owners = POOLS

    @classmethod
    def add(cls) -> None:
        cls.machines.add_pool("general", 1, has_machines=True)

    def test_machines_are_asked_for_once_and_known_by_their_orders(self) -> None:
        self.judge()


class ByMachinePoolAlone(_ByClusterApi):
    owners = POOLS

    @classmethod
    def add(cls) -> None:
        cls.machines.add_pool("general", 1, has_machines=False)

    def test_instances_are_asked_for_once_and_known_by_the_machine_pool(self) -> None:
        held = self.ask()
        listed = [one.rsplit("/", 1)[1] for one in self.owner()["spec"]["providerIDList"]]
        self.assertEqual(held, sorted(listed))
        self.assertEqual(len(held), 3)
        marks = dict(mark.split("=") for mark in self.owner()["metadata"]["annotations"][
            "loadcurve.dev/instances"].split())
        print(f"instances: {marks}")
        self.assertEqual(sorted(marks), held)
        self.assertLessEqual(set(marks.values()), {*self.tokens(), "none"})
        holds_for("no other instance", lambda: self.replicas() == 3, 5)
