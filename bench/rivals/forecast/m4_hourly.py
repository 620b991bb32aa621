#!/usr/bin/env python3
"""loadcurve against statsforecast on M4 Hourly, the last 48 hours of the training part held out.

usage: m4_hourly.py LOADCURVE [--every 20] [--models AutoETS,AutoTheta,...]

Every model gets the same series on one core, one after the other, with the season of a day (MSTL, AutoTBATS
and AutoMFLES of a week too). OWA is against Naive2 on the same hours. Seconds are of CPU, so that they hold on a busy
machine too. Those of loadcurve include reading the file and writing its answer, but not its start, and neither do those
of a rival that of Python, and its code is compiled before (a run on one series). How long loadcurve takes to start is said.
"""
import argparse
import csv
import os
import resource
import statistics
import subprocess
import tempfile
import time
import warnings

os.environ.update(OMP_NUM_THREADS="1", NUMBA_NUM_THREADS="1", LOADCURVE_THREADS="1")
import numpy
import pandas
import statsforecast
from statsforecast import models as sf

import scores

HORIZON, DAY, WEEK = 48, 24, 168
LEVEL = 95


def children_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def sample(every):
    path = scores.data_folder("m4_hourly") / "Hourly-train.csv.xz"
    rows = list(scores.rows_of(path))[1:]
    chosen = rows[every // 2::every][:len(rows) // every]
    series = {row[0]: numpy.array([float(cell) for cell in row[1:] if cell not in ("", "NA")]) for row in chosen}
    return {name: (values[:-HORIZON], values[-HORIZON:]) for name, values in series.items()}


def is_seasonal(history):
    """The test of the M4 competition: the autocorrelation at a day against its 90 % limit."""
    centred = history - history.mean()
    acf = [float(centred[lag:] @ centred[:len(centred) - lag] / (centred @ centred)) for lag in range(1, DAY + 1)]
    limit = 1.645 * numpy.sqrt((1 + 2 * sum(r * r for r in acf[:-1])) / len(history))
    return abs(acf[-1]) > limit


def naive2(history):
    """The last value, through the classical multiplicative decomposition where there is a season."""
    if not is_seasonal(history):
        return numpy.full(HORIZON, history[-1])
    kernel = numpy.r_[0.5, numpy.ones(DAY - 1), 0.5] / DAY
    trend = numpy.convolve(history, kernel, "valid")
    ratio = history[DAY // 2:DAY // 2 + len(trend)] / trend
    places = (numpy.arange(len(ratio)) + DAY // 2) % DAY
    index = numpy.array([ratio[places == place].mean() for place in range(DAY)])
    index /= index.mean()
    now = len(history) + numpy.arange(HORIZON)
    return history[-1] / index[(len(history) - 1) % DAY] * index[now % DAY]


def run(*command):
    """What it prints, and the median seconds of nine runs: one is too short to tell."""
    times = []
    for _ in range(9):
        began = children_seconds()
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        times.append(children_seconds() - began)
    return done.stdout, statistics.median(times)


def loadcurve(binary, series):
    size = max(len(history) for history, _ in series.values())
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "train.csv")
        with open(path, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id"] + [str(i) for i in range(size)])
            for name, (history, _) in series.items():
                writer.writerow([name] + [repr(float(x)) for x in history] + [""] * (size - len(history)))
        _, start = run(binary, "--version")
        printed, seconds = run(binary, "forecast", "--wide", path, "--step", "1h", "--horizon", str(HORIZON), "--levels",
                               "0.025,0.5,0.975", "-o", "csv")
    print(f"loadcurve: started in {start:.3f} s, which are not counted", flush=True)
    found = {}
    for row in csv.DictReader(printed.splitlines()):
        found.setdefault(row["id"], []).append([float(row[f"q{level}"]) for level in ("0.025", "0.5", "0.975")])
    return {name: numpy.array(rows).T for name, rows in found.items()}, seconds - start


def rivals(wanted):
    both = [DAY, WEEK]
    every = {
        "SeasonalNaive": lambda: sf.SeasonalNaive(DAY), "AutoETS": lambda: sf.AutoETS(DAY),
        "AutoTheta": lambda: sf.AutoTheta(DAY), "MSTL": lambda: sf.MSTL(both),
        "AutoMFLES": lambda: sf.AutoMFLES(HORIZON, season_length=both,
                                           prediction_intervals=statsforecast.utils.ConformalIntervals(
                                               n_windows=2, h=HORIZON)),
        "AutoTBATS": lambda: sf.AutoTBATS(both), "AutoARIMA": lambda: sf.AutoARIMA(season_length=DAY)}
    return {name: make for name, make in every.items() if not wanted or name in wanted}


def run_rival(name, make, series):
    def frame(part):
        return pandas.concat([pandas.DataFrame({"unique_id": key, "ds": range(len(history)), "y": history})
                              for key, (history, _) in part.items()])
    engine = statsforecast.StatsForecast(models=[make()], freq=1, n_jobs=1)
    if name not in ("AutoARIMA", "AutoTBATS"):  # they would take minutes, and compile nothing of note
        engine.forecast(df=frame(dict(list(series.items())[:1])), h=HORIZON, level=[LEVEL])
    began = time.process_time()
    made = engine.forecast(df=frame(series), h=HORIZON, level=[LEVEL])
    seconds = time.process_time() - began
    column = [c for c in made.columns if c not in ("unique_id", "ds") and "-lo-" not in c and "-hi-" not in c][0]
    found = {}
    for key, rows in made.groupby("unique_id"):
        found[key] = numpy.array([rows.get(f"{column}-lo-{LEVEL}", rows[column]), rows[column],
                                  rows.get(f"{column}-hi-{LEVEL}", rows[column])])
    return found, seconds


def run_prophet(series):
    import logging

    import prophet
    logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
    began = time.process_time() + children_seconds()
    found = {}
    for name, (history, _) in series.items():
        hours = pandas.date_range("2020-01-01", periods=len(history) + HORIZON, freq="h")
        model = prophet.Prophet(interval_width=LEVEL / 100, daily_seasonality=True, weekly_seasonality=True)
        model.fit(pandas.DataFrame({"ds": hours[:len(history)], "y": history}))
        made = model.predict(pandas.DataFrame({"ds": hours[len(history):]}))
        found[name] = made[["yhat_lower", "yhat", "yhat_upper"]].to_numpy().T
    return found, time.process_time() + children_seconds() - began


def score(found, series):
    parts = []
    for name, (history, actual) in series.items():
        low, middle, high = found[name]
        scale = scores.naive_error(history, DAY)
        parts.append((scores.smape(actual, middle), numpy.mean(numpy.abs(actual - middle)) / scale,
                      scores.msis(actual, low, high, scale, 0.05), numpy.mean((low <= actual) & (actual <= high))))
    return numpy.mean(parts, axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("loadcurve")
    parser.add_argument("--every", type=int, default=20)
    parser.add_argument("--models", default="")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    series = sample(options.every)
    print(f"{len(series)} series, statsforecast {statsforecast.__version__}", flush=True)
    base = score({name: numpy.array([naive2(history)] * 3) for name, (history, _) in series.items()}, series)
    found, our_seconds = loadcurve(options.loadcurve, series)
    results = [("loadcurve", score(found, series), our_seconds)]
    wanted = set(filter(None, options.models.split(",")))
    runs = {name: lambda name=name, make=make: run_rival(name, make, series) for name, make in rivals(wanted).items()}
    if not wanted or "Prophet" in wanted:
        runs["Prophet"] = lambda: run_prophet(series)
    for name, run in runs.items():
        try:
            found, seconds = run()
        except Exception as error:  # a rival that fails is told, not hidden
            print(f"{name}: {error}", flush=True)
            continue
        results.append((name, score(found, series), seconds))
        print(f"{name}: {seconds:.1f} s, MASE {results[-1][1][1]:.3f}", flush=True)
    rows = []
    for name, (smape, mase, msis, covered), seconds in results:
        owa = (smape / base[0] + mase / base[1]) / 2
        rows.append((name, f"{smape:.2f}", f"{mase:.3f}", f"{owa:.3f}", f"{msis:.2f}", f"{100 * covered:.1f} %",
                     f"{seconds:.2f}", f"{seconds / our_seconds:.0f}"))
    scores.table(("model", "sMAPE", "MASE", "OWA", "MSIS", "95 % covers", "CPU seconds", "times ours"), rows)


main()
