"""A node of an instance whose pods are real processes."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .addresses import Addresses
from .component import Component
from .controlplane import ControlPlane
from .fetching import answers, fetch
from .node.registration import LABEL, TAINT
from .scratch import Scratch

# What a pod template needs to be run as a process.
ON_PROCESS_NODE: Mapping[str, object] = {
    "nodeSelector": {LABEL: "process"},
    "tolerations": [{"key": TAINT, "operator": "Exists"}],
}


class ProcessNode:
    """`component` is its kubelet; `metrics` and `targets` are for Prometheus."""

    def __init__(self, number: int, control_plane: ControlPlane, addresses: Addresses,
                 scratch: Scratch, cpu: str, cap: str,
                 entrypoints: Mapping[str, Sequence[str]], speed: float) -> None:
        self.name = f"process-{number}"
        own = addresses.node(number)
        port = addresses.free_port(own.own)
        self.metrics = f"{own.own}:{port}"
        self.targets = f"http://{self.metrics}/targets"
        access = control_plane.access(control_plane.credentials.node(self.name))
        self.component = Component(self.name, [
            sys.executable, "-m", "rig.node", f"--name={self.name}", f"--host={access.host}",
            f"--port={access.port}", f"--authority={access.authority}",
            f"--certificate={access.pair.certificate}", f"--key={access.pair.key}",
            f"--address={own.own}", f"--metrics-port={port}", f"--pod-prefix={own.pods}",
            f"--shown-prefix={own.shown}", f"--folder={scratch.path('pods', self.name)}",
            f"--logs={scratch.logs}", f"--cpu={cpu}", f"--cap={cap}",
            f"--entrypoints={json.dumps(entrypoints)}", f"--speed={speed}",
        ], scratch.logs / f"{self.name}.log", answers(f"http://{self.metrics}/healthz"),
            {"PYTHONPATH": str(Path(__file__).resolve().parent.parent),
             "PYTHONDONTWRITEBYTECODE": "1"})

    def pids(self) -> dict[str, int]:
        """The process of each pod, by the pod's name: to kill it, or to hang it by SIGSTOP."""
        found: dict[str, int] = json.loads(fetch(f"http://{self.metrics}/pods"))
        return found
