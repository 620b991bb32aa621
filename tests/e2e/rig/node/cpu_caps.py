"""Which kind of cap this machine allows: cgroups v2, v1, else a duty cycle."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from .cpu_cap import CgroupV1Cap, CgroupV2Cap, CpuCap, DutyCycleCap

_PREFIX = "loadcurve-rig-"


class CpuCaps:
    """Makes the caps of a node's pods, in groups below one of its own."""

    def __init__(self, kind: str = "") -> None:
        """`kind` is "v2", "v1" or "duty-cycle"; "" takes the first that works."""
        self._roots: list[Path] = []
        makers: dict[str, Callable[[], bool]] = {
            "v2": self._try_v2, "v1": self._try_v1, "duty-cycle": lambda: True}
        for name, works in makers.items():
            if kind in ("", name) and works():
                self.kind = name
                return
        raise ValueError(f"this machine allows no CPU cap of the kind '{kind}'")

    def make(self, uid: str, cores: float | None) -> CpuCap:
        """The cap of pod `uid`; without `cores` it is only counted."""
        if self.kind == "v2":
            return CgroupV2Cap(self._roots[0] / uid, cores)
        if self.kind == "v1":
            return CgroupV1Cap(self._roots[0] / uid, self._roots[1] / uid, cores)
        return DutyCycleCap(cores)

    def close(self) -> None:
        for root in self._roots:
            _remove_tree(root)

    def _try_v2(self) -> bool:
        for mount in _mounts("cgroup2"):
            try:
                if "cpu" not in (mount / "cgroup.controllers").read_text().split():
                    continue
                root = mount / _own_name()
                (mount / "cgroup.subtree_control").write_text("+cpu")
                root.mkdir()
                (root / "cgroup.subtree_control").write_text("+cpu")
            except OSError:
                continue
            self._roots = [root]
            return True
        return False

    def _try_v1(self) -> bool:
        mounts = {controller: mount for controller in ("cpu", "cpuacct")
                  for mount in _mounts("cgroup", controller)}
        try:
            roots = [mounts[controller] / _own_name() for controller in ("cpu", "cpuacct")]
            for root in roots:
                root.mkdir(exist_ok=True)
        except (KeyError, OSError):
            return False
        self._roots = roots
        return True


def remove_leftovers() -> None:
    """Removes the groups of nodes that were killed outright."""
    for mount in [*_mounts("cgroup2"), *_mounts("cgroup")]:
        for root in mount.glob(_PREFIX + "*"):
            pid = root.name.removeprefix(_PREFIX)
            if pid.isdigit() and not Path("/proc", pid).exists():
                _remove_tree(root)


def _own_name() -> str:
    return f"{_PREFIX}{os.getpid()}"


def _mounts(kind: str, option: str = "") -> list[Path]:
    """Where file systems of `kind` are mounted (with `option`)."""
    found = []
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, what, options = line.split()[:4]
        if what == kind and (not option or option in options.split(",")):
            found.append(Path(where))
    return found


def _remove_tree(root: Path) -> None:
    for group in [*root.glob("*/"), root]:
        try:
            group.rmdir()
        except OSError:
            pass
