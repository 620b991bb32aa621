#!/usr/bin/env python3
"""Golden values for the models of seasons: writes seasonal_models.json beside itself.

Written from docs/forecasting.md, section "To the digit": waves by numpy's Fourier transform, the rest of them by
statsmodels' Burg, the profile's regressions by scikit-learn, the decomposition in numpy. As peers, which are not the
same models but foretell nearly the same of loads that suit them: statsmodels' regression on waves with errors of an AR(1), and its STL.
"""

import math

import numpy
import sklearn.linear_model
import statsmodels.regression.linear_model
import statsmodels.tsa.arima.model
import statsmodels.tsa.deterministic
import statsmodels.tsa.forecasting.stl

import golden_file

nan = math.nan


def log_scale(history):
    offset = 0 if numpy.nanmin(history) > 0 else 0.05 * numpy.nanmean(history)
    low, high = 0.8 * numpy.nanmin(history), 1.2 * numpy.nanmax(history)

    def back(values):
        with numpy.errstate(divide="ignore"):
            bounds = numpy.log([low + offset, high + offset])
        return numpy.maximum(0, numpy.exp(numpy.clip(values, *bounds)) - offset)
    return numpy.log(history + offset), back


# ---- Waves and a rest


def waves_of(rest, season, most, weights):
    known = ~numpy.isnan(rest)
    place = numpy.arange(len(rest)) % season
    sums = numpy.bincount(place[known], (weights * rest)[known], season)
    counts = numpy.bincount(place[known], weights[known], season)
    means = numpy.where(counts > 0, sums / numpy.where(counts > 0, counts, 1), sums.sum() / counts.sum())
    spectrum = numpy.fft.rfft(means)
    spectrum[0] = 0
    spectrum[most + 1:] = 0
    return numpy.fft.irfft(spectrum, season)


