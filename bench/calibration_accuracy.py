#!/usr/bin/env python3
"""How well the weights of `loadcurve calibrate` follow CPU they have not seen, beside their rivals.

usage: bench/calibration_accuracy.py LOADCURVE [--only WORD] [--seeds N] [--real] [--seconds 90]

Every scenario is a request log of a made-up service whose CPU per request is known, and its
CPU samples. `calibrate` sees the first 60 % of the samples; the loads that `measure` then
prints are judged on the rest. R2 is that of a line fitted on the first part, correlation needs
none; `ceiling` is the R2 of the CPU without its measuring noise, which nothing can beat, and
`lines` that of the true mean cost of each route by duration, as a line: roughly what weights
can know, since requests alike in route and duration still differ in cost. `t` is by how many
standard errors the fit won, in calibrate's own judgement.

--real runs services for the purpose instead, on the loopback address: the sample service, one
in Python and (where there is node) one in JavaScript, with a mix that shifts, CPU from
/proc/PID/stat once a second. Takes --seconds for each.
"""
import argparse
import collections
import csv
import dataclasses
import datetime
import http.client
import json
import math
import os
import pathlib
import queue
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

EPOCH = 1_791_590_400  # 2026-10-10T00:00:00Z
METRICS = ("fitted", "occupancy", "count", "cudgx")


# ---- Made-up services


@dataclasses.dataclass
class Route:
    path: str
    rate: float                # requests a second, on average
    cpu: float                 # CPU seconds a request, on average
    wait: float = 0.0          # seconds waited for something else, on average
    cpu_sigma: float = 0.4     # of the lognormal laws
    wait_sigma: float = 0.5
    swing: float = 0.8         # how far the rate moves about its mean
    period: float = 37.0       # of that, in samples
    trend: float = 0.0         # the rate's share gained (or lost) from start to end
    overhead: float = 0.0      # CPU seconds a request besides, in the kernel or after the answer


SHOP = (Route("/cart/{id}", 12, 0.003, 0.004, period=37),
        Route("/search", 5, 0.018, 0.012, period=53),
        Route("/report/{id}", 0.6, 0.150, 0.02, period=71),
        Route("/static", 20, 0.0006, 0.001, period=29),
        Route("/checkout", 3, 0.006, 0.250, period=43))


@dataclasses.dataclass
class Scenario:
    name: str
    routes: tuple = SHOP
    windows: int = 240
    length: float = 60          # of a CPU sample, seconds
    noise: float = 0.03         # of the CPU samples, a share
    lag: float = 0              # of the CPU samples behind the requests
    idle: float = 0.08          # cores
    queueing: float = 0.5       # durations stretch by up to this while the service is busy
    gc: float = 0.0             # share of samples with a fifth to a half more CPU
    spikes: float = 0.0         # share of samples with half a core from elsewhere
    slow: float = 1.0           # waits take so much longer in every other stretch of seven samples
    common_swing: float = 0.0   # all rates move together: the mix stays
    hidden: float = 0.0         # cores of a slow random walk that has nothing to do with requests
    sidecar: float = 0.0        # CPU seconds a request of a sidecar, in a container of its own
    format: str = "csv"
    steady: bool = False        # only the rate changes
    wins: bool = True           # `fitted` is expected to win


