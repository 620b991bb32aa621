#!/usr/bin/env python3
"""Whether a budget of violations is kept on real loads, with nothing tuned to them.

usage: bench/violation_budget.py LOADCURVE [--data FOLDER] [--violations 0.1%] [--only WORD] [-- OPTIONS OF simulate]

Each series is replayed by `loadcurve simulate --violations`, behind an HPA (the default), with one
setting of ours; the first day is not measured. A line has what was measured, by what factor of
the share asked for, the steps that were short and, beside it, the cheapest setting of an HPA on
requests that was short no more often, found afterwards. Kept is a rate from half of what was
asked for to twice of it. FOLDER is the project's public data (default: $LOADCURVE_DATA).
"""
import argparse
import csv
import datetime
import io
import json
import lzma
import math
import os
import pathlib
import subprocess
import sys
import tempfile

MINUTE = 60


def read_points(path, column):
    """Of a CSV with a header, times in the first column, compressed or not."""
    raw = path.read_bytes()
    text = (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode()
    for row in csv.DictReader(io.StringIO(text)):
        time_text = next(iter(row.values()))
        when = datetime.datetime.fromisoformat(time_text).replace(tzinfo=datetime.timezone.utc)
        yield int(when.timestamp()), float(row[column])


def on_a_grid(points, step, absent, since, until):
    """Sums of rows of minutes where the step is longer, else the row of a window; NaN is missing."""
    sums, counts = {}, {}
    for when, value in points:
        if since <= when < until:
            at = when // step * step
            sums[at] = sums.get(at, 0) + value
            counts[at] = counts.get(at, 0) + 1
    first, last = min(sums), max(sums)
    return [(at, sums.get(at, absent)) for at in range(first, last + step, step)]


def day(text):
    return int(datetime.datetime.fromisoformat(text + "T00:00:00+00:00").timestamp())


def all_series(data):
    """(name, step in seconds, function that reads it)."""
    cup = data / "worldcup98/requests_per_minute.csv.xz"
    nasa = data / "nasa_http/requests_per_minute.csv.xz"
    forever = (0, 1 << 40)
    may, june = (day("1998-05-01"), day("1998-06-01")), (day("1998-06-01"), day("1998-07-01"))
    july, august = (day("1995-07-01"), day("1995-08-01")), (day("1995-08-01"), day("1995-09-01"))
    made = [
        ("World Cup, May", MINUTE, cup, "count", math.nan, may),
        ("World Cup, June", MINUTE, cup, "count", math.nan, june),
        ("World Cup, May and June", 5 * MINUTE, cup, "count", math.nan, (may[0], june[1])),
        ("NASA, July", MINUTE, nasa, "count", 0, july),
        ("NASA, August", MINUTE, nasa, "count", 0, august),
        ("NASA, July and August", 5 * MINUTE, nasa, "count", 0, (july[0], august[1])),
    ]
    for path in sorted((data / "nab").glob("*.csv")):
        made.append((f"NAB, {path.stem}", 5 * MINUTE, path, "value", math.nan, forever))
    return made


def simulate(arguments, made, folder):
    name, step, path, column, absent, (since, until) = made
    rows = on_a_grid(read_points(path, column), step, absent, since, until)
    series = folder / "series.csv"
    with open(series, "w") as out:
        out.write("time,value\n")
        out.writelines(f"{at},{'' if math.isnan(value) else repr(value)}\n" for at, value in rows)
    command = [arguments.loadcurve, "simulate", "--series", str(series), "--step", f"{step}s",
               "--mean-replicas", "20", "--violations", arguments.violations, "--policies",
               "loadcurve,hpa-qps", "-o", "json", *arguments.options]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{name}: {' '.join(command)}: {run.stderr}")
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("loadcurve")
    parser.add_argument("--data", default=os.environ.get("LOADCURVE_DATA"))
    parser.add_argument("--violations", default="0.1%")
    parser.add_argument("--only", default="")
    parser.add_argument("options", nargs="*")
    arguments = parser.parse_args()
    if not arguments.data or not pathlib.Path(arguments.data).is_dir():
        parser.error(f"--data (or LOADCURVE_DATA) is {arguments.data!r}; expected the folder of the data")
    asked = float(arguments.violations.rstrip("% ")) / 100
    print("| series | step | days | short | of steps | by what was asked | over oracle | changes/day "
          "| HPA: short | over oracle | changes/day |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    kept = total = 0
    for made in all_series(pathlib.Path(arguments.data)):
        if arguments.only.lower() not in made[0].lower():
            continue
        with tempfile.TemporaryDirectory() as folder:
            result = simulate(arguments, made, pathlib.Path(folder))
        ours = next(p for p in result["policies"] if p["policy"] == "loadcurve")
        rate = ours["violation_minutes_ratio"]
        # The cheapest that is short no more often, else the one that is least short.
        hpa = min((p for p in result["policies"] if p["policy"] == "hpa-qps"),
                  key=lambda p: (max(p["violation_minutes_ratio"], rate), p["replica_hours"]))
        oracle = result["oracle"]["replica_hours"]
        over = lambda p: f"{100 * (p['replica_hours'] / oracle - 1):+.1f} %"
        step = made[1]
        days = result["series"]["steps"] * step / 86400
        measured = result["series"]["steps"] - result["series"]["warm_up_seconds"] / step
        is_kept = asked / 2 <= rate <= 2 * asked
        kept += is_kept
        total += 1
        print(f"| {made[0]} | {step // 60} min | {days:.0f} | {100 * rate:.3f} % | {rate * measured:.0f} "
              f"| {rate / asked:.2f}{'' if is_kept else ', missed'} | {over(ours)} "
              f"| {ours['changes_per_day']:.0f} | {100 * hpa['violation_minutes_ratio']:.3f} % | {over(hpa)} "
              f"| {hpa['changes_per_day']:.0f} |", flush=True)
    print(f"\nKept on {kept} of {total}.")


if __name__ == "__main__":
    main()
