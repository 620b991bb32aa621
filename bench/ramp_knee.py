#!/usr/bin/env python3
"""Whether `loadcurve replay --ramp` finds the limit that a step test by another tool finds.

usage: bench/ramp_knee.py LOADCURVE [--target nginx] [--target node] [--rounds 3]

The service runs on one CPU, the load on the others. In each round one ramp and one step test, one
after the other, on the service that stays up. The step test knows nothing of the ramp: wrk finds how
much comes out at most, then step_test.py holds rates from 0.78 of that upwards (from lower ones, where
that is too much), 0.025 apart, and the limit lies between the last rate with no more than 5 % of the
answers late and the first of two in a row with more. A rate that is late is held twice more, and the
middle one of the three counts; one at which the service had to wait for its CPU for more than 3 % of
the time, since others used it, is held again, twice at most.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import ramp_targets
import step_test

ALLOWED_LATE = 0.05
FIRST = 0.78  # of what comes out at most
STEP = 0.025
STEP_BACK = 0.1  # to begin at, where the first rate is too high
MOST_WAITED = 0.03  # of the time


def run(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    except subprocess.TimeoutExpired:
        sys.exit(f"{' '.join(command)}: did not end within 600 s")
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def most_answered(target, port, seconds):
    """Requests a second by a closed loop: wrk with the routes of the log in turn."""
    routes = [route for route, share in target.shares.items() for _ in range(share)]
    script = target.folder / "routes.lua"
    headers = "".join(f'wrk.headers["{name}"] = "{value}"\n' for name, value in target.headers.items())
    script.write_text(
        headers + "local at = 0\nlocal routes = {" + ", ".join(f'"{route}"' for route in routes) +
        "}\nrequest = function()\n  at = at % #routes + 1\n  return wrk.format(nil, routes[at])\nend\n")
    text = run(ramp_targets.on_load_cpus(
        ["wrk", "-t1", "-c8", f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{port}"]))
    return float(re.search(r"Requests/sec:\s*([\d.]+)", text).group(1))


def late_share(target, port, rate, options):
    """The rate that came about, and the share that was late; after a second that does not count."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in target.headers.items())
    requests = [f"GET {route} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode()
                for route, share in target.shares.items() for _ in range(share)]
    for seconds in (1, options.seconds):
        options.seed += 1
        came, latencies = step_test.hold(port, requests, rate, seconds, options.seed)
    return came, sum(latency * 1000 > options.target_ms for latency in latencies) / len(latencies)


def undisturbed(target, port, rate, options):
    """The same in a time in which nobody kept its CPU from the service, if there is one of three."""
    for _ in range(3):
        began, waited = time.monotonic(), target.waited_seconds()
        seen = late_share(target, port, rate, options)
        if target.waited_seconds() - waited < MOST_WAITED * (time.monotonic() - began):
            break
        options.disturbed += 1
    return seen


def twice_late(target, port, rate, options):
    """The same, where it is late the middle one of three: a machine that stands still makes late too."""
    seen = [undisturbed(target, port, rate, options)]
    if seen[0][1] > ALLOWED_LATE:
        seen += [undisturbed(target, port, rate, options) for _ in range(2)]
    return sorted(seen, key=lambda one: one[1])[len(seen) // 2]


def limit_by_steps(target, port, options):
    """The limit in requests a second, and what was seen at each rate."""
    most = most_answered(target, port, 5)
    share = FIRST
    seen = [twice_late(target, port, share * most, options)]
    while seen[0][1] > ALLOWED_LATE and share > STEP_BACK:
        share -= STEP_BACK
        seen = [twice_late(target, port, share * most, options)]
    while share < 1.1 and not all(late > ALLOWED_LATE for _, late in seen[-2:]):
        share += STEP
        seen.append(twice_late(target, port, share * most, options))
    return (seen[max(0, len(seen) - 3)][0] * seen[-2][0]) ** 0.5, seen


def ramp(binary, target, port, options):
    began = time.monotonic()
    text = run(ramp_targets.on_load_cpus(
        [binary, "replay", *target.write_log(), "--target", f"http://127.0.0.1:{port}", "--ramp",
         "--pid", str(target.pid), "--latency-target", f"{options.target_ms}ms", "--max-rate", "2000",
         "--interval", options.interval, "-o", "json"]))
    return json.loads(text), time.monotonic() - began


def try_target(target, options):
    rows = []
    with target.running() as port:
        for number in range(options.rounds):
            options.seed = 1000 * number
            options.disturbed = 0
            report, seconds = ramp(options.binary, target, port, options)
            limit, seen = limit_by_steps(target, port, options)
            found = report["rate"]
            rows.append((limit, found["value"]))
            print(f"{target.name:8}{limit:12.1f}{found['value']:10.1f}{found['low']:9.1f} .."
                  f"{found['high']:8.1f}{100 * (found['value'] / limit - 1):+9.1f} %"
                  f"  {report['bottleneck']['resource']:12}{seconds:6.0f} s", flush=True)
            if options.verbose:
                print(f"    held again: {options.disturbed}")
                print("    step test: ", "  ".join(f"{rate:.0f}: {100 * late:.1f} %" for rate, late in seen))
                print("    ramp:      ", "  ".join(
                    f"{point['asked_rate']:.0f}: {100 * point['late_share']:.1f} %" for point in report["curve"]
                    if point["purpose"] != "mix" and point["asked_rate"] > found["value"] / 2), flush=True)
    return rows


def spread(values):
    return 100 * (max(values) - min(values)) / statistics.median(values)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("binary")
    arguments.add_argument("--target", action="append", choices=sorted(ramp_targets.TARGETS))
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=int, default=10, help="of each rate of the step test")
    arguments.add_argument("--target-ms", type=int, default=50)
    arguments.add_argument("--interval", default="1s")
    arguments.add_argument("--verbose", action="store_true")
    options = arguments.parse_args()
    os.sched_setaffinity(0, {int(cpu) for cpu in ramp_targets.LOAD_CPUS.split(",")})
    print(f"{'':8}{'step test/s':>12}{'ramp/s':>10}{'90 % interval':>20}{'ramp off by':>11}")
    for name in options.target or ["nginx", "node"]:
        kind = ramp_targets.TARGETS[name]
        if name == "serve-sample":
            kind.program = options.binary
        if not kind.path_of_program():
            print(f"{name:8} is not installed: left out")
            continue
        with tempfile.TemporaryDirectory() as folder:
            rows = try_target(kind(folder), options)
        manual = [limit for limit, _ in rows]
        found = [value for _, value in rows]
        print(f"{name:8} medians {statistics.median(manual):.1f} and {statistics.median(found):.1f}: "
              f"{100 * (statistics.median(found) / statistics.median(manual) - 1):+.1f} %; step tests "
              f"differ by {spread(manual):.1f} %, ramps by {spread(found):.1f} %")


if __name__ == "__main__":
    main()
