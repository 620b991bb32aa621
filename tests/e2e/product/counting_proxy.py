"""A Prometheus seen by several clients, each of whom is counted."""

from __future__ import annotations

import http.client
import threading
import time
import urllib.parse
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Query:
    """One request: when it came (monotonic seconds), by whom, and for what path."""

    at: float
    source: str
    path: str


class CountingProxy:
    """Passes on what is asked of it and notes it. A client says who it is by the first part of
    the path: `url_of("loadcurve-0")`."""

    def __init__(self, target: str) -> None:
        """`target` is the URL of the server behind it."""
        behind = urllib.parse.urlsplit(target)
        queries = self._queries = list[Query]()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # A small answer is not to wait for the acknowledgement of its header.
            disable_nagle_algorithm = True

            def pass_on(self) -> None:
                _, source, path = self.path.split("/", 2)
                queries.append(Query(time.monotonic(), source, path.split("?")[0]))
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                kept = {name: value for name, value in self.headers.items()
                        if name.lower() in ("accept", "content-type")}
                connection = http.client.HTTPConnection(behind.netloc, timeout=30)
                try:
                    connection.request(self.command, "/" + path, body, kept)
                    response = connection.getresponse()
                    answer = response.read()
                finally:
                    connection.close()
                self.send_response(response.status)
                self.send_header("Content-Type", response.getheader("Content-Type", ""))
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = pass_on

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url_of(self, source: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{source}"

    def queries(self, since: float = 0) -> list[Query]:
        """All that came after that moment, in order."""
        return [one for one in list(self._queries) if one.at > since]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
