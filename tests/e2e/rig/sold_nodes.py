"""What a cloud sells, as nodes of the cluster."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from .api import ApiError, Object
from .cluster import Cluster

# What pods say that shall stand on sold nodes, and on no other.
ON_SOLD_NODE = {"nodeSelector": {"loadcurve-rig/sold": "yes"}}


@dataclass(frozen=True)
class SoldNode:
    id: str
    pool: str
    has_booted: bool


class SoldNodes:
    """Nodes appear (by kwok) when `listed` says that they have booted, and vanish when they are not
    listed any more, as a cloud's controller does it. `zones` are those of the pools, `scheme` is
    what a providerID begins with."""

    def __init__(self, cluster: Cluster, scheme: str, zones: Mapping[str, str], cpu: int,
                 listed: Callable[[], Iterable[SoldNode]]) -> None:
        self._cluster = cluster
        self._scheme = scheme
        self._zones = zones
        self._cpu = cpu
        self._listed = listed
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join(20)

    def _follow(self) -> None:
        there: set[str] = set()
        while not self._ended.wait(0.1):
            try:
                listed = {node.id: node for node in self._listed()}
                for node in listed.values():
                    if node.has_booted and node.id not in there:
                        self._cluster.api.create("/api/v1/nodes", self._node(node))
                        there.add(node.id)
                for gone in there - listed.keys():
                    self._cluster.api.delete(f"/api/v1/nodes/{gone}")
                    there.remove(gone)
            except (ApiError, OSError, http.client.HTTPException, ValueError) as error:
                if not self._ended.is_set():
                    print(f"sold nodes: {error!r}", flush=True)

    def _node(self, sold: SoldNode) -> Object:
        zone = self._zones[sold.pool]
        room = {"cpu": str(self._cpu), "memory": "16Gi", "pods": "110"}
        return {
            "metadata": {
                "name": sold.id, "annotations": {"kwok.x-k8s.io/node": "fake"},
                "labels": {"kubernetes.io/hostname": sold.id, "loadcurve-rig/sold": "yes",
                           "loadcurve-rig/pool": sold.pool,
                           "topology.kubernetes.io/zone": zone}},
            "spec": {"providerID": f"{self._scheme}:///{zone}/{sold.id}"},
            "status": {"capacity": room, "allocatable": room}}
