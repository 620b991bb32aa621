"""Two replicas of Loadcurve: one measures, both answer, and neither gives an old number."""

from __future__ import annotations

import contextlib
import datetime
import functools
import itertools
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rig.api import ApiError, Object
from rig.controlplane import unverified
from rig.fetching import answers, fetch
from rig.sample import sample_service
from rig.traffic import LoadPoint
from rig.waiting import wait_for

from .counting_proxy import CountingProxy, Query
from .front_proxy import FrontProxy
from .installation import Installation, Replica
from .loop_test_case import MIX, PROFILE, ROOT, LoopTestCase, looking
from .past import past

_STEP = 2  # seconds, of the loop
_WINDOW = 10  # seconds, of what is measured and decided for
_STEPS = 15  # in which queries are counted: three windows
_RATE = 21
_NEED = 4
_PATH = f"{ROOT}/loadcurve-replicas?labelSelector=scalingprofile%3Dweb"
_BOARD = "/loadcurve/v1/board"
_SERVER_NAME = "loadcurve.loadcurve.svc"

# A decision is good for 30 s of its own, longer than it takes to find another leader, and nothing
# is wanted less of within a minute.
_PROFILE = (PROFILE.replace("step: 5s", f"step: {_WINDOW}s")
            .replace("scaleDown: {window: 10s}", "scaleDown: {window: 60s}"))


@dataclass(frozen=True)
class Reading:
    """What came of one read."""

    at: float  # Unix seconds, when the answer was here
    who: str
    value: str = ""  # "" where it is an error
    measured: str = ""
    error: str = ""

    @property
    def age(self) -> float:
        """Seconds; a timestamp is rounded down to whole ones, which makes it up to one more."""
        return self.at - datetime.datetime.fromisoformat(self.measured).timestamp()


def _reading(who: str, code: int, answer: Object) -> Reading:
    if code != 200:
        return Reading(time.time(), who, error=answer["message"])
    (item,) = answer["items"]
    return Reading(time.time(), who, item["value"], item["timestamp"])


