"""Measures of forecasts, where data lie, and tables: shared by the scripts beside this file."""

import csv
import datetime
import lzma
import os
import pathlib
import sys

import numpy

HERE = pathlib.Path(__file__).resolve().parent


def data_folder(name):
    """The folder of a data set; ends the program with a clear message where it is absent."""
    root = pathlib.Path(os.environ.get("LOADCURVE_DATA", HERE.parents[3] / "shared" / "data"))
    folder = root / name
    if not folder.is_dir():
        sys.exit(f"{folder} is absent; set LOADCURVE_DATA to the folder of the public data sets")
    return folder


def rows_of(path):
    opened = lzma.open(path, "rt") if path.suffix == ".xz" else open(path)
    with opened as file:
        yield from csv.reader(file)


def by_minutes(path, minutes, absent):
    """Start and values of a file of time,value rows, as sums; where there is no row it is `absent`."""
    rows = rows_of(path)
    next(rows)
    loads = {datetime.datetime.fromisoformat(time): float(value) for time, value in rows}
    first, last = min(loads), max(loads)
    step = minutes * 60
    values = numpy.full(int((last - first).total_seconds() // step) + 1, absent)
    for time, value in loads.items():
        place = int((time - first).total_seconds() // step)
        values[place] = value + (0 if numpy.isnan(values[place]) else values[place])
    return first, values


def pinball(levels, quantiles, actual):
    """The mean over levels, for each step: quantiles has a row a level."""
    error = actual[None] - quantiles
    levels = numpy.asarray(levels)[:, None]
    return numpy.maximum(levels * error, (levels - 1) * error).mean(axis=0)


def smape(actual, predicted):
    size = numpy.abs(actual) + numpy.abs(predicted)
    return float(numpy.mean(numpy.where(size > 0, 200 * numpy.abs(actual - predicted) / numpy.maximum(size, 1e-300), 0)))


def naive_error(history, season):
    return float(numpy.mean(numpy.abs(history[season:] - history[:-season])))


def msis(actual, low, high, scale, miss):
    outside = numpy.maximum(low - actual, 0) + numpy.maximum(actual - high, 0)
    return float(numpy.mean(high - low + 2 / miss * outside) / scale)


def table(header, rows):
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
