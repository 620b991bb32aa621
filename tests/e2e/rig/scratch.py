"""The folder of an instance: gone when it ends, its logs kept when it failed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

_PREFIX = "loadcurve-rig-"
_LOCK = "lock"


class Scratch:
    """A private folder below TMPDIR, with `logs` in it.

    The folder is locked while the rig lives. A rig that was killed outright cannot clean
    up, so the next one removes every folder that nobody holds.
    """

    def __init__(self) -> None:
        _sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._lock = _try_lock(self.folder)
        self.logs = self.folder / "logs"
        self.logs.mkdir()

    def path(self, *parts: str) -> Path:
        return self.folder.joinpath(*parts)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)

    def keep_logs(self) -> Path:
        """Copies the logs out: to LOADCURVE_RIG_LOGS, else beside the scratch folder."""
        kept = Path(os.environ.get("LOADCURVE_RIG_LOGS", tempfile.gettempdir()))
        target = kept / time.strftime(f"rig-logs-%Y%m%dT%H%M%S-{os.getpid()}")
        shutil.copytree(self.logs, target, dirs_exist_ok=True)
        return target


def _try_lock(folder: Path) -> int | None:
    """The descriptor that holds the lock, or None where somebody else has it."""
    descriptor = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return descriptor
    except OSError:
        os.close(descriptor)
        return None


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(_PREFIX + "*"):
        try:
            if folder.stat().st_uid != os.getuid() or not (folder / _LOCK).exists():
                continue
            lock = _try_lock(folder)
        except OSError:
            continue
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
