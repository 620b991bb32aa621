"""A shell, or a command, beside a running control plane; all is gone when it ends."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys

from . import binaries
from .cluster import Cluster
from .waiting import RigError


def main() -> int:
    settings = _settings()
    try:
        with Cluster(kubernetes=settings.kubernetes, prometheus=settings.prometheus) as cluster:
            cluster.add_fake_node()
            if settings.process_node:
                cluster.add_process_node()
            return _run(cluster, settings.command)
    except RigError as error:
        print(f"rig: {error}", file=sys.stderr)
        return 77 if isinstance(error, binaries.Skipped) else 1


def _run(cluster: Cluster, command: list[str]) -> int:
    environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig),
                   "PATH": f"{cluster.binaries}:{os.environ['PATH']}"}
    if not command:
        print(f"Kubernetes {cluster.version} at {cluster.control_plane.admin.url}; "
              f"logs: {cluster.scratch.logs}\nLeave the shell to take it down.")
    # Ctrl-C is for what runs in the shell. A handler, unlike SIG_IGN, is not inherited.
    signal.signal(signal.SIGINT, lambda *_: None)
    words = command or [os.environ.get("SHELL", "bash")]
    return subprocess.call(["setpriv", "--pdeathsig", "KILL", *words], env=environment)


def _settings() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="rig/run", description=__doc__)
    parser.add_argument("--kubernetes", default="", metavar="MINOR",
                        help=f"one of {', '.join(binaries.minors())}; default the newest, or "
                             "LOADCURVE_KUBERNETES")
    parser.add_argument("--prometheus", default="", metavar="INTERVAL",
                        help="with a Prometheus that scrapes so often, as in 2s")
    parser.add_argument("--process-node", action="store_true",
                        help="with a node whose pods are real processes")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="instead of a shell")
    settings = parser.parse_args()
    if settings.command[:1] == ["--"]:
        del settings.command[0]
    return settings


if __name__ == "__main__":
    sys.exit(main())
