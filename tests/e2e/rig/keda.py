"""The real KEDA: its operator and its metrics server, without the webhooks."""

from __future__ import annotations

import shutil

from . import binaries
from .api import ApiError
from .certificates import Authority
from .cluster import Cluster, condition
from .component import Component
from .fetching import answers
from .sample import fake_pods, service

_NAMESPACE = "keda"
_METRICS = "keda-metrics-apiserver"
_PORT = 6443
_API_SERVICE = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io"


class Keda:
    """Owns external.metrics.k8s.io from then on; wants a fake node."""

    operator: Component
    metrics_server: Component

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._folder = binaries.keda()
        self._address = cluster.addresses.component(9)
        self._metrics_address = cluster.addresses.service(7, 9)
        self._certificates = cluster.scratch.path("keda-certificates")
        authority = Authority.make(cluster.scratch.path("keda-authority"), "keda")
        # Each of the two knows the other by one certificate, with which it calls, too.
        pair = authority.server(
            _METRICS, ["keda-operator.keda.svc", f"{_METRICS}.default.svc"],
            [self._address], usage="serverAuth,clientAuth")
        self._certificates.mkdir(parents=True, exist_ok=True)
        for source, name in ((authority.certificate, "ca.crt"), (pair.certificate, "tls.crt"),
                             (pair.key, "tls.key")):
            shutil.copy(source, self._certificates / name)
        cluster.kubectl.apply(*sorted((self._folder / "crds").glob("*.yaml")))
        cluster.kubectl.apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _NAMESPACE}},
            fake_pods(_METRICS), service(_METRICS, _PORT, _PORT, self._metrics_address),
            {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
             "metadata": {"name": "v1beta1.external.metrics.k8s.io"},
             "spec": {"group": "external.metrics.k8s.io", "version": "v1beta1",
                      "caBundle": authority.bundle, "groupPriorityMinimum": 100,
                      "versionPriority": 100,
                      "service": {"name": _METRICS, "namespace": "default", "port": _PORT}}})
        self._start()

    @property
    def endpoint(self) -> str:
        """Where the metrics server listens, host:port."""
        return f"{self._metrics_address}:{_PORT}"

    def _start(self) -> None:
        cluster = self._cluster

        def port() -> int:
            return cluster.addresses.free_port(self._address)

        environment = {"POD_NAMESPACE": _NAMESPACE, "WATCH_NAMESPACE": "",
                       "KEDA_CLUSTER_OBJECT_NAMESPACE": _NAMESPACE}
        grpc, health = f"{self._address}:{port()}", f"{self._address}:{port()}"
        self.operator = cluster.run("keda-operator", [
            str(self._folder / "keda-operator"), f"--cert-dir={self._certificates}",
            f"--metrics-service-bind-address={grpc}", "--zap-encoder=console",
            f"--metrics-bind-address={self._address}:{port()}",
            f"--health-probe-bind-address={health}",
        ], answers(f"http://{health}/healthz"), environment)
        kubeconfig = cluster.kubeconfig
        self.metrics_server = cluster.run("keda-adapter", [
            str(self._folder / "keda-adapter"), f"--metrics-service-address={grpc}",
            f"--bind-address={self._metrics_address}", f"--secure-port={_PORT}",
            f"--cert-dir={self._certificates}",
            f"--tls-cert-file={self._certificates}/tls.crt",
            f"--tls-private-key-file={self._certificates}/tls.key",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}", f"--lister-kubeconfig={kubeconfig}",
            f"--port={port()}",
        ], self._is_available, environment, start_timeout=120)

    def _is_available(self) -> bool:
        try:
            return condition(self._cluster.api.get(_API_SERVICE), "Available") == "True"
        except ApiError:
            return False
