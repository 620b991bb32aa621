"""Pods of the process node are real processes: they start, serve, are capped, and end."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from ..api import Object
from ..cluster import Cluster, condition
from ..sample import sample_service
from ..traffic import LoadPoint, Proxy, share_within
from ..waiting import NotYet, wait_for
from .cluster_test_case import ClusterTestCase

_CORES = 0.1
_CPU_OF = 'sum by (pod) (rate(container_cpu_usage_seconds_total{namespace="default"}[8s]))'


class ProcessPods(ClusterTestCase):
    proxy: Proxy

    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(Cluster(prometheus="1s"))
        cls.cluster.add_process_node()
        cls.cluster.kubectl.apply(*sample_service("web", cpu="100m", replicas=2))
        cls.proxy = cls.cluster.add_proxy("web")

    def setUp(self) -> None:
        self._scale(2)

    def test_each_is_a_process_that_serves_through_the_proxy(self) -> None:
        load = self.cluster.start_load(self.proxy.url, [
            LoadPoint(0, 10, {"/cheap": 1}), LoadPoint(5, 30, {"/cheap": 3, "/medium": 1})])
        requests = load.finish()
        # A Poisson process of 100 expected arrivals: 6 standard deviations around them.
        self.assertAlmostEqual(len(requests), 100, delta=60)
        self.assertEqual(share_within(requests, 2000), 1.0)
        served = {pod: self._value(f'sum(http_request_duration_seconds_count{{pod="{pod}"}})')
                  for pod in self._names()}
        self.assertEqual(len(served), 2)
        self.assertTrue(all(count > 20 for count in served.values()), served)
        lines = self.proxy.access_log.read_text().splitlines()
        self.assertRegex(lines[-1], r'^127\.\S+ - - \[.+\] "GET /\S+ HTTP/1\.1" 200 \d+ "-" ".*" '
                                   r'\d\.\d{3} 127\.0\.0\.1:\d+ \d\.\d{3}$')

    def test_the_status_is_that_of_a_running_pod(self) -> None:
        for pod in self._pods():
            status = pod["status"]
            self.assertEqual(condition(pod, "Ready"), "True")
            self.assertRegex(status["podIP"], r"^198\.51\.100\.")
            self.assertIn("running", status["containerStatuses"][0]["state"])
            self.assertIn("startTime", status)

    def test_cpu_is_capped_and_the_throttling_counted(self) -> None:
        # Far more than 2 pods of 100 millicores can do.
        load = self.cluster.start_load(self.proxy.url, [
            LoadPoint(0, 40, {"/expensive": 1}), LoadPoint(15, 40, {"/expensive": 1})])
        time.sleep(12)
        use = {row["metric"]["pod"]: float(row["value"][1])
               for row in self.cluster.prometheus.query(_CPU_OF)}
        throttled = self.cluster.prometheus.query(
            "increase(container_cpu_cfs_throttled_periods_total[8s]) > 10")
        load.component.stop()
        for pod in self._names():
            self.assertAlmostEqual(use[pod], _CORES, delta=0.2 * _CORES)
        self.assertEqual(len(throttled), 2)

    def test_a_process_that_dies_is_started_again(self) -> None:
        name = self._names()[0]
        os.kill(self.cluster.process_nodes[0].pids()[name], signal.SIGKILL)

        def probe() -> bool:
            pod = self._pod(name)
            return pod["status"]["containerStatuses"][0]["restartCount"] == 1 and (
                condition(pod, "Ready") == "True")

        wait_for("the restart", probe, 20)

    def test_deleted_pods_and_their_processes_go(self) -> None:
        pids = self.cluster.process_nodes[0].pids().values()
        processes = [Path("/proc", str(pid)) for pid in pids]
        self.assertEqual([process.exists() for process in processes], [True, True])
        self._scale(0)
        wait_for("the pods to go", lambda: not self._pods(), 20)
        self.assertEqual([process.exists() for process in processes], [False, False])

    def test_a_start_delay_is_kept(self) -> None:
        self.cluster.kubectl.apply(*sample_service("late", cpu="100m", start_delay_seconds=3))
        started = time.monotonic()

        def probe() -> bool:
            pods = self._pods("late")
            return bool(pods) and condition(pods[0], "Ready") == "True"

        wait_for("the late pod", probe, 30)
        self.assertGreater(time.monotonic() - started, 3)
        self.cluster.kubectl("delete", "deployment", "late")

    def test_the_node_comes_back_and_so_do_its_pods(self) -> None:
        node = self.cluster.process_nodes[0].component
        before = [pod["metadata"]["annotations"]["loadcurve-rig/address"] for pod in self._pods()]
        node.kill()
        node.start()

        def probe() -> bool:
            pods = self._pods()
            now = [pod["metadata"]["annotations"].get("loadcurve-rig/address") for pod in pods]
            if None in now or set(before) & set(now):
                raise NotYet(f"the addresses were {before} and are {now}")
            return all(condition(pod, "Ready") == "True" for pod in pods)

        wait_for("the pods to run again", probe, 20)

    def _scale(self, replicas: int) -> None:
        self.cluster.kubectl("scale", "deployment", "web", f"--replicas={replicas}")

        def probe() -> bool:
            ready = [pod for pod in self._pods() if condition(pod, "Ready") == "True"]
            if len(ready) != replicas:
                raise NotYet(f"{len(ready)} are ready")
            return True

        wait_for(f"{replicas} pods", probe, 30)

    def _pods(self, app: str = "web") -> list[Object]:
        pods: list[Object] = self.cluster.api.get(
            "/api/v1/namespaces/default/pods", labelSelector=f"app={app}")["items"]
        return pods

    def _names(self) -> list[str]:
        return [pod["metadata"]["name"] for pod in self._pods()]

    def _pod(self, name: str) -> Object:
        return self.cluster.api.get(f"/api/v1/namespaces/default/pods/{name}")

    def _value(self, promql: str) -> float:
        """Two scrapes after what is asked about, so that Prometheus has seen it."""
        time.sleep(2.5)
        return self.cluster.prometheus.value(promql) or 0
