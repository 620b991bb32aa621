"""Loadcurve as it is installed: the manifests of deploy/, and the program beside them."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rig import Cluster
from rig.binaries import loadcurve
from rig.cluster import condition
from rig.component import Component
from rig.service_account import mount
from rig.waiting import wait_for

E2E = Path(__file__).resolve().parents[1]
DEPLOY = E2E.parents[1] / "deploy"
API_SERVICE = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io"

# What a ScaledObject of ours names, so that KEDA knows our certificate.
_AUTHENTICATION = """
apiVersion: keda.sh/v1alpha1
kind: ClusterTriggerAuthentication
metadata: {name: loadcurve}
spec:
  secretTargetRef:
    - {parameter: caCert, name: loadcurve-ca, key: ca.crt}
"""


class Replica:
    """One running `loadcurve serve`, with a service account token of its own."""

    def __init__(self, cluster: Cluster, number: int, endpoint: str, prometheus_url: str,
                 history: str, keda: str, interval: str, extra: Sequence[str],
                 environment: Mapping[str, str]) -> None:
        self.name = f"loadcurve-{number}"
        self.endpoint = endpoint
        account = mount(cluster.api, cluster.control_plane.admin, "loadcurve", "loadcurve",
                        cluster.scratch.path("service-accounts", self.name))
        claims = (account.folder / "token").read_text().split(".")[1]
        # By this the API server's audit log tells the replicas apart.
        self.token_id: str = json.loads(base64.urlsafe_b64decode(claims + "=="))["jti"]
        self.component: Component = cluster.run(
            self.name,
            [str(loadcurve()), "serve", "--kubeconfig", str(account.kubeconfig),
             "--prometheus", prometheus_url.replace("{replica}", self.name),
             "--listen", endpoint, "--interval", interval, "--history", history,
             *([f"--keda={keda}"] if keda else []), *extra],
            environment={"POD_NAME": self.name, "POD_NAMESPACE": "loadcurve", **environment})


class Installation:
    """The production manifests, unchanged but for the address of the Service. The pods of the
    Deployment are fake ones, which make the Service ready; the program serves at its address, or
    several of them behind what stands for kube-proxy. With `keda`, the address where its one
    replica answers KEDA, the APIService is left out. `{replica}` in the URL of the Prometheus
    stands for the name of the replica that asks. `extra` are more arguments of each, and
    `environment` more variables."""

    def __init__(self, cluster: Cluster, prometheus_url: str, replicas: int = 1,
                 history: str = "1h", keda: str = "", interval: str = "1s",
                 extra: Sequence[str] = (),
                 environment: Mapping[str, str] | None = None) -> None:
        self._cluster = cluster
        self.address = cluster.addresses.service(7, 7)
        cluster.kubectl.apply(DEPLOY / "crds" / "scalingprofiles.yaml",
                              DEPLOY / "crds" / "capacityprofiles.yaml",
                              DEPLOY / "crds" / "capacityorders.yaml",
                              DEPLOY / "manifests" / "namespace.yaml")
        # A fleet of one or two may give up one replica in ten minutes, for which no test waits.
        cluster.kubectl("annotate", "namespace", "loadcurve", "loadcurve.dev/fleet-brake=off",
                        "--overwrite")
        manifests = [path for path in sorted((DEPLOY / "manifests").glob("*.yaml"))
                     if path.stem not in ("kustomization", "namespace", "cluster-api",
                                          "direct-mode", "forwarding", "node-pools",
                                          "nodes-ahead", "placeholder-pods", "service")
                     and not (keda and path.stem == "api-service")]
        cluster.kubectl.apply(*manifests)
        service = (DEPLOY / "manifests" / "service.yaml").read_text()
        cluster.kubectl.apply(re.sub(r"^spec:", f"spec:\n  clusterIP: {self.address}", service,
                                     flags=re.MULTILINE))
        endpoints = [f"{self.address}:443"]
        if replicas > 1:
            own = [cluster.addresses.component(20 + number) for number in range(replicas)]
            endpoints = [f"{address}:{cluster.addresses.free_port(address)}" for address in own]
            cluster.run("service-proxy", [
                sys.executable, "-m", "rig.service_proxy", f"--listen={self.address}:443",
                *endpoints], environment={"PYTHONPATH": str(E2E), "PYTHONDONTWRITEBYTECODE": "1"})
        self.replicas = [Replica(cluster, number, endpoint, prometheus_url, history, keda,
                                 interval, extra, environment or {})
                         for number, endpoint in enumerate(endpoints)]

    @property
    def component(self) -> Component:
        """Of the one replica."""
        (replica,) = self.replicas
        return replica.component

    def leader(self) -> Replica | None:
        """The replica that holds the Lease."""
        path = "/apis/coordination.k8s.io/v1/namespaces/loadcurve/leases/loadcurve"
        holder = self._cluster.api.get(path)["spec"].get("holderIdentity", "").split("_")[0]
        return next((one for one in self.replicas if one.name == holder), None)

    def authority(self) -> str:
        """Who vouches for the serving certificates, as PEM."""
        secret = self._cluster.api.get("/api/v1/namespaces/loadcurve/secrets/loadcurve-serving")
        return base64.b64decode(secret["data"]["ca.crt"]).decode()

    def make_keda_trust_it(self) -> None:
        """As docs/keda.md says: our authority, where KEDA reads it."""
        kubectl = self._cluster.kubectl
        secret = ("get", "secret", "loadcurve-serving", "--namespace=loadcurve")
        wait_for("the serving keys", lambda: kubectl.outcome(*secret).returncode == 0, 30)
        kubectl.apply({"apiVersion": "v1", "kind": "Secret",
                       "metadata": {"name": "loadcurve-ca", "namespace": "keda"},
                       "data": {"ca.crt": kubectl.json(*secret)["data"]["ca.crt"]}})
        kubectl.apply(_AUTHENTICATION)

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