def scenarios():
    def of(name, **changes):
        return Scenario(name, **changes)

    grows = tuple(dataclasses.replace(r, cpu_sigma=1.1, wait=0.0) for r in SHOP[:3])
    one_share = tuple(Route(f"/r{i}", rate, 0.3 * d, 0.7 * d, 0.3, 0.3, period=period) for i, (rate, d, period) in
                      enumerate(((20, 0.01, 31), (6, 0.06, 47), (1, 0.4, 61))))
    fixed = (Route("/a", 20, 0.004, 0.02, 0.05, 1.0), Route("/b", 6, 0.004, 0.15, 0.05, 1.0, period=53),
             Route("/c", 3, 0.004, 0.6, 0.05, 1.0, period=29))
    slow = tuple(dataclasses.replace(r, wait=r.wait + 0.05) for r in SHOP)
    drift = tuple(dataclasses.replace(r, trend=t) for r, t in zip(SHOP, (-0.8, 1.2, 0.6, 0.0, -0.6)))
    many = tuple(Route(f"/v1/thing{i}/{{id}}", 2.0, 0.001 * 1.35 ** i, 0.002 * 1.2 ** ((i * 7) % 20), period=17 + 3.7 * i)
                 for i in range(20))
    return [
        of("shop"),
        of("shop, lag 17 s", lag=17),
        of("shop, lag 30 s, noise 5 %", lag=30, noise=0.05),
        of("shop, noise 1 %, queueing x3", noise=0.01, queueing=2),
        of("shop, garbage collection 5 %", gc=0.05),
        of("shop, spikes 3 %", spikes=0.03, lag=11),
        of("shop, GC, spikes, lag, noise 5 %", gc=0.04, spikes=0.03, lag=23, noise=0.05, queueing=1),
        of("mix drifts away", routes=drift, lag=9),
        of("common day, mix shifts a little", common_swing=0.7,
           routes=tuple(dataclasses.replace(r, swing=0.25) for r in SHOP)),
        of("cost grows with duration", routes=grows),
        of("same share of every duration", routes=one_share, wins=False, queueing=0),
        of("fixed cost per request", routes=fixed, wins=False),  # count ties with it
        of("fixed cost, overhead unseen by duration",
           routes=tuple(dataclasses.replace(r, overhead=0.003) for r in SHOP)),
        of("slow dependency x5", routes=slow, slow=5),
        of("40 windows", windows=40, lag=7),
        of("40 windows, noise 1 %", windows=40, noise=0.01),
        of("600 windows", windows=600, lag=12),
        of("20 routes, 600 windows", routes=many, windows=600, lag=12),
        # Too few windows for so many routes.
        of("20 routes, 120 windows", routes=many, windows=120, wins=False),
        of("sidecar in its container", sidecar=0.002),
        of("10 s samples, lag 3 s", length=10, lag=3),
        of("5 s samples, lag 2 s", length=5, lag=2, windows=300),
        of("5 s samples, 40 of them", length=5, windows=67),
        of("nginx, ids in the path", format="nginx", lag=5),
        of("JSON lines", format="json"),
        of("one route, one cost", routes=(Route("/only", 20, 0.01, 0.005, 0.2, 0.2),), wins=False),
        of("mix never changes", steady=True, common_swing=0.7, wins=False),
        of("CPU has nothing to do with it", hidden=3.0, wins=False,
           routes=tuple(dataclasses.replace(r, cpu=r.cpu / 50) for r in SHOP)),
        of("load never changes", steady=True, wins=False),
    ]


def lognormal(chance, mean, sigma):
    return mean * math.exp(chance.gauss(-sigma * sigma / 2, sigma)) if mean > 0 else 0.0


def rates_at(scenario, part, window):
    share = window / scenario.windows
    day = math.sin(2 * math.pi * window / 83)
    for i, route in enumerate(scenario.routes):
        swing = 0 if scenario.steady else route.swing * math.sin(2 * math.pi * window / route.period + 1.7 * i)
        yield max(0.02, (1 + swing) * (1 + scenario.common_swing * day) * (1 + route.trend * (share - 0.3))) * route.rate


def spread(scenario, costs):
    """CPU seconds by sample: each request's over the time from its start to its end."""
    length = scenario.length
    busy = [0.0] * (scenario.windows + 40)
    for route in costs:
        for at, duration, spent in route:
            end = at + max(duration, 1e-6)
            for w in range(int(at / length), min(int(end / length), len(busy) - 1) + 1):
                inside = min(end, (w + 1) * length) - max(at, w * length)
                busy[w] += spent * inside / (end - at)
    return busy


def by_duration(route):
    intercept, slope = line([d for _, d, _ in route], [spent for _, _, spent in route])
    return [(at, d, intercept + slope * d) for at, d, _ in route]


