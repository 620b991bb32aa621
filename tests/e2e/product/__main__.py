"""Runs all tests of Loadcurve on a real control plane, or those named:
`python3 -m product citizen_test.Citizen`."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rig.running import run

_HERE = Path(__file__).parent
# Each file has a control plane of its own, and mostly waits.
_SIDE_BY_SIDE = 2


def _run_all() -> int:
    """Every file in a process of its own; its output comes when it has ended."""
    # The longest first.
    files = sorted(_HERE.glob("*_test.py"), key=lambda path: -path.stat().st_size)
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        codes = [code for code in pool.map(_run_file, (path.stem for path in files))]
    failed = [code for code in codes if code not in (0, 77)]
    if failed:
        return failed[0]
    return 77 if all(code == 77 for code in codes) else 0


def _run_file(name: str) -> int:
    done = subprocess.run(["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "product", name],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          cwd=_HERE.parent)
    print(f"=== {name}\n{done.stdout}", flush=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(run("product", _HERE, sys.argv[1:]) if sys.argv[1:] else _run_all())
