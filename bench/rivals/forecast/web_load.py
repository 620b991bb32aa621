#!/usr/bin/env python3
"""loadcurve against simple rules, Crane's and PHPA's, statsforecast's MSTL and Prophet, on the next hour of web load.

usage: web_load.py LOADCURVE [--origins 60] [--sets nasa,nasa5,worldcup,worldcup5,elb] [--seed 7] [--fitted]

At random origins in the later part of each set every program is given the same 28 days and foretells an hour. A rival's bands are
those of its own errors at earlier origins, relative to what it foretold (conformal prediction), since none has any of
its own but MSTL and Prophet: these two are there with --fitted, take the last 14 days, and seconds an origin. The loss is the mean pinball loss over the levels 0.1 to 0.9, each origin divided by its level, so that nights
count as days do; 1 is that of the best rival. The floor knows what nobody knows: the load to come, smoothed over 21 steps,
and takes the rest for the noise of a Poisson process. How far of the way from the best rival to it loadcurve comes is said;
nothing where the best rival is below it, as on loads that are noisier than that.
"""
import argparse
import csv
import datetime
import os
import random
import statistics
import subprocess
import tempfile
import time
import warnings

import numpy

import rules
import scores

OURS, FLOOR = "loadcurve", "floor"
SMOOTHED = 21  # steps
LEVELS = [round(level / 10, 1) for level in range(1, 10)]
HISTORY_DAYS = 28
FITTED_DAYS = 14
PARTS = ((0, 5), (5, 15), (15, 30), (30, 60))  # minutes ahead
SETS = {
    "nasa": ("nasa_http", "requests_per_minute.csv.xz", 1, 0.0),
    "nasa5": ("nasa_http", "requests_per_minute.csv.xz", 5, 0.0),
    "worldcup": ("worldcup98", "requests_per_minute.csv.xz", 1, numpy.nan),
    "worldcup5": ("worldcup98", "requests_per_minute.csv.xz", 5, numpy.nan),
    "elb": ("nab", "elb_request_count_8c0756.csv", 5, numpy.nan),
}


def filled(values):
    known = ~numpy.isnan(values)
    places = numpy.arange(len(values))
    return numpy.interp(places, places[known], values[known])


