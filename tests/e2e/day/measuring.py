"""One day, from an empty machine to requests and counts of pods."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from product.installation import Installation
from rig import Cluster, Options, Request
from rig.api import Object
from rig.process_node import ProcessNode
from rig.traffic import Load
from rig.waiting import RigError, wait_for

from . import arms as arms_
from . import past
from .arms import Arm, Terms
from .calibration import calibrate
from .curve import Day
from .watching import Counts, Watch

_CORES = .05  # of a pod
# Of the evening before the day that is counted. Requests come before anything is scaled or
# scraped, so that no past is seen in which nobody asked.
_LEAD_SECONDS = 90.0
_PODS_AT_FIRST = 6

# A new pod counts for an HPA on CPU after 5 minutes by default; that would be half of the day.
_HPA_FLAGS = ("--horizontal-pod-autoscaler-cpu-initialization-period=10s",
              "--horizontal-pod-autoscaler-initial-readiness-delay=2s")


@dataclass(frozen=True)
class Plan:
    """What is asked for."""

    minutes: float
    arms: Sequence[Arm]
    days: int  # of the past
    seed: int
    out: Path
    calibrated: Path | None = None  # a folder of an earlier run, whose calibration holds

    def terms(self) -> Terms:
        return Terms(cpu="50m", start_seconds=4, least=2, most=24, window_seconds=20, step="5s",
                     startup="8s")


@dataclass(frozen=True)
class Measured:
    """What came of it."""

    day: Day
    begin: float  # Unix time of midnight
    requests: dict[str, list[Request]]
    counts: dict[str, list[Counts]]
    busy: list[float]  # cores of this machine in use, in looks of two seconds
    lags_ms: dict[str, float]  # 99 % of the requests were sent less late

    @property
    def end(self) -> float:
        return self.begin + self.day.seconds


def measure(plan: Plan) -> Measured:
    """Takes the length of the day and about three minutes more."""
    day = Day(60 * plan.minutes, 0)
    history = f"{round(day.seconds * (plan.days + 1.5))}s"
    with Cluster(Options(hpa_sync="1s", controller_manager_flags=_HPA_FLAGS),
                 prometheus="2s") as cluster:
        cluster.add_fake_node()
        node = cluster.add_process_node()
        cluster.add_metrics_server()
        installation = Installation(cluster, cluster.prometheus.url, history=history)
        installation.wait_until_available()
        _say("calibrating")
        profile, seen = _calibration(plan, cluster, node)
        _say("starting the arms")
        cluster.prometheus.component.stop()
        proxies = {arm.name: arms_.deploy(cluster, arm, plan.terms(), _PODS_AT_FIRST)
                   for arm in plan.arms}
        for arm in plan.arms:
            wait_for(f"the pods of {arm.name}", lambda name=arm.name: cluster.api.get(
                arms_.DEPLOYMENTS + name)["status"].get("readyReplicas") == _PODS_AT_FIRST, 60)
        points = day.points(_LEAD_SECONDS)
        begin = float(round(time.time() + _LEAD_SECONDS))
        time.sleep(max(0.0, begin - _LEAD_SECONDS - time.time()))
        loads = {name: cluster.start_load(proxy.url, points, seed=plan.seed, name=f"load-{name}")
                 for name, proxy in proxies.items()}
        for arm in plan.arms:
            if arm.kind == "loadcurve":
                past.put_into(cluster, arm.name, day.seconds, plan.days, begin, seen, plan.out)
        cluster.prometheus.component.start()
        for arm in plan.arms:
            arms_.scale(cluster, arm, plan.terms(), profile, f"{round(day.seconds)}s")
        if time.time() > begin - _LEAD_SECONDS / 3:
            raise RigError("this machine was too slow to prepare the day")
        _say(f"the day of {plan.minutes:g} minutes begins in {begin - time.time():.0f} s")
        return _follow(cluster, plan, day, begin, loads)


def _follow(cluster: Cluster, plan: Plan, day: Day, begin: float,
            loads: dict[str, Load]) -> Measured:
    watch = Watch(cluster, plan.arms)
    requests = {name: load.finish(60) for name, load in loads.items()}
    watch.stop()
    _keep(cluster, plan, watch, requests)
    lags = {name: load.summary()["p99_lag_ms"] for name, load in loads.items()}
    end = begin + day.seconds
    return Measured(day, begin, requests, watch.counts,
                    [cores for at, cores in watch.busy if begin <= at < end], lags)


def _calibration(plan: Plan, cluster: Cluster,
                 node: ProcessNode) -> tuple[Object, list[Request]]:
    kept = plan.out / "calibration.json"
    source = plan.calibrated / "calibration.json" if plan.calibrated else None
    if source is not None:
        text = source.read_text()
        kept.write_text(text)
        known = json.loads(text)
        return known["profile"], [Request(*one) for one in known["requests"]]
    profile, seen = calibrate(cluster, node, "50m", _CORES, plan.out)
    kept.write_text(json.dumps({"profile": profile, "requests": [
        (one.scheduled, one.path, one.status, one.latency_ms) for one in seen]}))
    return profile, seen


def _keep(cluster: Cluster, plan: Plan, watch: Watch, requests: dict[str, list[Request]]) -> None:
    """What a person wants to look at afterwards."""
    for name, all_of_them in requests.items():
        with (plan.out / f"requests-{name}.csv").open("w") as file:
            file.write("scheduled,path,status,latency_ms\n")
            file.writelines(f"{one.scheduled:.3f},{one.path},{one.status},{one.latency_ms:.3f}\n"
                            for one in all_of_them)
    (plan.out / "watched.json").write_text(json.dumps({
        "counts": {name: [(one.at, one.wanted, one.there, one.ready) for one in counts]
                   for name, counts in watch.counts.items()},
        "metrics": watch.metrics, "busy": watch.busy}))
    for log in cluster.scratch.logs.glob("loadcurve*.log"):
        (plan.out / log.name).write_bytes(log.read_bytes())
    (plan.out / "profiles.yaml").write_text(cluster.kubectl("get", "sp", "-o", "yaml"))
    (plan.out / "hpa.yaml").write_text(cluster.kubectl("get", "hpa", "-o", "yaml"))


def _say(what: str) -> None:
    print(time.strftime("%H:%M:%S"), what, flush=True)
