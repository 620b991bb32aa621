"""The programs of the control plane, with the flags that matter.

Everything listens on one loopback address of the instance. Aggregator routing is off, so
the API server dials the ClusterIP of an APIService, which lies within 127/8: whoever is
the Service binds that address.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .access import Access
from .addresses import Addresses
from .certificates import Authority, KeyPair, make_signing_key
from .component import Component
from .fetching import answers
from .scratch import Scratch

_ADMIN_GROUP = "system:masters"


@dataclass(frozen=True)
class Options:
    """What a test may want otherwise."""

    hpa_sync: str = "1s"
    feature_gates: str = ""  # "HPAScaleToZero=true"
    apiserver_flags: tuple[str, ...] = ()
    controller_manager_flags: tuple[str, ...] = ()


class Credentials:
    """The certificates of an instance."""

    def __init__(self, folder: Path, addresses: Addresses) -> None:
        self.authority = Authority.make(folder / "kubernetes", "kubernetes")
        self.front_proxy_authority = Authority.make(folder / "front-proxy", "front-proxy")
        self.front_proxy = self.front_proxy_authority.client("client", "front-proxy-client")
        self.apiserver = self.authority.server(
            "kube-apiserver",
            ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"],
            [addresses.component(), addresses.service(0, 1), "127.0.0.1"])
        self.signing_key, self.checking_key = make_signing_key(folder, "service-account")
        self.admin = self.authority.client("admin", "rig-admin", [_ADMIN_GROUP])
        self.kwok = self.authority.client("kwok", "kwok", [_ADMIN_GROUP])
        self.controller_manager = self.authority.client(
            "kube-controller-manager", "system:kube-controller-manager")
        self.scheduler = self.authority.client("kube-scheduler", "system:kube-scheduler")

    def node(self, name: str) -> KeyPair:
        return self.authority.client(f"node-{name}", f"system:node:{name}", ["system:nodes"])


class ControlPlane:
    """etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok."""

    def __init__(self, binaries: Path, scratch: Scratch, addresses: Addresses,
                 options: Options) -> None:
        self._binaries = binaries
        self._scratch = scratch
        self._address = addresses.component()
        self._addresses = addresses
        self._options = options
        self.credentials = Credentials(scratch.path("certificates"), addresses)
        self._apiserver_port = addresses.free_port(self._address)
        self.admin = self.access(self.credentials.admin)
        self.etcd = self._etcd()
        self.apiserver = self._apiserver()
        self.controller_manager = self._controller_manager()
        self.scheduler = self._scheduler()
        self.kwok = self._kwok()

    @property
    def components(self) -> list[Component]:
        """In the order in which they are started."""
        return [self.etcd, self.apiserver, self.controller_manager, self.scheduler, self.kwok]

    def start(self) -> None:
        self.etcd.start()
        self.apiserver.start()
        rest = [self.controller_manager, self.scheduler, self.kwok]
        for component in rest:
            component.launch()
        for component in rest:
            component.wait_until_ready()

    def rotate_front_proxy(self) -> None:
        """The API server starts anew with a client certificate of another front-proxy authority;
        both authorities are told to extension servers."""
        credentials = self.credentials
        before = credentials.front_proxy_authority
        folder = before.folder.with_name(before.folder.name + "-next")
        after = Authority.make(folder, "front-proxy-next")
        bundle = folder / "bundle.crt"
        bundle.write_text(before.certificate.read_text() + after.certificate.read_text())
        pair = after.client("client", "front-proxy-client")
        changed = {"--requestheader-client-ca-file": bundle,
                   "--proxy-client-cert-file": pair.certificate,
                   "--proxy-client-key-file": pair.key}
        self.apiserver.stop()
        self.apiserver.argv = [_with_value(flag, changed) for flag in self.apiserver.argv]
        self.apiserver.start()
        credentials.front_proxy_authority, credentials.front_proxy = after, pair

    def access(self, pair: KeyPair) -> Access:
        return Access(self._address, self._apiserver_port, self.credentials.authority.certificate,
                      pair)

    def _etcd(self) -> Component:
        client_port, peer_port = self._port(), self._port()
        self._etcd_url = f"http://{self._address}:{client_port}"
        peer_url = f"http://{self._address}:{peer_port}"
        return self._component(
            "etcd", answers(self._etcd_url + "/health"),
            f"--data-dir={self._scratch.path('etcd')}", "--unsafe-no-fsync", "--log-level=warn",
            f"--listen-client-urls={self._etcd_url}", f"--advertise-client-urls={self._etcd_url}",
            f"--listen-peer-urls={peer_url}", f"--initial-advertise-peer-urls={peer_url}",
            f"--initial-cluster=default={peer_url}")

    def _apiserver(self) -> Component:
        credentials = self.credentials
        front_proxy_ca = credentials.front_proxy_authority.certificate
        return self._component(
            "kube-apiserver", answers(self.admin.url + "/readyz", self.admin.tls()),
            f"--etcd-servers={self._etcd_url}",
            f"--bind-address={self._address}", f"--secure-port={self._apiserver_port}",
            # A loopback address cannot be written to the EndpointSlice of "kubernetes".
            "--advertise-address=198.51.100.1", "--endpoint-reconciler-type=none",
            f"--service-cluster-ip-range={self._addresses.service_range}",
            "--authorization-mode=Node,RBAC",
            f"--client-ca-file={credentials.authority.certificate}",
            f"--tls-cert-file={credentials.apiserver.certificate}",
            f"--tls-private-key-file={credentials.apiserver.key}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={credentials.checking_key}",
            f"--service-account-signing-key-file={credentials.signing_key}",
            f"--requestheader-client-ca-file={front_proxy_ca}",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            f"--proxy-client-cert-file={credentials.front_proxy.certificate}",
            f"--proxy-client-key-file={credentials.front_proxy.key}",
            "--shutdown-delay-duration=0s",
            *self._gates(), *self._options.apiserver_flags)

    def _controller_manager(self) -> Component:
        return self._component(
            "kube-controller-manager", *self._served("controller_manager"),
            # The HPA then acts as its own service account, with the rights of its role.
            "--use-service-account-credentials=true",
            f"--service-account-private-key-file={self.credentials.signing_key}",
            f"--root-ca-file={self.credentials.authority.certificate}",
            f"--horizontal-pod-autoscaler-sync-period={self._options.hpa_sync}",
            f"--flex-volume-plugin-dir={self._scratch.path('flex-volumes')}",
            *self._gates(), *self._options.controller_manager_flags)

    def _scheduler(self) -> Component:
        return self._component("kube-scheduler", *self._served("scheduler"), *self._gates())

    def _kwok(self) -> Component:
        port = self._port()
        stages = sorted((self._binaries / "stages").glob("*.yaml"))
        return self._component(
            "kwok", answers(f"http://{self._address}:{port}/healthz"),
            f"--kubeconfig={self._kubeconfig('kwok', self.credentials.kwok)}",
            "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
            # A range for benchmarks: shown in the status of pods, never dialled.
            "--cidr=198.18.0.1/15", f"--node-ip={self._address}",
            f"--server-address={self._address}:{port}", "--node-lease-duration-seconds=40",
            *(f"--config={stage}" for stage in stages))

    def _served(self, name: str) -> tuple[Callable[[], bool], *tuple[str, ...]]:
        """Probe and flags that controller manager and scheduler have in common."""
        port = self._port()
        kubeconfig = self._kubeconfig(name, getattr(self.credentials, name))
        probe = answers(f"https://{self._address}:{port}/healthz", unverified())
        return (probe, f"--kubeconfig={kubeconfig}", f"--authentication-kubeconfig={kubeconfig}",
                f"--authorization-kubeconfig={kubeconfig}", f"--bind-address={self._address}",
                f"--secure-port={port}", f"--cert-dir={self._scratch.path(name)}",
                "--leader-elect=false")

    def _kubeconfig(self, name: str, pair: KeyPair) -> Path:
        return self.access(pair).write_kubeconfig(self._scratch.path(f"{name}.kubeconfig"))

    def _gates(self) -> list[str]:
        gates = self._options.feature_gates
        return [f"--feature-gates={gates}"] if gates else []

    def _port(self) -> int:
        return self._addresses.free_port(self._address)

    def _component(self, name: str, is_ready: Callable[[], bool], *flags: str) -> Component:
        return Component(name, [str(self._binaries / name), *flags],
                         self._scratch.logs / f"{name}.log", is_ready)


def _with_value(flag: str, values: Mapping[str, Path]) -> str:
    name = flag.split("=")[0]
    return f"{name}={values[name]}" if name in values else flag


def unverified() -> ssl.SSLContext:
    """For health checks of servers that made their certificates themselves."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
