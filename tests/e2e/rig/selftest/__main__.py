"""Runs all self tests, or those named: `python3 -m rig.selftest hpa_test.ExternalMetrics`."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path


def main(names: list[str]) -> int:
    package = __package__ or "rig.selftest"
    names = names or sorted(path.stem for path in Path(__file__).parent.glob("*_test.py"))
    suite = unittest.defaultTestLoader.loadTestsFromNames([f"{package}.{name}" for name in names])
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    # A class that could not be set up stands among them, but none of its tests was run.
    others = [*result.failures, *result.errors, *result.skipped]
    passed = result.testsRun - sum(isinstance(test, unittest.TestCase) for test, _ in others)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    if failed:
        return 1
    return 77 if passed == 0 and skipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
