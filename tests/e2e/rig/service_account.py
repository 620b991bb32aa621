"""What a pod of a service account would find mounted, for programs run beside the cluster."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .access import Access
from .api import Api


@dataclass(frozen=True)
class ServiceAccount:
    """`folder` holds token, ca.crt and namespace, as below /var/run/secrets/kubernetes.io."""

    folder: Path
    kubeconfig: Path


def mount(api: Api, access: Access, namespace: str, name: str, folder: Path) -> ServiceAccount:
    """Asks for a token of an hour and writes it; asking again renews the file."""
    answer = api.create(
        f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
         "spec": {"expirationSeconds": 3600}})
    folder.mkdir(parents=True, exist_ok=True)
    authority = access.authority.read_text()
    token = str(answer["status"]["token"])
    for file, text in (("token", token), ("ca.crt", authority), ("namespace", namespace)):
        _replace(folder / file, text)
    kubeconfig = folder / "kubeconfig"
    cluster = {"server": access.url, "certificate-authority": str(folder / "ca.crt")}
    _replace(kubeconfig, json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "rig",
        "clusters": [{"name": "rig", "cluster": cluster}],
        "users": [{"name": name, "user": {"tokenFile": str(folder / "token")}}],
        "contexts": [{"name": "rig", "context": {"cluster": "rig", "user": name,
                                                 "namespace": namespace}}]}))
    return ServiceAccount(folder, kubeconfig)


def _replace(path: Path, text: str) -> None:
    fresh = Path(f"{path}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    fresh.replace(path)
