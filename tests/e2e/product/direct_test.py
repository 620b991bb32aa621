"""Direct mode: Loadcurve sets the count itself, down to zero and up again."""

from __future__ import annotations

from rig import Cluster, Options
from rig.sample import sample_service
from rig.waiting import holds_for, wait_for

from .installation import DEPLOY, Installation
from .loop_test_case import PROFILE, LoopTestCase

# What stands before the pods counts, since there is nobody else when there are none.
_RATE = 'sum(rate(http_request_duration_seconds_count{job=\\"gate\\"}[5s]))'


def _profile() -> str:
    source = PROFILE[PROFILE.index("        histogram:"):PROFILE.index("    weights:")]
    return (PROFILE.replace(source, f'        rate: "{_RATE}"\n')
            .replace("namespace: default}",
                     "namespace: default, annotations: {loadcurve.dev/mode: direct}}")
            .replace("minReplicas: 1", "minReplicas: 0"))


class Direct(LoopTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(Cluster(Options(hpa_sync="1s"), prometheus="1s"))
        cls.cluster.add_fake_node()
        cls.cluster.add_process_node()
        cls.cluster.kubectl.apply(*sample_service("web", cpu="100m"))
        cls.proxy = cls.cluster.add_proxy("web")
        cls.cluster.prometheus.scrape("gate", cls.proxy.metrics)
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url)
        cls.cluster.kubectl.apply(DEPLOY / "manifests" / "direct-mode.yaml")
        cls.installation.wait_until_available()
        cls.cluster.kubectl.apply(_profile())

    def test_it_sets_the_count_to_zero_and_from_zero(self) -> None:
        load = self.steady(18, 120)
        self.settled(3)
        load.component.kill()
        wait_for("no pods", lambda: self.replicas() == 0, 120)
        print(self.cluster.kubectl("get", "sp", "web"))
        load = self.steady(18, 60)
        self.settled(3)
        load.component.kill()

    def test_it_refuses_where_an_hpa_owns_the_target(self) -> None:
        load = self.steady(18, 90)
        self.settled(3)
        self.cluster.kubectl("autoscale", "deployment", "web", "--min=5", "--max=5")
        try:
            wait_for("the HPA to have its way", lambda: self.replicas() == 5, 30)
            wait_for("the refusal", lambda: self.state("Active") == "False", 30)
            self.assertIn("owns Deployment web", str(self.status()["conditions"]["Active"]))
            holds_for("the HPA to have its way", lambda: self.replicas() == 5, 5)
            print(self.cluster.kubectl("describe", "sp", "web"))
        finally:
            self.cluster.kubectl("delete", "hpa", "web")
            load.component.kill()
