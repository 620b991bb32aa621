"""A queue, its broker's metrics, and consumers that work as fast as they can."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


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
