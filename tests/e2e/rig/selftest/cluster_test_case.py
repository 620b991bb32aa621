"""Tests that share an instance."""

from __future__ import annotations

import unittest

from ..cluster import Cluster


class ClusterTestCase(unittest.TestCase):
    """`setUpClass` makes `cluster`; its logs are kept when a test of the class fails."""

    cluster: Cluster

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        def failures() -> int:
            return len(result.failures) + len(result.errors) if result else 0

        before = failures()
        try:
            return super().run(result)
        finally:
            self.cluster.has_failed |= failures() > before
