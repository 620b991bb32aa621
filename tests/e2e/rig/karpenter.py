"""The real Karpenter with its kwok provider: the machines that it launches are fake nodes."""

from __future__ import annotations

import json
from collections.abc import Mapping

from . import binaries
from .api import Object
from .cluster import Cluster
from .fetching import answers

_ADDRESS = "127.0.0.1"


def instance_type(name: str, price: float, zone: str) -> Object:
    """Two cores, on demand, in one zone, in the form of Karpenter's kwok provider."""
    return {"name": name, "architecture": "amd64", "operatingSystems": ["linux"],
            "resources": {"cpu": "2", "memory": "8Gi", "pods": "29", "ephemeral-storage": "20Gi"},
            "offerings": [{"Price": price, "Available": True, "Requirements": [
                {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]},
                {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}]}


class Karpenter:
    """Sells machines of these types, at these prices, in the zone z-a."""

    def __init__(self, cluster: Cluster, prices: Mapping[str, float], zone: str = "z-a") -> None:
        folder = binaries.karpenter()
        cluster.kubectl.apply(*sorted((folder / "crds").glob("*.yaml")))
        cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s",
                        "crd/nodeoverlays.karpenter.sh", "crd/nodepools.karpenter.sh",
                        "crd/nodeclaims.karpenter.sh", "crd/kwoknodeclasses.karpenter.kwok.sh")
        types = cluster.scratch.path("instance-types.json")
        types.write_text(json.dumps([instance_type(name, price, zone)
                                     for name, price in prices.items()]))
        metrics, health = (cluster.addresses.free_port("0.0.0.0") for _ in range(2))
        self.component = cluster.run("karpenter", [
            str(folder / "karpenter"), "--disable-leader-election=true",
            f"--instance-types-file-path={types}", "--feature-gates=NodeOverlay=true,CapacityBuffer=true",
            f"--metrics-port={metrics}", f"--health-probe-port={health}",
        ], answers(f"http://{_ADDRESS}:{health}/healthz"),
            {"SYSTEM_NAMESPACE": "kube-system", "KUBERNETES_MIN_VERSION": "1.19.0-0"})
        cluster.kubectl.apply(
            {"apiVersion": "karpenter.kwok.sh/v1alpha1", "kind": "KWOKNodeClass",
             "metadata": {"name": "default"}},
            {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "general"},
             "spec": {"disruption": {"consolidationPolicy": "WhenEmptyOrUnderutilized",
                                     "consolidateAfter": "1s", "budgets": [{"nodes": "100%"}]},
                      "template": {"spec": {
                          "requirements": [{"key": "karpenter.sh/capacity-type",
                                            "operator": "In", "values": ["on-demand"]}],
                          "nodeClassRef": {"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass",
                                           "name": "default"}}}}})
