"""What may fail while the stock HPA follows Loadcurve: nothing shrinks meanwhile, and once there
is evidence again the count is right within three minutes."""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Iterator

from rig import Cluster, Options
from rig.certificates import Authority
from rig.controlplane import unverified
from rig.fetching import answers
from rig.sample import sample_service
from rig.traffic import LoadPoint
from rig.waiting import holds_for, wait_for

from .audit import Audit
from .installation import Installation, Replica
from .loop_test_case import MIX, PROFILE, LoopTestCase

# What goes on all the time, and the pods that it needs at 6 requests a second each: 3.5 by the
# mean of 21, and one more for its chance.
_RATE = 21
_NEED = 4

_SECRET = "/api/v1/namespaces/loadcurve/secrets/loadcurve-serving"


def _profile() -> str:
    """A replica holds 4 requests at once, so that a service that hangs needs more of them. What
    takes no time weighs little, as where weights are fitted: refusals alone look like no load."""
    weights = "knots: [{upperSeconds: 0.0025, weight: 0.05}, {weight: 1}]"
    return (PROFILE.replace("knots: [{weight: 1}]", weights)
            .replace("metricsqps: 12,", "metricsqps: 12, slots: 4,")
            .replace("table-f339f62f", "table-d501c5db"))


class Faults(LoopTestCase):
    audit: Audit

    @classmethod
    def setUpClass(cls) -> None:
        cls.audit = Audit()
        cls.addClassCleanup(cls.audit.close)
        options = Options(hpa_sync="1s", apiserver_flags=cls.audit.flags)
        cls.cluster = cls.enterClassContext(Cluster(options, prometheus="1s"))
        cls.cluster.add_fake_node()
        cls.node = cls.cluster.add_process_node(cpu="8")
        cls.cluster.kubectl.apply(*sample_service("web", cpu="100m", replicas=_NEED))
        cls.cluster.add_metrics_server()
        cls.proxy = cls.cluster.add_proxy("web")
        cls.installation = Installation(cls.cluster, cls.cluster.prometheus.url, replicas=2)
        cls.installation.wait_until_available()
        profile = _profile()
        cls.cluster.kubectl.apply(profile)
        minor = ".".join(cls.cluster.version.split(".")[:2])
        cls.cluster.kubectl.apply(cls.installation.hpa(profile, minor))
        cls.cluster.start_load(cls.proxy.url, [LoadPoint(0, _RATE, MIX), LoadPoint(3600, _RATE, MIX)],
                               name="load-all-the-time")

    def setUp(self) -> None:
        wait_for("the metric", lambda: self.metric("loadcurve-replicas") is not None, 60)
        self.comes_back(_NEED)

    def test_the_other_replica_takes_over_from_a_leader_that_died(self) -> None:
        before = self.settled_leader()
        writes = len(self.audit.writers())
        self.addCleanup(before.component.start)
        with self.nothing_shrinks(below=_NEED):
            before.component.kill()
            after = self.new_leader(before, writes)
            wait_for("the metric again", lambda: self.metric("loadcurve-replicas"), 30)
        self.assert_one_writer_after_the_other(writes, before, after)
        self.comes_back(_NEED)

    def test_a_leader_that_hangs_and_wakes_up_writes_no_more(self) -> None:
        before = self.settled_leader()
        writes = len(self.audit.writers())
        with self.nothing_shrinks(below=_NEED):
            before.component.signal(signal.SIGSTOP)
            try:
                after = self.new_leader(before, writes)
            finally:
                before.component.signal(signal.SIGCONT)
            wait_for("the metric again", lambda: self.metric("loadcurve-replicas"), 60)
        holds_for("the new leader to lead", lambda: self.installation.leader() is after, 5)
        self.assert_one_writer_after_the_other(writes, before, after)
        self.comes_back(_NEED)

    def test_the_front_proxy_authority_is_replaced(self) -> None:
        with self.nothing_shrinks(below=_NEED):
            self.cluster.control_plane.rotate_front_proxy()
            wait_for("the metric again", lambda: self.metric("loadcurve-replicas"), 60)
            self.installation.wait_until_available()
        bundle = self.cluster.api.get(
            "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication")
        self.assertEqual(bundle["data"]["requestheader-client-ca-file"].count("BEGIN CERT"), 2)
        self.comes_back(_NEED)

    def test_our_own_authority_is_replaced_while_both_replicas_serve(self) -> None:
        first, second = self.installation.replicas
        aged = self.age_our_authority()
        with self.nothing_shrinks(below=_NEED), self.reads_go_on():
            # The first finds it near its end and announces another, with which nothing is served
            # before it is announced.
            first.component.restart()
            self.wait_until_ready(first)
            self.assertTrue(self.is_served_by(first, aged))
            # The second finds it announced, and serves with it. The first follows.
            second.component.restart()
            self.wait_until_ready(second)
            self.assertFalse(self.is_served_by(second, aged))
            wait_for("the first to follow", lambda: not self.is_served_by(first, aged), 70, 1)
            self.assertTrue(self.installation.is_available())
        self.comes_back(_NEED)

    def test_the_api_server_is_away_for_a_while(self) -> None:
        apiserver = self.cluster.control_plane.apiserver
        writes = len(self.audit.writers())
        with self.nothing_shrinks(below=_NEED):
            apiserver.kill()
            time.sleep(20)
            apiserver.start()
            wait_for("the metric again", lambda: self.metric("loadcurve-replicas"), 60)
            self.installation.wait_until_available()
            # Watches go on: a profile that changes is seen, and its status is written.
            self.cluster.kubectl("annotate", "sp", "web", "--overwrite", "note=changed")
            wait_for("a status to be written", lambda: self.audit.writers(writes), 60)
        self.comes_back(_NEED)

    def test_a_service_that_hangs_is_not_idle(self) -> None:
        before = self.replicas()
        with self.nothing_shrinks(below=_NEED), self.signalled(signal.SIGSTOP, signal.SIGCONT):
            wait_for("more pods, for what is held", lambda: self.replicas() >= before + 3, 60)
            self.tell("a service that hangs")
        self.comes_back(_NEED)

    def test_a_service_that_refuses_everything_is_not_idle(self) -> None:
        with self.signalled(signal.SIGUSR1, signal.SIGUSR1):
            wait_for("it to be seen", lambda: "requests fail" in str(self.status()), 30)
            with self.nothing_shrinks():
                time.sleep(20)
            self.tell("a service that refuses everything")
        self.comes_back(_NEED)

    def test_half_of_the_pods_are_not_scraped(self) -> None:
        prometheus = self.cluster.prometheus
        prometheus.discover(self.proxy.name, self.proxy.targets, relabel_configs=[
            {"source_labels": ["pod"], "modulus": 2, "target_label": "__tmp_half",
             "action": "hashmod"},
            {"source_labels": ["__tmp_half"], "regex": "1", "action": "drop"}])
        try:
            wait_for("it to be seen", lambda: "were heard of" in str(self.status()), 30)
            with self.nothing_shrinks():
                time.sleep(20)
            self.tell("half of the pods are not scraped")
        finally:
            prometheus.discover(self.proxy.name, self.proxy.targets)
        self.comes_back(_NEED)

    def test_the_hpa_grows_by_cpu_while_we_are_away(self) -> None:
        for replica in self.installation.replicas:
            replica.component.kill()
        with self.nothing_shrinks(below=_NEED):
            before = self.replicas()
            load = self.steady(3 * _RATE, 60)
            wait_for("more pods, by CPU", lambda: self.replicas() > before, 60)
            self.tell("Loadcurve is away and the load is four times as high")
            print(self.cluster.kubectl("describe", "hpa", "web"))
            load.component.kill()
        for replica in self.installation.replicas:
            replica.component.start()
        wait_for("the metric again", lambda: self.metric("loadcurve-replicas"), 60)
        self.comes_back(_NEED)

    @contextlib.contextmanager
    def signalled(self, fault: signal.Signals, cure: signal.Signals) -> Iterator[None]:
        """The pods that there are get the one at first and the other in the end."""
        pids = list(self.node.pids().values())

        def tell(number: signal.Signals) -> None:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):  # it was to end anyway
                    os.killpg(pid, number)

        tell(fault)
        try:
            yield
        finally:
            tell(cure)

    def settled_leader(self) -> Replica:
        return wait_for("a leader", self.installation.leader, 30)

    def new_leader(self, before: Replica, writes: int) -> Replica:
        """Waits for another leader, and for a status of its hand."""
        began = time.monotonic()
        # The Lease lasts for 15 s, and is looked at every 2.
        wait_for("another leader", lambda: self.installation.leader() not in (None, before), 30)
        print(f"{self._testMethodName}: another leads after {time.monotonic() - began:.0f} s")
        after = self.settled_leader()
        wait_for("a status by the new leader",
                 lambda: after.token_id in self.audit.writers(writes), 60)
        return after

    def assert_one_writer_after_the_other(self, since: int, before: Replica,
                                          after: Replica) -> None:
        writers = self.audit.writers(since)
        self.assertLessEqual(set(writers), {before.token_id, after.token_id})
        later = writers[writers.index(after.token_id):]
        self.assertEqual(set(later), {after.token_id})

    @contextlib.contextmanager
    def reads_go_on(self) -> Iterator[None]:
        """Reads the metric all the time; it must not be away for more than 3 seconds in a row."""
        gaps = [0.0]
        ended = threading.Event()

        def watch() -> None:
            answered = time.monotonic()
            while not ended.wait(0.2):
                if self.metric("loadcurve-replicas") is not None:
                    answered = time.monotonic()
                gaps.append(time.monotonic() - answered)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(30)
        print(f"{self._testMethodName}: no answer for {max(gaps):.1f} s at most")
        self.assertLess(max(gaps), 3)

    def wait_until_ready(self, replica: Replica) -> None:
        url = f"https://{replica.endpoint}/readyz"
        wait_for(f"{replica.name} to be ready", answers(url, unverified()), 30)

    def is_served_by(self, replica: Replica, authority: Authority) -> bool:
        """Whether that authority signed what the replica shows."""
        host, port = replica.endpoint.rsplit(":", 1)
        tls = ssl.create_default_context(cafile=str(authority.certificate))
        try:
            with socket.create_connection((host, int(port)), 5) as plain:
                tls.wrap_socket(plain, server_hostname="loadcurve.loadcurve.svc").close()
            return True
        except ssl.SSLCertVerificationError:
            return False

    def age_our_authority(self) -> Authority:
        """Puts an authority that is near its end in place of ours, which is retired."""
        secret = self.cluster.api.get(_SECRET)
        aged = Authority.make_aged(self.cluster.scratch.path("certificates", "aged"), "aged", 4, 1)
        leaf = aged.server("loadcurve", [
            "loadcurve.loadcurve.svc", "loadcurve.loadcurve.svc.cluster.local", "localhost"],
            ["127.0.0.1", "::1"])
        data = {"retired-ca.crt": secret["data"]["ca.crt"]}
        for name, path in (("ca.crt", aged.certificate), ("ca.key", aged.pair.key),
                           ("tls.crt", leaf.certificate), ("tls.key", leaf.key)):
            data[name] = base64.b64encode(path.read_bytes()).decode()
        secret["data"] = data
        self.cluster.api.replace(_SECRET, secret)
        return aged
