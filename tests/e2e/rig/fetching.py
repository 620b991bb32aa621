"""HTTP GET within the machine."""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Callable


def fetch(url: str, tls: ssl.SSLContext | None = None, timeout: float = 5) -> str:
    """The body of a 200; an answer that is none is an OSError."""
    # No proxy, whatever the environment says: everything is on this machine.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=tls))
    with opener.open(url, timeout=timeout) as response:
        body: bytes = response.read()
    return body.decode()


def answers(url: str, tls: ssl.SSLContext | None = None) -> Callable[[], bool]:
    """A probe: whether `url` answers with success."""

    def probe() -> bool:
        fetch(url, tls)
        return True

    return probe
