"""The life of one pod: a thread that starts, watches, restarts and ends its process."""

from __future__ import annotations

import base64
import http.client
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..addresses import PodAddresses
from ..api import Api, ApiError, Object
from ..component import signal_group, start_process
from .container import Lookup, Place, command_of, cpu_limit_of, environment_of
from .cpu_caps import CpuCaps
from .pod_status import PodStatus, now_text
from .probe import ReadinessProbe

DELAY_ANNOTATION = "loadcurve-rig/start-delay-seconds"
ANNOUNCED_ANNOTATION = "loadcurve-rig/announced-port"

# Joins the groups named before "--", then becomes the command after it.
_ENTER = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 126; shift; done; shift; exec "$@"'
_TICK_SECONDS = 0.1
_LONGEST_BACK_OFF_SECONDS = 30.0


@dataclass(frozen=True)
class NodeContext:
    """What all pods of a node share."""

    api: Api
    host: str  # the address of the node
    folder: Path
    logs: Path
    addresses: PodAddresses
    caps: CpuCaps
    entrypoints: Mapping[str, Sequence[str]]
    environment: Mapping[str, str]

    def look_up(self, namespace: str) -> Lookup:
        """Values of Secrets and ConfigMaps of `namespace`."""

        def value(resource: str, name: str, key: str) -> str:
            thing = self.api.get(f"/api/v1/namespaces/{namespace}/{resource}/{name}")
            text: str = thing["data"][key]
            return base64.b64decode(text).decode() if resource == "secrets" else text

        return value


