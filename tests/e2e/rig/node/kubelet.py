"""Follows the pods that are bound to the node, and runs each."""

from __future__ import annotations

import http.client
import sys
import threading
import time
from collections.abc import Iterable

from ..api import Api, ApiError, Object
from .pod_run import NodeContext, PodRun


class Kubelet:
    """List and watch, one PodRun a pod."""

    def __init__(self, api: Api, name: str, context: NodeContext) -> None:
        self._api = api
        self._name = name
        self._context = context
        self._lock = threading.Lock()
        self._runs: dict[str, PodRun] = {}

    def runs(self) -> list[PodRun]:
        with self._lock:
            return list(self._runs.values())

    def follow(self) -> None:
        """For ever: the API server may go and come back."""
        selector = {"fieldSelector": f"spec.nodeName={self._name}"}
        while True:
            try:
                listed = self._api.get("/api/v1/pods", **selector)
                self._reconcile(listed["items"])
                self._watch(listed["metadata"]["resourceVersion"], selector)
            except (ApiError, OSError, http.client.HTTPException) as error:
                print(f"watching pods: {error}", file=sys.stderr, flush=True)
                time.sleep(0.5)

    def close(self) -> None:
        """Ends all processes; the pods stay in the API, as when a machine is switched off."""
        runs = self.runs()
        for run in runs:
            run.abandon()
        for run in runs:
            run.join(timeout=5)

    def _watch(self, version: str, selector: dict[str, str]) -> None:
        for event in self._api.watch("/api/v1/pods", resourceVersion=version, **selector,
                                     timeoutSeconds="60"):
            if event["type"] == "ERROR":
                return  # too old a version: list again
            if event["type"] == "DELETED":
                self._forget(event["object"]["metadata"]["uid"])
            else:
                self._take(event["object"])

    def _reconcile(self, pods: Iterable[Object]) -> None:
        present = set()
        for pod in pods:
            present.add(pod["metadata"]["uid"])
            self._take(pod)
        for run in self.runs():
            if run.uid not in present:
                self._forget(run.uid)

    def _take(self, pod: Object) -> None:
        """Starts or ends the pod's process, whichever is due."""
        metadata = pod["metadata"]
        with self._lock:
            run = self._runs.get(metadata["uid"])
        if "deletionTimestamp" in metadata:
            run = run or self._start(pod)
            run.end(float(metadata.get("deletionGracePeriodSeconds", 0)))
        elif run is None and pod["status"].get("phase") not in ("Succeeded", "Failed"):
            self._start(pod)

    def _start(self, pod: Object) -> PodRun:
        with self._lock:
            run = PodRun(self._context, pod, self._gone)
            self._runs[run.uid] = run
        return run

    def _forget(self, uid: str) -> None:
        """The pod was deleted without asking the node."""
        with self._lock:
            run = self._runs.get(uid)
        if run is not None:
            run.end(0)

    def _gone(self, uid: str) -> None:
        with self._lock:
            self._runs.pop(uid, None)
