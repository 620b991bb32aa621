"""A `loadcurve simulate-cloud`, and the nodes that it sells as nodes of the cluster."""

from __future__ import annotations

import http.client
import json
import re
import ssl
import threading
import time
from collections.abc import Mapping
from typing import Any

from . import binaries
from .api import ApiError, Object
from .cluster import Cluster
from .waiting import wait_for

# What pods say that shall stand on sold nodes, and on no other.
ON_SOLD_NODE = {"nodeSelector": {"loadcurve-rig/sold": "yes"}}


class SimulatedCloud:
    """Nodes appear (by kwok) when the cloud says that they have booted, and vanish when it does not
    list them any more, as a cloud's controller does it. `zones` are those of its pools."""

    def __init__(self, cluster: Cluster, plan: str, zones: Mapping[str, str],
                 cpu: int = 4) -> None:
        self._cluster = cluster
        self._zones = zones
        self._cpu = cpu
        folder = cluster.scratch.path("cloud")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plan.yaml").write_text(plan)
        self.component = cluster.run("cloud", [
            str(binaries.loadcurve()), "simulate-cloud", str(folder / "plan.yaml"),
            f"--keys={folder / 'keys'}"])
        log = cluster.scratch.logs / "cloud.log"
        told = wait_for("the cloud", lambda: re.search(
            r"listening (\S+)\ntrust (\S+)", log.read_text()), 30)
        self.url, self.ca_file = told.group(1), told.group(2)
        self._tls = ssl.create_default_context(cafile=self.ca_file)
        self._local = threading.local()
        self._ended = threading.Event()
        self.noticed: dict[str, float] = {}  # by node: when the cloud first told it, monotonic
        self.listed: list[Object] = []
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join(20)

    def call(self, method: str, path: str, body: Object | None = None) -> Any:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            host = self.url.removeprefix("https://")
            connection = self._local.connection = http.client.HTTPSConnection(
                host, timeout=10, context=self._tls)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            return json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException):
            connection.close()
            self._local.connection = None
            raise

    def nodes(self) -> list[Object]:
        listed: list[Object] = self.call("GET", "/v1/nodes")["nodes"]
        return listed

    def ids(self, pool: str) -> list[str]:
        return [node["id"] for node in self.nodes() if node["pool"] == pool]

    def ledger(self) -> Object:
        report: Object = self.call("GET", "/v1/ledger")
        return report

    def interrupt(self, *ids: str) -> None:
        """Their notice comes now."""
        now = time.monotonic()
        for one in ids:
            self.noticed.setdefault(one, now)
        self.call("POST", "/v1/interruptions", {"nodes": list(ids)})

    def _follow(self) -> None:
        there: set[str] = set()
        while not self._ended.wait(0.1):
            try:
                self.listed = self.nodes()
                up = {node["id"]: node for node in self.listed if node["state"] != "booting"}
                for one in up.keys() - there:
                    self._cluster.api.create("/api/v1/nodes", self._node(up[one]))
                    there.add(one)
                for one in there - {node["id"] for node in self.listed}:
                    self._cluster.api.delete(f"/api/v1/nodes/{one}")
                    there.remove(one)
            except (ApiError, OSError, http.client.HTTPException, ValueError) as error:
                if not self._ended.is_set():
                    print(f"cloud: {error!r}", flush=True)

    def _node(self, sold: Object) -> Object:
        zone = self._zones[sold["pool"]]
        room = {"cpu": str(self._cpu), "memory": "16Gi", "pods": "110"}
        return {
            "metadata": {
                "name": sold["id"], "annotations": {"kwok.x-k8s.io/node": "fake"},
                "labels": {"kubernetes.io/hostname": sold["id"], "loadcurve-rig/sold": "yes",
                           "loadcurve-rig/pool": sold["pool"],
                           "topology.kubernetes.io/zone": zone}},
            "spec": {"providerID": f"simulated:///{zone}/{sold['id']}"},
            "status": {"capacity": room, "allocatable": room}}
