"""Loadcurve as it is installed: the manifests of deploy/, and the program beside them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from rig import Cluster
from rig.binaries import loadcurve
from rig.cluster import condition
from rig.component import Component
from rig.waiting import wait_for

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
API_SERVICE = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io"


class Installation:
    """The production manifests, unchanged but for the address of the Service. The pods of the
    Deployment are fake ones, which make the Service ready; the program serves at its address."""

    def __init__(self, cluster: Cluster, prometheus_url: str, keda: str = "") -> None:
        """`keda`: the address where KEDA is answered; then the APIService is not ours."""
        self._cluster = cluster
        self.address = cluster.addresses.service(7, 7)
        cluster.kubectl.apply(DEPLOY / "crds" / "scalingprofiles.yaml",
                              DEPLOY / "manifests" / "namespace.yaml")
        manifests = [path for path in sorted((DEPLOY / "manifests").glob("*.yaml"))
                     if path.stem not in ("kustomization", "namespace", "direct-mode", "service")
                     and not (keda and path.stem == "api-service")]
        cluster.kubectl.apply(*manifests)
        service = (DEPLOY / "manifests" / "service.yaml").read_text()
        cluster.kubectl.apply(re.sub(r"^spec:", f"spec:\n  clusterIP: {self.address}", service,
                                     flags=re.MULTILINE))
        account = cluster.service_account("loadcurve", "loadcurve")
        self.component: Component = cluster.run(
            "loadcurve",
            [str(loadcurve()), "serve", "--kubeconfig", str(account.kubeconfig),
             "--prometheus", prometheus_url, "--listen", f"{self.address}:443",
             "--interval", "1s", "--history", "1h",
             *([f"--keda={keda}"] if keda else [])],
            environment={"POD_NAME": "loadcurve-0", "POD_NAMESPACE": "loadcurve"})

    def is_available(self) -> bool:
        return condition(self._cluster.api.get(API_SERVICE), "Available") == "True"

    def wait_until_available(self, timeout: float = 60) -> None:
        wait_for("the APIService to be Available", self.is_available, timeout)

    def scaled_object(self, profile: str, version: str, address: str) -> str:
        """What `loadcurve keda` writes for that profile."""
        done = subprocess.run(
            [str(loadcurve()), "keda", "-", "--kubernetes", version, "--address", address],
            input=profile, text=True, capture_output=True, check=True)
        return done.stdout

    def hpa(self, profile: str, version: str) -> str:
        """What `loadcurve hpa` writes for that profile."""
        done = subprocess.run(
            [str(loadcurve()), "hpa", "-", "--kubernetes", version, "--cpu-request", "100m",
             "--cpu-limit", "100m"],
            input=profile, text=True, capture_output=True, check=True)
        return done.stdout
