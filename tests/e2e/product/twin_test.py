"""The twin agrees with the real control plane: half an hour of load, run both ways."""

from __future__ import annotations

import csv
import datetime
import subprocess
import time
from dataclasses import dataclass

from rig import Cluster, Options
from rig.binaries import loadcurve
from rig.sample import fake_pods
from rig.waiting import wait_for

from .exporter import Exporter
from .installation import Installation
from .loop_test_case import LoopTestCase, looking

# The controller syncs every second here and every 15 s in the twin: 120 syncs are half an hour.
_SYNCS = 120
_TWIN_SYNC = 15
_EACH = 10.0  # what a replica carries
_TARGET = 0.785  # of that; a setting that the twin tries too
_MOST = 30
# The load in replicas, and at which sync it begins: a rise by steps, one that may only be
# followed by doubling, noise within the tolerance, and a fall that the window holds up.
_SCRIPT = ((0, 2.0), (12, 4.0), (24, 4.25), (32, 3.9), (40, 15.0), (60, 11.0), (72, 20.0),
           (84, 6.0), (100, 1.5))

PROFILE = f"""
apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {{name: web, namespace: default}}
spec:
  targetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}
  load:
    source: {{kind: prometheus, prometheus: {{load: script_load}}}}
    perReplica: {{metricsqps: {_EACH:g}}}
  startup: {{p95: 1s}}
  objective: {{targetUtilization: {_TARGET}}}
  bounds: {{minReplicas: 1, maxReplicas: {_MOST}}}
  forecast: {{step: 1s}}
"""

# The defaults of the controller, fifteen times as fast.
_HPA = f"""
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: web, namespace: default}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}
  minReplicas: 1
  maxReplicas: {_MOST}
  metrics:
  - type: External
    external:
      metric:
        name: loadcurve-load
        selector: {{matchLabels: {{scalingprofile: web}}}}
      target: {{type: AverageValue, averageValue: {_EACH * _TARGET * 1000:.0f}m}}
  behavior:
    scaleUp:
      policies: [{{type: Percent, value: 100, periodSeconds: 1}},
                 {{type: Pods, value: 4, periodSeconds: 1}}]
    scaleDown:
      stabilizationWindowSeconds: 20
      policies: [{{type: Percent, value: 100, periodSeconds: 1}}]
"""


@dataclass(frozen=True)
class Seen:
    at: float  # seconds since the script began
    load: float  # as it is published
    replicas: int


class Twin(LoopTestCase):
    began = float("inf")

    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(Cluster(Options(hpa_sync="1s"), prometheus="1s"))
        cls.cluster.add_fake_node()
        cls.cluster.kubectl.apply(fake_pods("web", 3))
        address = cls.cluster.addresses.component(30)
        exporter = Exporter(cls.script, address, cls.cluster.addresses.free_port(address))
        cls.addClassCleanup(exporter.close)
        cls.cluster.prometheus.scrape("script", exporter.target)
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url)
        cls.installation.wait_until_available()
        cls.cluster.kubectl.apply(PROFILE)

    @classmethod
    def script(cls) -> str:
        now = time.monotonic() - cls.began
        load = [load for begin, load in _SCRIPT if begin <= max(0.0, now)][-1]
        return f"# TYPE script_load gauge\nscript_load {load * _EACH}\n"

    def test_the_twin_has_the_same_replicas_within_one_sync(self) -> None:
        wait_for("the metric", lambda: self.metric("loadcurve-load") is not None, 60)
        self.cluster.kubectl.apply(_HPA)
        wait_for("the HPA to follow", lambda: self.replicas() == 3, 30)
        time.sleep(5)
        real = self.record()
        # What was published by the end of each second, and the count at the end of the next one,
        # when the controller has synced.
        seconds = range(1, _SYNCS + 1)
        loads = [self.last(real, second).load for second in seconds]
        counts = [self.last(real, second + 1).replicas for second in seconds]
        twin = self.simulated(loads)
        for second, load, count, other in zip(seconds, loads, counts, twin, strict=True):
            print(f"{second:4} s  load {load:6.1f}  real {count:3}  twin {other:3}")
        self.assertGreaterEqual(max(counts), 20)
        self.assertLessEqual(counts[-1], 8)
        for second, count in zip(seconds, counts, strict=True):
            near = twin[max(0, second - 2):second + 1]
            self.assertTrue(min(near) <= count <= max(near),
                            f"{count} pods after {second} s, where the twin has {near}")

    def record(self) -> list[Seen]:
        real: list[Seen] = []

        def look() -> None:
            load = self.metric("loadcurve-load")
            at = time.monotonic() - self.began
            if load is not None:
                value = float(load[:-1]) / 1000 if load.endswith("m") else float(load)
                real.append(Seen(at, value, self.replicas()))

        type(self).began = time.monotonic()
        with looking(look, 0.1):
            time.sleep(_SYNCS + 3)
        return real

    @staticmethod
    def last(seen: list[Seen], second: float) -> Seen:
        return max((one for one in seen if one.at <= second), key=lambda one: one.at)

    def simulated(self, loads: list[float]) -> list[int]:
        """The counts at the beginning of each step, after the load of the step before."""
        series = self.cluster.scratch.path("twin-load.csv")
        paths = self.cluster.scratch.path("twin-paths.csv")
        start = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
        rows = [f"{(start + datetime.timedelta(seconds=_TWIN_SYNC * step)).isoformat()},{load}"
                for step, load in enumerate([*loads, loads[-1]])]
        series.write_text("\n".join(["time,value", *rows, ""]))
        subprocess.run(
            [str(loadcurve()), "simulate", "--series", str(series), "--step", f"{_TWIN_SYNC}s",
             "--per-replica", f"{_EACH:g}", "--startup", "0s", "--actuate", "direct",
             "--warm-up", "0s", "--policies", "hpa-qps", "--paths", str(paths)],
            check=True, capture_output=True, text=True)
        with paths.open() as text:
            counts = [int(row["ready"]) for row in csv.DictReader(text)
                      if row["policy"] == "hpa-qps" and row["knob"] == f"target={_TARGET:g}"]
        self.assertEqual(len(counts), len(rows))
        return counts[1:]
