"""Reads a server of external metrics as kube-apiserver does for the HPA controller."""

from __future__ import annotations

import http.client
import json
import socket
import ssl

from rig.api import Object
from rig.controlplane import ControlPlane

_CALLER = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"
_GROUPS = ("system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated")


class FrontProxy:
    """One connection that stays, with the front proxy's certificate, to host:port. Not to be
    shared by threads."""

    def __init__(self, control_plane: ControlPlane, endpoint: str, authority: str,
                 server_name: str, timeout: float = 2) -> None:
        """`authority`, as PEM, vouches for the server; `timeout` in seconds is for each read."""
        host, port = endpoint.rsplit(":", 1)
        self._connection = _Named(host, int(port), server_name, timeout)
        self._connection.tls = ssl.create_default_context(cadata=authority)
        pair = control_plane.credentials.front_proxy
        self._connection.tls.load_cert_chain(pair.certificate, pair.key)

    def get(self, path: str) -> tuple[int, Object]:
        """The code and the object. OSError where there is no answer; the next read then begins
        with a fresh connection."""
        connection = self._connection
        try:
            connection.putrequest("GET", path)
            connection.putheader("Accept", "application/json")
            connection.putheader("X-Remote-User", _CALLER)
            for group in _GROUPS:
                connection.putheader("X-Remote-Group", group)
            connection.endheaders()
            response = connection.getresponse()
            answer: Object = json.loads(response.read())
            return response.status, answer
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise OSError(f"GET {path}: {error!r}") from error


class _Named(http.client.HTTPSConnection):
    """Goes to an address, and wants the certificate of a name."""

    tls: ssl.SSLContext

    def __init__(self, host: str, port: int, name: str, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._name = name

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self.tls.wrap_socket(plain, server_hostname=self._name)
