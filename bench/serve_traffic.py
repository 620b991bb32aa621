#!/usr/bin/env python3
"""What many steady ScalingProfiles cost a kube-apiserver: writes, reads, and bytes watched.

usage: bench/serve_traffic.py [--profiles 1000] [--settle 240] [--minutes 5]

On a real control plane: so many profiles, 100 a namespace, each with a Deployment of its own,
whose two pods are those of all in the namespace (selectors overlap, and no controller is there to
mind). A real Prometheus scrapes two pods a Deployment from an exporter of ours, with requests that
come evenly but for 3 %. `loadcurve serve` runs with the flags of deploy/manifests: a step every
15 s. After a time to settle, requests are counted by the API server's audit log, bytes of watches
by loadcurve_watched_bytes_total. Takes the release build of loadcurve (LOADCURVE_BINARY).
"""
import argparse
import collections
import concurrent.futures
import contextlib
import http.server
import json
import os
import pathlib
import random
import re
import sys
import tempfile
import threading
import time

E2E = pathlib.Path(__file__).resolve().parents[1] / "tests" / "e2e"
sys.path.insert(0, str(E2E))

from product.installation import Installation  # noqa: E402
from rig import Cluster, Options  # noqa: E402
from rig.api import ApiError  # noqa: E402
from rig.controlplane import unverified  # noqa: E402
from rig.fetching import answers, fetch  # noqa: E402
from rig.waiting import wait_for  # noqa: E402

PER_NAMESPACE = 100
PODS = ("5d8f9c7b64-x7k2p", "5d8f9c7b64-m4q9z")
RATE = 4.5  # requests a second and pod; a pod does 12, half of which is planned for
ACCOUNT = "system:serviceaccount:loadcurve:loadcurve"
POLICY = {
    "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "users": [ACCOUNT]}, {"level": "None"}]}


def namespace_of(number):
    return f"shop-{number // PER_NAMESPACE}"


class Exporter:
    """The request histograms of all pods, as one target."""

    def __init__(self, profiles):
        self.counts = [0.0] * profiles
        self.began = self.last = time.monotonic()
        chance = random.Random(1)
        exporter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = exporter.page(chance).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.target = f"127.0.0.1:{self.server.server_port}"

    def page(self, chance):
        now = time.monotonic()
        expected = RATE * (now - self.last)
        self.last = now
        lines = []
        for number, before in enumerate(self.counts):
            self.counts[number] = before + expected * max(0.0, chance.gauss(1, 0.03))
            count = int(self.counts[number])
            for pod in PODS:
                labels = f'namespace="{namespace_of(number)}",pod="web-{number}-{pod}",code="200"'
                bucket = f'http_request_duration_seconds_bucket{{{labels},le='
                lines.append(f'{bucket}"0.0025"}} 0\n{bucket}"0.025"}} {count}\n'
                             f'{bucket}"+Inf"}} {count}\n'
                             f"http_request_duration_seconds_sum{{{labels}}} {0.01 * count}\n")
        return "".join(lines)


def namespaced(kind, api_version, number, spec):
    return {"apiVersion": api_version, "kind": kind,
            "metadata": {"name": f"web-{number}", "namespace": namespace_of(number)}, "spec": spec}


def deployment(number):
    labels = {"app": "shared"}
    return namespaced("Deployment", "apps/v1", number, {
        "replicas": len(PODS), "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels},
                     "spec": {"containers": [{"name": "main", "image": "none"}]}}})


def profile(number):
    return namespaced("ScalingProfile", "loadcurve.dev/v1alpha1", number, {
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": f"web-{number}"},
        "load": {
            "source": {"kind": "prometheus", "prometheus": {
                "histogram": "http_request_duration_seconds", "statusLabel": "code"}},
            "weights": {"kind": "table",
                        "curves": [{"route": "*", "knots": [{"weight": 1}]}]},
            "perReplica": {"metricsqps": 12, "weightsVersion": "table-f339f62f"}},
        "startup": {"p95": "3s"}, "objective": {"targetUtilization": 0.5},
        "bounds": {"minReplicas": 1, "maxReplicas": 12}, "forecast": {"step": "1m"}})


def create_namespace(api, name):
    api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    for number in range(len(PODS)):
        pod = {"metadata": {"name": f"shared-{number}", "labels": {"app": "shared"}},
               "spec": {"nodeName": "fake", "containers": [{"name": "main", "image": "none"}]}}

        def is_created(pod=pod):
            with contextlib.suppress(ApiError):  # until the namespace has its service account
                return bool(api.create(f"/api/v1/namespaces/{name}/pods", pod))
            return False

        wait_for(f"a pod of {name}", is_created, 60)


def create(api, number):
    space = namespace_of(number)
    deployments = f"/apis/apps/v1/namespaces/{space}/deployments"
    api.create(deployments, deployment(number))
    counts = dict.fromkeys(("replicas", "readyReplicas", "availableReplicas", "updatedReplicas"),
                           len(PODS))
    api.merge(f"{deployments}/web-{number}/status",
              {"status": {**counts, "observedGeneration": 1}})
    api.create(f"/apis/loadcurve.dev/v1alpha1/namespaces/{space}/scalingprofiles", profile(number))


