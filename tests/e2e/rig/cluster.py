"""One instance: a control plane, and what a test runs beside it."""

from __future__ import annotations

import signal
import sys
import threading
import types
from collections.abc import Callable, Mapping, Sequence
from signal import SIGHUP, SIGINT, SIGTERM
from typing import Any

from . import binaries, metrics_server
from .addresses import Addresses
from .api import Api
from .certificates import Authority, KeyPair
from .component import Component, stop_all
from .controlplane import ControlPlane, Options
from .kubectl import Kubectl
from .process_node import ProcessNode
from .prometheus import Prometheus
from .scratch import Scratch
from .service_account import ServiceAccount, mount
from .traffic import Load, LoadPoint, Proxy
from .waiting import wait_for


class Cluster:
    """`with Cluster() as cluster:` starts an instance and takes it down without a trace.

    Several run side by side. Ctrl-C and SIGTERM end the block as an exception does: then
    the logs are kept, and their place is printed.
    """

    def __init__(self, options: Options | None = None, kubernetes: str = "",
                 prometheus: str = "", prometheus_flags: tuple[str, ...] = ()) -> None:
        """`kubernetes` is a minor, "1.36"; `prometheus` the scrape interval of one, if wanted."""
        self.binaries = binaries.controlplane(kubernetes)
        self.version = self.binaries.name
        self.addresses = Addresses()
        self.scratch = Scratch()
        self.has_failed = False  # set by whoever sees a failure that is no exception here
        self.process_nodes: list[ProcessNode] = []
        self._beside: list[Component] = []
        self._authorities = 0
        try:
            self.control_plane = ControlPlane(
                self.binaries, self.scratch, self.addresses, options or Options())
            admin = self.control_plane.admin
            self.kubeconfig = admin.write_kubeconfig(self.scratch.path("kubeconfig"))
            self.kubectl = Kubectl(self.binaries / "kubectl", self.kubeconfig)
            self.api = Api(admin)
            self._prometheus = self._add_prometheus(prometheus, prometheus_flags)
        except BaseException:
            self.scratch.close()
            raise

    def __enter__(self) -> Cluster:
        self._handlers = {number: _handle(number, _end) for number in (SIGTERM, SIGHUP)}
        try:
            self.control_plane.start()
            for component in self._beside:
                component.start()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: types.TracebackType | None) -> None:
        # A second Ctrl-C must not leave half of it standing.
        self._handlers[SIGINT] = _handle(SIGINT, signal.SIG_IGN)
        for number in (SIGTERM, SIGHUP):
            _handle(number, signal.SIG_IGN)
        stop_all(self._beside[::-1])
        for component in self.control_plane.components[::-1]:
            component.kill()
        if kind is not None or self.has_failed:
            print(f"rig: failed; the logs are in {self.scratch.keep_logs()}", file=sys.stderr)
        self.scratch.close()
        self.addresses.close()
        for number, handler in self._handlers.items():
            _handle(number, handler)

    @property
    def prometheus(self) -> Prometheus:
        if self._prometheus is None:
            raise ValueError("this instance was made without a Prometheus")
        return self._prometheus

    def run(self, name: str, argv: Sequence[str], is_ready: Callable[[], bool] = lambda: True,
            environment: Mapping[str, str] | None = None, grace: float = 10,
            start_timeout: float = 60) -> Component:
        """Starts a program beside the control plane; it ends with the instance."""
        component = Component(
            name, argv, self.scratch.logs / f"{name}.log", is_ready,
            {"KUBECONFIG": str(self.kubeconfig), **(environment or {})}, start_timeout, grace)
        return self._add(component)

    def extension_certificate(self, service: str, namespace: str) -> tuple[KeyPair, Authority]:
        """What an extension API server behind that Service shows, and whose word it is: a
        new authority each time."""
        self._authorities += 1
        folder = self.scratch.path("certificates", f"{service}-{self._authorities}")
        authority = Authority.make(folder, f"{service}-ca-{self._authorities}")
        return authority.server(service, [f"{service}.{namespace}.svc"]), authority

    def service_account(self, namespace: str, name: str) -> ServiceAccount:
        """A token of that account in files, for a program that shall have just its rights."""
        return mount(self.api, self.control_plane.admin, namespace, name,
                     self.scratch.path("service-accounts", namespace, name))

    def add_fake_node(self, name: str = "fake") -> None:
        """A node whose pods are Ready at once, by kwok, and do nothing."""
        self.api.create("/api/v1/nodes", {
            "metadata": {"name": name, "annotations": {"kwok.x-k8s.io/node": "fake"},
                         "labels": {"kubernetes.io/hostname": name}}})
        self.wait_for_node(name)

    def add_process_node(self, cpu: str = "4", cap: str = "",
                         entrypoints: Mapping[str, Sequence[str]] | None = None,
                         speed: float = 1) -> ProcessNode:
        """A node whose pods are processes; up to three. A template asks for it by
        ON_PROCESS_NODE. `entrypoints` are the commands of images, for pods that name none. At
        `speed` 2 cAdvisor tells half of the CPU that pods took, as if cores did twice as much."""
        node = ProcessNode(len(self.process_nodes) + 1, self.control_plane, self.addresses,
                           self.scratch, cpu, cap, entrypoints or {}, speed)
        self.process_nodes.append(node)
        self._add(node.component)
        self.wait_for_node(node.name)
        if self._prometheus is not None:
            self._prometheus.scrape(f"cadvisor-{node.name}", node.metrics,
                                    metrics_path="/metrics/cadvisor")
        return node

    def add_proxy(self, service: str, namespace: str = "default") -> Proxy:
        """A proxy before that Service. Prometheus scrapes each pod behind it as a target."""
        proxy = Proxy(namespace, service, self.control_plane, self.addresses, self.scratch)
        self._add(proxy.component)
        if self._prometheus is not None:
            self._prometheus.discover(proxy.name, proxy.targets)
        return proxy

    def add_metrics_server(self, resolution: str = "10s") -> Component:
        """Serves metrics.k8s.io from the process nodes, for HPAs on CPU; wants a fake node.
        10 s is the finest resolution that it takes."""
        pair, authority = self.extension_certificate(metrics_server.NAME, "default")
        self.kubectl.apply(*metrics_server.manifests(self.addresses, authority))
        return self._add(metrics_server.component(
            self.binaries / metrics_server.NAME, self.control_plane.admin, pair, self.addresses,
            self.scratch, resolution, lambda: condition(
                self.api.get(metrics_server.API_SERVICE), "Available") == "True"))

    def start_load(self, url: str, points: Sequence[LoadPoint], seed: int = 1,
                   name: str = "load") -> Load:
        """Begins to send requests; `finish` of what it gives waits for the end."""
        load = Load(name, url, points, seed, self.scratch)
        self._add(load.component)
        return load

    def wait_for_node(self, name: str, timeout: float = 30) -> None:
        def probe() -> bool:
            node = self.api.get(f"/api/v1/nodes/{name}")
            taints = node["spec"].get("taints", [])
            return condition(node, "Ready") == "True" and not any(
                taint["key"] == "node.kubernetes.io/not-ready" for taint in taints)

        wait_for(f"node {name} to be Ready", probe, timeout)

    def _add(self, component: Component) -> Component:
        self._beside.append(component)
        component.start()
        return component

    def _add_prometheus(self, interval: str, flags: tuple[str, ...]) -> Prometheus | None:
        if not interval:
            return None
        prometheus = Prometheus(self.scratch, self.addresses, interval, flags)
        self._beside.append(prometheus.component)
        return prometheus


def condition(thing: Mapping[str, Any], kind: str) -> str:
    """The status of a condition: "True", "False", "Unknown", or "" where there is none."""
    conditions = thing.get("status", {}).get("conditions", [])
    return next((str(one["status"]) for one in conditions if one["type"] == kind), "")


def _handle(number: signal.Signals, handler: Any) -> Any:
    """Sets a handler and gives the one before. Only the main thread may."""
    if threading.current_thread() is not threading.main_thread():
        return None
    before = signal.getsignal(number)
    signal.signal(number, signal.SIG_DFL if handler is None else handler)
    return before


def _end(number: int, frame: types.FrameType | None) -> None:
    raise SystemExit(128 + number)