def harmonic(history, horizon, seasons):
    logs, back = log_scale(history)
    n = len(logs)
    weights = 0.5 ** (numpy.arange(n)[::-1] / (3 * seasons[-1]))
    mean = numpy.nansum(weights * logs) / weights[~numpy.isnan(logs)].sum()
    expected = numpy.full(n + horizon, mean)
    for season in seasons:
        most = 12 if season == seasons[0] else 48
        expected += waves_of(logs - expected[:n], season, most, weights)[numpy.arange(n + horizon) % season]
    rest = logs - expected[:n]
    order = min(2 * seasons[0] + 2, 50, n // 6)
    slopes, _ = statsmodels.regression.linear_model.burg(numpy.nan_to_num(rest), order=order, demean=False)
    past = [0.0] * order
    for value in list(rest) + [nan] * horizon:
        past.append(slopes @ past[:-order - 1:-1] if math.isnan(value) else value)
    return back(expected[n:] + past[-horizon:])


# ---- Level, day and week taken apart


def smoothed(values, span):
    """By step; a missing value leaves it as it was."""
    rate = 1 - math.exp(-1 / span)
    mean, weight, path = 0.0, 0.0, []
    for value in values:
        if not math.isnan(value):
            mean += rate * (value - mean)
            weight += rate * (1 - weight)
        path.append(mean / weight if weight else 0)
    return numpy.array(path)


def decomposition(history, horizon, seasons, half_life=0):
    logs, back = log_scale(history)
    n, day, longest = len(logs), seasons[0], seasons[-1]
    width = min(longest, n)
    trend, last = [], numpy.nanmean(logs)
    for i in range(n):
        begin = min(max(0, i - width // 2), n - width)
        window = logs[begin:begin + width]
        if not numpy.isnan(window).all():
            last = numpy.nanmean(window)
        trend.append(last)
    rest = logs - trend
    weights = 0.5 ** (numpy.arange(n)[::-1] / half_life) if half_life else numpy.ones(n)
    season = numpy.zeros(n + horizon)
    reach = day // 96
    for s in seasons:
        known = ~numpy.isnan(rest)
        sizes = numpy.sort(numpy.abs(rest[known]))
        most = 3 * 1.4826 * sizes[len(sizes) // 2]
        sums, counts = numpy.zeros(s), numpy.zeros(s)
        for i in numpy.flatnonzero(known):
            sums[i % s] += weights[i] * min(max(rest[i], -most), most)
            counts[i % s] += weights[i]
        profile = []
        for place in range(s):
            near = numpy.arange(place - reach, place + reach + 1) % s
            prior = (0 if s == day else 1) * (2 * reach + 1)
            profile.append(sums[near].sum() / (counts[near].sum() + prior) if counts[near].sum() else 0)
        added = numpy.array(profile)[numpy.arange(n + horizon) % s]
        season += added
        rest = rest - added[:n]
    level = logs - season[:n]
    slow = smoothed(level, 2 * longest)
    above = numpy.stack([smoothed(level, max(1, day / 24)) - slow, smoothed(level, day / 2) - slow])
    distances, slopes = [], []
    ahead = 1
    while ahead < horizon:
        distances.append(ahead)
        ahead += 1 + ahead // 3
    distances.append(horizon)
    for ahead in distances:
        at = numpy.array([i for i in range(longest // 2, n - ahead) if not math.isnan(level[i + ahead])])
        x, y = above[:, at].T, level[at + ahead] - slow[at]
        gram = x.T @ x
        penalty = 0.1 * numpy.trace(gram) / 2 + 1e-12
        slopes.append(numpy.linalg.solve(gram + penalty * numpy.eye(2), x.T @ y))
    slopes = numpy.array(slopes)
    steps = numpy.arange(1, horizon + 1)
    share = numpy.stack([numpy.interp(steps, distances, slopes[:, k]) for k in range(2)])
    return back(slow[-1] + season[n:] + (share * above[:, -1:]).sum(axis=0))


# ---- The local level, moving as on the days before


class Profile:
    def __init__(self, history, day, days, horizon):
        self.day, self.days, self.size = day, days, len(history)
        self.offset = 0.02 * numpy.nanmean(history)
        filled = []
        for load in history:
            filled.append(filled[-day] if math.isnan(load) else load)
        self.loads = numpy.array(filled)
        self.width = day // 48
        self.spans = sorted(({1, day // 24, day // 8} | {s for s in (3, 7, 15) if s < day // 24}) - {self.width})
        self.reach = day // 288
        self.distances = []
        ahead = 0
        while ahead + 1 < horizon:
            self.distances.append(ahead)
            ahead += 1 + ahead // 3
        self.distances.append(horizon - 1)
        self.highest = math.log(2) + max(math.log(history[i] + self.offset) for i in self.all_targets(history))
        self.fits = [self.fit(history, ahead) for ahead in self.distances]

    def level(self, end, width):
        return math.log(self.loads[end - width:end].mean() + self.offset)

    def around(self, i):
        return math.log(self.loads[max(0, i - self.reach):i + self.reach + 1].mean() + self.offset)

    def origins(self, ahead):
        last, first = self.size - ahead - 1, self.days * self.day + self.day // 8
        stride = 1 + (last - first) // 2500
        return [o for o in range(last, first - 1, -stride)]

    def all_targets(self, history):
        return {o + a for a in self.distances for o in self.origins(a) if not math.isnan(history[o + a])}

    def features(self, origin, ahead):
        level = self.level(origin, self.width)
        then = [origin - (d + 1) * self.day for d in range(self.days)]
        was = numpy.array([self.around(t + ahead) for t in then])
        rises = was - [self.level(t, self.width) for t in then]
        row = [self.level(origin, span) - level for span in self.spans]
        row += [rises.mean(), rises[0], was.mean() - level]
        if self.days == 7:
            row += [rises[6], was[6] - level]
        return row + [numpy.sort(rises)[self.days // 2]]

    def fit(self, history, ahead):
        origins = [o for o in self.origins(ahead) if not math.isnan(history[o + ahead])]
        x = numpy.array([self.features(o, ahead) for o in origins])
        y = numpy.array([math.log(history[o + ahead] + self.offset) - self.level(o, self.width) for o in origins])
        fading = 0.5 ** ((self.size - numpy.array(origins)) / self.day / 7)
        weights = fading
        for _ in range(3):
            mean = numpy.average(x, axis=0, weights=weights)
            spread = numpy.sqrt(numpy.average((x - mean) ** 2, axis=0, weights=weights))
            model = sklearn.linear_model.Ridge(alpha=0.03 * weights.sum(), solver="cholesky")
            model.fit((x - mean) / spread, y, sample_weight=weights)
            errors = numpy.abs(y - model.predict((x - mean) / spread))
            weights = fading / numpy.maximum(errors / numpy.sort(errors)[len(errors) // 2], 1)
        return lambda row: model.predict(((numpy.array(row) - mean) / spread)[None])[0]

    def path(self, horizon):
        level = self.level(self.size, self.width)
        path = []
        for ahead in range(horizon):
            row = self.features(self.size, ahead)
            upper = next(k for k, a in enumerate(self.distances) if a >= ahead)
            rise = self.fits[upper](row)
            if self.distances[upper] > ahead:
                lower, higher = self.distances[upper - 1], self.distances[upper]
                rise += (higher - ahead) / (higher - lower) * (self.fits[upper - 1](row) - rise)
            path.append(max(0, math.exp(min(level + rise, self.highest)) - self.offset))
        return path


# ---- Cases


def series_of(size, season, seed, week=0.0, zeros=False, gaps=False):
    random = numpy.random.default_rng(seed)
    i = numpy.arange(size)
    above = 0.0
    load = 100 * numpy.exp(0.6 * numpy.sin(2 * math.pi * i / season) - week * (i // season % 7 > 4))
    for k in range(size):
        above = 0.8 * above + random.normal(0, 0.06)
        load[k] *= math.exp(above)
    if zeros:
        load[(i % season) < season // 4] = 0
    if gaps:
        load[random.choice(numpy.arange(season, size - 5), size // 30, replace=False)] = nan
        load[2 * season:2 * season + season // 2] = nan
    return numpy.round(load, 3)


def model_cases():
    for name, series, seasons in (("plain", series_of(150, 12, 1), [12]), ("gaps", series_of(170, 12, 2, gaps=True), [12]),
                                  ("a week", series_of(500, 12, 3, week=0.5), [12, 84]),
                                  ("idle hours", series_of(180, 12, 4, zeros=True), [12]),
                                  ("fine steps", series_of(700, 96, 5, gaps=True), [96])):
        yield {"name": name, "series": series, "seasons": seasons, "half_life": 2 * seasons[-1],
               "harmonic": harmonic(series, 30, seasons), "decomposition": decomposition(series, 30, seasons),
               "fading": decomposition(series, 30, seasons, 2 * seasons[-1])}


def profile_cases():
    for name, series, day, days in (("three days", series_of(500, 96, 6), 96, 3), ("gaps", series_of(800, 96, 7, gaps=True), 96, 2),
                                    ("a week", series_of(600, 48, 8), 48, 7), ("every fourth row", series_of(9000, 288, 9), 288, 1)):
        yield {"name": name, "series": series, "day": day, "days": days, "profile": Profile(series, day, days, 24).path(24)}


def peer_cases():
    """What software that knows nothing of ours foretells of a load of days and a level that returns."""
    series = series_of(700, 24, 11)
    logs = numpy.log(series)
    waves = statsmodels.tsa.deterministic.DeterministicProcess(
        range(700), constant=False, additional_terms=[statsmodels.tsa.deterministic.Fourier(24, 11)])
    arima = statsmodels.tsa.arima.model.ARIMA(logs, exog=waves.in_sample().to_numpy(), order=(1, 0, 0)).fit()
    stl = statsmodels.tsa.forecasting.stl.STLForecast(
        logs, statsmodels.tsa.arima.model.ARIMA, period=24, robust=True, seasonal=201,
        model_kwargs={"order": (1, 0, 0), "trend": "c"}).fit()
    later = waves.out_of_sample(48, range(700, 748)).to_numpy()
    yield {"series": series, "seasons": [24], "harmonic": numpy.exp(arima.forecast(48, exog=later)),
           "decomposition": numpy.exp(stl.forecast(48))}


golden_file.write("seasonal_models.json", {"models": list(model_cases()), "profiles": list(profile_cases()),
                                           "peers": list(peer_cases())})
