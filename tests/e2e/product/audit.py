"""Who wrote what, by the API server's audit log."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

_POLICY = {
    "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "Metadata", "verbs": ["patch", "update"],
         "resources": [{"group": "loadcurve.dev", "resources": ["scalingprofiles/status"]}]},
        {"level": "None"}]}
_CREDENTIAL = "authentication.kubernetes.io/credential-id"


class Audit:
    """Notes writes of ScalingProfile statuses; `flags` are for the API server."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="loadcurve-audit-")
        self._log = Path(self._folder.name) / "audit.log"
        policy = Path(self._folder.name) / "policy.json"
        policy.write_text(json.dumps(_POLICY))
        self.flags = (f"--audit-log-path={self._log}", f"--audit-policy-file={policy}")

    def close(self) -> None:
        self._folder.cleanup()

    def writers(self, since: float = 0) -> list[str]:
        """The id of the token behind each write that succeeded, in order. `since` is a count of
        writes to leave out."""
        events = [json.loads(line) for line in self._log.read_text().splitlines()]
        tokens = [event["user"]["extra"][_CREDENTIAL][0].removeprefix("JTI=") for event in events
                  if event["responseStatus"]["code"] == 200]
        return tokens[int(since):]