def draw(scenario, seed):
    """Requests (start, duration, path) in order of start, and cores by sample: true, by lines, measured."""
    chance = random.Random(seed)
    length = scenario.length
    peak = sum(route.rate for route in scenario.routes)
    requests = []
    costs = [[] for _ in scenario.routes]  # (start, duration, CPU seconds)
    asked = [0] * (scenario.windows + 40)
    for window in range(scenario.windows):
        rates = list(rates_at(scenario, 0, window))
        crowd = sum(rates) / peak
        slow = scenario.slow if window // 7 % 2 else 1.0
        for route_number, (route, rate) in enumerate(zip(scenario.routes, rates)):
            at = window * length + chance.expovariate(rate)
            while at < (window + 1) * length:
                cpu = lognormal(chance, route.cpu, route.cpu_sigma)
                wait = slow * lognormal(chance, route.wait, route.wait_sigma)
                queued = cpu * scenario.queueing * crowd * chance.expovariate(1.0)
                duration = cpu + wait + queued
                asked[int(at / length)] += 1
                costs[route_number].append((at, duration, cpu + route.overhead))
                path = route.path.replace("{id}", str(chance.randrange(1, 99_999)))
                requests.append((at, duration, path))
                at += chance.expovariate(rate)
    requests.sort()
    busy = spread(scenario, costs)
    expected = [scenario.idle + cores / length for cores in spread(scenario, map(by_duration, costs))]
    true, measured, walk = [], [], 0.0
    for window in range(scenario.windows):
        cores = scenario.idle + busy[window] / length
        walk = 0.95 * walk + chance.gauss(0, 0.3)
        cores += scenario.hidden * 0.1 * abs(walk)
        true.append(cores)
        if chance.random() < scenario.gc:
            cores *= chance.uniform(1.2, 1.5)
        if chance.random() < scenario.spikes:
            cores += 0.5 * chance.uniform(0.5, 1.5)
        measured.append(max(0.0, cores * (1 + chance.gauss(0, scenario.noise))))
    sidecar = [scenario.sidecar * n / length for n in asked[:scenario.windows]]
    return requests, true, expected, measured, sidecar


# ---- Files


FIELDS = {
    "csv": ["--fields", "start=start_ms:ms,duration=duration_us:us,route=operation,workload=pod"],
    "nginx": [],
    "sample": ["--format", '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                           '"$http_referer" "$http_user_agent" $msec $request_time'],
    "json": ["--fields", "start=ts:s,duration=took:s,method=verb,path=url,status=code"],
}


def write_log(path, requests, style):
    with open(path, "w") as file:
        if style == "csv":
            file.write("start_ms,duration_us,operation,pod\n")
        # nginx writes a line at the end of a request.
        for start, duration, url in sorted(requests, key=lambda r: r[0] + r[1]) if style == "nginx" else requests:
            begun = EPOCH + start
            if style == "csv":
                route = "/".join("id" if part.isdigit() else part for part in url.split("/"))
                file.write(f"{int(begun * 1000)},{round(duration * 1e6)},{route},shop-0\n")
            elif style == "json":
                file.write(json.dumps({"ts": round(begun, 6), "took": round(duration, 6), "verb": "GET", "url": url,
                                       "code": 200}) + "\n")
            else:
                end = datetime.datetime.fromtimestamp(int(begun + duration), datetime.timezone.utc)
                file.write(f'10.0.0.9 - - [{end:%d/%b/%Y:%H:%M:%S} +0000] "GET {url}?q=1 HTTP/1.1" 200 512 "-" '
                           f'"curl/8" {duration:.3f}\n')


def write_cpu(path, rows, style, sidecar=None):
    workload = ",shop-0" if style == "csv" else ""
    with open(path, "w") as file:
        file.write("time,cpu_cores" + (",workload" if workload else "") + (",container" if sidecar else "") + "\n")
        for i, (when, cores) in enumerate(rows):
            file.write(f"{EPOCH + when:.3f},{cores:.6f}{workload}" + (",app" if sidecar else "") + "\n")
            if sidecar:
                file.write(f"{EPOCH + when:.3f},{sidecar[i]:.6f}{workload},istio-proxy\n")


# ---- Judging


def run(binary, *arguments):
    done = subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, arguments))}: {done.stderr.strip()[:500]}")
    return done.stdout


