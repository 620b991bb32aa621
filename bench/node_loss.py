#!/usr/bin/env python3
"""Half of a fleet is taken away at once, on a real API server: how soon nodes under notice are out of
service, whether their replacements come first, and whether any budget was broken.

    bench/node_loss.py                      # 50 of 100 nodes within 3 minutes
    bench/node_loss.py --within 20          # the same, faster

A simulated cloud sells nodes, kwok plays their kubelets, kube-scheduler places the pods; Loadcurve
is what deploy/manifests install. The rig is that of tests/e2e.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "e2e"))

from product.installation import DEPLOY, Installation  # noqa: E402
from product.node_pools_test import budget, scaling_profile  # noqa: E402
from rig import Cluster, Options  # noqa: E402
from rig.api import Object  # noqa: E402
from rig.sample import deployment  # noqa: E402
from rig.simulated_cloud import SimulatedCloud  # noqa: E402
from rig.sold_nodes import ON_SOLD_NODE  # noqa: E402
from rig.waiting import wait_for  # noqa: E402

_NOTICE = 120
_PRICES = {"spot-a": 0.03, "spot-b": 0.04, "spot-c": 0.05}
_ZONES = {"spot-a": "z-a", "spot-b": "z-b", "spot-c": "z-c"}


class Watcher:
    """When what was seen: taints, and pods on each node."""

    def __init__(self, cluster: Cluster, cloud: SimulatedCloud) -> None:
        self._cluster = cluster
        self._cloud = cloud
        self.tainted: dict[str, float] = {}
        self.drained: dict[str, float] = {}
        self.on_node: dict[str, set[str]] = {}
        self.bought: list[tuple[float, int]] = []
        self.ready: list[int] = []
        self._ended = threading.Event()
        for work in (self._nodes, self._pods, self._counts):
            threading.Thread(target=work, daemon=True).start()

    def end(self) -> None:
        self._ended.set()

    def _watch(self, path: str) -> Iterator[Object]:
        while not self._ended.is_set():
            listed = self._cluster.api.get(path)
            yield from ({"type": "ADDED", "object": item} for item in listed["items"])
            yield from self._cluster.api.watch(
                path, resourceVersion=listed["metadata"]["resourceVersion"])

    def _nodes(self) -> None:
        for event in self._watch("/api/v1/nodes"):
            node = event["object"]
            if any(taint["key"] == "loadcurve.dev/leaving"
                   for taint in node["spec"].get("taints", [])):
                self.tainted.setdefault(node["metadata"]["name"], time.monotonic())

    def _pods(self) -> None:
        for event in self._watch("/api/v1/namespaces/default/pods"):
            pod = event["object"]
            node, name = pod["spec"].get("nodeName", ""), pod["metadata"]["name"]
            pods = self.on_node.setdefault(node, set())
            if event["type"] == "DELETED":
                pods.discard(name)
                if not pods and node in self.tainted:
                    self.drained.setdefault(node, time.monotonic())
            elif node:
                pods.add(name)

    def _counts(self) -> None:
        path = "/apis/apps/v1/namespaces/default/deployments/web"
        while not self._ended.wait(0.2):
            self.bought.append((time.monotonic(), self._cloud.ledger()["bought"]))
            self.ready.append(self._cluster.api.get(path)["status"].get("readyReplicas", 0))

    def bought_at(self, when: float) -> int:
        return max((count for at, count in self.bought if at <= when), default=0)


def _plan(nodes: int) -> str:
    return "pools:\n" + "".join(
        f"  - {{name: {pool}, region: z, zone: {zone}, class: spot, price: {_PRICES[pool]}, cpu: 4, "
        f"memoryBytes: 16e9, stock: {nodes // 2 if pool == 'spot-a' else nodes}, boot: 10s, "
        f"notice: {_NOTICE}s}}\n" for pool, zone in _ZONES.items())


def _profile(cloud: SimulatedCloud, nodes: int) -> Object:
    pools = [{"name": pool, "region": "z", "zone": zone, "price": _PRICES[pool], "boot": "10s",
              "class": "spot", "most": nodes // 2 if pool == "spot-a" else nodes,
              "allocatable": {"cpu": 4, "memory": "15Gi"}, "labels": {"loadcurve-rig/sold": "yes"}}
             for pool, zone in _ZONES.items()]
    return {"apiVersion": "loadcurve.dev/v1alpha1", "kind": "CapacityProfile",
            "metadata": {"name": "fleet"},
            "spec": {"mode": "Act", "pools": pools,
                     "provider": cloud.provider}}


def _percentile(values: list[float], share: float) -> float:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000 * len(ordered)) // 1000) - 1)]


def _run(nodes: int, within: float, interval: str) -> Object:
    with Cluster(Options(), prometheus="1s") as cluster:
        cluster.add_fake_node()
        cloud = SimulatedCloud(cluster, _plan(nodes), _ZONES)
        installation = Installation(cluster, cluster.prometheus.url, interval=interval)
        cluster.kubectl.apply(DEPLOY / "manifests" / "node-pools.yaml")
        installation.wait_until_available()
        pods = 2 * nodes
        cluster.kubectl.apply(scaling_profile(pods))
        cluster.kubectl.apply(budget("web", "10%"))
        cluster.kubectl.apply(deployment("web", pods, {
            **ON_SOLD_NODE, "terminationGracePeriodSeconds": 5,
            "containers": [{"name": "main", "image": "none",
                            "resources": {"requests": {"cpu": "2", "memory": "64Mi"}}}]}))
        cluster.kubectl.apply(_profile(cloud, nodes))
        web = "/apis/apps/v1/namespaces/default/deployments/web"
        wait_for("all pods", lambda: cluster.api.get(web)["status"].get("readyReplicas") == pods,
                 300, 0.5)
        sold = cloud.ledger()["bought"]
        lost = cloud.ids("spot-a")
        if sold != nodes or len(lost) != nodes // 2:
            raise RuntimeError(f"{sold} nodes were sold, {len(lost)} of them in zone a")
        watcher = Watcher(cluster, cloud)
        time.sleep(1)
        chance = random.Random(1)
        began = time.monotonic()
        for at, node in zip(sorted(chance.uniform(0, within) for _ in lost), lost, strict=True):
            time.sleep(max(0.0, began + at - time.monotonic()))
            cloud.interrupt(node)
        end = time.monotonic() + _NOTICE
        while time.monotonic() < end and len(watcher.drained) < len(lost):
            time.sleep(0.5)
        time.sleep(3)
        watcher.end()
        after = [watcher.tainted[node] - cloud.noticed[node] for node in lost
                 if node in watcher.tainted]
        drains = [watcher.drained[node] - cloud.noticed[node] for node in lost
                  if node in watcher.drained]
        # At the end of each drain, replacements bought less drains ended.
        lead = [watcher.bought_at(at) - sold - ended
                for ended, at in enumerate(sorted(watcher.drained.values()), 1)]
        bought, in_zone = cloud.ledger()["bought"] - sold, set(cloud.ids("spot-a"))
        cloud.close()
        log = (cluster.scratch.logs / "loadcurve-0.log").read_text()
        return {"nodes": nodes, "lost": len(lost), "within_s": within,
                "tainted_share": len(after) / len(lost),
                "taint_p50_s": round(_percentile(after, 0.5), 3),
                "taint_p90_s": round(_percentile(after, 0.9), 3),
                "taint_p99_s": round(_percentile(after, 0.99), 3),
                "drained_share": len(drains) / len(lost),
                "drain_p99_s": round(_percentile(drains, 0.99), 1) if drains else None,
                "bought_for_them": bought,
                "bought_in_zone_a": len(in_zone - set(lost)),
                "least_replacements_ahead_of_drains": min(lead) if lead else None,
                "pods": pods, "fewest_ready": min(watcher.ready),
                "budget": pods - pods // 10,
                "forced_deletions": "deleted past budgets" in log}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=100, help="in all; half of them go")
    parser.add_argument("--within", type=float, default=180, help="seconds between first and last")
    parser.add_argument("--interval", default="15s", help="between steps of the loop")
    options = parser.parse_args()
    found = _run(options.nodes, options.within, options.interval)
    print(json.dumps(found, indent=2))
    is_well = (found["tainted_share"] == 1 and found["taint_p99_s"] < 5
               and found["bought_for_them"] == found["lost"] and found["bought_in_zone_a"] == 0
               and found["fewest_ready"] >= found["budget"] and not found["forced_deletions"])
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
