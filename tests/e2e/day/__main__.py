"""A compressed day on a real control plane: Loadcurve beside the stock HPA."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import traceback
from pathlib import Path

from rig import Skipped
from rig.waiting import RigError

from . import arms, plot
from .measuring import Measured, Plan, measure
from .score import Score, Verdict, as_object, judge, score, table

_KINDS = ("loadcurve", "cpu", "qps")


def main() -> int:
    settings = _settings()
    chosen = arms.parse(settings.arms, settings.utilization, settings.cpu_target,
                        settings.qps_target)
    settings.out.mkdir(parents=True, exist_ok=True)
    plan = Plan(settings.minutes, chosen, settings.past_days, settings.seed, settings.out,
                settings.calibration)
    try:
        measured = measure(plan)
    except RigError as error:
        print(f"day: {error}", file=sys.stderr)
        return 77 if isinstance(error, Skipped) else 3
    except Exception:
        # Code 1 is for a day that was measured and fell short.
        traceback.print_exc()
        return 3
    scores = [score(arm, measured.requests[arm.name], measured.counts[arm.name], measured.begin,
                    measured.end, settings.latency_ms) for arm in chosen]
    verdict = judge(scores, measured.busy, measured.lags_ms, os.cpu_count() or 1)
    _report(settings, plan, measured, scores, verdict)
    return verdict.code


def _report(settings: argparse.Namespace, plan: Plan, measured: Measured, scores: list[Score],
            verdict: Verdict) -> None:
    text = "\n".join([table(scores, settings.latency_ms), *_notes(plan, measured), "",
                      *verdict.lines, ""])
    (plan.out / "table.md").write_text(text)
    (plan.out / "day.svg").write_text(plot.svg(
        measured.day, plan.arms, measured.counts, measured.requests, measured.begin,
        settings.latency_ms))
    (plan.out / "summary.json").write_text(json.dumps({
        "minutes": plan.minutes, "seed": plan.seed, "past_days": plan.days,
        "latency_ms": settings.latency_ms, "code": verdict.code, "verdict": list(verdict.lines),
        "lags_ms": measured.lags_ms, "busiest_cores": max(measured.busy, default=0),
        "arms": [as_object(one) for one in scores]}, indent=1) + "\n")
    print(text)
    print(plot.terminal(measured.day, plan.arms, measured.counts, measured.begin))
    print(f"\n{plan.out}: table.md, day.svg, summary.json")


def _notes(plan: Plan, measured: Measured) -> list[str]:
    terms = plan.terms()
    busy = sorted(measured.busy) or [0.0]
    return [
        f"A day of {plan.minutes:g} minutes ({time.strftime('%F %H:%M', time.gmtime())} UTC), the "
        "same requests at the same moments for every arm, in the same run.",
        "",
        f"- All: {terms.least} to {terms.most} pods of {terms.cpu}, {terms.start_seconds:g} s to "
        f"start one, HPA sync 1 s, no limit on steps, no window upward, "
        f"{terms.window_seconds} s downward.",
        "- Replica-hours count pods from their creation, ready or not.",
        f"- Loadcurve has {plan.days} such days in the Prometheus, of the same plan but other "
        "draws; its weights and capacity were calibrated before the day.",
        "- HPA on CPU: metrics-server at 10 s, the finest that it takes. HPA on QPS: "
        "loadcurve-qps, which is as fresh as Loadcurve's own load.",
        f"- This machine used {busy[len(busy) // 2]:.2f} cores at the median and {busy[-1]:.2f} at "
        "most; 99 % of the requests left within "
        f"{max(measured.lags_ms.values(), default=0):.1f} ms of their schedule."]


def _settings() -> argparse.Namespace:
    def numbers(text: str) -> list[float]:
        return [float(word) for word in text.split(",")]

    def kinds(text: str) -> list[str]:
        words = text.split(",")
        if unknown := [word for word in words if word not in _KINDS]:
            raise argparse.ArgumentTypeError(f"'{unknown[0]}' is none of {', '.join(_KINDS)}")
        return words

    parser = argparse.ArgumentParser(prog="day/run", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="length of the day (10)")
    parser.add_argument("--out", type=Path, default=Path("day-results"), metavar="FOLDER",
                        help="for table.md, day.svg, summary.json and the requests (day-results)")
    parser.add_argument("--arms", type=kinds, default=list(_KINDS), metavar="KIND,...",
                        help="some of loadcurve,cpu,qps (all)")
    parser.add_argument("--utilization", type=numbers, default=[75.0], metavar="PERCENT,...",
                        help="of the CPU limit that Loadcurve plans for (75)")
    parser.add_argument("--cpu-target", type=numbers, default=[33.0], metavar="PERCENT,...",
                        help="of the HPA on CPU; several are several arms: a sweep (33)")
    parser.add_argument("--qps-target", type=numbers, default=[6.0], metavar="RATE,...",
                        help="of the HPA on QPS, requests a second of one pod (6)")
    parser.add_argument("--latency-ms", type=float, default=1000, help="latency target (1000)")
    parser.add_argument("--past-days", type=int, default=8, help="that Loadcurve knows (8)")
    parser.add_argument("--seed", type=int, default=1, help="of the arrivals (1)")
    parser.add_argument("--calibration", type=Path, metavar="FOLDER",
                        help="results of an earlier run, whose calibration is taken over")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
