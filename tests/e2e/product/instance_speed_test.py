"""How fast families of instances are is learnt from pods that serve side by side."""

from __future__ import annotations

import subprocess

from rig import Cluster, Options
from rig.api import Object
from rig.binaries import loadcurve
from rig.sample import sample_service
from rig.waiting import wait_for

from .installation import Installation
from .loop_test_case import PROFILE, LoopTestCase

_SPEED = 1.3
# Windows are of ten steps: twelve of them are two minutes.
_PROFILE = PROFILE.replace("forecast: {step: 5s}", "forecast: {step: 1s}").replace(
    "  startup:", """    speeds: {m5: 1}
    speedLearning: {mode: online}
  startup:""")
_POOLS = """
apiVersion: loadcurve.dev/v1alpha1
kind: CapacityProfile
metadata: {name: fleet}
spec:
  mode: Recommend
  pools:
    - {name: old, zone: z-a, type: m5.large, class: on-demand, price: 0.1, boot: 60s,
       allocatable: {cpu: 4, memory: 15Gi}}
    - {name: new, zone: z-a, type: m7i.large, class: on-demand, price: 0.11, boot: 60s,
       allocatable: {cpu: 4, memory: 15Gi}}
"""


class InstanceSpeed(LoopTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(Cluster(Options(hpa_sync="1s"), prometheus="1s"))
        cls.cluster.add_fake_node()
        for speed, kind in ((1.0, "m5.large"), (_SPEED, "m7i.large")):
            node = cls.cluster.add_process_node(speed=speed)
            cls.cluster.kubectl("label", "node", node.name,
                                f"node.kubernetes.io/instance-type={kind}")
        service = sample_service("web", cpu="500m", replicas=4)
        service[0]["spec"]["template"]["spec"]["topologySpreadConstraints"] = [{
            "maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "Honor",
            "labelSelector": {"matchLabels": {"app": "web"}}}]
        cls.cluster.kubectl.apply(*service)
        cls.proxy = cls.cluster.add_proxy("web")
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url)
        cls.installation.wait_until_available()

    def learnt(self) -> Object:
        families = self.status().get("instanceSpeeds", {}).get("families", [])
        found: Object = next((one for one in families if one["family"] == "m7i"), {})
        return found

    def priced(self) -> Object:
        status = self.cluster.kubectl.json("get", "cap", "fleet").get("status", {})
        return {one["family"]: one["speed"] for one in status.get("instanceSpeeds", [])}

    def why(self) -> str:
        reasons = self.status().get("decision", {}).get("reasons", [])
        return reasons[0]["why"] if reasons else ""

    def test_a_planted_speed_is_found_within_five_percent_and_stood_on(self) -> None:
        wait_for("four pods", lambda: self.ready() == 4, 60)
        self.steady(40, 600)
        self.cluster.kubectl.apply(_PROFILE, _POOLS)
        wait_for("a message", lambda: self.status().get("instanceSpeeds", {}).get("message"), 90)
        print(self.status()["instanceSpeeds"])
        wait_for("a speed to stand on", lambda: "m7i" in self.priced(), 400)
        print(self.learnt(), self.priced())
        self.assertAlmostEqual(self.priced()["m7i"] / _SPEED, 1, delta=0.05)
        self.assertEqual(self.priced()["m5"], 1)
        self.assertGreaterEqual(self.learnt()["windows"], 12)
        # Two pods of each: what they carry together is told with the decision.
        wait_for("a decision by it", lambda: "2 at 1, 2 at 1." in self.why(), 60)
        print(self.why())

        told = subprocess.run(
            [str(loadcurve()), "karpenter", "--pools=-", "--learnt=fleet", "--kubeconfig",
             str(self.cluster.kubeconfig)], input=_POOLS, text=True, capture_output=True,
            check=True)
        print(told.stderr, told.stdout)
        self.assertIn("as CapacityProfile fleet learnt of m7i.large", told.stderr)

        why = subprocess.run([str(loadcurve()), "why", "web", "--kubeconfig",
                              str(self.cluster.kubeconfig)],
                             text=True, capture_output=True, check=True).stdout
        print(why)
        self.assertIn("speeds     by m5: m7i 1.", why)
        # Who leads next goes on with it.
        before = self.learnt()["speed"]
        self.installation.component.kill()
        self.installation.component.start()
        wait_for("a decision by it, after a restart", lambda: "2 at 1, 2 at 1." in self.why(), 60)
        self.assertAlmostEqual(self.learnt()["speed"] / before, 1, delta=0.05)

    def ready(self) -> int:
        path = "/apis/apps/v1/namespaces/default/deployments/web"
        ready: int = self.cluster.api.get(path)["status"].get("readyReplicas", 0)
        return ready
