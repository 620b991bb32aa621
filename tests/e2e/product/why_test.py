"""What people steer Loadcurve by in a cluster, an HPA that it keeps, a pause, and what
`loadcurve why` says of a count that does not move."""

from __future__ import annotations

import json
import subprocess
import threading

from rig.api import ApiError, Object
from rig.binaries import loadcurve
from rig.sample import sample_service
from rig.waiting import holds_for, wait_for

from .installation import Installation
from .loop_test_case import PROFILE, ROOT, LoopTestCase

_DEPLOYMENT = "/apis/apps/v1/namespaces/default/deployments/web"
_HPAS = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"
_METRIC = f"{ROOT}/loadcurve-replicas?labelSelector=scalingprofile%3D"
_PAUSE = "loadcurve.dev/paused"
_MANAGED = PROFILE.replace("spec:\n", "spec:\n  managedHPA: true\n", 1)
_PLAIN = PROFILE.replace("spec:\n", "spec:\n  managedHPA: false\n", 1)


class Why(LoopTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.start_cluster(*_without_replicas(sample_service("web", cpu="100m")))
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url)
        cls.installation.wait_until_available()

    def setUp(self) -> None:
        # Few pods at first, whatever a test before left to forecast from.
        self.cluster.kubectl("scale", "deployment", "web", "--replicas=1")
        self.cluster.kubectl.apply(_MANAGED)
        wait_for("the HPA of the profile", lambda: self._hpa("web") is not None, 60)
        wait_for("a decision", lambda: "decision" in self._profile("web").get("status", {}), 60)

    def tearDown(self) -> None:
        self.cluster.kubectl("delete", "sp", "--all", "-n", "default")
        wait_for("the HPA to go with its profile", lambda: self._hpa("web") is None, 60)

    def test_the_hpa_of_a_profile_is_made_owned_and_deleted(self) -> None:
        hpa = self._hpa("web")
        assert hpa is not None
        owner = hpa["metadata"]["ownerReferences"][0]
        self.assertEqual((owner["kind"], owner["name"]), ("ScalingProfile", "web"))
        self.assertEqual([one["type"] for one in hpa["spec"]["metrics"]], ["External", "Resource"])
        self.assertEqual(self._condition("web", "ManagedHPA"), ("True", "Applied"))
        self.cluster.kubectl.apply(_MANAGED.replace("maxReplicas: 12", "maxReplicas: 9"))
        wait_for("the HPA to follow", lambda: self._hpa("web")["spec"]["maxReplicas"] == 9, 30)

        # Turned off, ours goes and another's stays.
        self.cluster.kubectl.apply(_PLAIN)
        wait_for("our HPA to go", lambda: self._hpa("web") is None, 30)
        self.cluster.kubectl("autoscale", "deployment", "web", "--name=another", "--max=3",
                             "--cpu=50%")
        self.cluster.kubectl.apply(_MANAGED)
        wait_for("the condition", lambda: self._condition("web", "ManagedHPA")
                 == ("False", "AnotherHpa"), 30)
        self.assertIsNone(self._hpa("web"))
        self.assertEqual(self._hpa("another")["spec"]["maxReplicas"], 3)
        self.assertIn("AnotherHpa", self._events("web"))
        self.cluster.kubectl("delete", "hpa", "another")
        wait_for("ours again", lambda: self._hpa("web") is not None, 60)
        self.assertIn("HpaCreated", self._events("web"))

    def test_a_pause_holds_the_count_until_it_ends(self) -> None:
        for word in (("sp", "web"), ("namespace", "loadcurve")):
            with self.subTest(word=word):
                self._idle()
                self.cluster.kubectl("annotate", *word, f"{_PAUSE}=true")
                wait_for("the pause", lambda: self._condition("web", "Paused")[0] == "True", 30)
                before = self.replicas()
                load = self.steady(30, 60, "-".join(word))
                holds_for("the count to stay", lambda: self.replicas() == before, 12)
                self.assertEqual(float(self._metric("web")), before)
                self.assertEqual(self._why()["causes"][0]["reason"], "Paused")
                print(self.cluster.kubectl("get", "sp", "web"))
                print(self._why_text())
                self.cluster.kubectl("annotate", *word, f"{_PAUSE}-")
                wait_for("more pods at once", lambda: self.replicas() > before, 15)
                load.component.kill()
        self.assertIn("CountHeld", self._events("web"))

    def test_two_profiles_on_one_target(self) -> None:
        self.cluster.kubectl.apply(
            # Of one second, the first by name rules.
            PROFILE.replace("metadata: {name: web,", "metadata: {name: web-2,"))
        wait_for("the condition", lambda: self._condition("web-2", "Active")
                 == ("False", "TargetTaken"), 30)
        with self.assertRaisesRegex(ApiError, "default/web"):
            self.cluster.api.get(_METRIC + "web-2")
        self.assertIsNotNone(self._metric("web"))
        self.assertIn("TargetTaken", self._events("web-2"))
        self.assertEqual(self._why("profile/web-2")["causes"][0]["reason"], "TargetTaken")
        self.cluster.kubectl("delete", "sp", "web")
        wait_for("the other to rule", lambda: self._condition("web-2", "Active")[0] == "True", 60)

    def test_why_names_an_hpa_at_its_max(self) -> None:
        self.cluster.kubectl.apply(_PLAIN)
        wait_for("our HPA to go", lambda: self._hpa("web") is None, 30)
        hpa = self.installation.hpa(PROFILE, self.minor_version()).replace(
            "maxReplicas: 12", "maxReplicas: 2")
        self.cluster.kubectl.apply(hpa)
        load = self.steady(30, 60)
        wait_for("the cause", lambda: self._why()["causes"][0]["reason"] == "HpaAtMax", 60, 1)
        print(self._why_text())
        load.component.kill()
        self.cluster.kubectl("delete", "hpa", "web")

    def test_why_names_a_quota(self) -> None:
        self.cluster.kubectl("create", "quota", "small", "--hard=pods=3")
        load = self.steady(40, 60)
        wait_for("the cause", lambda: self._why()["causes"][0]["reason"] == "QuotaExceeded", 60, 1)
        print(self._why_text())
        load.component.kill()
        self.cluster.kubectl("delete", "quota", "small")

    def test_why_names_pods_that_have_no_node(self) -> None:
        self.cluster.kubectl("cordon", "process-1")
        # Of many pods that a test before left all have a node already.
        pods = self.cluster.kubectl("get", "pods", "--selector=app=web", "--output=name").split()
        if pods[1:]:
            self.cluster.kubectl("delete", "--wait=false", *pods[1:])
        load = self.steady(40, 60)
        wait_for("the cause", lambda: self._why()["causes"][0]["reason"] == "Unschedulable", 60, 1)
        print(self._why_text())
        self.cluster.kubectl("uncordon", "process-1")
        load.component.kill()

    def test_why_names_another_writer_of_replicas(self) -> None:
        load = self.steady(30, 60)
        wait_for("the HPA to have scaled", lambda: self.replicas() >= 3, 60)
        stop = threading.Event()

        def write() -> None:
            manifest = {"apiVersion": "apps/v1", "kind": "Deployment",
                        "metadata": {"name": "web", "namespace": "default"},
                        "spec": {"replicas": 1}}
            while not stop.is_set():
                self.cluster.kubectl(
                    "apply", "--server-side", "--force-conflicts",
                    "--field-manager=argocd-controller", "--filename=-", text=json.dumps(manifest))

        writer = threading.Thread(target=write)
        writer.start()
        try:
            cause = wait_for("the cause", lambda: next(
                (one for one in self._why()["causes"][:1]
                 if one["reason"] in ("AnotherWriter", "SetAgainAndAgain")), None), 60, 0.5)
            self.assertIn("Argo CD", cause["what"])
            print(self._why_text())
        finally:
            stop.set()
            writer.join()
        load.component.kill()
        # So that nobody answers for it any more but the HPA.
        self.cluster.api.call("PATCH", f"{_DEPLOYMENT}?fieldManager=argocd-controller&force=true",
                              {"apiVersion": "apps/v1", "kind": "Deployment",
                               "metadata": {"name": "web"}}, "application/apply-patch+yaml")

    def test_why_tells_what_is_known_of_the_past_and_what_is_not(self) -> None:
        then = self._why_at("2026-01-01T00:00:00Z")
        self.assertIsNone(then["decision"])
        self.assertTrue(any("what was decided" in line for line in then["unknown"]))
        # The decision of now may change between the two calls.
        wait_for("a decision in force then", lambda: self._why_at(
            self._profile("web")["status"]["decision"]["time"])["decision"], 30)

    def _idle(self) -> None:
        """No more than two pods, whatever was before: a few requests, so that it is measured."""
        load = self.steady(3, 60, f"idle-{id(self)}-{self.replicas()}")
        wait_for("few pods", lambda: self.replicas() <= 2, 120)
        load.component.kill()

    def _why(self, workload: str = "deployment/web", *more: str) -> Object:
        done = subprocess.run([str(loadcurve()), "why", workload, "-o", "json", *more,
                               "--kubeconfig", str(self.cluster.kubeconfig)],
                              text=True, capture_output=True, check=True)
        report: Object = json.loads(done.stdout)
        return report

    def _why_at(self, time: str) -> Object:
        return self._why("deployment/web", "--at", time)

    def _why_text(self) -> str:
        return subprocess.run([str(loadcurve()), "why", "web", "--kubeconfig",
                               str(self.cluster.kubeconfig)],
                              text=True, capture_output=True, check=True).stdout

    def _profile(self, name: str) -> Object:
        return self.cluster.kubectl.json("get", "sp", name)

    def _condition(self, name: str, kind: str) -> tuple[str, str]:
        conditions = self._profile(name).get("status", {}).get("conditions", [])
        return next(((one["status"], one["reason"]) for one in conditions
                     if one["type"] == kind), ("", ""))

    def _hpa(self, name: str) -> Object | None:
        try:
            return self.cluster.api.get(f"{_HPAS}/{name}")
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def _events(self, name: str) -> list[str]:
        events = self.cluster.kubectl.json("get", "events", "-n", "default")["items"]
        return [event["reason"] for event in events if event["involvedObject"]["name"] == name
                and event["involvedObject"]["kind"] == "ScalingProfile"]

    def _metric(self, profile: str) -> str:
        value: str = self.cluster.api.get(_METRIC + profile)["items"][0]["value"]
        return value


def _without_replicas(things: list[Object]) -> list[Object]:
    """As it should be where an HPA scales."""
    for thing in things:
        thing["spec"].pop("replicas", None)
    return things
