"""The loop closes: requests, histogram, Prometheus, metric, HPA, processes, latency."""

from __future__ import annotations

import threading

from ..api import ApiError
from ..cluster import Cluster
from ..sample import sample_service
from ..traffic import LoadPoint, Proxy, Request, share_within
from ..waiting import wait_for
from .cluster_test_case import ClusterTestCase
from .extension import Extension
from .hpa_test import hpa

# One pod of 100 millicores does 12 requests of 8 ms a second at best; it is given 6.
_CORES, _PER_POD = "100m", 6
# What was finished, and what waits: those that wait shall be done within 5 seconds.
_NEED = ("sum(rate(http_request_duration_seconds_count[5s]))"
         " + sum(http_requests_in_flight) / 5")
_TOO_BUSY_MS = 100
_MIX = {"/medium": 1.0}


class ClosedLoop(ClusterTestCase):
    extension: Extension
    proxy: Proxy
    most = 0

    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(Cluster(prometheus="1s"))
        cls.cluster.add_fake_node()
        cls.cluster.add_process_node()
        cls.extension = Extension(cls.cluster)
        cls.cluster.kubectl.apply(*sample_service("web", cpu=_CORES))
        cls.proxy = cls.cluster.add_proxy("web")
        cls.extension.wait_until("True", 30)

    def test_more_requests_make_more_pods_and_latency_falls_again(self) -> None:
        self.cluster.kubectl.apply(hpa("web", "rate", str(_PER_POD)))
        ended = threading.Event()
        feeding = threading.Thread(target=self._feed, args=(ended,))
        feeding.start()
        try:
            load = self.cluster.start_load(self.proxy.url, [
                LoadPoint(0, 4, _MIX), LoadPoint(8, 4, _MIX), LoadPoint(9, 30, _MIX),
                LoadPoint(40, 30, _MIX)])
            requests = load.finish()
            self.assertGreaterEqual(self.most, 5)
            # 30 a second are more than twice what the one pod can do.
            last = _between(requests, 30, 40)
            self.assertGreater(len(last), 200)
            if load.lag_ms > _TOO_BUSY_MS:
                self.skipTest(f"requests were sent {load.lag_ms:.0f} ms late: a busy machine")
            self.assertGreater(share_within(last, 500), 0.95)
            wait_for("the pods to go again", lambda: self._replicas() == 1, 30)
        finally:
            ended.set()
            feeding.join()

    def test_metrics_server_sees_the_processes(self) -> None:
        self.cluster.add_metrics_server()

        def probe() -> bool:
            try:
                listed = self.cluster.api.get(
                    "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods")
            except ApiError:
                return False
            return bool(listed["items"])

        wait_for("CPU of a pod in metrics.k8s.io", probe, 60)

    def _feed(self, ended: threading.Event) -> None:
        """Does what a metrics adapter would; notes the most pods that this brought."""
        while not ended.wait(0.5):
            self.most = max(self.most, self._replicas())
            self.extension.set_value(str(round(self.cluster.prometheus.value(_NEED) or 0)))

    def _replicas(self) -> int:
        path = "/apis/apps/v1/namespaces/default/deployments/web"
        replicas: int = self.cluster.api.get(path)["status"].get("readyReplicas", 0)
        return replicas


def _between(requests: list[Request], begin: float, end: float) -> list[Request]:
    """Those due so many seconds after the first."""
    first = min(request.scheduled for request in requests)
    return [one for one in requests if begin <= one.scheduled - first < end]
