"""Kubernetes quantities, as far as CPU and memory use them."""

from __future__ import annotations

_FACTORS = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
            "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}


def parse_quantity(text: str) -> float:
    """`50m` is 0.05, `64Mi` is 67108864."""
    number = text.rstrip("numkMGTKi")
    return float(number) * _FACTORS[text[len(number):]]
