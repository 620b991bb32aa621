"""Each kind of CPU cap that the machine allows holds, and counts."""

from __future__ import annotations

import subprocess
import time
import unittest

from ..node.cpu_cap import CpuUse
from ..node.cpu_caps import CpuCaps
from ..node.quantity import parse_quantity

_SECONDS = 3.0
_BUSY = ["sh", "-c", 'for f; do echo $$ > "$f"; done; while :; do :; done', "sh"]


class Caps(unittest.TestCase):
    def test_every_kind_holds_a_busy_process(self) -> None:
        for kind in ("v2", "v1", "duty-cycle"):
            try:
                caps = CpuCaps(kind)
            except ValueError:
                continue
            for cores in (0.05, 0.2):
                with self.subTest(kind=kind, cores=cores):
                    use = _use_of_busy_process(caps, cores)
                    # One period's worth may be used in advance.
                    self.assertAlmostEqual(use.seconds / _SECONDS, cores, delta=0.2 * cores)
                    self.assertGreater(use.throttled_periods, 20)
            caps.close()

    def test_without_a_limit_it_only_counts(self) -> None:
        caps = CpuCaps()
        use = _use_of_busy_process(caps, None)
        caps.close()
        self.assertGreater(use.seconds, 0.1)
        self.assertEqual(use.throttled_periods, 0)


class Quantities(unittest.TestCase):
    def test_are_read_as_kubernetes_writes_them(self) -> None:
        for text, value in (("50m", 0.05), ("2", 2), ("1.5", 1.5), ("64Mi", 67108864)):
            self.assertAlmostEqual(parse_quantity(text), value)


def _use_of_busy_process(caps: CpuCaps, cores: float | None) -> CpuUse:
    cap = caps.make(f"busy-{cores}", cores)
    process = subprocess.Popen([*_BUSY, *map(str, cap.entry_files())], start_new_session=True)
    cap.hold(process.pid)
    time.sleep(_SECONDS)
    use = cap.use()
    process.kill()
    process.wait()
    cap.close()
    return use
