"""Where the programs come from: built once into the cache of the user."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from .waiting import RigError

_E2E = Path(__file__).resolve().parent.parent


class Skipped(RigError):
    """The machine cannot build or run the rig; a test that sees this is skipped."""


def controlplane(minor: str = "") -> Path:
    """The folder of the binaries of Kubernetes `minor`, or LOADCURVE_KUBERNETES, or the newest."""
    for tool in ("openssl", "setpriv"):
        if shutil.which(tool) is None:
            raise Skipped(f"skipped: {tool} is not installed")
    return Path(_printed_by([str(_E2E / "controlplane" / "build"), *([minor] if minor else [])]))


def minors() -> list[str]:
    """The minors that can be built, oldest first."""
    folders = (_E2E / "controlplane" / "kube").iterdir()
    return sorted((folder.name for folder in folders), key=lambda name: int(name.split(".")[1]))


def prometheus() -> Path:
    """Debian's Prometheus."""
    found = shutil.which("prometheus")
    if found is None:
        raise Skipped("skipped: the package prometheus is not installed")
    return Path(found)


def _printed_by(argv: list[str]) -> str:
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, env=os.environ)
    if done.returncode == 77:
        raise Skipped(f"skipped: {argv[0]} had nothing to build with")
    if done.returncode != 0:
        raise RigError(f"{' '.join(argv)} ended with code {done.returncode}")
    return done.stdout.strip().splitlines()[-1]
