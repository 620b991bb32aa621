"""Loadcurve where KEDA owns the external metrics API: as its external scaler."""

from __future__ import annotations

from rig import binaries
from rig.keda import Keda
from rig.traffic import LoadPoint
from rig.waiting import holds_for, wait_for

from .installation import API_SERVICE, Installation
from .loop_test_case import MIX, PROFILE, LoopTestCase


class UnderKeda(LoopTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        binaries.keda()
        cls.start_cluster()
        cls.keda = Keda(cls.cluster)
        address = f"127.0.0.1:{cls.cluster.addresses.free_port('127.0.0.1')}"
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url, keda=address)
        cls.cluster.kubectl.apply(PROFILE)
        cls.installation.make_keda_trust_it()
        cls.cluster.kubectl.apply(
            cls.installation.scaled_object(PROFILE, cls.minor_version(), address))

    def test_keda_scales_by_the_decision_and_holds_while_the_scaler_is_away(self) -> None:
        load = self.cluster.start_load(self.proxy.url, [
            LoadPoint(0, 3, MIX), LoadPoint(20, 3, MIX), LoadPoint(35, 40, MIX),
            LoadPoint(150, 40, MIX)])
        wait_for("at least 6 pods", lambda: self.replicas() >= 6, 120)
        for words in (("get", "scaledobject", "web"), ("describe", "hpa", "keda-hpa-web")):
            print(self.cluster.kubectl(*words))
        before = self.replicas()
        self.installation.component.kill()
        holds_for("no pod to go", lambda: self.replicas() >= before, 20)
        self.installation.component.start()
        wait_for("the metric to be read again", self._is_read, 60)
        load.component.kill()
        # Nobody asks any more: idle is measured, and the count falls.
        wait_for("half of the pods to go again", lambda: self.replicas() <= 6, 180)

    def test_the_api_service_of_keda_keeps_its_authority(self) -> None:
        self.assertEqual(
            self.cluster.api.get(API_SERVICE)["spec"]["service"]["name"], "keda-metrics-apiserver")
        self.assertTrue(self.installation.is_available())

    def _is_read(self) -> bool:
        hpa = self.cluster.kubectl.json("get", "hpa", "keda-hpa-web")
        return any(one["type"] == "ScalingActive" and one["status"] == "True"
                   for one in hpa["status"].get("conditions", []))
