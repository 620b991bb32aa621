"""Days gone by, in the Prometheus: same plan, other draws, durations as the calibration saw."""

from __future__ import annotations

import bisect
import random
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from rig import Cluster, Request

from .curve import Day

# The edges of the proxy's histogram.
_EDGES = [.001, .0025, .005, .01, .025, .05, .075, .1, .15, .25, .35, .5, .75, 1, 1.5, 2.5, 5, 10]
_SCRAPE_SECONDS = 2
_NAME = "http_request_duration_seconds"


def put_into(cluster: Cluster, workload: str, seconds: float, days: int, begin: float,
             seen: Sequence[Request], folder: Path) -> None:
    """Writes so many days before `begin`, the Unix time of midnight, up to now into the stopped
    Prometheus."""
    text = folder / "past.om"
    with text.open("w") as file:
        file.writelines(_lines(workload, seconds, days, begin, time.time(), seen))
        file.write("# EOF\n")
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", str(text),
                    str(cluster.scratch.path("prometheus"))], check=True, capture_output=True)
    text.unlink()


def _lines(workload: str, seconds: float, days: int, begin: float, until: float,
           seen: Sequence[Request]) -> Iterator[str]:
    durations: dict[str, list[float]] = defaultdict(list)
    for request in seen:
        if request.status == 200:
            durations[request.path].append(request.latency_ms / 1000)
    draw = random.Random("the past")
    pod = f'namespace="default",pod="{workload}-6d4cf56db6-past0"'
    instance = f'{pod},job="proxy-default-{workload}",instance="127.0.0.1:1"'
    counts = {path: [0] * (len(_EDGES) + 1) for path in durations}
    sums = dict.fromkeys(durations, 0.0)
    scrapes: list[tuple[float, dict[str, list[int]], dict[str, float]]] = []
    for number in range(-days, 0):
        at = begin + number * seconds
        for step in Day(seconds, number).counts(_SCRAPE_SECONDS, draw):
            at += _SCRAPE_SECONDS
            if at > until:
                break
            for path, count in step.items():
                for _ in range(count):
                    taken = draw.choice(durations[path])
                    counts[path][bisect.bisect_left(_EDGES, taken)] += 1
                    sums[path] += taken
            scrapes.append((at, {path: list(one) for path, one in counts.items()}, dict(sums)))
    yield f"# TYPE {_NAME} histogram\n"
    for path in counts:
        labels = f'{instance},service="{workload}",code="200",path="{path}"'
        for i in range(len(_EDGES) + 1):
            edge = f"{_EDGES[i]:g}" if i < len(_EDGES) else "+Inf"
            for at, of, _ in scrapes:
                yield f'{_NAME}_bucket{{{labels},le="{edge}"}} {sum(of[path][:i + 1])} {at:.3f}\n'
        for at, of, _ in scrapes:
            yield f"{_NAME}_count{{{labels}}} {sum(of[path])} {at:.3f}\n"
        for at, _, total in scrapes:
            yield f"{_NAME}_sum{{{labels}}} {total[path]:.6f} {at:.3f}\n"
    yield "# TYPE up gauge\n"
    for at, _, _ in scrapes:
        yield f"up{{{instance}}} 1 {at:.3f}\n"