class Replicas(LoopTestCase):
    counter: CountingProxy

    @classmethod
    def setUpClass(cls) -> None:
        cls.start_cluster(*sample_service("web", cpu="100m", replicas=_NEED), cpu="8")
        cls.cluster.prometheus.seed(past(lambda _: _RATE, seconds=3000))
        cls.counter = CountingProxy(cls.cluster.prometheus.url)
        cls.addClassCleanup(cls.counter.close)
        cls.installation = Installation(cls.cluster, cls.counter.url_of("{replica}"), replicas=2,
                                        interval=f"{_STEP}s")
        cls.installation.wait_until_available()
        cls.apply_with_hpa(_PROFILE)
        cls.authority = cls.installation.authority()
        cls.start_load_all_the_time("load-all-the-time")

    @classmethod
    def start_load_all_the_time(cls, name: str) -> None:
        cls.load = cls.cluster.start_load(
            cls.proxy.url, [LoadPoint(0, _RATE, MIX), LoadPoint(3600, _RATE, MIX)], name=name)

    def setUp(self) -> None:
        for replica in self.installation.replicas:
            url = f"https://{replica.endpoint}/readyz"
            wait_for(f"{replica.name} to be ready", answers(url, unverified()), 60)
        wait_for("the metric", lambda: self.metric("loadcurve-replicas") is not None, 60)
        self.leader: Replica = wait_for("a leader", self.installation.leader, 30)
        (self.follower,) = (one for one in self.installation.replicas if one is not self.leader)

    def test_both_answer_the_same(self) -> None:
        # Twice the load from the fifth second on, so that there is more than one number.
        load = self.steady(_RATE, 45)
        with self.reading(self.leader, self.follower) as readings:
            time.sleep(40)
        load.component.kill()
        values = {one: self.values_by_time(readings, one.name)
                  for one in (self.leader, self.follower)}
        shared = values[self.leader].keys() & values[self.follower].keys()
        print(f"{self._testMethodName}: {len(readings)} reads, {len(shared)} steps seen from both, "
              f"values {sorted({value for value in values[self.leader].values()}, key=int)}")
        self.assertEqual([one for one in readings if one.error], [])
        self.assertGreaterEqual(len(shared), 15)
        self.assertGreaterEqual(len(set(values[self.leader].values())), 2)
        for at in shared:
            self.assertEqual(values[self.leader][at], values[self.follower][at])

    def test_nobody_else_reads_the_board(self) -> None:
        code, answer = self.front_proxy(self.leader).get(_BOARD)
        self.assertIn(code, (401, 403, 404), answer)
        with self.assertRaises(OSError):
            fetch(f"https://{self.leader.endpoint}{_BOARD}", unverified())
        with self.assertRaises(ApiError):
            self.cluster.api.get(_BOARD)

    def test_only_the_leader_asks_prometheus_and_no_read_makes_it_ask(self) -> None:
        without = self.queries_of_steps(_STEPS)
        reads = 0

        def read_all() -> None:
            nonlocal reads
            connections = [self.front_proxy(one) for one in (self.leader, self.follower)]
            for connection in connections * 500:
                code, answer = connection.get(_PATH)
                self.assertEqual(code, 200, answer)
                reads += 1
                time.sleep(0.01)

        thread = threading.Thread(target=read_all)
        thread.start()
        within = self.queries_of_steps(_STEPS)
        thread.join(60)
        print(f"{self._testMethodName}: {len(without)} queries in {_STEPS} steps without reads, "
              f"{len(within)} with {reads}")
        self.assertEqual(reads, 1000)
        self.assertGreater(len(without), 0)
        self.assertEqual(len(within), len(without))
        self.assertEqual({one.source for one in [*without, *within]}, {self.leader.name})

    def test_of_a_leader_that_died_no_old_number_is_left_and_nothing_shrinks(self) -> None:
        self.addCleanup(self.start_again)
        _, answer = self.front_proxy(self.follower).get(_PATH)
        before = int(answer["items"][0]["value"])
        with self.reading(self.follower) as readings, self.nothing_shrinks():
            self.leader.component.kill()
            # There is nothing to do any more, of which nobody knows before another leads.
            self.load.component.kill()
            died = time.time()
            wait_for("the other to lead", lambda: self.installation.leader() is self.follower, 30)
            took = time.time() - died
            time.sleep(12)
        self.assert_fresh_or_an_error(readings)
        refused = [one for one in readings if one.error and one.who == self.follower.name]
        answered = [one for one in readings if not one.error]
        print(f"{self._testMethodName}: another leads after {took:.1f} s; {len(readings)} reads, "
              f"{len(answered)} answered; errors from {refused[0].at - died:.1f} s "
              f"to {refused[-1].at - died:.1f} s, the first: {refused[0].error}")
        self.assertGreaterEqual(answered[-1].at - died, took)
        self.assertEqual([one for one in answered if int(one.value) < before], [])

    def test_a_follower_whose_leader_hangs_says_for_how_long_and_why(self) -> None:
        with self.reading(self.follower) as readings:
            self.leader.component.signal(signal.SIGSTOP)
            stopped = time.time()
            try:
                time.sleep(5 * _STEP)
            finally:
                self.leader.component.signal(signal.SIGCONT)
        own = [one for one in readings if one.who == self.follower.name and one.at < stopped + 10]
        late = [one for one in own if one.at > stopped + 2 * _STEP + 0.5]
        print(f"{self._testMethodName}: "
              + "\n".join(text for text, _ in itertools.groupby(one.error for one in own)))
        self.assert_fresh_or_an_error(readings)
        self.assertGreater(len(late), 10)
        for one in late:
            told = re.search(r"the leader's board that it has is (\d+) s old; at most 4 s are "
                             r"served: .+", one.error)
            assert told is not None, one
            self.assertAlmostEqual(int(told[1]), one.at - stopped, delta=_STEP + 1)

    @contextlib.contextmanager
    def reading(self, *replicas: Replica) -> Iterator[list[Reading]]:
        """Reads the metric from each, and as the HPA does through the API server, five times a
        second."""
        readings: list[Reading] = []

        def reader(who: str, read: Callable[[], tuple[int, Object]]) -> Callable[[], None]:
            def look() -> None:
                try:
                    readings.append(_reading(who, *read()))
                except (ApiError, OSError) as error:
                    readings.append(Reading(time.time(), who, error=str(error)))

            return look

        # Each in a thread of its own: who reads of a server that hangs, hangs.
        with contextlib.ExitStack() as stack:
            for one in replicas:
                read = functools.partial(self.front_proxy(one).get, _PATH)
                stack.enter_context(looking(reader(one.name, read), 0.2))
            stack.enter_context(looking(
                reader("HPA", lambda: (200, self.cluster.api.get(_PATH))), 0.2))
            yield readings

    def front_proxy(self, replica: Replica) -> FrontProxy:
        return FrontProxy(self.cluster.control_plane, replica.endpoint, self.authority,
                          _SERVER_NAME)

    def assert_fresh_or_an_error(self, readings: list[Reading]) -> None:
        self.assertEqual([one for one in readings if not one.error and one.age > 2 * _STEP + 1], [])

    @staticmethod
    def values_by_time(readings: list[Reading], who: str) -> dict[str, str]:
        return {one.measured: one.value for one in readings if one.who == who and not one.error}

    def queries_of_steps(self, steps: int) -> list[Query]:
        """What Prometheus is asked in so many whole steps from now on."""
        began = time.monotonic()

        def bursts() -> list[list[Query]]:
            """A step asks all at once, and then nothing until the next."""
            found: list[list[Query]] = []
            for one in self.counter.queries(began):
                if not found or one.at > found[-1][-1].at + _STEP / 2:
                    found.append([])
                found[-1].append(one)
            return found

        # The first may have begun before, the last may go on.
        wait_for(f"{steps} steps", lambda: len(bursts()) >= steps + 2, 3 * steps * _STEP)
        return [query for burst in bursts()[1:steps + 1] for query in burst]

    def start_again(self) -> None:
        self.leader.component.start()
        self.start_load_all_the_time(f"load-after-{self._testMethodName}")
