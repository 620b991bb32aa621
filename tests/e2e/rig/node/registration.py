"""The Node object and its heartbeat, without which the pods would be evicted."""

from __future__ import annotations

import datetime
import http.client
import sys
import threading

from ..api import Api, ApiError, Object
from .pod_status import now_text

LABEL = "loadcurve-rig/node"
TAINT = "loadcurve-rig/process"
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_LEASE_SECONDS = 40
_PERIOD_SECONDS = 10


class Registration:
    """Keeps node `name` Ready from `start` until the program ends."""

    def __init__(self, api: Api, name: str, address: str, cpu: str, metrics_port: int) -> None:
        self._api = api
        self._name = name
        self._address = address
        self._cpu = cpu
        self._port = metrics_port
        self._since = now_text()

    def start(self) -> None:
        self._create("/api/v1/nodes", self._node())
        self._create(_LEASES, self._lease())
        self._beat()
        threading.Thread(target=self._beat_on, daemon=True).start()

    def _beat_on(self) -> None:
        pause = threading.Event()
        while not pause.wait(_PERIOD_SECONDS):
            try:
                self._beat()
            except (ApiError, OSError, http.client.HTTPException) as error:
                print(f"heartbeat: {error}", file=sys.stderr, flush=True)

    def _beat(self) -> None:
        self._api.strategic_merge(f"/api/v1/nodes/{self._name}/status", {"status": self._status()})
        self._api.merge(f"{_LEASES}/{self._name}", self._lease())

    def _node(self) -> Object:
        # Only what asks for it lands here: a selector to come, a toleration to stay.
        return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": self._name, "labels": {
                    LABEL: "process", "kubernetes.io/hostname": self._name,
                    "kubernetes.io/os": "linux"}},
                "spec": {"taints": [{"key": TAINT, "effect": "NoSchedule"}]}}

    def _status(self) -> Object:
        capacity = {"cpu": self._cpu, "memory": "64Gi", "pods": "240"}
        ready = {"type": "Ready", "status": "True", "reason": "KubeletReady",
                 "lastHeartbeatTime": now_text(), "lastTransitionTime": self._since}
        software = {"kubeletVersion": "rig", "containerRuntimeVersion": "process://rig",
                    "operatingSystem": "linux", "osImage": "", "architecture": "", "bootID": "",
                    "kernelVersion": "", "kubeProxyVersion": "", "machineID": "", "systemUUID": ""}
        return {"nodeInfo": software, "capacity": capacity, "allocatable": capacity,
                "conditions": [ready],
                "addresses": [{"type": "InternalIP", "address": self._address},
                              {"type": "Hostname", "address": self._name}],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": self._port}}}

    def _lease(self) -> Object:
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": {"name": self._name, "namespace": "kube-node-lease"},
                "spec": {"holderIdentity": self._name, "renewTime": now,
                         "leaseDurationSeconds": _LEASE_SECONDS}}

    def _create(self, path: str, thing: Object) -> None:
        try:
            self._api.create(path, thing)
        except ApiError as error:
            if error.code != 409:  # a node that comes back finds itself there
                raise
