"""Runs all self tests, or those named: `python3 -m rig.selftest hpa_test.ExternalMetrics`."""

from __future__ import annotations

import sys
from pathlib import Path

from ..running import run

if __name__ == "__main__":
    sys.exit(run(__package__ or "rig.selftest", Path(__file__).parent, sys.argv[1:]))
