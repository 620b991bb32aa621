#!/usr/bin/env python3
"""How fast `loadcurve measure` reads an nginx log, beside mawk, wc and goaccess.

usage: bench/measure_speed.py LOADCURVE [--gigabytes 1] [--rounds 5] [--keep FILE]

Renders a log of nginx (combined + $request_time, about 180 bytes a line) with the durations
of ../shared/data/nezha, or of the folder in LOADCURVE_DATA; where it is absent, with made-up
durations, and says so. Every round runs all programs one after the other on the same file,
which is in the page cache; the table has the medians. Seeded: the same file every time.
"""
import argparse
import csv
import lzma
import math
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

FIRST_SECOND = 1791590400  # 2026-10-10T00:00:00Z
REQUESTS_PER_SECOND = 60
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/118.0.0.0 "
    "Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148",
    "Go-http-client/2.0",
)
PATHS = [f"/api/v1/{thing}/{verb}" for thing in ("travel", "cart", "product", "order", "user")
         for verb in ("list", "query", "detail", "left", "trips")]


def measured_durations():
    """Seconds of real requests, as text with three decimals; empty where the data is absent."""
    beside = pathlib.Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
    folder = pathlib.Path(os.environ.get("LOADCURVE_DATA", beside)) / "nezha"
    durations = []
    for path in sorted(folder.glob("*/requests.csv.xz")):
        with lzma.open(path, "rt") as file:
            durations += [f"{int(row['duration_us']) / 1e6:.3f}" for row in csv.DictReader(file)]
    return durations


def made_up_durations(chance):
    return [f"{math.exp(chance.gauss(-4.6, 1.3)):.3f}" for _ in range(250_000)]


def write_log(path, size):
    chance = random.Random(1)
    durations = measured_durations()
    if durations:
        print(f"durations: {len(durations)} real requests (data folder nezha)")
    else:
        durations = made_up_durations(chance)
        print("durations: made up (log-normal), since the data folder is absent")
    written = lines = 0
    with open(path, "w", encoding="ascii") as file:
        while written < size:
            moment = time.gmtime(FIRST_SECOND + lines // REQUESTS_PER_SECOND)
            stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", moment)
            batch = []
            for _ in range(REQUESTS_PER_SECOND):
                batch.append(
                    f"10.{chance.randrange(256)}.{lines % 256}.{lines % 250} - - [{stamp}] "
                    f'"GET {PATHS[lines % 25]}/{lines % 99991}?page={lines % 7} HTTP/1.1" '
                    f"{500 if lines % 97 == 0 else 200} {lines % 90000} \"-\" "
                    f'"{AGENTS[lines % 3]}" {durations[lines % len(durations)]}\n')
                lines += 1
            written += file.write("".join(batch))
    print(f"log: {written} bytes, {lines} lines, {written / lines:.0f} bytes a line")


def peak_kilobytes(pid):
    """The high-water mark of memory so far; the usage that wait4 gives begins with ours."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return max([int(line.split()[1]) for line in status.splitlines()
                if line.startswith("VmHWM:")], default=0)


def run(command, extra_environment):
    """Wall seconds, CPU seconds and peak kilobytes of one run."""
    with tempfile.TemporaryFile() as errors:
        began = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors,
                                 env={**os.environ, **extra_environment})
        peak = pid = 0
        while pid == 0:
            time.sleep(0.002)
            peak = max(peak, peak_kilobytes(child.pid))
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        wall = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            errors.seek(0)
            message = errors.read(500).decode(errors="replace")
            sys.exit(f"{' '.join(command)}: {message}")
    return wall, usage.ru_utime + usage.ru_stime, peak


def contestants(binary, log):
    measure = [binary, "measure", log, "--step", "60s", "-o", "csv"]
    rows = [
        ("loadcurve, 1 thread", measure, {"LOADCURVE_THREADS": "1"}),
        ("loadcurve, 2 threads", measure, {"LOADCURVE_THREADS": "2"}),
        ("mawk sum by minute", ["mawk", "{m=substr($4,2,17);n[m]++;s[m]+=$NF}", log], {}),
        ("wc -l", ["wc", "-l", log], {}),
        ("goaccess", ["goaccess", log, "--no-global-config", "--no-progress", "-o", "json",
                      '--log-format=%h %^ %^ [%d:%t %^] "%r" %s %b "%R" "%u" %T',
                      "--date-format=%d/%b/%Y", "--time-format=%H:%M:%S"], {}),
    ]
    return [row for row in rows if shutil.which(row[1][0])]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("binary")
    arguments.add_argument("--gigabytes", type=float, default=1)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--keep", help="write the log here, or use it if it is there")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = options.keep or os.path.join(folder, "access.log")
        if not os.path.exists(log):
            write_log(log, options.gigabytes * 1e9)
        rows = contestants(options.binary, log)
        runs = {name: [] for name, _, _ in rows}
        run(["wc", "-l", log], {})  # into the page cache
        for _ in range(options.rounds):
            for name, command, environment in rows:
                # goaccess takes minutes a gigabyte; once is enough.
                if name == "goaccess" and runs[name]:
                    continue
                runs[name].append(run(command, environment))
    size = {name: [statistics.median(column) for column in zip(*rounds)]
            for name, rounds in runs.items()}
    own = size["loadcurve, 1 thread"]
    print(f"{'':22}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'wall / ours':>13}{'CPU / ours':>12}")
    for name, (wall, cpu, peak) in size.items():
        print(f"{name:22}{wall:8.2f}{cpu:8.2f}{peak / 1024:9.1f}{wall / own[0]:13.2f}"
              f"{cpu / own[1]:12.2f}")
    if "mawk sum by minute" in size:
        print(f"1 thread is {size['mawk sum by minute'][0] / own[0]:.2f} times as fast as mawk "
              "(wanted: 4 or more)")
    print(f"2 threads take {size['loadcurve, 2 threads'][0] / size['wc -l'][0]:.2f} times as long "
          "as wc -l (wanted: 3.5 or less)")


if __name__ == "__main__":
    main()
