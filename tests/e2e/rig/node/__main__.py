"""python3 -m rig.node: one node, until SIGTERM."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from pathlib import Path

from ..access import Access
from ..addresses import PodAddresses
from ..api import Api
from ..certificates import KeyPair
from .cpu_caps import CpuCaps, remove_leftovers
from .kubelet import Kubelet
from .metrics import serve
from .pod_run import NodeContext
from .registration import Registration


def main() -> None:
    settings = _settings()
    api = Api(Access(settings.host, settings.port, settings.authority,
                     KeyPair(settings.certificate, settings.key)))
    remove_leftovers()
    caps = CpuCaps(settings.cap)
    print(f"CPU caps: {caps.kind}", flush=True)
    context = NodeContext(
        api, settings.address, settings.folder, settings.logs,
        PodAddresses(settings.pod_prefix, settings.shown_prefix), caps,
        json.loads(settings.entrypoints),
        {"KUBERNETES_SERVICE_HOST": settings.host, "KUBERNETES_SERVICE_PORT": str(settings.port)})
    kubelet = Kubelet(api, settings.name, context)
    server = serve(settings.address, settings.metrics_port, kubelet.runs, settings.speed)
    Registration(api, settings.name, settings.address, settings.cpu, settings.metrics_port).start()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    for work in (server.serve_forever, kubelet.follow):
        threading.Thread(target=work, daemon=True).start()
    ended.wait()
    kubelet.close()
    caps.close()


def _settings() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="rig.node", description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--host", required=True, help="of the API server")
    parser.add_argument("--port", type=int, required=True, help="of the API server")
    parser.add_argument("--authority", type=Path, required=True)
    parser.add_argument("--certificate", type=Path, required=True)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--address", required=True, help="of this node")
    parser.add_argument("--metrics-port", type=int, required=True)
    parser.add_argument("--pod-prefix", required=True, help="127.x.y of the pods")
    parser.add_argument("--shown-prefix", required=True, help="a.b.c of their status")
    parser.add_argument("--folder", type=Path, required=True, help="for the pods' files")
    parser.add_argument("--logs", type=Path, required=True)
    parser.add_argument("--cpu", default="2", help="what the scheduler may fill")
    parser.add_argument("--cap", default="", help="v2, v1, duty-cycle; empty: what works")
    parser.add_argument("--entrypoints", default="{}", help="JSON: image name to command")
    parser.add_argument("--speed", type=float, default=1, help="what cAdvisor divides CPU by")
    return parser.parse_args()


if __name__ == "__main__":
    main()
