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
from .api import Object
from .cluster import Cluster
from .sold_nodes import SoldNode, SoldNodes
from .waiting import wait_for


class SimulatedCloud:
    """`zones` are those of its pools."""

    def __init__(self, cluster: Cluster, plan: str, zones: Mapping[str, str],
                 cpu: int = 4) -> None:
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
        self.noticed: dict[str, float] = {}  # by node: when the cloud first told it, monotonic
        self._sold = SoldNodes(cluster, "simulated", zones, cpu, self._listed)

    def close(self) -> None:
        self._sold.close()

    @property
    def provider(self) -> Object:
        """How a CapacityProfile names it."""
        return {"simulated": {"url": self.url, "caFile": self.ca_file}}

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

    def _listed(self) -> list[SoldNode]:
        return [SoldNode(node["id"], node["pool"], node["state"] != "booting")
                for node in self.nodes()]
