"""What `serve` learnt of losses of spot reaches Cluster Autoscaler's expander and Karpenter's prices,
through the status of a CapacityProfile on a real API server."""

from __future__ import annotations

import json
import signal
import subprocess
from datetime import datetime, timedelta, timezone

from rig.api import ApiError, Object
from rig.binaries import loadcurve
from rig.service_account import mount
from rig.waiting import wait_for

from .installation import E2E
from .loop_test_case import PROFILE
from .node_pools_test import FLEET, PLAN, ZONES, NodePoolCase, capacity_profile, web

OVERLAYS = "/apis/karpenter.sh/v1alpha1/nodeoverlays"
# 0.02 stated is one loss in 50 hours; with 3 seen in 50 hours it is (1 + 3) / (50 + 50) = 0.04.
POOLS = """
apiVersion: loadcurve.dev/v1alpha1
kind: CapacityProfile
metadata: {name: prices}
spec:
  pools:
    - {name: spot-a, zone: z-a, type: m6i.large, class: spot, price: 0.03, lossesPerHour: 0.02,
       allocatable: {cpu: 4, memory: 15Gi}}
    - {name: spot-b, zone: z-b, type: m6i.large, class: spot, price: 0.04, lossesPerHour: 0.01,
       allocatable: {cpu: 4, memory: 15Gi}}
"""
# All that the expander needs of the cluster.
RIGHTS = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: expander, namespace: default}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: expander}
rules:
  - {apiGroups: [loadcurve.dev], resources: [capacityprofiles], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: expander}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: expander}
subjects: [{kind: ServiceAccount, name: expander, namespace: default}]
"""
STATED = {"loadcurve-spot-a": "+2%", "loadcurve-spot-b": "+1%"}
LEARNT = {"loadcurve-spot-a": "+4%", "loadcurve-spot-b": "+1%"}
SAW = ("losses of spot-a: 0.04 an hour, since CapacityProfile fleet saw 3 in 50 hours and 0.02 an "
       "hour is stated")


def _ago(**span: float) -> str:
    at = datetime.now(timezone.utc) - timedelta(**span)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class LearntRisk(NodePoolCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.start(PLAN, ZONES)
        cls.cluster.kubectl.apply(E2E / "rig" / "crds" / "karpenter.yaml")
        cls.cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s",
                            "crd/nodeoverlays.karpenter.sh")
        wait_for("overlays", lambda: cls.overlays() == {}, 30)
        cls.cluster.kubectl.apply(PROFILE, web(1))

    @classmethod
    def overlays(cls) -> Object | None:
        """Price adjustments by name; none while the API server takes the kind up."""
        try:
            found = cls.cluster.api.get(OVERLAYS)["items"]
        except ApiError:
            return None
        return {one["metadata"]["name"]: one["spec"]["priceAdjustment"] for one in found}

    def priced(self) -> tuple[Object | None, str]:
        """What Karpenter is told of each pool, and what is said about it."""
        done = subprocess.run(
            [str(loadcurve()), "karpenter", "--pools=-", "--learnt=fleet", "--apply",
             f"--kubeconfig={self.cluster.kubeconfig}"],
            input=POOLS, text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        print(done.stderr, end="")
        return self.overlays(), done.stderr

    def seen(self, as_of: str) -> None:
        """As a leader before wrote it."""
        self.cluster.api.merge(f"{FLEET}/status", {"status": {
            "observedGeneration": 1, "nodes": {"asOf": as_of, "pools": [
                {"name": "spot-a", "seenHours": 50, "seenLosses": 3, "lossesPerHour": 0.03}]}}})

    def test_1_what_is_missing_or_old_is_said_and_the_stated_risk_taken(self) -> None:
        self.installation.component.kill()
        overlays, said = self.priced()
        self.assertEqual(overlays, STATED)
        self.assertIn("losses are taken as stated: get capacityprofiles.loadcurve.dev fleet: 404",
                      said)
        self.cluster.kubectl.apply(capacity_profile(self.cloud, "Recommend"))
        overlays, said = self.priced()
        self.assertEqual(overlays, STATED)
        self.assertIn("CapacityProfile fleet: status.nodes.asOf is absent", said)
        self.seen(_ago(days=1, minutes=1))
        overlays, said = self.priced()
        self.assertEqual(overlays, STATED)
        self.assertIn("more than 1d old", said)

    def test_2_what_serve_keeps_up_is_priced(self) -> None:
        self.installation.component.start()
        wait_for("a status of now",
                 lambda: self.fleet().get("nodes", {}).get("asOf", "") > _ago(minutes=15), 60)
        print(json.dumps(self.fleet()["nodes"]["pools"][0]))
        overlays, said = self.priced()
        self.assertEqual(overlays, LEARNT)
        self.assertIn(SAW, said)
        self.assertIn("losses of spot-b: 0.01 an hour as stated, CapacityProfile fleet saw nothing",
                      said)

    def test_3_the_expander_goes_by_it_and_by_the_stated_risk_once_it_is_gone(self) -> None:
        folder = self.cluster.scratch.path("expander")
        folder.mkdir()
        self.cluster.kubectl.apply(RIGHTS)
        account = mount(self.cluster.api, self.cluster.control_plane.admin, "default", "expander",
                        folder / "account")
        (folder / "pools.yaml").write_text(POOLS)
        expander = self.cluster.run("expander", [
            str(loadcurve()), "expander", f"--pools={folder / 'pools.yaml'}", "--learnt=fleet",
            f"--kubeconfig={account.kubeconfig}", "--listen=127.0.0.1:0",
            f"--keys={folder / 'keys'}"])
        log = self.cluster.scratch.logs / "expander.log"
        wait_for("what was learnt", lambda: SAW in log.read_text(), 30)
        self.cluster.kubectl("delete", "cap", "fleet", "--wait")
        with self.assertRaises(ApiError):
            self.cluster.api.get(FLEET)
        expander.signal(signal.SIGHUP)
        wait_for("why it is not any more",
                 lambda: "losses are taken as stated: " in log.read_text(), 30)
        print(log.read_text())
