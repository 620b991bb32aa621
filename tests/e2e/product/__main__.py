"""Runs all tests of Loadcurve on a real control plane, or those named:
`python3 -m product citizen_test.Citizen`."""

from __future__ import annotations

import sys
from pathlib import Path

from rig.running import run

if __name__ == "__main__":
    sys.exit(run("product", Path(__file__).parent, sys.argv[1:]))
