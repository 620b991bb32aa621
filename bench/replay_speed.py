#!/usr/bin/env python3
"""How fast `loadcurve replay` sends, and how exactly, beside wrk, h2load and hey.

usage: bench/replay_speed.py LOADCURVE [--seconds 5] [--rounds 3] [--port 18080]

All speak HTTP/1.1 with 64 kept connections to the same nginx (one worker, an answer of 6 bytes)
on loopback, one after the other in each round. wrk, h2load and hey send the next request when
the last was answered, so they show a rate and no schedule; loadcurve keeps the schedule of the
rate that it is asked for. Medians of the rounds.
"""
import argparse
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

CONNECTIONS = "64"
RATES = (10_000, 30_000, 45_000, 60_000)


def start_nginx(folder, port):
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;\n"
        "events { worker_connections 4096; }\n"
        "http { access_log off; keepalive_requests 100000000;\n"
        f"  server {{ listen 127.0.0.1:{port}; location / {{ return 200 \"hello\\n\"; }} }} }}\n")
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    server = subprocess.Popen([program, "-c", str(configuration)])
    time.sleep(0.5)
    if server.poll() is not None:
        sys.exit("nginx did not start")
    return server


def write_log(path):
    path.write_text("".join(
        f"10.0.0.9 - - [10/Oct/2026:13:{i // 60 % 60:02}:{i % 60:02} +0000] "
        f'"GET /item/{i}?q=1 HTTP/1.1" 200 6 "-" "agent" 0.010\n' for i in range(2000)))


def output_of(command):
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {run.returncode}\n{run.stderr}")
    return run.stdout


def replay(binary, log, url, rate, seconds):
    report = json.loads(output_of(
        [binary, "replay", str(log), "--target", url, "--rate", str(rate), "--max-rate", "1000000",
         "--connections", CONNECTIONS, "--warm-up", "1s", "--for", f"{seconds}s", "-o", "json"]))
    return (report["rate"]["answered"], report["schedule_error_seconds"]["p50"] * 1e3,
            report["schedule_error_seconds"]["p99"] * 1e3,
            report["total"]["latency_seconds"]["p99"] * 1e3, report["total"]["failed"])


def peers(url, seconds):
    rows = {
        "wrk": (["wrk", "-t1", "-c", CONNECTIONS, f"-d{seconds}s", url], r"Requests/sec:\s*([\d.]+)"),
        "h2load --h1": (["h2load", "--h1", "-t1", "-c", CONNECTIONS, "-D", str(seconds), url],
                        r"finished in [^,]+, ([\d.]+) req/s"),
        "hey": (["hey", "-z", f"{seconds}s", "-c", CONNECTIONS, url], r"Requests/sec:\s*([\d.]+)"),
    }
    return {name: row for name, row in rows.items() if shutil.which(row[0][0])}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("binary")
    arguments.add_argument("--seconds", type=int, default=5)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--port", type=int, default=18080)
    options = arguments.parse_args()
    url = f"http://127.0.0.1:{options.port}"
    own = {rate: [] for rate in RATES}
    rivals = {name: [] for name in peers(url, options.seconds)}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        log = folder / "access.log"
        write_log(log)
        server = start_nginx(folder, options.port)
        try:
            for _ in range(options.rounds):
                for rate, runs in own.items():
                    runs.append(replay(options.binary, log, url, rate, options.seconds))
                for rival, (command, pattern) in peers(url + "/", options.seconds).items():
                    rivals[rival].append(float(re.search(pattern, output_of(command)).group(1)))
        finally:
            server.terminate()
            server.wait()
    print(f"{'':24}{'answered/s':>12}{'schedule p50 ms':>17}{'p99 ms':>8}{'latency p99 ms':>16}"
          f"{'failed':>8}")
    for rate, runs in own.items():
        median = [statistics.median(column) for column in zip(*runs)]
        print(f"{f'loadcurve at {rate}/s':24}{median[0]:12.0f}{median[1]:17.3f}{median[2]:8.3f}"
              f"{median[3]:16.2f}{median[4]:8.0f}")
    for rival, rates in rivals.items():
        print(f"{rival:24}{statistics.median(rates):12.0f}")


if __name__ == "__main__":
    main()
