"""The real metrics-server, so that the stock HPA can scale on CPU beside us."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .access import Access
from .addresses import Addresses
from .api import Object
from .certificates import Authority, KeyPair
from .component import Component
from .node.registration import LABEL
from .sample import fake_pods, service
from .scratch import Scratch

_PORT = 8443
NAME = "metrics-server"
API_SERVICE = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io"


def manifests(addresses: Addresses, authority: Authority) -> list[Object]:
    """Its Service, a fake pod behind that, and the APIService."""
    return [
        fake_pods(NAME), service(NAME, _PORT, _PORT, addresses.service(7, 8)),
        {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
         "metadata": {"name": "v1beta1.metrics.k8s.io"},
         "spec": {"group": "metrics.k8s.io", "version": "v1beta1", "caBundle": authority.bundle,
                  "groupPriorityMinimum": 100, "versionPriority": 100,
                  "service": {"name": NAME, "namespace": "default", "port": _PORT}}}]


def component(binary: Path, access: Access, pair: KeyPair, addresses: Addresses,
              scratch: Scratch, resolution: str, is_ready: Callable[[], bool]) -> Component:
    """Scrapes the process nodes only: fake pods use nothing."""
    kubeconfig = access.write_kubeconfig(scratch.path(f"{NAME}.kubeconfig"))
    return Component(NAME, [
        str(binary), f"--kubeconfig={kubeconfig}", f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}", f"--bind-address={addresses.service(7, 8)}",
        f"--secure-port={_PORT}", f"--tls-cert-file={pair.certificate}",
        f"--tls-private-key-file={pair.key}", f"--metric-resolution={resolution}",
        "--kubelet-request-timeout=5s",
        "--kubelet-preferred-address-types=InternalIP", "--kubelet-use-node-status-port",
        # The rig's node speaks plain HTTP on loopback.
        "--deprecated-kubelet-completely-insecure", f"--node-selector={LABEL}=process",
    ], scratch.logs / f"{NAME}.log", is_ready)
