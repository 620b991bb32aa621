"""What a request costs and a pod carries, measured: a few minutes of a changing mix."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from rig import Cluster, LoadPoint, Request
from rig.api import Object
from rig.binaries import loadcurve
from rig.fetching import fetch
from rig.process_node import ProcessNode
from rig.sample import sample_service
from rig.waiting import RigError, wait_for

from .curve import CHEAP, REPORT

_NAME = "calibration"
_PODS = 4
_SECONDS = 100
_CPU_EVERY = 2.0


class CpuWatch:
    """Reads the CPU seconds of the pods, as cAdvisor counts them, every few seconds."""

    def __init__(self, node: ProcessNode) -> None:
        self.samples: list[tuple[float, float]] = []  # Unix time, CPU seconds so far
        self._url = f"http://{node.metrics}/metrics/cadvisor"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(10)

    def _watch(self) -> None:
        line = re.compile(r"^container_cpu_usage_seconds_total\{[^}]*pod=\"" + _NAME
                          + r"-[^}]*\} ([0-9.e+-]+)", re.MULTILINE)
        while not self._ended.wait(_CPU_EVERY - time.time() % _CPU_EVERY):
            now, page = time.time(), fetch(self._url)
            self.samples.append((now, sum(float(used) for used in line.findall(page))))


def calibrate(cluster: Cluster, node: ProcessNode, cpu: str, cores: float,
              folder: Path) -> tuple[Object, list[Request]]:
    """The profile that `loadcurve calibrate` writes, and the requests that it was fitted to."""
    cluster.kubectl.apply(*sample_service(_NAME, cpu=cpu, replicas=_PODS))
    proxy = cluster.add_proxy(_NAME)
    wait_for("the pods of the calibration", lambda: cluster.api.get(
        f"/apis/apps/v1/namespaces/default/deployments/{_NAME}")["status"].get(
            "readyReplicas") == _PODS, 60)
    watch = CpuWatch(node)
    requests = cluster.start_load(proxy.url, _points(), seed=77, name=_NAME).finish()
    watch.stop()
    cluster.kubectl("delete", "deployment,service", _NAME, "--wait=false")
    proxy.component.stop()
    log, samples, out = folder / "calibration.csv", folder / "cpu.csv", folder / "calibrated.yaml"
    _write(log, "end_ms,duration_us,route,status", (
        f"{(one.scheduled * 1000 + one.latency_ms):.0f},{one.latency_ms * 1000:.0f},"
        f"{one.path},{one.status}" for one in requests))
    _write(samples, "time,cpu_cores", (
        f"{after:.3f},{max(0.0, used_after - used) / (after - before):.6f}"
        for (before, used), (after, used_after) in zip(watch.samples, watch.samples[1:])))
    done = subprocess.run(
        [str(loadcurve()), "calibrate", str(log), "--cpu", str(samples), "--format", "csv",
         "--cpu-limit", str(cores), "--replicas", str(_PODS), "--out", str(out)],
        text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise RigError(f"loadcurve calibrate: {done.stderr}")
    (folder / "calibration.txt").write_text(done.stdout + done.stderr)
    return cluster.kubectl.json("create", "--dry-run=client", f"--filename={out}"), requests


def _points() -> list[LoadPoint]:
    """Every ten seconds another mix and another rate, below what the pods can do."""
    wishes = [(45, .05), (12, .70), (50, .20), (8, .50), (70, .02), (16, .60), (30, .30)]
    points = []
    for i in range(_SECONDS // 10):
        rate, share = wishes[i % len(wishes)]
        mix = {CHEAP: 1 - share, REPORT: share}
        points += [LoadPoint(10 * i + .01, rate, mix), LoadPoint(10 * i + 10, rate, mix)]
    return points


def _write(path: Path, header: str, rows: Iterable[str]) -> None:
    path.write_text("\n".join([header, *rows]) + "\n")
