#!/usr/bin/env python3
"""Golden values for the classical models and the scores: writes classical.json beside itself.

The models come from statsforecast, the scores from utilsforecast; nothing here knows our formulas.
"""

import numpy
import pandas
from statsforecast import models
from utilsforecast import losses

import golden_file

LEVELS = [0.05, 0.1, 0.5, 0.9, 0.95]


def series_of(size, season, seed):
    random = numpy.random.default_rng(seed)
    wave = 1 + 0.4 * numpy.sin(2 * numpy.pi * numpy.arange(size) / season)
    return numpy.round(random.gamma(20, 5, size) * wave, 3)


def model_cases():
    for size, season, horizon, seed in ((60, 12, 30, 1), (200, 24, 48, 2), (41, 7, 10, 3)):
        series = series_of(size, season, seed)
        naive = models.SeasonalNaive(season).forecast(y=series, h=horizon)["mean"]
        # Persistence is the mean of the last five.
        level = models.WindowAverage(5).forecast(y=series, h=horizon)["mean"]
        yield {"series": series, "season": season, "seasonal-naive": naive, "persistence": level}


def score_cases():
    random = numpy.random.default_rng(4)
    for season in (1, 4):
        history = numpy.round(random.gamma(4, 25, 40), 3)
        actual = numpy.round(random.gamma(4, 25, 12), 3)
        middle = actual + random.normal(0, 20, 12)
        spread = numpy.array([-30, -20, 0, 22, 35])
        rows = numpy.round(numpy.maximum(middle[:, None] + spread * random.uniform(0.2, 1, (12, 1)), 0), 3)
        frame = pandas.DataFrame({"unique_id": "a", "ds": range(40, 52), "y": actual})
        names = [f"q{level}" for level in LEVELS]
        frame[names] = rows
        past = pandas.DataFrame({"unique_id": "a", "ds": range(40), "y": history})

        def value(made, name="q0.5"):
            return float(made[name].iloc[0])
        mase = value(losses.mase(frame, ["q0.5"], seasonality=season, train_df=past))
        mae = value(losses.mae(frame, ["q0.5"]))
        pinball = [value(losses.quantile_loss(frame, {"m": f"q{level}"}, q=level), "m") for level in (0.1, 0.5, 0.9)]
        frame = frame.rename(columns={"q0.05": "m-lo-90", "q0.95": "m-hi-90"})
        winkler = value(losses.winkler_score(frame, ["m"], level=90), "m")
        yield {"season": season, "history": history, "actual": actual, "levels": LEVELS, "rows": rows,
               # theirs is a share of the whole range, 0 to 1
               "smape": 200 * value(losses.smape(frame, ["q0.5"])), "mase": mase, "pinball": numpy.mean(pinball),
               "coverage90": value(losses.coverage(frame, ["m"], level=90), "m"),
               "interval_score": winkler * mase / mae}


golden_file.write("classical.json", {"models": list(model_cases()), "scores": list(score_cases())})
