"""The real Cluster Autoscaler, between our expander and our cloud provider."""

from __future__ import annotations

from pathlib import Path

from . import binaries
from .cluster import Cluster
from .component import Component
from .ec2 import CREDENTIALS
from .fetching import answers

_ADDRESS = "127.0.0.1"


class ClusterAutoscaler:
    """Asks `loadcurve expander` which group grows and `loadcurve cloud-provider` for nodes, which
    that buys of the provider of `pools`, a CapacityProfile."""

    def __init__(self, cluster: Cluster, pools: str) -> None:
        self._cluster = cluster
        binary = binaries.cluster_autoscaler() / "cluster-autoscaler"
        self._folder = cluster.scratch.path("autoscaler")
        self._folder.mkdir()
        self._pools = self._folder / "capacity.yaml"
        self._pools.write_text(pools)
        keys = self._folder / "keys"
        self.provider, provider_port = self._serve("cloud-provider", keys, [
            f"--journal={self._folder}/orders.db"])
        self.expander, expander_port = self._serve("expander", keys, [])
        config = self._folder / "cloud-config.yaml"
        config.write_text(f"address: {_ADDRESS}:{provider_port}\n"
                          f"cacert: {keys}/ca-bundle.crt\n"
                          f"cert: {keys}/client.crt\nkey: {keys}/client.key\n")
        health = f"{_ADDRESS}:{cluster.addresses.free_port(_ADDRESS)}"
        self.autoscaler = cluster.run("cluster-autoscaler", [
            str(binary), f"--kubeconfig={cluster.kubeconfig}", "--leader-elect=false",
            "--cloud-provider=externalgrpc", f"--cloud-config={config}",
            "--expander=grpc", f"--grpc-expander-url={_ADDRESS}:{expander_port}",
            f"--grpc-expander-cert={keys}/ca-bundle.crt", f"--address={health}",
            "--scan-interval=2s", "--scale-down-unneeded-time=20s",
            "--scale-down-delay-after-add=10s", "--scale-down-delay-after-delete=1s",
            "--unremovable-node-recheck-timeout=5s", "--v=4",
        ], answers(f"http://{health}/metrics"))

    def said(self, component: Component, words: str) -> list[str]:
        """The lines of its log that have these words in them."""
        lines = component.log.read_text(errors="replace").splitlines()
        return [line for line in lines if words in line]

    def _serve(self, name: str, keys: Path, flags: list[str]) -> tuple[Component, int]:
        port = self._cluster.addresses.free_port(_ADDRESS)
        log = self._cluster.scratch.logs / f"loadcurve-{name}.log"

        def serves() -> bool:
            return "Serving Cluster Autoscaler" in log.read_text(errors="replace")

        return self._cluster.run(f"loadcurve-{name}", [
            str(binaries.loadcurve()), name, f"--pools={self._pools}",
            f"--listen={_ADDRESS}:{port}", f"--keys={keys}", *flags], serves, CREDENTIALS), port