def correlation(a, b):
    if len(a) < 3 or min(a) == max(a) or min(b) == max(b):
        return 0.0
    return statistics.correlation(a, b)


def line(x, y):
    if min(x) == max(x):
        return statistics.fmean(y), 0.0
    slope, intercept = statistics.linear_regression(x, y)
    return intercept, slope


def r2(predicted, measured):
    mean = statistics.fmean(measured)
    return 1 - sum((p - m) ** 2 for p, m in zip(predicted, measured)) / sum((m - mean) ** 2 for m in measured)


def loads(binary, log, style, weights, step):
    out = run(binary, "measure", log, *FIELDS[style], "--step", f"{step:g}s", "--weights", weights, "-o", "csv")
    found = {"metricsqps": {}, "requests": {}}
    for row in csv.DictReader(out.splitlines()):
        second = datetime.datetime.fromisoformat(row["time"].replace("Z", "+00:00")).timestamp() - EPOCH
        for column, by_time in found.items():
            by_time[round(second / step)] = float(row[column] or 0)
    return found


def judge(binary, folder, log_train, log_all, samples, cut, style, step, lag):
    """Correlation and R2 by metric on the samples from `cut` on; samples: (from, to, cores)."""
    started = time.monotonic()
    report = json.loads(run(binary, "calibrate", log_train, *FIELDS[style], "--cpu", folder / "cpu.csv", "--out",
                            folder / "profile.yaml", "-o", "json"))["workloads"][0]
    took = time.monotonic() - started
    shift = report["lag_seconds"] if lag is None else lag
    series = {"fitted": loads(binary, log_all, style, folder / "profile.yaml", step)["metricsqps"]}
    series["cudgx"] = loads(binary, log_all, style, "cudgx", step)["metricsqps"]
    occupancy = loads(binary, log_all, style, "occupancy", step)
    series["occupancy"], series["count"] = occupancy["metricsqps"], occupancy["requests"]
    scores = {}
    for metric, by_time in series.items():
        x, y = [], []
        for begin, end, cores in samples:
            steps = range(math.floor((begin - shift) / step + 0.5), math.floor((end - shift) / step + 0.5))
            x.append(sum(by_time.get(k, 0.0) for k in steps) / max(1, len(steps)))
            y.append(cores)
        intercept, slope = line(x[:cut], y[:cut])
        scores[metric] = (correlation(x[cut:], y[cut:]), r2([intercept + slope * v for v in x[cut:]], y[cut:]))
    return report, scores, took


def try_scenario(binary, scenario, seed):
    requests, true, expected, measured, sidecar = draw(scenario, seed)
    cut = int(scenario.windows * 0.6)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        length, lag, style = scenario.length, scenario.lag, scenario.format
        ends = [(w + 1) * length + lag for w in range(scenario.windows)]
        write_log(folder / "train.log", [r for r in requests if r[0] < cut * length], style)
        write_log(folder / "all.log", requests, style)
        write_cpu(folder / "cpu.csv", list(zip(ends, measured))[:cut], style,
                  sidecar if scenario.sidecar else None)
        samples = [(end - length, end, cores) for end, cores in zip(ends, measured)]
        report, scores, took = judge(binary, folder, folder / "train.log", folder / "all.log", samples, cut, style,
                                     1 if length >= 5 else 0.1, lag)
    bounds = r2(true[cut:], measured[cut:]), r2(expected[cut:], measured[cut:])
    return report, scores, took, bounds


def verdict_of(report):
    text = report["verdict"]
    for start, short in (("fitted", "fitted"), ("prior kept", "prior"), ("CPU does not", "not CPU")):
        if text.startswith(start):
            return short
    return text