def rivals(day):
    return {
        "persistence": rules.persistence,
        "seasonal naive, day, rescaled": lambda history, _, horizon: rules.seasonal_naive(history, day, horizon, day // 24),
        "seasonal naive, week, rescaled": lambda history, _, horizon: rules.seasonal_naive(history, 7 * day, horizon, day // 24),
        "mean of seven days, rescaled": rules.seven_days,
        "blend of it and persistence": rules.blend,
        "Crane DSP": rules.crane,
        "Holt-Winters as PHPA": rules.holt_winters,
        "the same, gentle weights": rules.gentle_holt_winters,
    }


def banded(rule, history, day, horizon):
    """Quantile paths from the rule's relative errors at earlier moments."""
    slow = rule in (rules.crane, rules.holt_winters, rules.gentle_holt_winters)
    moments = range(len(history) - 5 * day, len(history) - horizon, max(1, day // (4 if slow else 15) + 1))
    errors = []
    for moment in moments:
        path = rule(history[:moment], day, horizon)
        errors.append((history[moment:moment + horizon] - path) / (path + 1))
    path = rule(history, day, horizon)
    return path + numpy.quantile(numpy.array(errors), LEVELS, axis=0) * (path + 1)


def mstl(history, day, horizon):
    from statsforecast.models import MSTL
    seasons = [day, 7 * day] if len(history) >= 14 * day else [day]
    made = MSTL(season_length=seasons).forecast(y=history, h=horizon, level=[20, 40, 60, 80])
    sides = [made[f"lo-{level}"] for level in (80, 60, 40, 20)] + [made["mean"]]
    return numpy.maximum(numpy.array(sides + [made[f"hi-{level}"] for level in (20, 40, 60, 80)]), 0)


def prophet(history, day, horizon):
    import logging

    import pandas
    from prophet import Prophet
    logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
    minutes = pandas.date_range("2020-01-06", periods=len(history) + horizon, freq=f"{24 * 60 // day}min")
    model = Prophet(daily_seasonality=True, weekly_seasonality=len(history) >= 14 * day)
    model.fit(pandas.DataFrame({"ds": minutes[:len(history)], "y": history}))
    drawn = model.predictive_samples(pandas.DataFrame({"ds": minutes[len(history):]}))["yhat"]
    return numpy.maximum(numpy.quantile(drawn, LEVELS, axis=1), 0)


FITTED = {"MSTL": mstl, "Prophet": prophet}


def loadcurve(binary, start, values, first, origin, minutes, horizon):
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("time,value\n")
        for i in range(first, origin):
            moment = start + datetime.timedelta(minutes=minutes * i)
            file.write(f"{moment.isoformat()}Z,{'' if numpy.isnan(values[i]) else values[i]}\n")
        file.flush()
        began = time.perf_counter()
        done = subprocess.run([binary, "forecast", "--series", file.name, "--step", f"{minutes}m", "--horizon",
                               str(horizon), "--levels", ",".join(map(str, LEVELS)), "-o", "csv"],
                              capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - began
    rows = csv.DictReader(done.stdout.splitlines())
    return numpy.array([[float(row[f"q{level}"]) for level in LEVELS] for row in rows]).T, seconds


def run_set(binary, name, options):
    folder, file, minutes, absent = SETS[name]
    start, values = scores.by_minutes(scores.data_folder(folder) / file, minutes, absent)
    day, horizon = 24 * 60 // minutes, 60 // minutes
    chance = random.Random(options.seed)
    least = max(len(values) // 2, min(10 * day, len(values) - 2 * horizon))
    origins = sorted(chance.randrange(least, len(values) - horizon) for _ in range(options.origins))
    losses, covered, seconds = {}, {}, {}
    to_come = numpy.convolve(filled(values), numpy.ones(SMOOTHED) / SMOOTHED, "same")
    for origin in origins:
        actual = values[origin:origin + horizon]
        if numpy.isnan(actual).all():
            continue
        level = max(1.0, float(numpy.nanmean(actual)))
        first = max(0, origin - HISTORY_DAYS * day)
        history = filled(values[first:origin])
        for rule_name, rule in rivals(day).items():
            if len(history) < 8 * day:
                continue
            began = time.perf_counter()
            quantiles = banded(rule, history, day, horizon)
            seconds.setdefault(rule_name, []).append(time.perf_counter() - began)
            note(losses, covered, rule_name, quantiles, actual, level)
        for fitted_name, fitted in FITTED.items() if options.fitted else ():
            began = time.perf_counter()
            quantiles = fitted(history[-FITTED_DAYS * day:], day, horizon)
            seconds.setdefault(fitted_name, []).append(time.perf_counter() - began)
            note(losses, covered, fitted_name, quantiles, actual, level)
        quantiles, spent = loadcurve(binary, start, values, first, origin, minutes, horizon)
        seconds.setdefault(OURS, []).append(spent)
        note(losses, covered, OURS, quantiles, actual, level)
        note(losses, covered, FLOOR, poisson(to_come[origin:origin + horizon]), actual, level)
    return report(name, losses, covered, seconds, minutes)


def poisson(means):
    normal = statistics.NormalDist()
    return numpy.array([means + normal.inv_cdf(level) * numpy.sqrt(means) for level in LEVELS])


def note(losses, covered, name, quantiles, actual, level):
    losses.setdefault(name, []).append(scores.pinball(LEVELS, quantiles, actual) / level)
    known = ~numpy.isnan(actual)
    covered.setdefault(name, []).append(((quantiles[0] <= actual) & (actual <= quantiles[-1]))[known])


def report(name, losses, covered, seconds, minutes):
    mean = {rival: numpy.nanmean(numpy.array(loss)) for rival, loss in losses.items()}
    parts = [(0, None)] + [(first // minutes, last // minutes) for first, last in PARTS]
    by_part = {rival: [numpy.nanmean(numpy.array(loss)[:, a:b]) for a, b in parts] for rival, loss in losses.items()}
    best = [min(of_parts[i] for rival, of_parts in by_part.items() if rival not in (OURS, FLOOR))
            for i in range(len(parts))]
    relative = {rival: [loss / least for loss, least in zip(of_parts, best)] for rival, of_parts in by_part.items()}
    rows = []
    for rival in sorted(mean, key=mean.get):
        rows.append((rival, *(f"{loss:.3f}" for loss in relative[rival]),
                     f"{100 * numpy.concatenate(covered[rival]).mean():.1f} %",
                     f"{1000 * numpy.median(seconds[rival]):.0f}" if rival in seconds else ""))
    way = [f"{100 * (1 - ours) / (1 - floor):.0f} %" if floor < 1 else ""
           for ours, floor in zip(relative[OURS], relative[FLOOR])]
    rows.append(("of the way to the floor", *way, "", ""))
    print(f"\n{name}, {minutes} min, {len(losses[OURS])} origins\n")
    scores.table(("", "loss", *(f"{a} to {b} min" for a, b in PARTS), "80 % covers", "ms"), rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("loadcurve")
    parser.add_argument("--origins", type=int, default=60)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--fitted", action="store_true", help="MSTL and Prophet too")
    options = parser.parse_args()
    options.loadcurve = os.path.abspath(options.loadcurve)
    warnings.filterwarnings("ignore")
    names = options.sets.split(",")
    if unknown := set(names) - set(SETS):
        parser.error(f"--sets: {', '.join(sorted(unknown))} is none of {', '.join(SETS)}")
    for name in names:
        run_set(options.loadcurve, name, options)


main()
