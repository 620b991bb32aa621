"""The stock HPA controller reads an external metric and scales by it."""

from __future__ import annotations

import json

from ..api import Object
from ..cluster import Cluster
from ..sample import fake_pods
from ..waiting import NotYet, wait_for
from .cluster_test_case import ClusterTestCase
from .extension import Extension


def hpa(target: str, metric: str, average: str) -> Object:
    external = {"metric": {"name": metric},
                "target": {"type": "AverageValue", "averageValue": average}}
    return {
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": target, "namespace": "default"},
        "spec": {"minReplicas": 1, "maxReplicas": 20,
                 "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
                 "metrics": [{"type": "External", "external": external}],
                 "behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}}}


class ExternalMetrics(ClusterTestCase):
    extension: Extension

    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(Cluster())
        cls.cluster.add_fake_node()
        cls.extension = Extension(cls.cluster)
        cls.extension.wait_until("True", 30)

    def test_answers_come_through_the_api_server(self) -> None:
        self.extension.set_value("12500m")
        answer = json.loads(self.extension.read("queue"))
        self.assertEqual(answer["items"][0]["value"], "12500m")

    def test_hpa_follows_the_metric_up_and_down(self) -> None:
        self.extension.set_value("10")
        self.cluster.kubectl.apply(fake_pods("web"), hpa("web", "queue", "5"))
        for value, replicas in (("10", 2), ("50", 10), ("20500m", 5), ("0", 1)):
            self.extension.set_value(value)
            self._wait_for_replicas("web", replicas)

    def test_a_dead_server_is_seen_and_so_is_its_return(self) -> None:
        self.extension.component.kill()
        self.extension.wait_until("False", 60)
        self.extension.component.start()
        self.extension.wait_until("True", 60)

    def _wait_for_replicas(self, name: str, wanted: int) -> None:
        def probe() -> bool:
            status = self.cluster.api.get(
                f"/apis/apps/v1/namespaces/default/deployments/{name}")["status"]
            if status.get("readyReplicas") != wanted:
                raise NotYet(f"{status.get('readyReplicas', 0)} are ready")
            return True

        wait_for(f"{wanted} replicas of {name}", probe, 30)
