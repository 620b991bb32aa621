"""Loadcurve as a citizen of a cluster: the stock HPA follows it, and whatever fails, nothing
shrinks."""

from __future__ import annotations

from rig import Cluster, Options
from rig.sample import sample_service
from rig.traffic import LoadPoint, share_within
from rig.waiting import holds_for, wait_for

from .installation import Installation
from .loop_test_case import MIX, PROFILE, ROOT, LoopTestCase

class Citizen(LoopTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(Cluster(Options(hpa_sync="1s"), prometheus="1s"))
        cls.cluster.add_fake_node()
        cls.cluster.add_process_node()
        cls.cluster.kubectl.apply(*sample_service("web", cpu="100m"))
        # Without CPU the HPA has a metric in error, and never shrinks.
        cls.cluster.add_metrics_server()
        cls.proxy = cls.cluster.add_proxy("web")
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url)
        cls.installation.wait_until_available()
        cls.cluster.kubectl.apply(PROFILE)
        minor = ".".join(cls.cluster.version.split(".")[:2])
        cls.cluster.kubectl.apply(cls.installation.hpa(PROFILE, minor))

    def test_the_stock_hpa_follows_the_load_up_and_down(self) -> None:
        load = self.cluster.start_load(self.proxy.url, [
            LoadPoint(0, 3, MIX), LoadPoint(20, 3, MIX), LoadPoint(35, 40, MIX),
            LoadPoint(75, 40, MIX)])
        wait_for("the metric", lambda: self.metric("loadcurve-replicas") is not None, 60)
        wait_for("at least 6 pods", lambda: self.replicas() >= 6, 90)
        requests = load.finish()
        self.assertGreater(len(requests), 1000)
        if load.lag_ms < 100:
            self.assertGreater(share_within(requests[-200:], 500), 0.95)
        # Nobody asks any more: idle is measured, and the count falls, the more slowly the less
        # of such a past there is to forecast from.
        wait_for("half of the pods to go again", lambda: self.replicas() <= 6, 120)
        self.assertEqual(self.state("Measured"), "True")
        self.assertEqual(self.state("Active"), "True")
        print(self.cluster.kubectl("get", "sp", "web"))
        print(self.cluster.kubectl("describe", "hpa", "web"))

    def test_nothing_shrinks_while_prometheus_is_away(self) -> None:
        load = self.steady(24, 70)
        before = self.settled(4)
        self.cluster.prometheus.component.kill()
        holds_for("no pod to go", lambda: self.replicas() >= before, 25)
        self.cluster.prometheus.component.start()
        wait_for("fresh load", lambda: self.state("Stale") == "False", 60)
        load.component.kill()

    def test_nothing_shrinks_while_the_server_is_away(self) -> None:
        load = self.steady(24, 70)
        before = self.settled(4)
        self.installation.component.kill()
        holds_for("no pod to go", lambda: self.replicas() >= before, 15)
        self.installation.component.start()
        wait_for("the metric again", lambda: self.metric("loadcurve-replicas") is not None, 60)
        # What is there more than needed may go now: 24 requests a second need four pods.
        holds_for("enough pods", lambda: self.replicas() >= 4, 10)
        load.component.kill()

    def test_a_profile_broken_by_hand_keeps_what_it_did_and_says_so(self) -> None:
        load = self.steady(24, 60)
        before = self.settled(4)
        broken = PROFILE.replace("kind: table", "kind: cudgx").replace(
            ', curves: [{route: "*", knots: [{weight: 1}]}]', "")
        self.cluster.kubectl.apply(broken)
        wait_for("the condition", lambda: self.state("Active") == "False", 30)
        holds_for("no pod to go", lambda: self.replicas() >= before, 5)
        self.cluster.kubectl.apply(PROFILE)
        wait_for("the condition", lambda: self.state("Active") == "True", 30)
        load.component.kill()

    def test_nobody_reads_without_the_right(self) -> None:
        self.cluster.kubectl("create", "serviceaccount", "stranger")
        outcome = self.cluster.kubectl.outcome(
            "get", "--raw", f"{ROOT}/loadcurve-load?labelSelector=scalingprofile=web",
            "--as=system:serviceaccount:default:stranger")
        self.assertNotEqual(outcome.returncode, 0)
        self.assertIn("forbidden", outcome.stderr.lower())
