"""Readiness, as the spec of a container asks for it."""

from __future__ import annotations

import http.client
import socket
import ssl
from dataclasses import dataclass

from ..api import Object


@dataclass
class ReadinessProbe:
    """`httpGet` and `tcpSocket`; a container without a probe is ready once it runs."""

    container: Object
    host: str
    port: int  # used where the probe names no number
    _successes: int = 0
    _failures: int = 0
    is_ready: bool = False

    @property
    def period_seconds(self) -> float:
        return float(self._spec.get("periodSeconds", 1))

    @property
    def initial_delay_seconds(self) -> float:
        return float(self._spec.get("initialDelaySeconds", 0))

    def look(self) -> bool:
        """Asks once; the answer changes after `successThreshold` or `failureThreshold`."""
        if self._succeeds():
            self._successes, self._failures = self._successes + 1, 0
        else:
            self._successes, self._failures = 0, self._failures + 1
        if self._successes >= self._spec.get("successThreshold", 1):
            self.is_ready = True
        if self._failures >= self._spec.get("failureThreshold", 3):
            self.is_ready = False
        return self.is_ready

    def _succeeds(self) -> bool:
        timeout = float(self._spec.get("timeoutSeconds", 1))
        try:
            if "httpGet" in self._spec:
                return self._answers(self._spec["httpGet"], timeout)
            if "tcpSocket" in self._spec:
                port = self._port(self._spec["tcpSocket"].get("port"))
                socket.create_connection((self.host, port), timeout).close()
            return True
        except (OSError, http.client.HTTPException):
            return False

    def _answers(self, get: Object, timeout: float) -> bool:
        port = self._port(get.get("port"))
        if get.get("scheme", "HTTP") == "HTTPS":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self.host, port, timeout=timeout, context=ssl._create_unverified_context())
        else:
            connection = http.client.HTTPConnection(self.host, port, timeout=timeout)
        try:
            connection.request("GET", get.get("path", "/"), headers={"User-Agent": "kube-probe/"})
            return 200 <= connection.getresponse().status < 400
        finally:
            connection.close()

    def _port(self, wanted: int | str | None) -> int:
        """A number that the container declares is meant as that; an announced port wins."""
        declared = self.container.get("ports", [])
        first = declared[0] if declared else {}
        if wanted is None or wanted in (first.get("name"), first.get("containerPort")):
            return self.port
        return next((int(one["containerPort"]) for one in declared if one.get("name") == wanted),
                    int(wanted) if str(wanted).isdigit() else self.port)

    @property
    def _spec(self) -> Object:
        found: Object = self.container.get("readinessProbe", {})
        return found
