"""Consumers of a queue: from zero to what drains it in time, and back."""

from __future__ import annotations

import time

from rig import Cluster, Options
from rig.sample import fake_pods
from rig.waiting import RigError, holds_for, wait_for

from .exporter import Exporter
from .installation import DEPLOY, Installation
from .loop_test_case import LoopTestCase
from .queue_broker import Broker

_EACH = 10.0  # items a second that one consumer does; half of it is planned for
_DRAIN_SECONDS = 20

PROFILE = f"""
apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {{name: orders, namespace: default, annotations: {{loadcurve.dev/mode: direct}}}}
spec:
  load:
    source:
      kind: prometheus
      prometheus:
        queue:
          backlog: sum(orders_waiting)
          arrivalRate: sum(rate(orders_put_in_total[5s]))
          drainTime: {_DRAIN_SECONDS}s
    perReplica: {{metricsqps: {_EACH:g}}}
  startup: {{p95: 3s}}
  objective: {{targetUtilization: 0.5}}
  bounds: {{minReplicas: 0, maxReplicas: 20}}
  forecast: {{step: 5s}}
  behavior: {{scaleDown: {{window: 10s}}}}
"""


class Queue(LoopTestCase):
    broker: Broker
    exporter: Exporter

    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(Cluster(Options(), prometheus="1s"))
        cls.cluster.add_fake_node()
        cls.cluster.kubectl.apply(fake_pods("orders"))
        cls.broker = Broker(cls.consumers, _EACH)
        address = cls.cluster.addresses.component(30)
        cls.exporter = Exporter(cls.broker.metrics, address, cls.cluster.addresses.free_port(address))
        cls.addClassCleanup(lambda: cls.exporter.close())
        cls.cluster.prometheus.scrape("broker", cls.exporter.target)
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url)
        cls.cluster.kubectl.apply(DEPLOY / "manifests" / "direct-mode.yaml")
        cls.installation.wait_until_available()

    @classmethod
    def replicas(cls, name: str = "orders") -> int:
        return super().replicas(name)

    @classmethod
    def consumers(cls) -> int:
        """Pods that are there, and ready."""
        path = "/apis/apps/v1/namespaces/default/deployments/orders"
        ready: int = cls.cluster.api.get(path).get("status", {}).get("readyReplicas", 0)
        return ready

    def test_it_drains_in_time_and_never_takes_silence_for_an_empty_queue(self) -> None:
        self.cluster.kubectl.apply(PROFILE)
        wait_for("no consumers", lambda: self.replicas() == 0, 120)
        self.broker.put(1)
        wait_for("one consumer for one item", lambda: self.replicas() == 1, 30)
        wait_for("nothing to wait", lambda: self.broker.waiting() == 0, 30)

        self.broker.arrive(20)
        wait_for("4 consumers for 20 a second", lambda: self.replicas() >= 4, 60)
        time.sleep(20)
        self.broker.put(600)
        began = time.monotonic()
        # (20 + 600 / 20) / 5; those that are there take some of it at once.
        wait_for("8 consumers and more", lambda: self.replicas() >= 8, 30)
        most = self.replicas()
        wait_for("an empty queue", lambda: self.broker.waiting() < 10, 60)
        print(f"{self._testMethodName}: {most} consumers, and 600 items were gone after "
              f"{time.monotonic() - began:.0f} s; to drain in {_DRAIN_SECONDS} s")
        print(self.cluster.kubectl("get", "sp", "orders"))
        self.assertEqual(self.metric("loadcurve-qps", "orders"), None)
        self.assertIsNotNone(self.metric("loadcurve-load", "orders"))

        self.exporter.close()
        # What it told last is followed for a few steps.
        time.sleep(20)
        held = self.replicas()
        holds_for("the count, while the broker is silent", lambda: self.replicas() >= held, 40)
        print(self.cluster.kubectl("describe", "sp", "orders"))
        self.assertGreater(held, 0)

        self.broker.arrive(0)
        address, port = self.exporter.target.split(":")
        type(self).exporter = Exporter(self.broker.metrics, address, int(port))
        wait_for("no consumers", lambda: self.replicas() == 0, 120)

    def test_the_api_server_refuses_what_the_codec_refuses(self) -> None:
        source = PROFILE[PROFILE.index("    source:"):PROFILE.index("    perReplica:")]
        rate = 'source: {kind: prometheus, prometheus: {rate: "sum(x)"}}\n'
        for wrong, why in (
                (PROFILE.replace("    perReplica:", "    weights: {kind: cudgx}\n    perReplica:"),
                 "weights must be given where requests are counted"),
                (PROFILE.replace(source, f"    {rate}"),
                 "weights must be given where requests are counted"),
                (PROFILE.replace(source, f"    {rate}    weights: {{kind: cudgx}}\n"),
                 "perReplica.weightsVersion must be given beside weights"),
                (PROFILE.replace("          drainTime",
                                 "          serviceRate: sum(x)\n          drainTime"),
                 "exactly one of arrivalRate and serviceRate must be given"),
                (PROFILE.replace("        queue:", '        load: "sum(x)"\n        queue:'),
                 "exactly one of preset, histogram, rate, queue and load must be given"),
                (PROFILE.replace(f"metricsqps: {_EACH:g}", "metricsqps: 10, slots: 4"),
                 "perReplica.slots holds requests"),
                (PROFILE.replace(f"drainTime: {_DRAIN_SECONDS}s", "drainTime: 10ms"),
                 "drainTime must be at least 1s")):
            with self.assertRaisesRegex(RigError, why):
                self.cluster.kubectl.apply(wrong.replace("name: orders", "name: wrong"))
