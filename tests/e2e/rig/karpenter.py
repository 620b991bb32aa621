"""The real Karpenter with its kwok provider: the machines that it launches are fake nodes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from . import binaries
from .api import Object
from .cluster import Cluster
from .fetching import answers

_ADDRESS = "127.0.0.1"


# What its kwok provider takes off each node.
RESERVED_MILLICORES = 100


def instance_type(name: str, price: float, zone: str, cpu: str = "2") -> Object:
    """On demand, in one zone, in the form of Karpenter's kwok provider."""
    return {"name": name, "architecture": "amd64", "operatingSystems": ["linux"],
            "resources": {"cpu": cpu, "memory": "8Gi", "pods": "29", "ephemeral-storage": "20Gi"},
            "offerings": [{"Price": price, "Available": True, "Requirements": [
                {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]},
                {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}]}


def node_pool(name: str, labels: Mapping[str, str] | None = None, types: Sequence[str] = (),
              **spec: object) -> Object:
    """Of nodes with these labels. A static one must name its types: the kwok provider chooses
    among them alone."""
    kinds = {"karpenter.sh/capacity-type": ["on-demand"],
             **({"node.kubernetes.io/instance-type": list(types)} if types else {})}
    return {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": name},
            "spec": {"template": {"metadata": {"labels": dict(labels or {})}, "spec": {
                "requirements": [{"key": key, "operator": "In", "values": values}
                                 for key, values in kinds.items()],
                "nodeClassRef": {"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass",
                                 "name": "default"}}}, **spec}}


class Karpenter:
    """Sells machines of these types, at these prices, in the zone z-a, as nodes of `labels`."""

    def __init__(self, cluster: Cluster, prices: Mapping[str, float], cpu: str = "2",
                 labels: Mapping[str, str] | None = None) -> None:
        folder = binaries.karpenter()
        cluster.kubectl.apply(*sorted((folder / "crds").glob("*.yaml")))
        cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s",
                        "crd/capacitybuffers.autoscaling.x-k8s.io", "crd/nodeoverlays.karpenter.sh",
                        "crd/nodepools.karpenter.sh", "crd/nodeclaims.karpenter.sh",
                        "crd/kwoknodeclasses.karpenter.kwok.sh")
        types = cluster.scratch.path("instance-types.json")
        types.write_text(json.dumps([instance_type(name, price, "z-a", cpu)
                                     for name, price in prices.items()]))
        metrics, health = (cluster.addresses.free_port("0.0.0.0") for _ in range(2))
        self.component = cluster.run("karpenter", [
            str(folder / "karpenter"), "--disable-leader-election=true",
            f"--instance-types-file-path={types}",
            "--feature-gates=NodeOverlay=true,CapacityBuffer=true,StaticCapacity=true",
            f"--metrics-port={metrics}", f"--health-probe-port={health}",
        ], answers(f"http://{_ADDRESS}:{health}/healthz"),
            {"SYSTEM_NAMESPACE": "kube-system", "KUBERNETES_MIN_VERSION": "1.19.0-0"})
        cluster.kubectl.apply(
            {"apiVersion": "karpenter.kwok.sh/v1alpha1", "kind": "KWOKNodeClass",
             "metadata": {"name": "default"}},
            node_pool("general", labels, disruption={
                "consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "1s",
                "budgets": [{"nodes": "100%"}]}))
