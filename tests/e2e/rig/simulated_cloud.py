"""`loadcurve simulate-cloud`, and the nodes that it sells: each becomes a Node of the cluster."""

from __future__ import annotations

import json
import ssl
import threading
from typing import Any

from .api import ApiError
from .binaries import loadcurve
from .cluster import Cluster
from .component import Component
from .fetching import fetch
from .waiting import NotYet

_NODES = "/api/v1/nodes"


class SimulatedCloud:
    """Sells nodes; those that are booted join the cluster as kubelets would have them do, by a
    Node with spec.providerID, and leave it when they are gone."""

    def __init__(self, cluster: Cluster, plan: str) -> None:
        self._cluster = cluster
        folder = cluster.scratch.path("cloud")
        folder.mkdir()
        (folder / "plan.yaml").write_text(plan)
        self.authority = folder / "keys" / "ca-bundle.crt"
        port = cluster.addresses.free_port("127.0.0.1")
        self.url = f"https://127.0.0.1:{port}"
        self.component: Component = cluster.run("simulated-cloud", [
            str(loadcurve()), "simulate-cloud", str(folder / "plan.yaml"),
            f"--listen=127.0.0.1:{port}", f"--keys={folder}/keys"], self._answers)
        self.pools = {pool["pool"]: pool for pool in self.ask("offers")["offers"]}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_nodes, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()

    def ask(self, what: str) -> Any:
        """What GET /v1/WHAT answers."""
        tls = ssl.create_default_context(cafile=str(self.authority))
        return json.loads(fetch(f"{self.url}/v1/{what}", tls))

    def paid(self) -> dict[str, int]:
        """How many nodes of each pool are paid for."""
        counts = dict.fromkeys(self.pools, 0)
        for node in self.ask("nodes")["nodes"]:
            counts[node["pool"]] += 1
        return counts

    def _answers(self) -> bool:
        if not self.authority.exists():
            raise NotYet("it has no certificate yet")
        return "bought" in self.ask("ledger")

    def _keep_nodes(self) -> None:
        while not self._ended.wait(0.5):
            try:
                self._keep_up()
            except (OSError, ApiError):
                continue

    def _keep_up(self) -> None:
        nodes = {node["id"]: node for node in self.ask("nodes")["nodes"]}
        there = {node["metadata"]["name"] for node in self._cluster.api.get(_NODES)["items"]
                 if node["spec"].get("providerID", "").startswith("simulated://")}
        for name in there - nodes.keys():
            self._cluster.api.delete(f"{_NODES}/{name}")
        for name in nodes.keys() - there:
            if nodes[name]["state"] == "ready":
                self._cluster.api.create(_NODES, self._node(name, self.pools[nodes[name]["pool"]]))

    @staticmethod
    def _node(name: str, pool: dict[str, Any]) -> dict[str, Any]:
        room = {"cpu": f"{pool['cpu']:g}", "memory": str(pool["memoryBytes"]),
                "pods": str(pool["pods"])}
        labels = {
            "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux",
            "kubernetes.io/hostname": name, "loadcurve.dev/pool": pool["pool"],
            "loadcurve.dev/capacity-class": pool["class"],
            "node.kubernetes.io/instance-type": pool["type"],
            "topology.kubernetes.io/region": pool["region"],
            "topology.kubernetes.io/zone": pool["zone"]}
        return {"metadata": {"name": name, "labels": labels,
                             "annotations": {"kwok.x-k8s.io/node": "fake"}},
                "spec": {"providerID": f"simulated:///{pool['zone']}/{name}"},
                "status": {"capacity": room, "allocatable": room}}
