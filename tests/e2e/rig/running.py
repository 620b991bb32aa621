"""Runs the tests of a package, and says how many passed."""

from __future__ import annotations

import unittest
from pathlib import Path


def run(package: str, folder: Path, names: list[str]) -> int:
    """All *_test.py of the folder, or those named (hpa_test.ExternalMetrics). The exit code:
    0, 1 where a test failed, 77 where this machine could run none."""
    names = names or sorted(path.stem for path in folder.glob("*_test.py"))
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
