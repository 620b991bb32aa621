"""Manifests of the workloads that tests run."""

from __future__ import annotations

from collections.abc import Mapping

from . import binaries
from .api import Object
from .node.pod_run import ANNOUNCED_ANNOTATION, DELAY_ANNOTATION
from .process_node import ON_PROCESS_NODE


def sample_service(name: str, cpu: str = "50m", replicas: int = 1,
                   start_delay_seconds: float = 0, grace_seconds: int = 5) -> list[Object]:
    """The repository's sample service as a Deployment of processes, and its Service.

    It listens on a port of the kernel's choice, which it prints.
    """
    container = {
        "name": "sample", "image": "loadcurve",
        "command": [str(binaries.loadcurve()), "serve-sample",
                    "--access-log=$(RIG_FOLDER)/access.log"],
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": {"tcpSocket": {"port": "http"}, "periodSeconds": 1},
        # Out of the EndpointSlice before it stops to listen.
        "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},
        "resources": {"requests": {"cpu": cpu}, "limits": {"cpu": cpu}},
    }
    annotations = {ANNOUNCED_ANNOTATION: "listening ([0-9]+)",
                   DELAY_ANNOTATION: str(start_delay_seconds)}
    return [
        deployment(name, replicas, {
            **ON_PROCESS_NODE, "containers": [container],
            "terminationGracePeriodSeconds": grace_seconds}, annotations),
        service(name, 80, "http")]


def deployment(name: str, replicas: int, pod_spec: Mapping[str, object],
               annotations: Mapping[str, str] | None = None) -> Object:
    """A Deployment in the default namespace whose pods are labelled `app: NAME`."""
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels},
                 "template": {"metadata": {"labels": labels, "annotations": annotations or {}},
                              "spec": pod_spec}}}


def fake_pods(name: str, replicas: int = 1) -> Object:
    """A Deployment whose pods kwok makes Ready at once."""
    return deployment(name, replicas, {
        "containers": [{"name": "main", "image": "none", "ports": [{"containerPort": 8443}]}]})


def service(name: str, port: int, target: int | str, cluster_ip: str = "") -> Object:
    """The Service over the pods labelled `app: NAME`."""
    address = {"clusterIP": cluster_ip} if cluster_ip else {}
    return {
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {**address, "selector": {"app": name},
                 "ports": [{"name": "main", "port": port, "targetPort": target}]}}
