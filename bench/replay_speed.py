#!/usr/bin/env python3
"""How fast `loadcurve replay` sends, and how exactly, beside wrk, h2load and hey.

usage: bench/replay_speed.py LOADCURVE [--seconds 5] [--rounds 3] [--port 18080] [--only h1|h2c|h2]

All speak to the same nginx (one worker, an answer of 6 bytes) on loopback, one after the other in
each round: HTTP/1.1 with 64 kept connections, HTTP/2 in clear text (h2c) and over TLS (h2) with 128
streams at once on a connection. wrk, h2load and hey send the next request when the last was
answered, so they show a rate and no schedule; loadcurve keeps the schedule of the rate that it is
asked for. Medians of the rounds. CPU is what loadcurve used, in cores. A clock alone, which waits for
each moment of such a rate and does nothing, tells how late this machine lets any program be.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

CONNECTIONS = "64"
STREAMS = "128"  # what nginx allows
RATES = {"h1": (10_000, 30_000, 45_000, 60_000),
         "h2c": (10_000, 30_000, 60_000, 90_000, 120_000, 150_000),
         "h2": (10_000, 30_000, 60_000, 90_000, 120_000)}
LISTEN = {"h1": "", "h2c": "http2", "h2": "ssl http2"}
TITLES = {"h1": "HTTP/1.1", "h2c": "HTTP/2, clear text", "h2": "HTTP/2, TLS"}


class Server:
    """nginx, with a port for each version."""

    def __init__(self, folder, port):
        self.ports = {version: port + i for i, version in enumerate(LISTEN)}
        self.certificate = folder / "server.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", folder / "server.key", "-out", self.certificate],
            check=True, capture_output=True)
        servers = "".join(
            f"  server {{ listen 127.0.0.1:{self.ports[version]} {listen};"
            " location / { return 200 \"hello\\n\"; } }\n" for version, listen in LISTEN.items())
        configuration = folder / "nginx.conf"
        configuration.write_text(
            f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;\n"
            "events { worker_connections 4096; }\n"
            "http { access_log off; keepalive_requests 100000000;\n"
            f"  ssl_certificate {self.certificate}; ssl_certificate_key {folder}/server.key;\n"
            f"{servers}}}\n")
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen([program, "-c", str(configuration)])
        time.sleep(0.5)
        if self.process.poll() is not None:
            sys.exit("nginx did not start")

    def url(self, version):
        return f"http{'s' if version == 'h2' else ''}://127.0.0.1:{self.ports[version]}"

    def stop(self):
        self.process.terminate()
        self.process.wait()


def write_log(path):
    path.write_text("".join(
        f"10.0.0.9 - - [10/Oct/2026:13:{i // 60 % 60:02}:{i % 60:02} +0000] "
        f'"GET /item/{i}?q=1 HTTP/1.1" 200 6 "-" "agent" 0.010\n' for i in range(2000)))


def output_of(command):
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {run.returncode}\n{run.stderr}")
    return run.stdout


def replay(binary, log, server, version, rate, seconds):
    command = [binary, "replay", str(log), "--target", server.url(version), "--rate", str(rate),
               "--max-rate", "1000000", "--connections", CONNECTIONS, "--warm-up", "1s", "--for",
               f"{seconds}s", "-o", "json"]
    if version != "h1":
        command += ["--http", "2", "--ca", str(server.certificate)]
    before = os.times()
    report = json.loads(output_of(command))
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return (report["rate"]["answered"], report["schedule_error_seconds"]["p50"] * 1e3,
            report["schedule_error_seconds"]["p99"] * 1e3,
            report["total"]["latency_seconds"]["p99"] * 1e3, report["total"]["failed"],
            cpu / (seconds + 1))


def clock_alone(rate, seconds):
    """How late a program is that only waits: the p50 and the p99 in ms."""
    late = []
    began = time.perf_counter()
    for number in range(rate * seconds):
        due = began + number / rate
        while (now := time.perf_counter()) < due:
            time.sleep(due - now)
        late.append(1e3 * (now - due))
    late.sort()
    return late[len(late) // 2], late[len(late) * 99 // 100]


def peers(server, version, seconds):
    url = server.url(version) + "/"
    h2load = r"finished in [^,]+, ([\d.]+) req/s"
    rows = {"h1": {
        "wrk": (["wrk", "-t1", "-c", CONNECTIONS, f"-d{seconds}s", url], r"Requests/sec:\s*([\d.]+)"),
        "h2load --h1": (["h2load", "--h1", "-t1", "-c", CONNECTIONS, "-D", str(seconds), url], h2load),
        "hey": (["hey", "-z", f"{seconds}s", "-c", CONNECTIONS, url], r"Requests/sec:\s*([\d.]+)"),
    }}.get(version, {
        f"h2load -c1 -m{STREAMS}": (
            ["h2load", "-t1", "-c1", "-m", STREAMS, "-D", str(seconds), url], h2load),
    })
    return {name: row for name, row in rows.items() if shutil.which(row[0][0])}


def measure(version, server, log, options):
    own = {rate: [] for rate in RATES[version]}
    rivals = {name: [] for name in peers(server, version, options.seconds)}
    clocks = []
    for _ in range(options.rounds):
        clocks.append(clock_alone(min(own), options.seconds))
        for rate, runs in own.items():
            runs.append(replay(options.binary, log, server, version, rate, options.seconds))
        for rival, (command, pattern) in peers(server, version, options.seconds).items():
            rivals[rival].append(float(re.search(pattern, output_of(command)).group(1)))
    print(f"{TITLES[version]:24}{'answered/s':>12}{'schedule p50 ms':>17}{'p99 ms':>8}"
          f"{'latency p99 ms':>16}{'failed':>8}{'CPU':>6}")
    for rate, runs in own.items():
        median = [statistics.median(column) for column in zip(*runs)]
        print(f"{f'loadcurve at {rate}/s':24}{median[0]:12.0f}{median[1]:17.3f}{median[2]:8.3f}"
              f"{median[3]:16.2f}{median[4]:8.0f}{median[5]:6.2f}")
    p50, p99 = (statistics.median(column) for column in zip(*clocks))
    print(f"{f'a clock alone, {min(own)}/s':24}{'':12}{p50:17.3f}{p99:8.3f}")
    for rival, rates in rivals.items():
        print(f"{rival:24}{statistics.median(rates):12.0f}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("binary")
    arguments.add_argument("--seconds", type=int, default=5)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--port", type=int, default=18080)
    arguments.add_argument("--only", choices=LISTEN)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        log = folder / "access.log"
        write_log(log)
        server = Server(folder, options.port)
        try:
            for version in [options.only] if options.only else LISTEN:
                measure(version, server, log, options)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
