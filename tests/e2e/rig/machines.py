"""What stands for Cluster API's controllers and an infrastructure: MachineDeployments have the
Machines that they ask for, MachinePools Machines or instances alone, and these become nodes."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from pathlib import Path

from .api import ApiError, Object
from .cluster import Cluster

CRDS = Path(__file__).parent / "crds" / "cluster-api.yaml"
_GROUP = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default"
DEPLOYMENTS = f"{_GROUP}/machinedeployments"
POOLS = f"{_GROUP}/machinepools"
MACHINES = f"{_GROUP}/machines"
_LABELS = {DEPLOYMENTS: "cluster.x-k8s.io/deployment-name", POOLS: "cluster.x-k8s.io/pool-name"}
_DELETE = "cluster.x-k8s.io/delete-machine"


class Machines:
    """A Machine is a node, by kwok and of its own name, `boot` seconds after it was made. Those that
    are marked go first. An instance of a MachinePool without Machines is a node of another name, by
    spec.providerID; the oldest go first, whoever is meant."""

    def __init__(self, cluster: Cluster, boot: float = 2, cpu: int = 4) -> None:
        self._cluster = cluster
        self._boot = boot
        self._cpu = cpu
        self._numbers = itertools.count(1)
        self._made: dict[str, float] = {}
        self._alone: set[str] = set()
        self._ended = threading.Event()
        cluster.kubectl.apply(CRDS)
        cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s",
                        "crd/machinedeployments.cluster.x-k8s.io",
                        "crd/machinepools.cluster.x-k8s.io", "crd/machines.cluster.x-k8s.io")
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join(20)

    def add_deployment(self, name: str, replicas: int) -> None:
        self._cluster.api.create(DEPLOYMENTS, {
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"clusterName": "rig", "replicas": replicas,
                     "selector": {"matchLabels": {_LABELS[DEPLOYMENTS]: name}},
                     "template": {"spec": {"clusterName": "rig"}}}})

    def add_pool(self, name: str, replicas: int, has_machines: bool) -> None:
        if not has_machines:
            self._alone.add(name)
        self._cluster.api.create(POOLS, {
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachinePool",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"clusterName": "rig", "replicas": replicas,
                     "template": {"spec": {"clusterName": "rig"}}}})

    def of(self, owner: str, owners: str = DEPLOYMENTS) -> list[Object]:
        """Machines of a MachineDeployment, or of one of POOLS."""
        found: list[Object] = self._cluster.api.get(
            MACHINES, labelSelector=f"{_LABELS[owners]}={owner}")["items"]
        return found

    def _follow(self) -> None:
        while not self._ended.wait(0.2):
            try:
                for owners in _LABELS:
                    for owner in self._cluster.api.get(owners)["items"]:
                        if owner["metadata"]["name"] in self._alone:
                            self._list_instances(owner)
                        else:
                            self._reconcile(owner, owners)
            except (ApiError, OSError, http.client.HTTPException) as error:
                print(f"machines: {error!r}", flush=True)

    def _reconcile(self, owner: Object, owners: str) -> None:
        name, wanted = owner["metadata"]["name"], owner["spec"].get("replicas", 1)
        machines = self.of(name, owners)
        for _ in range(wanted - len(machines)):
            self._make(name, _LABELS[owners])
        machines.sort(key=lambda one: _DELETE not in one["metadata"].get("annotations", {}))
        for machine in machines[:max(len(machines) - wanted, 0)]:
            self._cluster.api.delete(f"{MACHINES}/{machine['metadata']['name']}")
            self._cluster.api.delete(f"/api/v1/nodes/{machine['metadata']['name']}")
        for machine in machines:
            if time.monotonic() - self._made[machine["metadata"]["name"]] >= self._boot \
                    and not machine.get("status", {}).get("nodeRef"):
                self._join(machine["metadata"]["name"])

    def _list_instances(self, pool: Object) -> None:
        name, wanted = pool["metadata"]["name"], pool["spec"].get("replicas", 1)
        listed = pool["spec"].get("providerIDList", [])
        made = [f"rig:///z-a/{name}-{next(self._numbers)}" for _ in range(wanted - len(listed))]
        gone = listed[:max(len(listed) - wanted, 0)]
        if made or gone:
            self._made |= {one: time.monotonic() for one in made}
            listed = listed[len(gone):] + made
            self._cluster.api.merge(f"{POOLS}/{name}", {"spec": {"providerIDList": listed}})
        joined = {one["name"] for one in pool.get("status", {}).get("nodeRefs", [])}
        for one in gone:
            if _node_of(one) in joined:
                self._cluster.api.delete(f"/api/v1/nodes/{_node_of(one)}")
        up = [one for one in listed if time.monotonic() - self._made[one] >= self._boot]
        for one in up:
            if _node_of(one) not in joined:
                self._add_node(_node_of(one), {"providerID": one})
        if joined != set(map(_node_of, up)):
            self._cluster.api.merge(f"{POOLS}/{name}/status", {"status": {
                "replicas": len(listed), "nodeRefs": [{"name": _node_of(one)} for one in up]}})

    def _make(self, owner: str, label: str) -> None:
        name = f"{owner}-{next(self._numbers)}"
        self._made[name] = time.monotonic()
        self._cluster.api.create(MACHINES, {
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine",
            "metadata": {"name": name, "namespace": "default",
                         "labels": {label: owner}},
            "spec": {"clusterName": "rig"}})

    def _join(self, name: str) -> None:
        self._add_node(name, {})
        self._cluster.api.merge(f"{MACHINES}/{name}/status", {
            "status": {"phase": "Running", "nodeRef": {"name": name}}})

    def _add_node(self, name: str, spec: Object) -> None:
        room = {"cpu": str(self._cpu), "memory": "16Gi", "pods": "110"}
        self._cluster.api.create("/api/v1/nodes", {
            "metadata": {"name": name, "annotations": {"kwok.x-k8s.io/node": "fake"},
                         "labels": {"kubernetes.io/hostname": name, "loadcurve-rig/sold": "yes",
                                    "topology.kubernetes.io/zone": "z-a"}},
            "spec": spec, "status": {"capacity": room, "allocatable": room}})


def _node_of(provider_id: str) -> str:
    return f"ip-{provider_id.rsplit('/', 1)[1]}"
