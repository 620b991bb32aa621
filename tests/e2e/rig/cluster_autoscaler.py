"""The real Cluster Autoscaler, between our expander and a cloud provider: ours, or its own that makes
kwok nodes."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from pathlib import Path

from . import binaries
from .api import Object
from .cluster import Cluster
from .component import Component
from .ec2 import CREDENTIALS
from .fetching import answers
from .waiting import wait_for

_ADDRESS = "127.0.0.1"
# The label of a node that says which of the kwok provider's groups it is of.
GROUP = "loadcurve-rig/group"


class Judged:
    """Cluster Autoscaler, which asks `loadcurve expander` with these pools which group grows."""

    def __init__(self, cluster: Cluster, pools: str) -> None:
        self._cluster = cluster
        self._folder = cluster.scratch.path("autoscaler")
        self._folder.mkdir()
        self._pools = self._folder / "capacity.yaml"
        self._pools.write_text(pools)
        self._keys = self._folder / "keys"
        self.expander, self._expander_port = self._serve("expander", [])

    def said(self, component: Component, words: str) -> list[str]:
        """The lines of its log that have these words in them."""
        lines = component.log.read_text(errors="replace").splitlines()
        return [line for line in lines if words in line]

    def _run(self, program: str, flags: list[str],
             environment: Mapping[str, str] | None = None) -> Component:
        binary = binaries.cluster_autoscaler() / program
        health = f"{_ADDRESS}:{self._cluster.addresses.free_port(_ADDRESS)}"
        return self._cluster.run("cluster-autoscaler", [
            str(binary), f"--kubeconfig={self._cluster.kubeconfig}", "--leader-elect=false",
            *flags, "--expander=grpc", f"--grpc-expander-url={_ADDRESS}:{self._expander_port}",
            f"--grpc-expander-cert={self._keys}/ca-bundle.crt", f"--address={health}",
            "--scan-interval=2s", "--scale-down-unneeded-time=20s",
            "--scale-down-delay-after-add=10s", "--scale-down-delay-after-delete=1s",
            "--unremovable-node-recheck-timeout=5s", "--v=4",
        ], answers(f"http://{health}/metrics"), environment)

    def _serve(self, name: str, flags: list[str]) -> tuple[Component, int]:
        port = self._cluster.addresses.free_port(_ADDRESS)
        log = self._cluster.scratch.logs / f"loadcurve-{name}.log"

        def serves() -> bool:
            return "Serving Cluster Autoscaler" in log.read_text(errors="replace")

        return self._cluster.run(f"loadcurve-{name}", [
            str(binaries.loadcurve()), name, f"--pools={self._pools}",
            f"--listen={_ADDRESS}:{port}", f"--keys={self._keys}", *flags], serves,
            CREDENTIALS), port


class ClusterAutoscaler(Judged):
    """Asks `loadcurve cloud-provider` for nodes, which that buys of the provider of `pools`, a
    CapacityProfile."""

    def __init__(self, cluster: Cluster, pools: str) -> None:
        super().__init__(cluster, pools)
        self.provider, port = self._serve("cloud-provider", [
            f"--journal={self._folder}/orders.db"])
        config = self._folder / "cloud-config.yaml"
        config.write_text(f"address: {_ADDRESS}:{port}\n"
                          f"cacert: {self._keys}/ca-bundle.crt\n"
                          f"cert: {self._keys}/client.crt\nkey: {self._keys}/client.key\n")
        self.autoscaler = self._run("cluster-autoscaler", [
            "--cloud-provider=externalgrpc", f"--cloud-config={config}"])


class KwokAutoscaler(Judged):
    """Makes nodes itself, of `groups` by their zones, each node with these labels."""

    def __init__(self, cluster: Cluster, pools: str, groups: Mapping[str, str], cpu: str = "2",
                 labels: Mapping[str, str] | None = None) -> None:
        super().__init__(cluster, pools)
        cluster.kubectl.apply(
            _config("kwok-provider-config", "config", {
                "apiVersion": "v1alpha1", "readNodesFrom": "configmap",
                "nodegroups": {"fromNodeLabelKey": GROUP}, "nodes": {"skipTaint": True},
                "configmap": {"name": "kwok-provider-templates"}}),
            _config("kwok-provider-templates", "templates", {
                "apiVersion": "v1", "kind": "List",
                "items": [_template(group, zone, cpu, labels or {})
                          for group, zone in groups.items()]}))
        self.autoscaler = self._run("cluster-autoscaler-kwok", ["--cloud-provider=kwok"], {
            "KWOK_PROVIDER_MODE": "local", "POD_NAMESPACE": "default"})

    def use(self, pools: str) -> None:
        """The expander goes by these from now on."""
        before = len(self.said(self.expander, "pools read again"))
        self._pools.write_text(pools)
        self.expander.signal(signal.SIGHUP)
        wait_for("the pools to be read", lambda: len(
            self.said(self.expander, "pools read again")) > before, 10)


def _template(group: str, zone: str, cpu: str, labels: Mapping[str, str]) -> Object:
    room = {"cpu": cpu, "memory": "8Gi", "pods": "29"}
    return {"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": group, "annotations": {}, "labels": {
                GROUP: group, "topology.kubernetes.io/zone": zone,
                "node.kubernetes.io/instance-type": "m5.large", **labels}},
            "status": {"capacity": room, "allocatable": room}}


def _config(name: str, key: str, value: object) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "default"}, "data": {key: json.dumps(value)}}