HEADER = ("scenario", "n", "verdict", "lag", "t", "s", "ceiling", "lines", *(f"{m} r/R2" for m in METRICS))


def show(name, report, scores, took, bounds, lag, wins=True):
    cells = " ".join(f"{scores[m][0]:6.3f}/{max(-9.99, scores[m][1]):6.3f}" for m in METRICS)
    best_rival = max(scores[m][1] for m in METRICS[1:])
    note = ""
    if wins and (scores["fitted"][1] < best_rival - 0.005 or verdict_of(report) != "fitted"):
        note = " <- should win"
    elif scores["fitted"][1] < scores["occupancy"][1] - 0.02:
        note = " <- worse than the prior"
    elif wins and scores["fitted"][1] < min(0.95, bounds[0] - 0.03, bounds[1] - 0.01):
        note = " <- below what is attainable"
    print(f"{name[:42]:42s} {report['windows']['used']:4d} {verdict_of(report):8s} {report['lag_seconds']:5.1f}/{lag:4g} "
          f"{report.get('fit', {}).get('saving_in_standard_errors', 0):5.1f} {took:4.1f} {bounds[0]:7.3f} "
          f"{max(-9.99, bounds[1]):6.3f} {cells}{note}", flush=True)
    return note == ""


# ---- Services run for the purpose


PYTHON_SERVICE = r'''
import http.server, random, sys, threading, time
log = open(sys.argv[1], "w", buffering=1); lock = threading.Lock()
COST = {"render": (0.012, 0.0), "lookup": (0.001, 0.004), "wait": (0.0008, 0.12), "sum": (0.004, 0.0)}
def burn(seconds):
    end = time.thread_time() + seconds; x = 0
    while time.thread_time() < end:
        for _ in range(200): x = (x * 31 + 7) % 1000003
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def do_GET(self):
        start = time.time()
        kind = self.path.split("/")[1]
        cpu, wait = COST[kind]
        burn(cpu * random.lognormvariate(-0.08, 0.4))
        if wait: time.sleep(wait * random.lognormvariate(-0.08, 0.4))
        self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"ok")
        with lock: log.write("%d,%d,GET /%s,shop-0\n" % (start * 1000, (time.time() - start) * 1e6, kind))
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256; daemon_threads = True
log.write("start_ms,duration_us,operation,pod\n")
server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
'''

NODE_SERVICE = r'''
const http = require("http"), fs = require("fs");
const log = fs.createWriteStream(process.argv[2]);
const cost = {render: [9, 0], lookup: [0.6, 5], wait: [0.4, 150], sum: [3, 0]};
function burn(ms) { let x = 1; for (let i = 0; i < ms * 150000; ++i) x = (x * 31 + 7) % 1000003; return x; }
const spread = () => Math.exp(-0.08 + 0.4 * Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(6.283185 * Math.random()));
const server = http.createServer((request, response) => {
  const start = Date.now(), begun = process.hrtime.bigint(), kind = request.url.split("/")[1], [cpu, wait] = cost[kind];
  const done = () => { response.end("ok");
    log.write(JSON.stringify({ts: start / 1000, took: Number(process.hrtime.bigint() - begun) / 1e9, verb: "GET",
                              url: request.url, code: 200}) + "\n"); };
  globalThis.sink = burn(cpu * spread());
  if (wait) setTimeout(done, wait * spread()); else done();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
'''


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drive(port, paths, seconds, seed, sampled):
    """An open loop: requests leave when they are due; 64 connections."""
    chance = random.Random(seed)
    due = []
    for i, (path, rate) in enumerate(paths):
        at = 0.0
        while True:
            now = max(0.02, 1 + 0.85 * math.sin(2 * math.pi * at / (11 + 5.3 * i) + 1.7 * i)) * rate
            at += chance.expovariate(now)
            if at >= seconds:
                break
            due.append((at, path.replace("{id}", str(chance.randrange(99_999)))))
    due.sort()
    waiting = queue.Queue()

    def work():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while (path := waiting.get()) is not None:
            try:
                connection.request("GET", path)
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                connection.close()
        connection.close()

    workers = [threading.Thread(target=work, daemon=True) for _ in range(64)]
    for worker in workers:
        worker.start()
    begun = time.time()
    next_sample = math.ceil(begun)
    for at, path in due:
        while (now := time.time()) < begun + at:
            if now >= next_sample:
                sampled(next_sample)
                next_sample += 1
            time.sleep(max(0, min(begun + at, next_sample) - time.time()))
        waiting.put(path)
    for _ in workers:
        waiting.put(None)
    for worker in workers:
        worker.join()
    return len(due)


