"""Requests for the pods of an instance: a balancing proxy, and an open-loop load."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import binaries
from .addresses import Addresses
from .component import Component
from .controlplane import ControlPlane
from .fetching import answers
from .scratch import Scratch


class Proxy:
    """Balances over the ready pods of a Service, and counts what they served.

    `url` takes requests; `access_log` is in nginx' combined format with $request_time,
    $upstream_addr and $upstream_response_time behind it; `metrics` is a target for
    Prometheus (all pods), `targets` lists each pod as a target of its own.
    """

    def __init__(self, namespace: str, service: str, control_plane: ControlPlane,
                 addresses: Addresses, scratch: Scratch) -> None:
        self.name = f"proxy-{namespace}-{service}"
        address = addresses.component()
        listen = f"{address}:{addresses.free_port(address)}"
        self.metrics = f"{address}:{addresses.free_port(address)}"
        self.url = f"http://{listen}"
        self.targets = f"http://{self.metrics}/targets"
        self.access_log = scratch.path(f"{self.name}-access.log")
        access = control_plane.admin
        self.component = Component(self.name, [
            str(binaries.traffic()), "proxy", f"--api={access.url}",
            f"--authority={access.authority}", f"--certificate={access.pair.certificate}",
            f"--key={access.pair.key}", f"--namespace={namespace}", f"--service={service}",
            f"--listen={listen}", f"--metrics={self.metrics}",
            f"--access-log={self.access_log}",
        ], scratch.logs / f"{self.name}.log", answers(f"http://{self.metrics}/healthz"))


@dataclass(frozen=True)
class LoadPoint:
    """The wish at one moment; between points, rate and mix change in straight lines."""

    at: float  # seconds since the start
    rate: float  # requests a second
    mix: Mapping[str, float]  # weight by path


@dataclass(frozen=True)
class Request:
    """One request as its sender saw it."""

    scheduled: float  # Unix time at which it was to be sent
    path: str
    status: int  # 0: no answer in time
    latency_ms: float  # since then, so a late generator counts against the service


class Load:
    """Sends requests along a curve of rates, each at its time, until the last point."""

    def __init__(self, name: str, url: str, points: Sequence[LoadPoint], seed: int,
                 scratch: Scratch) -> None:
        self._out = scratch.path(f"{name}.csv")
        self._duration = points[-1].at
        plan = scratch.path(f"{name}.json")
        plan.write_text(json.dumps([
            {"at": point.at, "rate": point.rate, "mix": dict(point.mix)} for point in points]))
        self.component = Component(name, [
            str(binaries.traffic()), "load", f"--plan={plan}", f"--target={url}",
            f"--out={self._out}", f"--seed={seed}"], scratch.logs / f"{name}.log")

    def finish(self, patience: float = 30) -> list[Request]:
        """Waits until all is answered; the requests in the order of their answers."""
        self.component.wait(self._duration + patience)
        return self.requests()

    @property
    def lag_ms(self) -> float:
        """How late the latest request was sent: more than a few ms, and the machine had too
        much else to do for the latencies to mean anything."""
        return float(self.summary()["max_lag_ms"])

    def summary(self) -> dict[str, float]:
        """What the generator printed at its end: counts, and quantiles of latency and lag."""
        found: dict[str, float] = json.loads(self.component.log.read_text().splitlines()[-1])
        return found

    def requests(self) -> list[Request]:
        with Path(self._out).open() as file:
            return [Request(float(row["scheduled"]), row["path"], int(row["status"]),
                            float(row["latency_ms"])) for row in csv.DictReader(file)]


def share_within(requests: Sequence[Request], limit_ms: float) -> float:
    """The share that was answered well (below 500) within `limit_ms`."""
    good = sum(1 for one in requests if 0 < one.status < 500 and one.latency_ms <= limit_ms)
    return good / len(requests) if requests else 1.0
