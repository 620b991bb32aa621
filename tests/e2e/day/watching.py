"""What happens while the day goes by: counts of pods, and how busy this machine is."""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rig import Cluster
from rig.api import ApiError

from .arms import Arm

_EVERY = 0.5
_METRICS = ("loadcurve-load", "loadcurve-load-forecast", "loadcurve-qps")
_METRICS_EVERY = 4  # of the looks at counts


@dataclass(frozen=True)
class Counts:
    at: float  # Unix time
    wanted: int
    there: int  # also those that are not ready yet
    ready: int


class Watch:
    """A thread of its own, until `stop`."""

    def __init__(self, cluster: Cluster, arms: Sequence[Arm]) -> None:
        self.counts: dict[str, list[Counts]] = {arm.name: [] for arm in arms}
        self.metrics: dict[str, list[tuple[float, str, float]]] = {arm.name: [] for arm in arms}
        self.busy: list[tuple[float, float]] = []  # Unix time, cores of this machine in use
        self._api = cluster.api
        self._arms = arms
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(20)

    def _watch(self) -> None:
        looks, before = 0, _machine()
        while not self._ended.wait(_EVERY):
            looks += 1
            try:
                self._look(looks % _METRICS_EVERY == 0)
            except (ApiError, OSError, http.client.HTTPException):
                continue  # the next look is soon
            now = _machine()
            if now[1] - before[1] >= 2:
                idle, seconds = now[0] - before[0], now[1] - before[1]
                self.busy.append((time.time(), max(0.0, (os.cpu_count() or 1) - idle / seconds)))
                before = now

    def _look(self, with_metrics: bool) -> None:
        now = time.time()
        for one in self._api.get("/apis/apps/v1/namespaces/default/deployments")["items"]:
            name, status = one["metadata"]["name"], one.get("status", {})
            if name in self.counts:
                self.counts[name].append(Counts(
                    now, one["spec"]["replicas"], status.get("replicas", 0),
                    status.get("readyReplicas", 0)))
        for arm in self._arms if with_metrics else []:
            if arm.kind == "cpu":
                continue
            for metric in _METRICS:
                try:
                    answer = self._api.get(
                        f"/apis/external.metrics.k8s.io/v1beta1/namespaces/default/{metric}",
                        labelSelector=f"scalingprofile={arm.name}")
                except ApiError:
                    continue
                for item in answer["items"]:
                    self.metrics[arm.name].append((now, metric, _number(item["value"])))


def _number(text: str) -> float:
    for suffix, factor in (("m", 1e-3), ("k", 1e3), ("M", 1e6)):
        if text.endswith(suffix):
            return float(text[:-1]) * factor
    return float(text)


def _machine() -> tuple[float, float]:
    """(seconds that its cores were idle, monotonic time). Waiting for a disk is idle, and so is
    work below the priority of the day (nice above 0), which gives way to it."""
    words = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return (int(words[2]) + int(words[4]) + int(words[5])) / ticks, time.monotonic()