def side_by_side(work, items):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in pool.map(work, items):
            pass


class Serving:
    """The one replica, and what it says of itself."""

    def __init__(self, cluster, installation):
        self.replica = installation.replicas[0]
        self.tls = unverified()
        pair = cluster.control_plane.credentials.admin
        self.tls.load_cert_chain(pair.certificate, pair.key)

    def page(self):
        return fetch(f"https://{self.replica.endpoint}/metrics", self.tls, timeout=30)

    def watched_bytes(self):
        found = re.findall(r'^loadcurve_watched_bytes_total\{what="([^"]+)"\} (\S+)$', self.page(),
                           re.MULTILINE)
        return {what: float(value) for what, value in found}

    def value(self, name):
        (value,) = re.findall(rf"^{name} (\S+)$", self.page(), re.MULTILINE)
        return float(value)

    def resident_megabytes(self):
        status = pathlib.Path(f"/proc/{self.replica.component.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def requests_since(log, offset):
    """(what Loadcurve asked, by verb and resource; the end of the log)."""
    counts = collections.Counter()
    with log.open("rb") as file:
        file.seek(offset)
        text = file.read()
    whole = text[:text.rfind(b"\n") + 1]
    for line in whole.splitlines():
        event = json.loads(line)
        what = event.get("objectRef", {})
        resource = "/".join(filter(None, (what.get("resource", event["requestURI"]),
                                          what.get("subresource"))))
        counts[event["verb"], resource] += 1
    return counts, offset + len(whole)


def tell_bytes(title, before, after, minutes=1.0):
    figures = ", ".join(f"{what} {(after[what] - before.get(what, 0)) / minutes:,.0f}"
                        for what in after)
    total = sum(after.values()) - sum(before.values())
    print(f"{title}: {total / minutes:,.0f} bytes ({figures})")


def measure(serving, log, options):
    offset = requests_since(log, 0)[1]
    before, began = serving.watched_bytes(), time.monotonic()
    decisions = serving.value("loadcurve_decisions_total")
    time.sleep(options.minutes * 60)
    counts, _ = requests_since(log, offset)
    seconds = time.monotonic() - began
    tell_bytes("watched a minute", before, serving.watched_bytes(), seconds / 60)
    writes = sum(count for (verb, _), count in counts.items()
                 if verb not in ("get", "list", "watch"))
    made = serving.value("loadcurve_decisions_total") - decisions
    print(f"writes a second: {writes / seconds:.2f}, all requests a second: "
          f"{sum(counts.values()) / seconds:.2f}, decisions a second: {made / seconds:.1f}")
    for (verb, resource), count in counts.most_common():
        print(f"  {verb} {resource}: {count / seconds:.3f} a second")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--profiles", type=int, default=1000)
    parser.add_argument("--settle", type=float, default=240, help="seconds before it counts")
    parser.add_argument("--minutes", type=float, default=5, help="how long it counts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="loadcurve-audit-") as folder:
        log, policy = pathlib.Path(folder) / "audit.log", pathlib.Path(folder) / "policy.json"
        policy.write_text(json.dumps(POLICY))
        flags = (f"--audit-log-path={log}", f"--audit-policy-file={policy}",
                 "--max-requests-inflight=800")
        with Cluster(Options(
                apiserver_flags=flags,
                controller_manager_flags=("--controllers=*,-deployment-controller",)),
                prometheus="15s") as cluster:
            run(cluster, log, options)


def run(cluster, log, options):
    cluster.add_fake_node()
    exporter = Exporter(options.profiles)
    cluster.prometheus.scrape("web", exporter.target, honor_labels=True)
    installation = Installation(cluster, cluster.prometheus.url, interval="15s")
    installation.component.stop()
    began = time.monotonic()
    spaces = sorted({namespace_of(number) for number in range(options.profiles)})
    side_by_side(lambda name: create_namespace(cluster.api, name), spaces)
    side_by_side(lambda number: create(cluster.api, number), range(options.profiles))
    print(f"{options.profiles} profiles made in {time.monotonic() - began:.0f} s", flush=True)
    began = time.monotonic()
    installation.component.launch()
    serving = Serving(cluster, installation)
    url = f"https://{serving.replica.endpoint}/readyz"
    wait_for("it to be ready", answers(url, unverified()), 120)
    print(f"ready after {time.monotonic() - began:.1f} s")
    tell_bytes("initial lists", {}, serving.watched_bytes())
    time.sleep(options.settle)
    print(f"profiles in the loop: {serving.value('loadcurve_profiles'):.0f}, with a problem: "
          f"{serving.value('loadcurve_profiles_failing'):.0f}", flush=True)
    measure(serving, log, options)
    print(f"resident: {serving.resident_megabytes():.0f} MB; load average "
          f"{os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
