"""Processes that end with the rig, whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from .waiting import NotYet, RigError, TooLate, wait_for

# The kernel sends the parent-death signal when the *thread* that started a process ends,
# so all are started by one thread that lives as long as the interpreter.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")


def start_process(
    argv: Sequence[str], log: Path, environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Starts `argv` in a process group of its own; it is killed when this process dies."""
    with log.open("ab") as output:
        return _starter.submit(
            subprocess.Popen, ["setpriv", "--pdeathsig", "KILL", *argv],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True, env=dict(environment or os.environ), cwd=cwd,
        ).result()


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


@dataclass
class Component:
    """One program of an instance. Each can be killed and started again on its own."""

    name: str
    argv: Sequence[str]
    log: Path
    is_ready: Callable[[], bool] = lambda: True
    environment: Mapping[str, str] = field(default_factory=dict)
    start_timeout: float = 60
    grace: float = 10
    _process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Starts it and does not wait until it is ready."""
        if self.is_running:
            raise RigError(f"{self.name} runs already")
        self._process = start_process(self.argv, self.log, {**os.environ, **self.environment})

    def wait_until_ready(self) -> None:
        try:
            wait_for(f"{self.name} to be ready", self._probe, self.start_timeout, 0.05)
        except TooLate as late:
            raise RigError(f"{late}\n{self.last_words()}") from None

    def start(self) -> None:
        self.launch()
        self.wait_until_ready()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL after the grace. Stopping twice is no error."""
        self.begin_stop()
        self.finish_stop()

    def begin_stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            signal_group(self._process, signal.SIGTERM)

    def finish_stop(self) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(self.grace)
        except subprocess.TimeoutExpired:
            pass
        self.kill()

    def kill(self) -> None:
        """SIGKILL, as when a machine dies."""
        if self._process is None:
            return
        signal_group(self._process, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def wait(self, timeout: float) -> None:
        """Until it ends by itself, which must be with code 0 and within `timeout` seconds."""
        try:
            code = self._running().wait(timeout)
        except subprocess.TimeoutExpired:
            raise TooLate(f"{self.name} still runs after {timeout:g} s") from None
        if code != 0:
            raise RigError(f"{self.name} ended with code {code}; {self.last_words()}")

    def signal(self, number: signal.Signals) -> None:
        """To the program alone: SIGHUP reloads, SIGSTOP hangs it, SIGCONT lets it go on."""
        self._running().send_signal(number)

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._running().pid

    def last_words(self, lines: int = 15) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        tail = "\n".join("  " + line[:300] for line in text.splitlines()[-lines:])
        return f"the end of {self.log.name}:\n{tail}"

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RigError(f"{self.name} does not run")
        return self._process

    def _probe(self) -> bool:
        code = self._running().poll()
        if code is not None:
            raise RigError(f"{self.name} ended with code {code}; {self.last_words()}")
        if not self.is_ready():
            raise NotYet("it answers, but not that it is ready")
        return True


def stop_all(components: Sequence[Component]) -> None:
    """Stops them in order, all asked before any is waited for."""
    for component in components:
        component.begin_stop()
    for component in components:
        component.finish_stop()
