"""What a kubelet exports: CPU per pod by cAdvisor's names, and what there is to scrape.

/metrics/cadvisor  container_cpu_usage_seconds_total and its kin, for Prometheus
/metrics/resource  the same for metrics-server
/targets           the pods, for Prometheus' HTTP discovery
/pods              the process of each pod, for tests that stop or kill it
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .cpu_cap import PERIOD_SECONDS, CpuUse
from .pod_run import PodRun

Runs = Callable[[], list[PodRun]]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that went away need no words."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def serve(address: str, port: int, runs: Runs, speed: float) -> ThreadingHTTPServer:
    """A server that is bound; call its serve_forever."""
    pages: dict[str, Callable[[], str]] = {
        "/healthz": lambda: "ok",
        "/metrics/cadvisor": lambda: "".join(_cadvisor(runs(), speed)),
        "/metrics/resource": lambda: "".join(_resource(runs())),
        "/pods": lambda: json.dumps({run.name: run.pid for run in runs() if run.pid}),
        "/targets": lambda: json.dumps([_target(run) for run in runs() if run.endpoint])}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path.split("?")[0])
            body = page().encode() if page else b""
            self.send_response(200 if page else 404)
            kind = "application/json" if self.path == "/targets" else "text/plain; version=0.0.4"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None: ...

    return _Server((address, port), Handler)


def _target(run: PodRun) -> object:
    labels = {f"__meta_kubernetes_pod_label_{name}": value
              for name, value in run.pod["metadata"].get("labels", {}).items()}
    return {"targets": [run.endpoint],
            "labels": {"namespace": run.namespace, "pod": run.name, **labels}}


def _cadvisor(runs: list[PodRun], speed: float) -> Iterator[str]:
    uses = [(run, run.cap.use()) for run in runs]
    values: list[tuple[str, str, Callable[[PodRun, CpuUse], float | None]]] = [
        ("container_cpu_usage_seconds_total", "counter", lambda run, use: use.seconds / speed),
        ("container_cpu_cfs_periods_total", "counter", lambda run, use: use.periods),
        ("container_cpu_cfs_throttled_periods_total", "counter",
         lambda run, use: use.throttled_periods),
        ("container_cpu_cfs_throttled_seconds_total", "counter",
         lambda run, use: use.throttled_seconds),
        ("container_spec_cpu_period", "gauge", lambda run, use: PERIOD_SECONDS * 1e6),
        ("container_spec_cpu_quota", "gauge",
         lambda run, use: None if run.cores is None else run.cores * PERIOD_SECONDS * 1e6),
        ("container_memory_working_set_bytes", "gauge", lambda run, use: _memory_bytes(run)),
        ("container_start_time_seconds", "gauge", lambda run, use: run.started_at)]
    for name, kind, value_of in values:
        yield f"# TYPE {name} {kind}\n"
        for run, use in uses:
            value = value_of(run, use)
            extra = ',cpu="total"' if name == "container_cpu_usage_seconds_total" else ""
            if value is not None:
                yield f"{name}{{{_labels(run)}{extra}}} {value:.6f}\n"


def _resource(runs: list[PodRun]) -> Iterator[str]:
    for run in runs:
        now_ms, use = round(time.time() * 1000), run.cap.use()
        labels = _labels(run)
        yield f"container_cpu_usage_seconds_total{{{labels}}} {use.seconds:.6f} {now_ms}\n"
        yield f"container_memory_working_set_bytes{{{labels}}} {_memory_bytes(run)} {now_ms}\n"
        yield f"container_start_time_seconds{{{labels}}} {run.started_at:.3f}\n"


def _labels(run: PodRun) -> str:
    return (f'namespace="{run.namespace}",pod="{run.name}",'
            f'container="{run.container["name"]}"')


def _memory_bytes(run: PodRun) -> int:
    """Resident memory of the pod's first process."""
    try:
        pages = Path(f"/proc/{run.pid}/statm").read_text().split()[1]
        return int(pages) * 4096
    except (OSError, IndexError):
        return 0
