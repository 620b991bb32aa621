#!/usr/bin/env python3
"""How often 90 % bands cover at hourly steps: `loadcurve backtest` on real loads, from rolling origins.

usage: hourly_bands.py LOADCURVE [--data FOLDER]

A day ahead from 60 origins in the later half of each stretch of a series of one hour; for every fifth series of M4 Hourly two days
ahead from 6 origins 37 hours apart, all before the last two days of the training part. Prints, for each, the share of steps covered,
that by steps ahead, and the scaled interval score.
"""
import argparse
import csv
import datetime
import json
import lzma
import os
import pathlib
import subprocess
import sys
import tempfile

# Of each: file, its step in minutes, whether an absent row is a load of zero, from and until when.
STRETCHES = {
    "nasa_http, July 1 to 28": ("nasa_http/requests_per_minute.csv.xz", 1, True, "1995-07-01 00:00", "1995-07-28 13:00"),
    "nasa_http, August 4 to 31": ("nasa_http/requests_per_minute.csv.xz", 1, True, "1995-08-04 00:00", "1995-09-01 00:00"),
    "nasa_http, both months": ("nasa_http/requests_per_minute.csv.xz", 1, True, "1995-07-01 00:00", "1995-09-01 00:00"),
    "worldcup98, May 1 to 15": ("worldcup98/requests_per_minute.csv.xz", 1, False, "1998-05-01 00:00", "1998-05-16 00:00"),
    "worldcup98, May 16 to June 8": ("worldcup98/requests_per_minute.csv.xz", 1, False, "1998-05-16 00:00", "1998-06-09 00:00"),
    "worldcup98, June": ("worldcup98/requests_per_minute.csv.xz", 1, False, "1998-06-01 00:00", "1998-07-01 00:00"),
    "worldcup98, May 16 to June 30": ("worldcup98/requests_per_minute.csv.xz", 1, False, "1998-05-16 00:00", "1998-07-01 00:00"),
    "worldcup98, May and June": ("worldcup98/requests_per_minute.csv.xz", 1, False, "1998-05-01 00:00", "1998-07-01 00:00"),
    "elb_request_count": ("nab/elb_request_count_8c0756.csv", 5, False, "2014-04-10 00:00", "2014-04-24 00:00"),
}
M4_HELD_OUT = 48


def rows_of(path):
    with (lzma.open(path, "rt") if path.endswith(".xz") else open(path)) as file:
        return list(csv.reader(file))[1:]


def hours_of(path, step, absent_is_zero, first, last):
    """Sums by the hour; less than half of an hour is none."""
    first, last = (datetime.datetime.fromisoformat(time) for time in (first, last))
    hours = [[0, 0] for _ in range(int((last - first) / datetime.timedelta(hours=1)))]
    for time, value in rows_of(path):
        place = (datetime.datetime.fromisoformat(time) - first) / datetime.timedelta(hours=1)
        if 0 <= place < len(hours):
            hours[int(place)][0] += float(value)
            hours[int(place)][1] += 1
    for i, (load, count) in enumerate(hours):
        time = (first + datetime.timedelta(hours=i)).isoformat()
        yield f"{time}Z,{load if absent_is_zero or 2 * count * step >= 60 else ''}\n"


def backtest(binary, *options):
    answer = subprocess.run([binary, "backtest", "--step", "1h", "-o", "json", *options], capture_output=True, text=True)
    if answer.returncode:
        sys.exit(answer.stderr)
    return json.loads(answer.stdout)


def show(name, result):
    series = result["series"]
    steps = len(series[0]["by_horizon"])
    shares = []
    for first, last in ((1, 1), (2, 8), (9, 24), (25, 48)):
        covered = [each["by_horizon"][h - 1]["coverage90"] for each in series for h in range(first, last + 1) if last <= steps]
        shares.append(f"{100 * sum(covered) / len(covered):.1f} %" if covered else "")
    mean = result["mean"]
    print(f"| {name} | {100 * mean['coverage90']:.1f} % | {' | '.join(shares)} | {mean['interval_score']:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("loadcurve")
    parser.add_argument("--data", help="the folder of the public data sets (default: LOADCURVE_DATA, else ../shared/data beside the sources)",
                        default=os.environ.get("LOADCURVE_DATA", pathlib.Path(__file__).resolve().parents[2] / "shared" / "data"))
    options = parser.parse_args()
    binary, data = os.path.abspath(options.loadcurve), options.data
    if not os.path.isdir(data):
        sys.exit(f"{data} is absent; set LOADCURVE_DATA to the folder of the public data sets")
    print("| | 90 % bands cover | 1 h ahead | 2 to 8 h | 9 to 24 h | 25 to 48 h | interval score |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "series.csv")
        for name, (file, *stretch) in STRETCHES.items():
            with open(path, "w") as out:
                out.writelines(["time,value\n", *hours_of(os.path.join(data, file), *stretch)])
            show(name, backtest(binary, "--series", path, "--horizon", "24", "--origins", "60"))
        with open(path, "w") as out:
            training = rows_of(os.path.join(data, "m4_hourly/Hourly-train.csv.xz"))
            width = max(len(row) for row in training)
            out.write(",".join(f"V{i + 1}" for i in range(width)) + "\n")
            for row in training[::5]:
                known = [value for value in row if value not in ("", "NA")][:-M4_HELD_OUT]
                out.write(",".join(known + [""] * (width - len(known))) + "\n")
        show("M4 Hourly, every fifth series", backtest(binary, "--wide", path, "--horizon", "48", "--origins", "6", "--every", "37h"))


main()
