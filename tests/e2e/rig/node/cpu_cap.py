"""How much CPU a pod may use, and how much it has used."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# Kubernetes' own period: a pod of 50 millicores runs 5 ms and then waits up to 95 ms.
PERIOD_SECONDS = 0.1


@dataclass(frozen=True)
class CpuUse:
    """Totals since the pod began, as cAdvisor counts them."""

    seconds: float = 0
    periods: int = 0
    throttled_periods: int = 0
    throttled_seconds: float = 0


class CpuCap(Protocol):
    """The cap of one pod."""

    def entry_files(self) -> list[Path]:
        """Files into which a process writes its pid, before it does anything else."""

    def hold(self, pid: int) -> None:
        """`pid` is the pod's process now."""

    def use(self) -> CpuUse: ...

    def close(self) -> None:
        """The pod's processes are gone."""


class CgroupV1Cap:
    """Hierarchies of their own for the quota (cpu) and for the count (cpuacct)."""

    def __init__(self, cpu: Path, account: Path, cores: float | None) -> None:
        self._folders = list(dict.fromkeys([cpu, account]))
        self._cpu, self._account = cpu, account
        for folder in self._folders:
            folder.mkdir(parents=True, exist_ok=True)
        if cores is not None:
            (cpu / "cpu.cfs_period_us").write_text(str(_period_us()))
            (cpu / "cpu.cfs_quota_us").write_text(str(_quota_us(cores)))

    def entry_files(self) -> list[Path]:
        return [folder / "cgroup.procs" for folder in self._folders]

    def hold(self, pid: int) -> None: ...

    def use(self) -> CpuUse:
        stat = _read_stat(self._cpu)
        return CpuUse(int((self._account / "cpuacct.usage").read_text()) / 1e9,
                      stat["nr_periods"], stat["nr_throttled"], stat["throttled_time"] / 1e9)

    def close(self) -> None:
        for folder in self._folders:
            _remove_group(folder)


class CgroupV2Cap:
    """One unified group."""

    def __init__(self, group: Path, cores: float | None) -> None:
        self._group = group
        group.mkdir(parents=True, exist_ok=True)
        quota = "max" if cores is None else str(_quota_us(cores))
        (group / "cpu.max").write_text(f"{quota} {_period_us()}")

    def entry_files(self) -> list[Path]:
        return [self._group / "cgroup.procs"]

    def hold(self, pid: int) -> None: ...

    def use(self) -> CpuUse:
        stat = _read_stat(self._group)
        return CpuUse(stat["usage_usec"] / 1e6, stat["nr_periods"], stat["nr_throttled"],
                      stat["throttled_usec"] / 1e6)

    def close(self) -> None:
        _remove_group(self._group)


class DutyCycleCap:
    """Where no cgroup may be made: stops the process (SIGSTOP) while it has used more than
    its share, and lets it go on (SIGCONT). Counts the pod's first process, not its children.
    """

    _TICK_SECONDS = 0.005

    def __init__(self, cores: float | None) -> None:
        self._cores = cores
        self._lock = threading.Lock()
        self._pid: int | None = None
        self._before = 0.0  # CPU seconds of the processes that ended
        self._now = 0.0
        self._throttled = 0.0
        self._periods = self._throttled_periods = 0
        self._ended = threading.Event()
        if cores is not None:
            threading.Thread(target=self._limit, args=(cores,), daemon=True).start()

    def entry_files(self) -> list[Path]:
        return []

    def hold(self, pid: int) -> None:
        with self._lock:
            self._before, self._now, self._pid = self._before + self._now, 0.0, pid

    def use(self) -> CpuUse:
        with self._lock:
            self._measure()
            return CpuUse(self._before + self._now, self._periods, self._throttled_periods,
                          self._throttled)

    def close(self) -> None:
        self._ended.set()

    def _measure(self) -> None:
        if self._pid is None:
            return
        try:
            # The kernel's clock of another process: CPUCLOCK_SCHED of its pid.
            self._now = time.clock_gettime((~self._pid << 3) | 2)
        except OSError:
            self._pid = None

    def _limit(self, cores: float) -> None:
        allowed, used, is_stopped = 0.0, 0.0, False
        before = period_ends = time.monotonic()
        was_throttled = False
        while not self._ended.wait(self._TICK_SECONDS):
            now = time.monotonic()
            with self._lock:
                self._measure()
                total = self._before + self._now
                allowed = min(allowed + (now - before) * cores, PERIOD_SECONDS * cores)
                allowed -= total - used
                self._throttled += (now - before) * is_stopped
                is_stopped = self._set_stopped(allowed <= 0, is_stopped)
                was_throttled |= is_stopped
                if now >= period_ends:
                    self._periods += 1
                    self._throttled_periods += was_throttled
                    period_ends, was_throttled = now + PERIOD_SECONDS, is_stopped
            used, before = total, now

    def _set_stopped(self, wanted: bool, is_stopped: bool) -> bool:
        if self._pid is None:
            return False
        if wanted != is_stopped:
            try:
                os.killpg(self._pid, signal.SIGSTOP if wanted else signal.SIGCONT)
            except ProcessLookupError:
                return False
        return wanted


def _period_us() -> int:
    return round(PERIOD_SECONDS * 1e6)


def _quota_us(cores: float) -> int:
    # The kernel takes no less than a millisecond.
    return max(1000, round(cores * PERIOD_SECONDS * 1e6))


def _read_stat(group: Path) -> dict[str, int]:
    lines = (group / "cpu.stat").read_text().splitlines()
    return {name: int(value) for name, value in (line.split() for line in lines)}


def _remove_group(folder: Path) -> None:
    for _ in range(50):
        try:
            folder.rmdir()
            return
        except FileNotFoundError:
            return
        except OSError:  # the kernel has not buried the last process yet
            time.sleep(0.02)
