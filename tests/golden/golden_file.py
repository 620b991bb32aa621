"""Writes golden values: rounded to 12 significant digits, a missing value as null."""

import json
import math
import pathlib

import numpy


def plain(value):
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return [plain(entry) for entry in value]
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, (int, numpy.integer)):
        return int(value)
    value = float(value)
    if math.isnan(value):
        return None
    rounded = float(f"{value:.12g}")
    return int(rounded) if rounded == int(rounded) and abs(rounded) < 1e15 else rounded


def write(name, golden):
    path = pathlib.Path(__file__).with_name(name)
    lines = ",\n".join(f"{json.dumps(key)}: [\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]"
                       for key, cases in plain(golden).items())
    path.write_text("{\n" + lines + "\n}\n")
    print(f"{path.name}: {path.stat().st_size} bytes, "
          + ", ".join(f"{len(cases)} {key}" for key, cases in golden.items()))
