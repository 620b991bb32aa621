"""The extension server of the self tests, as a part of an instance."""

from __future__ import annotations

import sys
from pathlib import Path

from ..cluster import Cluster, condition
from ..component import Component
from ..sample import fake_pods, service
from ..waiting import wait_for
from .extension_server import GROUP_VERSION, ROOT

_PORT = 8443  # no port for which one has to be root
API_SERVICE = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io"


class Extension:
    """A server behind the ClusterIP of a Service, whose pod is a fake one."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._value = cluster.scratch.path("extension-value")
        self.set_value("0")
        pair, authority = cluster.extension_certificate("extension", "default")
        address = cluster.addresses.service(7, 7)
        group, version = GROUP_VERSION.split("/")
        cluster.kubectl.apply(
            fake_pods("extension"), service("extension", _PORT, _PORT, address),
            {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
             "metadata": {"name": f"{version}.{group}"},
             "spec": {"group": group, "version": version, "caBundle": authority.bundle,
                      "groupPriorityMinimum": 100, "versionPriority": 100,
                      "service": {"name": "extension", "namespace": "default", "port": _PORT}}})
        self.component: Component = cluster.run("extension", [
            sys.executable, "-m", "rig.selftest.extension_server", address, str(_PORT),
            str(pair.certificate), str(pair.key), str(self._value)],
            environment={"PYTHONPATH": str(Path(__file__).resolve().parents[2])})

    def set_value(self, quantity: str) -> None:
        self._value.write_text(quantity)

    def wait_until(self, available: str, timeout: float) -> None:
        """`available` is "True" or "False"."""
        wait_for(f"the APIService to be Available={available}", lambda: condition(
            self._cluster.api.get(API_SERVICE), "Available") == available, timeout)

    def read(self, metric: str) -> str:
        return self._cluster.kubectl("get", "--raw", f"{ROOT}/namespaces/default/{metric}")
