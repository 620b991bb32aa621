"""Who talks to the API server, and how: kubeconfig files, TLS contexts."""

from __future__ import annotations

import base64
import json
import ssl
from dataclasses import dataclass
from pathlib import Path

from .certificates import KeyPair


@dataclass(frozen=True)
class Access:
    """A client certificate and the API server it is for."""

    host: str
    port: int
    authority: Path
    pair: KeyPair

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"

    def tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.authority))
        context.load_cert_chain(self.pair.certificate, self.pair.key)
        return context

    def write_kubeconfig(self, path: Path) -> Path:
        """A kubeconfig that needs no other file. JSON is YAML."""
        cluster = {"server": self.url, "certificate-authority-data": _base64(self.authority)}
        user = {"client-certificate-data": _base64(self.pair.certificate),
                "client-key-data": _base64(self.pair.key)}
        path.touch(mode=0o600)
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "rig",
            "clusters": [{"name": "rig", "cluster": cluster}],
            "users": [{"name": "rig", "user": user}],
            "contexts": [{"name": "rig", "context": {"cluster": "rig", "user": "rig"}}],
        }, indent=1))
        return path


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
