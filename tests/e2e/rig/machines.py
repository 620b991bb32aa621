"""What stands for Cluster API's controllers and an infrastructure: MachineDeployments have the
Machines that they ask for, and Machines become nodes."""

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
MACHINES = f"{_GROUP}/machines"
_DEPLOYMENT_LABEL = "cluster.x-k8s.io/deployment-name"
_DELETE = "cluster.x-k8s.io/delete-machine"


class Machines:
    """A Machine is a node, by kwok and of its own name, `boot` seconds after it was made. Those that
    are marked go first."""

    def __init__(self, cluster: Cluster, boot: float = 2, cpu: int = 4) -> None:
        self._cluster = cluster
        self._boot = boot
        self._cpu = cpu
        self._numbers = itertools.count(1)
        self._made: dict[str, float] = {}
        self._ended = threading.Event()
        cluster.kubectl.apply(CRDS)
        cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s",
                        "crd/machinedeployments.cluster.x-k8s.io", "crd/machines.cluster.x-k8s.io")
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
                     "selector": {"matchLabels": {_DEPLOYMENT_LABEL: name}},
                     "template": {"spec": {"clusterName": "rig"}}}})

    def of(self, deployment: str) -> list[Object]:
        found: list[Object] = self._cluster.api.get(
            MACHINES, labelSelector=f"{_DEPLOYMENT_LABEL}={deployment}")["items"]
        return found

    def _follow(self) -> None:
        while not self._ended.wait(0.2):
            try:
                for deployment in self._cluster.api.get(DEPLOYMENTS)["items"]:
                    self._reconcile(deployment)
            except (ApiError, OSError, http.client.HTTPException) as error:
                print(f"machines: {error!r}", flush=True)

    def _reconcile(self, deployment: Object) -> None:
        name, wanted = deployment["metadata"]["name"], deployment["spec"].get("replicas", 1)
        machines = self.of(name)
        for _ in range(wanted - len(machines)):
            self._make(name)
        machines.sort(key=lambda one: _DELETE not in one["metadata"].get("annotations", {}))
        for machine in machines[:max(len(machines) - wanted, 0)]:
            self._cluster.api.delete(f"{MACHINES}/{machine['metadata']['name']}")
            self._cluster.api.delete(f"/api/v1/nodes/{machine['metadata']['name']}")
        for machine in machines:
            if time.monotonic() - self._made[machine["metadata"]["name"]] >= self._boot \
                    and not machine.get("status", {}).get("nodeRef"):
                self._join(machine["metadata"]["name"])

    def _make(self, deployment: str) -> None:
        name = f"{deployment}-{next(self._numbers)}"
        self._made[name] = time.monotonic()
        self._cluster.api.create(MACHINES, {
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine",
            "metadata": {"name": name, "namespace": "default",
                         "labels": {_DEPLOYMENT_LABEL: deployment}},
            "spec": {"clusterName": "rig"}})

    def _join(self, name: str) -> None:
        room = {"cpu": str(self._cpu), "memory": "16Gi", "pods": "110"}
        self._cluster.api.create("/api/v1/nodes", {
            "metadata": {"name": name, "annotations": {"kwok.x-k8s.io/node": "fake"},
                         "labels": {"kubernetes.io/hostname": name, "loadcurve-rig/sold": "yes",
                                    "topology.kubernetes.io/zone": "z-a"}},
            "status": {"capacity": room, "allocatable": room}})
        self._cluster.api.merge(f"{MACHINES}/{name}/status", {
            "status": {"phase": "Running", "nodeRef": {"name": name}}})
