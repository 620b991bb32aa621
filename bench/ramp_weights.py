#!/usr/bin/env python3
"""Whether `loadcurve replay --ramp` finds the CPU that each route of a service costs.

usage: bench/ramp_weights.py LOADCURVE [--target node] [--target serve-sample] [--rounds 3]

What a route costs is measured before and after, by the scheduler's own count of the CPU of the service
while wrk asks for nothing but that route; how far the two shares are apart is how far this machine lets
anything be known. In between a ramp, which knows none of it, fits weights; its last steps vary the mix. Its rival is `loadcurve calibrate` on the log that the service
wrote and the CPU that the ramp read, up to the first of these steps: traffic of one mix, in the
windows of a second that the ramp has, and in windows of five, nearer to what is scraped in production.
Shares are those of the routes in the cost of one request of each; all are told against what was
measured, at their worst. R2 is that of the weights on windows that they were not fitted to.
"""
import argparse
import csv
import json
import statistics
import subprocess
import sys
import tempfile
import time

import ramp_targets

NAMES = ("ramp", "one mix", "one mix, 5 s")


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def known_costs(target, port, seconds):
    """CPU seconds a request by route."""
    costs = {}
    headers = [text for name, value in target.headers.items() for text in ("-H", f"{name}: {value}")]
    for route in target.shares:
        url = f"http://127.0.0.1:{port}{route}"
        run(ramp_targets.on_load_cpus(["wrk", "-t1", "-c8", "-d1s", *headers, url]))
        before = target.cpu_seconds()
        text = run(ramp_targets.on_load_cpus(["wrk", "-t1", "-c8", f"-d{seconds}s", *headers, url]))
        used = target.cpu_seconds() - before
        requests = next(int(line.split()[0]) for line in text.splitlines() if " requests in " in line)
        costs[route] = used / requests
    return costs


def ramp(binary, target, port):
    events = target.folder / "events.jsonl"
    began = time.monotonic()
    text = run(ramp_targets.on_load_cpus(
        [binary, "replay", *target.write_log(), "--target", f"http://127.0.0.1:{port}", "--ramp",
         "--pid", str(target.pid), "--latency-target", "50ms", "--max-rate", "2000", "--events", str(events),
         "-o", "json"]))
    return json.loads(text), [json.loads(line) for line in open(events)], time.monotonic() - began


def one_mix(binary, target, events, window):
    """The calibration on what came before the mix was varied, in windows of so many intervals."""
    cpu = target.folder / "cpu.csv"
    with open(cpu, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["time", "cpu_cores"])
        used = []
        for event in events:
            if event["event"] != "interval":
                continue
            if event["purpose"] == "mix":
                break
            used.append(event["replicas"][0]["cpu_cores"])
            if len(used) == window:
                rows.writerow([event["to"], sum(used) / window])
                used = []
    text = run([binary, "calibrate", str(target.own_log), *target.log_options, "--cpu", str(cpu),
                "--cpu-limit", "1", "--lag", "0s", "-o", "json"])
    return json.loads(text)["workloads"][0]


def weight_of(calibration, route, seconds):
    """What a request of this route costs that takes so long."""
    curves = {}
    for knot in calibration["weights"]:
        curves.setdefault(knot["route"], []).append((knot["upper_seconds"], knot["weight"]))
    knots = curves.get(f"GET {route}", curves["*"])
    if len(knots) == 1:
        return knots[0][1]
    right = 1
    while right + 1 < len(knots) and seconds > knots[right][0]:
        right += 1
    (x0, y0), (x1, y1) = knots[right - 1], knots[right]
    return y0 + (y1 - y0) / (x1 - x0) * (seconds - x0)


def worst_error(calibration, known, durations):
    """Of the shares of the routes, in percent."""
    found = {route: weight_of(calibration, route, durations[route]) for route in known}
    shares = {route: (found[route] / sum(found.values())) / (known[route] / sum(known.values())) - 1
              for route in known}
    return 100 * max(shares.values(), key=abs)


def durations_of(target):
    """The median time held by route, in seconds, by the service's own log."""
    held = {}
    for line in open(target.own_log):
        if line.startswith("{"):
            row = json.loads(line)
            held.setdefault(row["url"], []).append(row["took"])
        else:
            held.setdefault(line.split('"')[1].split()[1], []).append(float(line.split()[-1]))
    return {route: statistics.median(held[route]) for route in target.shares}


def r2(calibration):
    fits = calibration.get("out_of_sample") or {}
    return fits.get("fitted", {}).get("r2", float("nan"))


def known_now(target, options):
    with target.running() as port:
        known = known_costs(target, port, options.seconds)
    print(f"{target.name}: known " + ", ".join(f"{route} {1e3 * cost:.2f} ms" for route, cost in known.items()))
    return known


def try_target(target, options):
    rows = []
    after = known_now(target, options)
    for _ in range(options.rounds):
        before = after
        target.own_log.unlink()
        with target.running() as port:
            report, events, seconds = ramp(options.binary, target, port)
        durations = durations_of(target)
        fits = [report["calibration"], one_mix(options.binary, target, events, 1),
                one_mix(options.binary, target, events, 5)]
        after = known_now(target, options)
        known = {route: (before[route] + after[route]) / 2 for route in before}
        rows.append([number for fit in fits for number in (worst_error(fit, known, durations), r2(fit))])
        if options.verbose:
            for each in fits:
                print("    ", ", ".join(f"{route} {weight_of(each, route, durations[route]) * each['reference_cpu_seconds'] * 1e3:.2f} ms"
                                        f" ({durations[route] * 1e3:.1f} ms held)" for route in known))
        print(f"  {seconds:.0f} s" + "".join(
            f"; {name}: {fit['verdict']}, shares off by {rows[-1][2 * i]:+.1f} %, R2 {rows[-1][2 * i + 1]:.3f}"
            for i, (name, fit) in enumerate(zip(NAMES, fits))), flush=True)
    return rows


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("binary")
    arguments.add_argument("--target", action="append", choices=["node", "serve-sample"])
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=int, default=3, help="of each route alone")
    arguments.add_argument("--verbose", action="store_true")
    options = arguments.parse_args()
    # Not nginx: what it logs as the time of a request that only computes is 0.
    for name in options.target or ["node", "serve-sample"]:
        kind = ramp_targets.TARGETS[name]
        if name == "serve-sample":
            kind.program = options.binary
        if not kind.path_of_program():
            print(f"{name}: not installed, left out")
            continue
        with tempfile.TemporaryDirectory() as folder:
            rows = try_target(kind(folder), options)
        columns = list(zip(*rows))
        print(f"{name}: medians" + "".join(
            f"; {fit}: {statistics.median(map(abs, columns[2 * i])):.1f} %, R2 {statistics.median(columns[2 * i + 1]):.3f}"
            for i, fit in enumerate(NAMES)))


if __name__ == "__main__":
    main()
