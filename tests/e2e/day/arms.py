"""The arms of the comparison: the same service three times, scaled in three ways."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from rig import Cluster
from rig.api import Object
from rig.binaries import loadcurve
from rig.sample import sample_service
from rig.traffic import Proxy
from rig.waiting import RigError

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments/"


@dataclass(frozen=True)
class Terms:
    """What is the same for all arms."""

    cpu: str  # request and limit of a pod, as 50m
    start_seconds: float
    least: int
    most: int
    window_seconds: int  # of scaling down
    step: str
    startup: str


@dataclass(frozen=True)
class Arm:
    """One way to scale. `kind` is loadcurve, cpu or qps; `target` in percent of the CPU request,
    or requests a second of one pod; for Loadcurve the planned share of the limit in percent."""

    kind: str
    target: float

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.target:g}".replace(".", "-")

    @property
    def title(self) -> str:
        return {"loadcurve": f"Loadcurve, {self.target:g} % planned",
                "cpu": f"HPA on CPU, {self.target:g} %",
                "qps": f"HPA on QPS, {self.target:g} a pod"}[self.kind]


def deploy(cluster: Cluster, arm: Arm, terms: Terms, replicas: int) -> Proxy:
    """Its Deployment and Service, and the proxy before them."""
    cluster.kubectl.apply(*sample_service(arm.name, cpu=terms.cpu, replicas=replicas,
                                          start_delay_seconds=terms.start_seconds))
    return cluster.add_proxy(arm.name)


def scale(cluster: Cluster, arm: Arm, terms: Terms, calibrated: Object, season: str) -> None:
    """Its HPA, and what that needs."""
    if arm.kind == "cpu":
        cluster.kubectl.apply(_stock(arm, terms, {"type": "Resource", "resource": {
            "name": "cpu", "target": {"type": "Utilization",
                                      "averageUtilization": round(arm.target)}}}))
        return
    profile = _profile(arm, terms, calibrated, season)
    cluster.kubectl.apply(profile)
    if arm.kind == "qps":
        cluster.kubectl.apply(_stock(arm, terms, {"type": "External", "external": {
            "metric": {"name": "loadcurve-qps",
                       "selector": {"matchLabels": {"scalingprofile": arm.name}}},
            "target": {"type": "AverageValue",
                       "averageValue": f"{round(1000 * arm.target)}m"}}}))
        return
    minor = ".".join(cluster.version.split(".")[:2])
    done = subprocess.run([str(loadcurve()), "hpa", "-", "--kubernetes", minor],
                          input=json.dumps(profile), text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise RigError(f"loadcurve hpa: {done.stderr}")
    cluster.kubectl.apply(done.stdout)


def _profile(arm: Arm, terms: Terms, calibrated: Object, season: str) -> Object:
    """As calibrated; the arm on QPS has one only for its count of requests."""
    profile = copy.deepcopy(calibrated)
    profile["metadata"] = {"name": arm.name, "namespace": "default"}
    spec = profile["spec"]
    spec["targetRef"] = {"apiVersion": "apps/v1", "kind": "Deployment", "name": arm.name}
    spec["load"]["source"] = {"kind": "prometheus", "prometheus": {
        "histogram": "http_request_duration_seconds", "statusLabel": "code",
        "routeLabels": ["path"], "inFlight": "http_requests_in_flight"}}
    spec["startup"] = {"p95": terms.startup}
    spec["bounds"] = {"minReplicas": terms.least, "maxReplicas": terms.most}
    spec["forecast"] = {"step": terms.step, "season": season}
    spec["behavior"] = {"scaleDown": {"window": f"{terms.window_seconds}s"}}
    spec["objective"] = {"targetUtilization": arm.target / 100, "quantile": .95}
    profile.pop("status", None)
    if arm.kind == "qps":
        spec["load"].pop("perReplica", None)
        spec["objective"] = {"targetUtilization": .7, "quantile": .95}
        spec["forecast"] = {"step": terms.step}
    return profile


def _stock(arm: Arm, terms: Terms, metric: Object) -> Object:
    def direction(window: int) -> Object:
        return {"stabilizationWindowSeconds": window, "selectPolicy": "Max",
                "policies": [{"type": "Pods", "value": terms.most, "periodSeconds": 15}]}

    return {
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": arm.name, "namespace": "default"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment",
                                    "name": arm.name},
                 "minReplicas": terms.least, "maxReplicas": terms.most, "metrics": [metric],
                 "behavior": {"scaleUp": direction(0),
                              "scaleDown": direction(terms.window_seconds)}}}


def parse(kinds: Sequence[str], planned: Sequence[float], cpu: Sequence[float],
          qps: Sequence[float]) -> list[Arm]:
    """Each kind with each of its targets."""
    targets = {"loadcurve": planned, "cpu": cpu, "qps": qps}
    return [Arm(kind, target) for kind in kinds for target in targets[kind]]
