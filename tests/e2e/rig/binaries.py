"""Where the programs come from: built once into the cache of the user."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import unittest
from pathlib import Path

from .waiting import RigError

_E2E = Path(__file__).resolve().parent.parent


class Skipped(RigError, unittest.SkipTest):
    """The machine cannot build or run the rig; a test in which this is raised is skipped."""


def controlplane(minor: str = "") -> Path:
    """The folder of the binaries of Kubernetes `minor`, or LOADCURVE_KUBERNETES, or the newest."""
    for tool in ("openssl", "setpriv"):
        if shutil.which(tool) is None:
            raise Skipped(f"skipped: {tool} is not installed")
    return Path(_printed_by([str(_E2E / "controlplane" / "build"), *([minor] if minor else [])]))


def keda() -> Path:
    """The folder of KEDA's binaries and CRDs, where somebody has built them."""
    return _found_by("build-keda", "KEDA")


def cluster_autoscaler() -> Path:
    """The folder of Cluster Autoscaler's binary, where somebody has built it."""
    return _found_by("build-cluster-autoscaler", "Cluster Autoscaler")


def karpenter() -> Path:
    """The folder of Karpenter's binary and CRDs, where somebody has built them."""
    return _found_by("build-karpenter", "Karpenter")


def moto() -> Path:
    """The server that answers for AWS, where somebody has installed it."""
    return _found_by("build-moto", "moto", "a minute") / "bin" / "moto_server"


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


def loadcurve() -> Path:
    """LOADCURVE_BINARY, else that of the release preset."""
    default = _E2E.parent.parent / "build" / "release" / "loadcurve"
    found = Path(os.environ.get("LOADCURVE_BINARY", default))
    if not found.exists():
        raise Skipped(f"skipped: {found} is not built; LOADCURVE_BINARY may name another")
    return found.resolve()


def traffic() -> Path:
    """The proxy and load generator, built from tests/e2e/traffic as it stands."""
    source = _E2E / "traffic"
    text = b"".join(path.read_bytes() for path in sorted(source.iterdir()))
    binary = _cache() / "traffic" / hashlib.sha256(text).hexdigest()[:16]
    if not binary.exists():
        if shutil.which("go") is None:
            raise Skipped("skipped: building tests/e2e/traffic needs Go, and there is none")
        unfinished = f"{binary}.{os.getpid()}"
        go = {"GOTOOLCHAIN": "auto", "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"}
        subprocess.run(["nice", "-n", "15", "go", "build", "-trimpath", "-o", unfinished, "."],
                       cwd=source, check=True, env={**os.environ, **go})
        Path(unfinished).rename(binary)
    return binary


def _found_by(name: str, product: str, time: str = "15 minutes") -> Path:
    script = _E2E / "controlplane" / name
    done = subprocess.run([str(script), "--find"], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Skipped(f"skipped: {product} is not built; {script} does it, in {time}")
    return Path(done.stdout.strip())


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "loadcurve"


def _printed_by(argv: list[str]) -> str:
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, env=os.environ)
    if done.returncode == 77:
        raise Skipped(f"skipped: {argv[0]} had nothing to build with")
    if done.returncode != 0:
        raise RigError(f"{' '.join(argv)} ended with code {done.returncode}")
    return done.stdout.strip().splitlines()[-1]
