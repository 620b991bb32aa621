"""The status of a pod as a kubelet would write it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from ..api import Object

ADDRESS_ANNOTATION = "loadcurve-rig/address"


def now_text() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class PodStatus:
    """What changes in the life of a pod; `patch` says it to the API server."""

    pod: Object
    shown: str  # the address in the status
    host: str
    endpoint: str = ""  # host:port that really listens; kept in an annotation
    phase: str = "Pending"
    is_ready: bool = False
    restarts: int = 0
    state: Object = field(default_factory=lambda: {"waiting": {"reason": "ContainerCreating"}})
    last_state: Object = field(default_factory=dict)
    started_at: str = field(default_factory=now_text)
    _changed_at: dict[str, tuple[bool, str]] = field(default_factory=dict)

    def running(self) -> None:
        self.phase, self.state = "Running", {"running": {"startedAt": now_text()}}

    def ended(self, code: int, started_at: str, waits: float) -> None:
        """The process ended by itself and is started again after `waits` seconds."""
        end: Object = {"exitCode": code, "reason": "Completed" if code == 0 else "Error",
                       "startedAt": started_at, "finishedAt": now_text()}
        self.is_ready = False
        self.last_state = {"terminated": end}
        self.state = {"waiting": {"reason": "CrashLoopBackOff",
                                  "message": f"back-off {waits:g}s restarting the process"}}
        self.restarts += 1

    def cannot_start(self, why: str) -> None:
        self.state = {"waiting": {"reason": "CreateContainerError", "message": why}}

    def finished(self, phase: str, code: int) -> None:
        self.phase, self.is_ready = phase, False
        self.state = {"terminated": {"exitCode": code, "finishedAt": now_text(),
                                     "reason": "Completed" if code == 0 else "Error"}}

    def patch(self) -> Object:
        container = self.pod["spec"]["containers"][0]
        containers = [{
            "name": container["name"], "image": container["image"], "imageID": "process",
            "containerID": f"process://{self.pod['metadata']['uid']}-{self.restarts}",
            "ready": self.is_ready, "started": "running" in self.state,
            "restartCount": self.restarts, "state": self.state, "lastState": self.last_state}]
        return {
            "metadata": {"uid": self.pod["metadata"]["uid"],
                         "annotations": {ADDRESS_ANNOTATION: self.endpoint or None}},
            "status": {
                "phase": self.phase, "startTime": self.started_at, "hostIP": self.host,
                # Replaced, not merged: after a restart of the node it is another address.
                "podIP": self.shown, "podIPs": [{"$patch": "replace"}, {"ip": self.shown}],
                "containerStatuses": containers,
                "conditions": [
                    self._condition("PodReadyToStartContainers", True),
                    self._condition("Initialized", True),
                    self._condition("ContainersReady", self.is_ready),
                    self._condition("Ready", self.is_ready)]}}

    def _condition(self, kind: str, holds: bool) -> Object:
        held, since = self._changed_at.get(kind, (not holds, ""))
        if held != holds:
            since = now_text()
            self._changed_at[kind] = (holds, since)
        reason = None if holds else "ContainersNotReady"
        return {"type": kind, "status": "True" if holds else "False", "lastTransitionTime": since,
                "reason": reason}
