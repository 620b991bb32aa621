"""How other autoscalers foretell a load, from their documented behaviour and source: the middle path alone.

Each takes the history (a missing value is filled by a straight line), the steps of a day and a horizon.
"""

import numpy


def persistence(history, day, horizon):
    return numpy.full(horizon, history[-5:].mean())


def seasonal_naive(history, season, horizon):
    reps = -(-horizon // season)
    return numpy.tile(history[-season:], reps)[:horizon]


def seven_days(history, day, horizon):
    """The mean of the last seven days at these times, rescaled by the last quarter of an hour."""
    near = max(1, day // 96)
    smooth = numpy.convolve(history, numpy.ones(11) / 11, "same") if day >= 1440 else history
    paths = []
    for back in range(1, 8):
        first = len(history) - back * day
        if first < near:
            break
        scale = history[-near:].sum() / max(1e-9, history[first - near:first].sum())
        path = scale * smooth[first:first + horizon]
        paths.append(numpy.r_[path, numpy.full(horizon - len(path), path[-1])])
    return numpy.mean(paths, axis=0)


# Crane's DSP predictor: one period (a day or a week), estimators and margins of which the best on one held-out period is
# taken, and the last period of the filtered signal repeated. No trend.
CRANE_MARGINS = (0.01, 0.1, 0.15, 0.2)
CRANE_LOW_AMPLITUDE = 1.0
CRANE_HARMONICS = (None, 40, 20, 10)  # the highest that is kept


def crane_period(history, day):
    def correlation(lag):
        a, b = history[lag:], history[:-lag]
        return numpy.corrcoef(a, b)[0, 1] if len(a) > 10 else -1
    week = 7 * day
    if len(history) >= 2 * week and correlation(week) > correlation(day):
        return week
    return day


def crane_filter(period, highest):
    spectrum = numpy.fft.rfft(period)
    amplitude = numpy.abs(spectrum) / len(period)
    spectrum[amplitude < CRANE_LOW_AMPLITUDE] = 0
    spectrum[0] = numpy.fft.rfft(period)[0]
    if highest:
        spectrum[highest + 1:] = 0
    return numpy.fft.irfft(spectrum, len(period))


def crane_error(actual, foretold):
    """A mean percentage error in which too little counts more."""
    safe = numpy.maximum(actual, 1e-3)
    share = (foretold - actual) / safe
    return numpy.mean(numpy.where(share < 0, -numpy.log1p(numpy.maximum(share, -0.999)), share))


def crane(history, day, horizon):
    period = crane_period(history, day)
    periods = history[-(len(history) // period) * period:].reshape(-1, period)
    if len(periods) < 2:
        return persistence(history, day, horizon)
    held, known = periods[-1], periods[:-1]
    choices = []
    for margin in CRANE_MARGINS:
        for highest in CRANE_HARMONICS:
            choices.append((crane_error(held, crane_filter(known[-1], highest) * (1 + margin)), margin, highest))
    _, margin, highest = min(choices, key=lambda choice: choice[0])
    foretold = crane_filter(periods[-1], highest) * (1 + margin)
    return numpy.maximum(0, numpy.tile(foretold, -(-horizon // period))[:horizon])


# PHPA's Holt-Winters: additive, with weights that a person types. The first are those of its example, the others
# what somebody who knows smoothing may type.
PHPA_WEIGHTS = (0.9, 0.9, 0.9)
GENTLE_WEIGHTS = (0.2, 0.01, 0.1)


def holt_winters(history, day, horizon, weights=PHPA_WEIGHTS):
    alpha, beta, gamma = weights
    stored = history[-4 * day:]
    level = stored[:day].mean()
    trend = (stored[day:2 * day].mean() - level) / day
    season = stored[:day] - level
    for i in range(day, len(stored)):
        place = i % day
        before = level
        level = alpha * (stored[i] - season[place]) + (1 - alpha) * (level + trend)
        trend = beta * (level - before) + (1 - beta) * trend
        season[place] = gamma * (stored[i] - level) + (1 - gamma) * season[place]
    ahead = numpy.arange(1, horizon + 1)
    path = level + ahead * trend + season[(len(stored) + ahead - 1) % day]
    return numpy.maximum(0, path)


def gentle_holt_winters(history, day, horizon):
    return holt_winters(history, day, horizon, GENTLE_WEIGHTS)