def real_services(binary, folder):
    yield ("sample service", "sample", [binary, "serve-sample", "--access-log", str(folder / "all.log")],
           [("/cheap", 40), ("/medium", 14), ("/expensive", 3), ("/slow", 12)])
    script = folder / "service.py"
    script.write_text(PYTHON_SERVICE)
    yield ("Python http.server", "csv", [sys.executable, str(script), str(folder / "all.log")],
           [("/render/{id}", 9), ("/lookup/{id}", 25), ("/wait", 20), ("/sum/{id}", 20)])
    if shutil.which("node"):
        script = folder / "service.js"
        script.write_text(NODE_SERVICE)
        yield ("Node http", "json", ["node", str(script), str(folder / "all.log")],
               [("/render/{id}", 14), ("/lookup/{id}", 40), ("/wait", 30), ("/sum/{id}", 25)])


def cut_log(folder, style, until):
    """The lines of requests that ended before `until`, as a log that was cut there."""
    with open(folder / "all.log") as whole, open(folder / "train.log", "w") as part:
        for number, row in enumerate(whole):
            if style == "csv":
                keep = number == 0 or int(row.split(",")[0]) / 1000 < until
            elif style == "json":
                keep = json.loads(row)["ts"] < until
            else:
                when = datetime.datetime.strptime(row.split("[")[1].split("]")[0], "%d/%b/%Y:%H:%M:%S %z")
                keep = when.timestamp() < until
            if keep:
                part.write(row)


def try_real(binary, seconds):
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for title, style, command, paths in real_services(binary, folder):
            service = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            try:
                port = int(service.stdout.readline().split()[-1])
                readings = []
                drive(port, paths, seconds, 1, lambda t: readings.append((time.time(), cpu_seconds(service.pid))))
            finally:
                service.send_signal(signal.SIGTERM)
                service.wait()
            samples = [(a[0] - EPOCH, b[0] - EPOCH, (b[1] - a[1]) / (b[0] - a[0]))
                       for a, b in zip(readings, readings[1:])]
            cut = int(len(samples) * 0.6)
            write_cpu(folder / "cpu.csv", [(end, cores) for _, end, cores in samples[:cut]], style)
            cut_log(folder, style, EPOCH + samples[cut][0])
            report, scores, took = judge(binary, folder, folder / "train.log", folder / "all.log", samples, cut, style,
                                         0.1, 0)
            good &= show(title, report, scores, took, (1.0, 1.0), 0)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("loadcurve")
    parser.add_argument("--only", default="", help="scenarios with this word in their name")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--seconds", type=float, default=90)
    arguments = parser.parse_args()
    binary = str(pathlib.Path(arguments.loadcurve).resolve())
    print(f"{HEADER[0]:42s} {HEADER[1]:>4s} {HEADER[2]:8s} {'lag/true':>10s} {HEADER[4]:>5s} {HEADER[5]:>4s} {HEADER[6]:>7s} "
          f"{HEADER[7]:>6s} " + " ".join(f"{m:>13s}" for m in HEADER[8:]))
    if arguments.real:
        return 0 if try_real(binary, arguments.seconds) else 1
    good = True
    for scenario in scenarios():
        if arguments.only not in scenario.name:
            continue
        for seed in range(1, arguments.seeds + 1):
            report, scores, took, bounds = try_scenario(binary, scenario, seed)
            good &= show(scenario.name, report, scores, took, bounds, scenario.lag, scenario.wins)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
