"""Waiting for facts, with a limit and with words for when they do not come."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class RigError(Exception):
    """The rig cannot do what was asked; the message says why."""


class TooLate(RigError):
    """What was waited for did not come in time."""


class NotYet(Exception):
    """Raised by a probe: not there yet, and what is there instead."""


def wait_for(what: str, probe: Callable[[], T], timeout: float, interval: float = 0.1) -> T:
    """The first truthy answer of `probe`, within `timeout` seconds.

    NotYet and failures of connections count as "not yet"; whatever was seen last stands in
    the message of TooLate.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            answer = probe()
            if answer:
                return answer
            seen = repr(answer)
        except NotYet as reason:
            seen = str(reason)
        except (OSError, http.client.HTTPException) as error:
            seen = repr(error)
        if time.monotonic() >= deadline:
            raise TooLate(f"waited {timeout:g} s for {what}; last seen: {seen}")
        time.sleep(interval)


def holds_for(what: str, probe: Callable[[], bool], duration: float,
              interval: float = 0.25) -> None:
    """Fails as soon as `probe` is false within the next `duration` seconds."""
    started = time.monotonic()
    while time.monotonic() - started < duration:
        if not probe():
            held = time.monotonic() - started
            raise RigError(f"{what}: held for {held:.1f} s, should have for {duration:g} s")
        time.sleep(interval)
