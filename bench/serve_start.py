#!/usr/bin/env python3
"""How long `loadcurve serve` takes from its start until it answers, on a real control plane.

usage: bench/serve_start.py [--rounds 5] [--away]

Counted from the start of the process: until /readyz says 200, and until kube-apiserver holds the
APIService for Available. Each round begins as after an installation: no serving keys, an
APIService that was just made and is unavailable. With --away it begins with keys, 15 s after the
APIService became unavailable because the process was away; kube-apiserver then asks again only
after a wait of its own (up to 30 s), so that a round takes a minute. Takes the release build of loadcurve
(LOADCURVE_BINARY).
"""
import argparse
import os
import pathlib
import ssl
import statistics
import sys
import threading
import time
import urllib.error

E2E = pathlib.Path(__file__).resolve().parents[1] / "tests" / "e2e"
sys.path.insert(0, str(E2E))

from product.installation import API_SERVICE, DEPLOY, Installation  # noqa: E402
from product.loop_test_case import PROFILE  # noqa: E402
from rig import Cluster, condition  # noqa: E402
from rig.api import ApiError  # noqa: E402
from rig.controlplane import unverified  # noqa: E402
from rig.fetching import fetch  # noqa: E402
from rig.sample import sample_service  # noqa: E402
from rig.waiting import wait_for  # noqa: E402

AWAY_SECONDS = 15  # after it is seen: kube-apiserver asks ever more rarely
SECRET = "/api/v1/namespaces/loadcurve/secrets/loadcurve-serving"


def first_time(probe, began, limit=120.0):
    """Seconds from `began` until `probe` is true, looked at every 5 ms."""
    while time.monotonic() < began + limit:
        try:
            if probe():
                return time.monotonic() - began
        except (OSError, ssl.SSLError, urllib.error.URLError, ApiError):
            pass
        time.sleep(0.005)
    sys.exit(f"not there after {limit:g} s")


def start(installation):
    """Starts it: seconds until /readyz, seconds until Available."""
    url = f"https://{installation.replicas[0].endpoint}/readyz"
    available = []
    began = time.monotonic()
    installation.component.launch()
    watcher = threading.Thread(
        target=lambda: available.append(first_time(installation.is_available, began)))
    watcher.start()
    ready = first_time(lambda: bool(fetch(url, unverified(), timeout=1)), began)
    watcher.join()
    return ready, available[0]


def forget_installation(cluster, installation):
    """As if it had never run, but for the manifests."""
    cluster.api.delete(SECRET)
    cluster.api.delete(API_SERVICE)
    cluster.kubectl.apply(DEPLOY / "manifests" / "api-service.yaml")
    wait_for("the APIService to be looked at", lambda: condition(
        cluster.api.get(API_SERVICE), "Available") == "False", 60)


def tell(title, rounds):
    for name, column in zip(("/readyz", "Available"), zip(*rounds, strict=True), strict=True):
        print(f"{title}, {name}: {statistics.median(column):.2f} s "
              f"({min(column):.2f} to {max(column):.2f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--away", action="store_true", help="also after an absence")
    options = parser.parse_args()
    with Cluster(prometheus="1s") as cluster:
        cluster.add_fake_node()
        cluster.add_process_node()
        cluster.kubectl.apply(*sample_service("web"))
        cluster.add_proxy("web")
        installation = Installation(cluster, cluster.prometheus.url)
        installation.wait_until_available()
        cluster.kubectl.apply(PROFILE)
        fresh, away = [], []
        for _ in range(options.rounds):
            installation.component.stop()
            forget_installation(cluster, installation)
            fresh.append(start(installation))
        for _ in range(options.rounds if options.away else 0):
            installation.component.stop()
            wait_for("the absence to be seen", lambda: not installation.is_available(), 90)
            time.sleep(AWAY_SECONDS)
            away.append(start(installation))
        print(f"medians of {options.rounds}, load average {os.getloadavg()[0]:.1f} at the end")
        tell("installed anew", fresh)
        if away:
            tell("back after an absence", away)


if __name__ == "__main__":
    main()
