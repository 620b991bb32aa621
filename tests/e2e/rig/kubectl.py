"""kubectl, of the version of the control plane."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .api import Object
from .waiting import RigError


class Kubectl:
    """Called like kubectl: `kubectl("get", "hpa", "-A")` gives what it prints."""

    def __init__(self, binary: Path, kubeconfig: Path, timeout: float = 60) -> None:
        self._binary = binary
        self._kubeconfig = kubeconfig
        self._timeout = timeout

    def __call__(self, *words: str, text: str | None = None) -> str:
        done = self.outcome(*words, text=text)
        if done.returncode != 0:
            raise RigError(f"kubectl {' '.join(words)}: {done.stderr.strip() or done.stdout}")
        return done.stdout

    def outcome(self, *words: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Also when it fails: exit code, output, errors."""
        argv = [str(self._binary), f"--kubeconfig={self._kubeconfig}", *words]
        return subprocess.run(argv, input=text, text=True, capture_output=True,
                              timeout=self._timeout)

    def apply(self, *manifests: Path | str | Object) -> str:
        """Files, YAML texts, or objects, applied by the server in one go."""
        if all(isinstance(manifest, Path) for manifest in manifests):
            files = [f"--filename={manifest}" for manifest in manifests]
            return self("apply", "--server-side", "--force-conflicts", *files)
        text = "\n---\n".join(_text_of(manifest) for manifest in manifests)
        return self("apply", "--server-side", "--force-conflicts", "--filename=-", text=text)

    def json(self, *words: str) -> Object:
        """`kubectl.json("get", "hpa", "web")` as an object."""
        answer: Object = json.loads(self(*words, "--output=json"))
        return answer

    def lines(self, *words: str) -> Sequence[str]:
        return self(*words).splitlines()


def _text_of(manifest: Path | str | Object) -> str:
    if isinstance(manifest, Path):
        return manifest.read_text()
    return manifest if isinstance(manifest, str) else json.dumps(manifest)
