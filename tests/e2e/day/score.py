"""From requests and counts of pods to a table and a verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from rig import Request

from .arms import Arm
from .watching import Counts

PROMISED_SHARE = .999  # of requests within the latency target
PROMISED_BY_CPU = .8  # replica-hours against the HPA on CPU, at most
BUSIEST_CORES_LEFT = .2  # less than this idle in too many looks: the machine was saturated
SATURATED_LOOKS = .02
LATEST_START_MS = 50.0  # of 99 % of the requests, after their schedule


@dataclass(frozen=True)
class Score:
    name: str
    kind: str
    title: str
    requests: int
    within: int  # answered well and in time
    errors: int  # not answered, or with 500 and above
    p50_ms: float
    p99_ms: float
    p999_ms: float
    replica_hours: float
    peak_replicas: int

    @property
    def share(self) -> float:
        return self.within / self.requests if self.requests else 0.0


@dataclass(frozen=True)
class Verdict:
    code: int  # 0 better by as much as promised, 1 not, 3 void
    lines: Sequence[str]


def score(arm: Arm, requests: Sequence[Request], counts: Sequence[Counts], begin: float,
          end: float, limit_ms: float) -> Score:
    """Over requests scheduled, and pods there, in [begin, end)."""
    inside = [one for one in requests if begin <= one.scheduled < end]
    taken = sorted(one.latency_ms for one in inside)
    good = [one for one in inside if 0 < one.status < 500]
    looks = [one for one in counts if begin <= one.at < end]
    spans = [after.at - before.at for before, after in zip(looks, looks[1:])]
    pod_seconds = sum(one.there * span for one, span in zip(looks, spans))
    # Looks are dense; the ends before the first and after the last count as the rest.
    pod_seconds *= (end - begin) / sum(spans) if spans else 0
    return Score(arm.name, arm.kind, arm.title, len(inside),
                 sum(one.latency_ms <= limit_ms for one in good), len(inside) - len(good),
                 _quantile(taken, .5), _quantile(taken, .99), _quantile(taken, .999),
                 pod_seconds / 3600, max((one.there for one in looks), default=0))


def judge(scores: Sequence[Score], busy: Sequence[float], lags: Mapping[str, float],
          cores: int) -> Verdict:
    """What the day proves. A machine that had too much to do proves nothing."""
    full = sum(one > cores - BUSIEST_CORES_LEFT for one in busy) / max(1, len(busy))
    void = []
    if full > SATURATED_LOOKS:
        void.append(f"the machine had less than {BUSIEST_CORES_LEFT:g} cores idle in "
                    f"{full:.0%} of the day")
    void += [f"requests of {name} were sent {lag:.0f} ms late (1 % of them later)"
             for name, lag in lags.items() if lag > LATEST_START_MS]
    if void:
        return Verdict(3, [f"VOID: {one}" for one in void])
    ours = next((one for one in scores if one.kind == "loadcurve"), None)
    if ours is None:
        return Verdict(0, ["no arm of Loadcurve: nothing to prove"])
    claims = [(ours.share >= PROMISED_SHARE,
               f"{ours.share:.3%} of the requests within the target; promised "
               f"{PROMISED_SHARE:.1%}")]
    for one in scores:
        if one.kind == "loadcurve" or not one.replica_hours:
            continue
        part = ours.replica_hours / one.replica_hours
        most = PROMISED_BY_CPU if one.kind == "cpu" else 1.0
        holds = part <= most if one.kind == "cpu" else part < most
        claims.append((holds, f"{part:.0%} of the replica-hours of {one.title}; promised "
                              f"{'at most' if one.kind == 'cpu' else 'less than'} {most:.0%}"))
    # Against whom it is easy: a rival that misses the target was given too few pods.
    late = [f"note {one.title} had {one.share:.3%} within the target; with more it would need more "
            "replica-hours" for one in scores
            if one.kind != "loadcurve" and one.share < PROMISED_SHARE]
    return Verdict(0 if all(holds for holds, _ in claims) else 1,
                   [f"{'ok  ' if holds else 'FAIL'} {text}" for holds, text in claims] + late)


def table(scores: Sequence[Score], limit_ms: float) -> str:
    """Markdown."""
    rows = [f"| arm | requests | within {limit_ms:g} ms | errors | p50 | p99 | p99.9 "
            "| replica-hours | peak replicas |",
            "|---|---|---|---|---|---|---|---|---|"]
    rows += [f"| {one.title} | {one.requests} | {one.share:.3%} | {one.errors} | {one.p50_ms:.0f} "
             f"ms | {one.p99_ms:.0f} ms | {one.p999_ms:.0f} ms | {one.replica_hours:.3f} "
             f"| {one.peak_replicas} |" for one in scores]
    return "\n".join(rows) + "\n"


def as_object(one: Score) -> dict[str, object]:
    return {**asdict(one), "share": one.share}


def _quantile(ordered: Sequence[float], share: float) -> float:
    if not ordered:
        return math.nan
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
