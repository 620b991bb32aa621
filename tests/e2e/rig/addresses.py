"""Loopback addresses of an instance's own, so that instances run side by side.

Instance n has 127.(64+2n).0.0/16 for Services and 127.(65+2n).0.0/16 for everything that
listens: .0.x the components, .n.x the pods of process node n. All of 127/8 is local on Linux, so
whoever is meant to answer simply binds its address.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass

from .waiting import RigError

_INSTANCES = 32
_SHOWN = ("198.51.100", "203.0.113", "192.0.2")  # documentation: never dialled
_PODS = range(10, 250)


@dataclass(frozen=True)
class NodeAddresses:
    """Where a process node listens, and the first three bytes of its pods' addresses."""

    own: str
    pods: str
    shown: str


class Addresses:
    """Claims the first free instance number; the kernel gives it back when the rig ends."""

    def __init__(self) -> None:
        for number in range(_INSTANCES):
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                # An abstract name: nothing is left in the file system.
                claim.bind(f"\0loadcurve-rig-{number}")
            except OSError:
                claim.close()
                continue
            self._claim = claim
            self.number = number
            break
        else:
            raise RigError(f"all {_INSTANCES} instances are running already")
        self._given: set[tuple[str, int]] = set()

    @property
    def service_range(self) -> str:
        return f"127.{64 + 2 * self.number}.0.0/16"

    def service(self, third: int, fourth: int) -> str:
        """A ClusterIP to ask for by hand: 127.(64+2n).third.fourth."""
        return f"127.{64 + 2 * self.number}.{third}.{fourth}"

    def component(self, last: int = 1) -> str:
        return f"127.{65 + 2 * self.number}.0.{last}"

    def node(self, number: int) -> NodeAddresses:
        """Of process node `number`, from 1 to as many as there are documentation ranges."""
        prefix = f"127.{65 + 2 * self.number}"
        return NodeAddresses(f"{prefix}.0.{1 + number}", f"{prefix}.{number}", _SHOWN[number - 1])

    def free_port(self, address: str) -> int:
        """A port of `address` on which nobody listens; never given twice."""
        while True:
            with socket.socket() as probe:
                probe.bind((address, 0))
                port: int = probe.getsockname()[1]
            if (address, port) not in self._given:
                self._given.add((address, port))
                return port

    def close(self) -> None:
        self._claim.close()


class PodAddresses:
    """What a node gives its pods: one address to listen on and one to show.

    EndpointSlices and `status.podIP` refuse loopback, so an address for documentation is
    shown there instead.
    """

    def __init__(self, prefix: str, shown_prefix: str) -> None:
        self._prefix = prefix
        self._shown_prefix = shown_prefix
        self._free = list(_PODS)

    def take(self) -> tuple[str, str]:
        """(address to listen on, address to show)."""
        if not self._free:
            raise RigError(f"the node runs {len(_PODS)} pods already")
        # Oldest first, so that an address is not given again at once.
        number = self._free.pop(0)
        return f"{self._prefix}.{number}", f"{self._shown_prefix}.{number}"

    def give_back(self, shown: str) -> None:
        self._free.append(int(shown.rsplit(".", 1)[1]))
