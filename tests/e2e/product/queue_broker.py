"""A queue, its broker's metrics, and consumers that work as fast as they can."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Broker:
    """What waits, in real time: moved on whenever somebody looks."""

    def __init__(self, consumers: Callable[[], int], items_a_second_each: float) -> None:
        """`consumers` gives how many there are now."""
        self._consumers = consumers
        self._each = items_a_second_each
        self._lock = threading.Lock()
        self._looked_at = time.monotonic()
        self._arrivals = 0.0  # a second
        self._waiting = 0.0
        self._put_in = 0.0

    def arrive(self, items_a_second: float) -> None:
        """So many come in from now on."""
        with self._lock:
            self._move_on()
            self._arrivals = items_a_second

    def put(self, items: float) -> None:
        """So many more wait, at once, and are not counted as put in."""
        with self._lock:
            self._move_on()
            self._waiting += items

    def waiting(self) -> float:
        with self._lock:
            self._move_on()
            return self._waiting

    def metrics(self) -> str:
        with self._lock:
            self._move_on()
            return ("# TYPE orders_waiting gauge\n"
                    f"orders_waiting {self._waiting}\n"
                    "# TYPE orders_put_in_total counter\n"
                    f"orders_put_in_total {self._put_in}\n")

    def _move_on(self) -> None:
        now = time.monotonic()
        passed, self._looked_at = now - self._looked_at, now
        self._put_in += self._arrivals * passed
        self._waiting += self._arrivals * passed
        self._waiting -= min(self._waiting, self._each * self._consumers() * passed)


class Exporter:
    """Serves a broker's metrics at an address, until it is closed."""

    def __init__(self, broker: Broker, address: str, port: int) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = broker.metrics().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.target = f"{address}:{port}"
        self._server = ThreadingHTTPServer((address, port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