class PodRun:
    """Runs the first container of `pod` until `end` or, with the node, `abandon`."""

    def __init__(self, node: NodeContext, pod: Object, on_gone: Callable[[str], None]) -> None:
        metadata = pod["metadata"]
        self.pod = pod
        self.uid: str = metadata["uid"]
        self.namespace: str = metadata["namespace"]
        self.name: str = metadata["name"]
        self.container: Object = pod["spec"]["containers"][0]
        self.cores = cpu_limit_of(self.container)
        self.started_at = time.time()
        self._node = node
        self._on_gone = on_gone
        address, shown = node.addresses.take()
        self._place = Place(address, shown, node.folder / self.uid, node.environment)
        self._status = PodStatus(pod, shown, node.host)
        self.cap = node.caps.make(self.uid, self.cores)
        self._log = node.logs / f"pod-{self.namespace}-{self.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()
        self._grace = 30.0
        self._is_deleted = False
        self._thread = threading.Thread(target=self._live, name=self.name, daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        """host:port where the pod listens; "" before it runs."""
        return self._status.endpoint

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def end(self, grace_seconds: float) -> None:
        """The pod is to be deleted."""
        self._grace, self._is_deleted = grace_seconds, True
        self._ending.set()

    def abandon(self) -> None:
        """The node stops: the process ends at once, the pod stays in the API."""
        self._grace = 0
        self._ending.set()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def _live(self) -> None:
        try:
            # There already where the node died and came back.
            self._place.folder.mkdir(parents=True, exist_ok=True)
            self._report()
            delay = self.pod["metadata"].get("annotations", {}).get(DELAY_ANNOTATION, "0")
            if not self._ending.wait(float(delay)):
                self._run_until_ending()
            self._terminate()
        finally:
            self.cap.close()
            shutil.rmtree(self._place.folder, ignore_errors=True)
            self._node.addresses.give_back(self._place.shown)
            self._on_gone(self.uid)

    def _run_until_ending(self) -> None:
        back_off = 1.0
        while not self._ending.is_set():
            started, started_text = time.monotonic(), now_text()
            try:
                probe = self._start()
            except (ValueError, KeyError, OSError, ApiError) as error:
                self._status.cannot_start(str(error))
                self._report()
                self._ending.wait(back_off)
                continue
            code = self._watch(probe)
            if code is None:
                return
            if self._finishes(code):
                return
            if time.monotonic() - started > _LONGEST_BACK_OFF_SECONDS:
                back_off = 1.0
            self._status.ended(code, started_text, back_off)
            self._report()
            self._ending.wait(back_off)
            back_off = min(2 * back_off, _LONGEST_BACK_OFF_SECONDS)

    def _start(self) -> ReadinessProbe:
        environment = environment_of(self.pod, self.container, self._place,
                                     self._node.look_up(self.namespace))
        command = command_of(self.container, environment, self._node.entrypoints)
        words = [str(file) for file in self.cap.entry_files()]
        log_start = self._log.stat().st_size if self._log.exists() else 0
        self._process = start_process(["sh", "-c", _ENTER, "sh", *words, "--", *command],
                                      self._log, environment, self._place.folder)
        self.cap.hold(self._process.pid)
        host, port = self._listening(log_start)
        self._status.endpoint = f"{host}:{port}" if port else host
        self._status.running()
        return ReadinessProbe(self.container, host, port)

    def _listening(self, log_start: int) -> tuple[str, int]:
        """Where the process is reached: its own address, or the port that it announces.

        A program that cannot be told where to listen prints its port, and the annotation
        gives the expression that finds it: "listening ([0-9]+)".
        """
        ports = self.container.get("ports", [])
        pattern = self.pod["metadata"].get("annotations", {}).get(ANNOUNCED_ANNOTATION)
        if pattern is None:
            return self._place.address, int(ports[0]["containerPort"]) if ports else 0
        while not self._ending.is_set() and self._process and self._process.poll() is None:
            with self._log.open("rb") as log:
                log.seek(log_start)
                found = re.search(pattern, log.read().decode(errors="replace"))
            if found:
                return "127.0.0.1", int(found[1])
            self._ending.wait(_TICK_SECONDS)
        return "127.0.0.1", 0

    def _watch(self, probe: ReadinessProbe) -> int | None:
        """Until the process ended by itself (its exit code), or is to end (None)."""
        assert self._process is not None
        self._report()
        next_look = time.monotonic() + probe.initial_delay_seconds
        while not self._ending.is_set():
            code = self._process.poll()
            if code is not None:
                return code
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + probe.period_seconds
                self._set_ready(probe.look())
            self._ending.wait(_TICK_SECONDS)
        return None

    def _finishes(self, code: int) -> bool:
        """Whether the restart policy lets the pod rest after `code`; reports it then."""
        policy = self.pod["spec"].get("restartPolicy", "Always")
        if policy == "Always" or (policy == "OnFailure" and code != 0):
            return False
        self._status.finished("Succeeded" if code == 0 else "Failed", code)
        self._report()
        self._ending.wait()
        return True

    def _terminate(self) -> None:
        """preStop sleep, SIGTERM, SIGKILL after the grace, then the pod is gone."""
        deadline = time.monotonic() + self._grace
        code = 0
        if self._process is not None:
            if self._is_deleted:
                self._set_ready(False)
            pre_stop = self.container.get("lifecycle", {}).get("preStop", {}).get("sleep", {})
            time.sleep(min(float(pre_stop.get("seconds", 0)), self._grace))
            signal_group(self._process, signal.SIGCONT)
            signal_group(self._process, signal.SIGTERM)
            try:
                code = self._process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                code = -signal.SIGKILL
            signal_group(self._process, signal.SIGKILL)
            self._process.wait()
        if self._is_deleted:
            self._status.finished("Succeeded" if code == 0 else "Failed", abs(code))
            self._report()
            self._delete()

    def _delete(self) -> None:
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": self.uid}}
        self._say(lambda: self._node.api.delete(self._path(), options))

    def _set_ready(self, is_ready: bool) -> None:
        if is_ready != self._status.is_ready:
            self._status.is_ready = is_ready
            self._report()

    def _report(self) -> None:
        patch = self._status.patch()
        self._say(lambda: self._node.api.strategic_merge(self._path() + "/status", patch))

    def _say(self, call: Callable[[], object]) -> None:
        """Until the API server took it: it may be down for a while."""
        while True:
            try:
                call()
                return
            except ApiError as error:
                if error.code in (404, 409):  # the pod is gone, or is another by now
                    return
                print(error, file=sys.stderr, flush=True)
            except (OSError, http.client.HTTPException):
                pass
            if self._ending.wait(1.0) and not self._is_deleted:
                return
            if self._is_deleted:
                time.sleep(1.0)

    def _path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"
