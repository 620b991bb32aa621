"""Instances run side by side, survive what dies in them, and leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from ..api import ApiError
from ..cluster import Cluster
from ..waiting import RigError, TooLate, wait_for

_RUN = Path(__file__).resolve().parents[1] / "run"
_SHOW = "echo folder=$(dirname $KUBECONFIG); kubectl get namespaces; exec sleep 60"


class Instances(unittest.TestCase):
    def test_two_run_side_by_side(self) -> None:
        with Cluster() as one, Cluster() as other:
            one.kubectl("create", "namespace", "only-here")
            self.assertIn("only-here", one.kubectl("get", "namespaces"))
            self.assertNotIn("only-here", other.kubectl("get", "namespaces"))

    def test_each_component_can_be_killed_and_comes_back(self) -> None:
        with Cluster(prometheus="1s") as cluster:
            cluster.kubectl("create", "namespace", "kept")
            for component in [*cluster.control_plane.components, cluster.prometheus.component]:
                component.kill()
                component.start()
            self.assertIn("kept", cluster.kubectl("get", "namespaces"))

    def test_a_service_account_has_its_own_rights_only(self) -> None:
        with Cluster() as cluster:
            cluster.kubectl("create", "serviceaccount", "reader")
            account = cluster.service_account("default", "reader")
            words = (f"--kubeconfig={account.kubeconfig}", "get", "pods")
            refused = cluster.kubectl.outcome(*words).stderr
            self.assertIn('"system:serviceaccount:default:reader" cannot list', refused)
            cluster.kubectl("create", "rolebinding", "reader", "--clusterrole=view",
                            "--serviceaccount=default:reader")
            wait_for("the right to list pods",
                     lambda: cluster.kubectl.outcome(*words).returncode == 0, 10)

    def test_a_component_that_cannot_start_says_why(self) -> None:
        with Cluster() as cluster, self.assertRaisesRegex(RigError, "no such thing"):
            cluster.run("broken", ["sh", "-c", "echo no such thing; exit 3"], lambda: False)


class Endings(unittest.TestCase):
    """`rig/run` in a folder for temporary files of its own, so that every trace is seen."""

    def setUp(self) -> None:
        self._folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_a_command_that_ends_leaves_nothing(self) -> None:
        done = subprocess.run([_RUN, "--process-node", "--", "kubectl", "get", "nodes"],
                              env=self._environment(), capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"process-1 +Ready")
        self.assertEqual(self._left(), [])

    def test_termination_leaves_nothing_but_logs(self) -> None:
        rig = self._start()
        rig.send_signal(signal.SIGTERM)
        rig.wait(30)
        self.assertEqual([re.sub("[0-9T-]+$", "", name) for name in self._left()], ["rig-logs"])

    def test_after_a_kill_the_next_one_tidies_up(self) -> None:
        rig = self._start()
        rig.kill()
        rig.wait()
        wait_for("all processes to end", lambda: not self._processes(), 10)
        self.assertEqual(len(self._left()), 1)
        subprocess.run([_RUN, "true"], env=self._environment(), check=True)
        self.assertEqual(self._left(), [])

    def _start(self) -> subprocess.Popen[str]:
        rig = subprocess.Popen([_RUN, "--process-node", "--", "sh", "-c", _SHOW],
                               env=self._environment(), stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.DEVNULL)
        self.addCleanup(self._clean, rig)
        assert rig.stdout is not None
        while "kube-system" not in (line := rig.stdout.readline()):
            self.assertTrue(line, "the rig ended early")
        return rig

    def _clean(self, rig: subprocess.Popen[str]) -> None:
        rig.kill()
        rig.wait()
        if rig.stdout is not None:
            rig.stdout.close()

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "TMPDIR": str(self._folder)}

    def _left(self) -> list[str]:
        self.assertEqual(self._processes(), [])
        return [path.name for path in self._folder.iterdir()]

    def _processes(self) -> list[str]:
        """Command lines of living processes that name the folder."""
        found = []
        for line in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                found.append(line.read_text().replace("\0", " "))
        return [line for line in found if f"{self._folder}/" in line]


class Waiting(unittest.TestCase):
    def test_says_what_was_seen_last(self) -> None:
        with self.assertRaisesRegex(TooLate, "waited 0.2 s for rain; last seen: 0"):
            wait_for("rain", lambda: 0, 0.2)

    def test_goes_on_while_connections_fail(self) -> None:
        started = time.monotonic()

        def probe() -> bool:
            if time.monotonic() - started < 0.2:
                raise ConnectionRefusedError
            return True

        self.assertTrue(wait_for("the server", probe, 5))

    def test_an_answer_that_is_an_error_ends_it(self) -> None:
        def probe() -> bool:
            raise ApiError("GET /x", 403, "forbidden")

        with self.assertRaises(ApiError):
            wait_for("x", probe, 5)
