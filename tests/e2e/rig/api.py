"""The API server's REST interface, without a kubectl for each call."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.parse
from collections.abc import Iterator
from typing import Any

from .access import Access

Object = dict[str, Any]


class ApiError(Exception):
    """An answer that is no success."""

    def __init__(self, what: str, code: int, message: str) -> None:
        super().__init__(f"{what}: {code} {message}")
        self.code = code
        self.message = message


class Api:
    """One keep-alive connection a thread."""

    def __init__(self, access: Access, timeout: float = 10) -> None:
        self._access = access
        self._tls = access.tls()
        self._timeout = timeout
        self._local = threading.local()

    def get(self, path: str, **query: str) -> Object:
        return self.call("GET", _with_query(path, query))

    def create(self, path: str, thing: Object) -> Object:
        return self.call("POST", path, thing)

    def replace(self, path: str, thing: Object) -> Object:
        return self.call("PUT", path, thing)

    def merge(self, path: str, change: Object) -> Object:
        """A JSON merge patch: lists are replaced whole."""
        return self.call("PATCH", path, change, "application/merge-patch+json")

    def strategic_merge(self, path: str, change: Object) -> Object:
        """As kubectl patches: conditions are merged by type."""
        return self.call("PATCH", path, change, "application/strategic-merge-patch+json")

    def delete(self, path: str, options: Object | None = None) -> Object:
        return self.call("DELETE", path, options)

    def call(self, method: str, path: str, body: Object | None = None,
             content_type: str = "application/json") -> Object:
        text = self.text(method, path, body, content_type)
        answer: Object = json.loads(text)
        return answer

    def text(self, method: str, path: str, body: Object | None = None,
             content_type: str = "application/json") -> str:
        """The body of a successful answer, as it came."""
        code, answer = self._exchange(method, path, body, content_type)
        if code >= 300:
            raise ApiError(f"{method} {path}", code, _message(answer))
        return answer

    def watch(self, path: str, **query: str) -> Iterator[Object]:
        """The events of a watch until the server ends it. `path` is a list's."""
        connection = self._connect()
        try:
            target = _with_query(path, {**query, "watch": "true"})
            connection.request("GET", target, headers={"Accept": "application/json"})
            # Longer than the server keeps a quiet watch open with bookmarks.
            connection.sock.settimeout(90)
            response = connection.getresponse()
            if response.status >= 300:
                raise ApiError(f"GET {target}", response.status, _message(response.read().decode()))
            for line in response:
                yield json.loads(line)
        finally:
            connection.close()

    def _exchange(self, method: str, path: str, body: Object | None,
                  content_type: str) -> tuple[int, str]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json", "Content-Type": content_type}
        kept: http.client.HTTPSConnection | None = getattr(self._local, "connection", None)
        for connection in ([kept] if kept else []) + [self._connect()]:
            try:
                connection.request(method, path, data, headers)
                response = connection.getresponse()
                answer = response.read().decode()
            except (OSError, http.client.HTTPException):
                connection.close()
                self._local.connection = None
                # A kept connection may have ended long ago; a fresh one tells the truth.
                if connection is kept:
                    continue
                raise
            self._local.connection = connection
            return response.status, answer
        raise AssertionError("there is always a fresh connection")

    def _connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            self._access.host, self._access.port, timeout=self._timeout, context=self._tls)


def _with_query(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urllib.parse.urlencode(query)}" if query else path


def _message(body: str) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.strip()[:500]
