#!/usr/bin/env python3
"""What a read of an external metric costs of Loadcurve and of KEDA, on a real control plane.

usage: bench/external_metrics_rivals.py build/bench/bench/external_metrics_load [--rounds 5]

Both run beside the same kube-apiserver, which they ask whom to trust and who may read. The same
load generator reads both, one after the other in each round: the same number of connections of
TLS with keep-alive, the front proxy's certificate, the headers of the HPA controller, one metric
by a selector. First as fast as answers come, then at a fixed rate. The table has medians.

KEDA must be built before (tests/e2e/controlplane/build-keda). Its operator is the real one, with
these triggers: Prometheus with useCachedMetrics, Prometheus as it is by default (each read asks
the Prometheus), and Loadcurve as an external scaler.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

E2E = pathlib.Path(__file__).resolve().parents[1] / "tests" / "e2e"
sys.path.insert(0, str(E2E))

from product.installation import Installation  # noqa: E402
from product.loop_test_case import PROFILE  # noqa: E402
from product.past import past  # noqa: E402
from rig import Cluster, Options, binaries  # noqa: E402
from rig.keda import Keda  # noqa: E402
from rig.sample import fake_pods, sample_service  # noqa: E402
from rig.waiting import wait_for  # noqa: E402

ROOT = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default"
QUERY = "sum(rate(http_request_duration_seconds_count[1m]))"
FIGURES = ("reads_per_second", "p50_us", "p99_us", "cpu_us")


class Rival:
    """A server, the processes that it takes, and what is read of it."""

    def __init__(self, name, endpoint, path, components):
        self.name, self.endpoint, self.path = name, endpoint, path
        self.components = components
        self.runs = {}  # by rate: figures of each round
        self.tls = ""

    def read(self, generator, pair, options, reads, rate):
        host, port = self.endpoint.rsplit(":", 1)
        before = self.cpu_seconds()
        done = subprocess.run(
            [generator, host, port, self.path, pair.certificate, pair.key,
             str(options.connections), str(reads), str(rate)],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{self.name}: {done.stderr}")
        figures = json.loads(done.stdout)
        if figures["failures"]:
            sys.exit(f"{self.name}: {figures['failures']} of {reads} reads failed; the first "
                     f"answer: {figures['first_answer']}")
        figures["cpu_us"] = (self.cpu_seconds() - before) / reads * 1e6
        self.tls = figures["tls"]
        return figures

    def measure(self, generator, pair, options):
        """One round: closed loop for some seconds, then paced."""
        trial = self.read(generator, pair, options, 500, 0)
        for rate in (0, options.rate):
            reads = int((rate or trial["reads_per_second"]) * options.seconds)
            self.runs.setdefault(rate, []).append(
                self.read(generator, pair, options, max(reads, 200), rate))

    def cpu_seconds(self):
        ticks = 0
        for one in self.components:
            fields = pathlib.Path(f"/proc/{one.pid}/stat").read_text().rsplit(") ", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def megabytes(self, what):
        total = 0
        for one in self.components:
            for line in pathlib.Path(f"/proc/{one.pid}/status").read_text().splitlines():
                total += int(line.split()[1]) if line.startswith(what) else 0
        return total / 1024

    def figure(self, rate, name):
        """The median of the rounds, and their range."""
        runs = [run[name] for run in self.runs[rate]]
        return f"{statistics.median(runs):,.0f} ({min(runs):,.0f} to {max(runs):,.0f})"


def scaled_object(name, trigger):
    return {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"scaleTargetRef": {"name": name}, "maxReplicaCount": 3, "triggers": [trigger]}}


def prometheus_trigger(url, is_cached):
    return {"type": "prometheus", "useCachedMetrics": is_cached,
            "metadata": {"serverAddress": url, "query": QUERY, "threshold": "10"}}


def keda_path(cluster, name):
    """Where KEDA serves the metric of a ScaledObject, once its HPA is there."""
    where = f"/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects/{name}"

    def metric():
        return cluster.api.get(where).get("status", {}).get("externalMetricNames", [""])[0]

    return (f"{ROOT}/{wait_for(f'a metric of {name}', metric, 60)}"
            f"?labelSelector=scaledobject.keda.sh%2Fname%3D{name}")


def rivals_of(cluster):
    cluster.add_fake_node()
    cluster.add_process_node()
    cluster.kubectl.apply(*sample_service("web"))
    cluster.add_proxy("web")
    cluster.prometheus.seed(past(lambda _: 5, seconds=3000))
    keda = Keda(cluster)
    scaler = f"127.0.0.1:{cluster.addresses.free_port('127.0.0.1')}"
    ours = Installation(cluster, cluster.prometheus.url, keda=scaler, interval="15s")
    cluster.kubectl.apply(PROFILE.replace("step: 5s", "step: 1m"))
    url = cluster.prometheus.url
    kubectl = cluster.kubectl
    ours.make_keda_trust_it()
    external = {"type": "external", "metricType": "AverageValue",
                "metadata": {"scalerAddress": scaler, "scalingprofile": "web"},
                "authenticationRef": {"kind": "ClusterTriggerAuthentication", "name": "loadcurve"}}
    triggers = {"cached": prometheus_trigger(url, True), "asked": prometheus_trigger(url, False),
                "external": external}
    kubectl.apply(*(fake_pods(name) for name in triggers))
    kubectl.apply(*(scaled_object(name, trigger) for name, trigger in triggers.items()))
    theirs = [keda.metrics_server, keda.operator]
    titles = {"cached": "KEDA, Prometheus, useCachedMetrics", "asked": "KEDA, Prometheus",
              "external": "KEDA, Loadcurve as its external scaler"}
    return [
        Rival("Loadcurve", ours.replicas[0].endpoint,
              f"{ROOT}/loadcurve-replicas?labelSelector=scalingprofile%3Dweb", [ours.component]),
        *(Rival(title, keda.endpoint, keda_path(cluster, name), theirs)
          for name, title in titles.items())]


def tell(rivals, options):
    print(f"{options.connections} connections, {options.rounds} rounds of {options.seconds} s, "
          f"medians (ranges); load average {os.getloadavg()[0]:.1f} at the end")
    print("| server | load | reads/s | p50 us | p99 us | CPU us a read | RSS MB, peak |")
    print("|---|---|---|---|---|---|---|")
    for rate in (0, options.rate):
        for one in rivals:
            figures = " | ".join(one.figure(rate, name) for name in FIGURES)
            print(f"| {one.name} | {f'{rate:g} a second' if rate else 'closed'} | {figures} | "
                  f"{one.megabytes('VmRSS:'):.0f}, {one.megabytes('VmHWM:'):.0f} |")
    print("\n".join(f"{one.name}: {one.tls}" for one in rivals[:2]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("generator", help="external_metrics_load of the bench preset")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=float, default=100,
                        help="reads a second of the second load: 1,500 HPAs ask so often")
    options = parser.parse_args()
    binaries.keda()
    with Cluster(Options(hpa_sync="15s"), prometheus="15s") as cluster:
        rivals = rivals_of(cluster)
        pair = cluster.control_plane.credentials.front_proxy
        wait_for("a value of ours", lambda: is_answered(rivals[0], options, pair), 90)
        time.sleep(10)  # what starts takes CPU
        for number in range(options.rounds):
            for one in rivals[number % len(rivals):] + rivals[:number % len(rivals)]:
                one.measure(options.generator, pair, options)
        tell(rivals, options)


def is_answered(rival, options, pair):
    host, port = rival.endpoint.rsplit(":", 1)
    done = subprocess.run([options.generator, host, port, rival.path, pair.certificate, pair.key,
                           "2", "2", "0"], capture_output=True, text=True, check=False)
    return done.returncode == 0 and json.loads(done.stdout)["failures"] == 0


if __name__ == "__main__":
    main()
