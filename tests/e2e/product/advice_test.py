"""What two days of a Prometheus tell of the replicas of a workload: what their containers should ask
for, and what runs out first."""

from __future__ import annotations

import json
import subprocess
import time

from rig import Cluster, Options
from rig.binaries import loadcurve
from rig.sample import deployment
from rig.waiting import wait_for

from .installation import Installation
from .loop_test_case import LoopTestCase

_SCRAPE = 60
_MEBI = 1 << 20
# Seconds at each load, in turn; what a replica bears, uses, and has in memory meanwhile. A straight
# line: 0.04 cores and 5 ms a request. docs/right-sizing.md does the sums.
_EACH = 3600
_LOADS = ((20, 0.14, 850), (40, 0.24, 900), (60, 0.34, 950), (80, 0.44, 1000))

PROFILE = """
apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: web, namespace: default}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  load:
    source: {kind: prometheus, prometheus: {histogram: http_request_duration_seconds, statusLabel: code}}
    weights: {kind: table, curves: [{route: "*", knots: [{weight: 1}]}]}
    perReplica: {metricsqps: 120, binding: slots, slots: 50, weightsVersion: table-f339f62f}
  startup: {p95: 30s}
  objective: {targetUtilization: 0.7}
  bounds: {minReplicas: 1, maxReplicas: 12}
  forecast: {step: 1m}
  rightSizing: {history: 2d, cpuHour: 0.03, gibHour: 0.004}
"""

_CONTAINER = {"name": "main", "image": "none", "resources": {
    which: {"cpu": "2", "memory": "4Gi"} for which in ("requests", "limits")}}


def _past(until: int, seconds: int) -> str:
    """One pod of `web` as the kubelet and its own metrics would have told of it."""
    times = range(until - seconds, until, _SCRAPE)
    requests, cpu, memory = [], [], []
    count = used = 0.0
    for at in times:
        load, cores, megabytes = _LOADS[at // _EACH % len(_LOADS)]
        count += load * _SCRAPE
        used += cores * _SCRAPE
        requests.append(count)
        cpu.append(used)
        memory.append(megabytes * _MEBI)
    pod = 'job="past",instance="past",namespace="default",pod="web-past-00000"'
    container = f'{pod},container="main"'
    bucket = f'http_request_duration_seconds_bucket{{{pod},code="200",le='
    series = {
        f'{bucket}"0.0025"}}': [0.0] * len(requests),
        f'{bucket}"0.025"}}': requests,
        f'{bucket}"+Inf"}}': requests,
        f'http_request_duration_seconds_sum{{{pod},code="200"}}': [0.01 * one for one in requests],
        f"up{{{pod}}}": [1.0] * len(requests),
        f"container_cpu_usage_seconds_total{{{container}}}": cpu,
        f"container_memory_working_set_bytes{{{container}}}": memory}
    lines = [f"{name} {value} {at}" for name, values in series.items()
             for at, value in zip(times, values, strict=True)]
    return "\n".join([*lines, "# EOF", ""])


class Advice(LoopTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(Cluster(Options(), prometheus="15s"))
        cls.cluster.add_fake_node()
        cls.cluster.kubectl.apply(deployment("web", 8, {"containers": [_CONTAINER]}))
        cls.cluster.prometheus.seed(_past(int(time.time()), 2 * 86400))
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url, history="48h")
        cls.installation.wait_until_available()
        cls.cluster.kubectl.apply(PROFILE)

    def test_is_written_to_the_status_and_applied_to_nothing(self) -> None:
        wait_for("advice", lambda: "containers" in self.status().get("advice", {}), 700)
        advice = self.status()["advice"]
        print(self.cluster.kubectl("get", "sp", "web", "-o", "yaml"))
        (main,) = advice["containers"]
        self.assertEqual(main["now"]["requests"], {"cpu": "2", "memory": "4Gi"})
        # 0.04 + 0.005 x 84 cores, and 1.15 x 1010 Mi; rounded up. Windows in which the load changed
        # lie a little off the line.
        self.assertIn(main["advised"]["requests"]["cpu"], ("460m", "470m", "480m"))
        self.assertEqual(main["advised"]["requests"]["memory"], "1168Mi")
        deployed = self.cluster.api.get("/apis/apps/v1/namespaces/default/deployments/web")
        (container,) = deployed["spec"]["template"]["spec"]["containers"]
        self.assertEqual(container["resources"], _CONTAINER["resources"])
        events = self.cluster.kubectl("get", "events")
        self.assertIn("RightSizingAdvised", events)

    def test_capacity_from_production_sees_memory_run_out_first(self) -> None:
        profile = self.cluster.scratch.path("web.yaml")
        profile.write_text(PROFILE)
        until = int(time.time()) // 60 * 60 - 600
        asked = ["capacity", "--prometheus", self.cluster.prometheus.url, "--profile", str(profile),
                 "--since", str(until - 36 * 3600), "--until", str(until), "--replicas", "1",
                 "--step", "5m", "--slots", "unlimited", "--cpu-limit", "2",
                 "--memory-limit", "1100Mi"]
        done = subprocess.run([str(loadcurve()), *asked, "-o", "json"], capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        # 800 Mi and 2.5 for each request a second; the CPU would do 392.
        self.assertEqual(found["binds"], "memory")
        self.assertAlmostEqual(found["rate"]["value"], 120, delta=6)
        print(subprocess.run([str(loadcurve()), *asked], capture_output=True, text=True).stdout)
