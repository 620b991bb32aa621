#!/usr/bin/env python3
"""Golden values for forecasts and their scores: writes forecasts.json beside itself.

Written from docs/forecasting.md, section "To the digit", with numpy and scikit-learn.
"""

import math

import numpy
import sklearn.linear_model
import sklearn.metrics
import sklearn.preprocessing

import golden_file

nan = math.nan


# ---- Models: a function of the history and the horizon.


def persistence(history, horizon, seasons):
    measured = history[~numpy.isnan(history)]
    return numpy.full(horizon, measured[-5:].mean())


def seasonal_naive(history, horizon, seasons):
    season = seasons[0]
    path = []
    for ahead in range(horizon):
        place = (len(history) + ahead) % season
        same = history[place::season]
        same = same[~numpy.isnan(same)]
        path.append(same[-1] if len(same) else numpy.nanmean(history))
    return numpy.array(path)


def lags_of(seasons):
    if not seasons:
        return list(range(1, 27))
    s = seasons[0]
    lags = set(range(1, min(s + 2, 26) + 1)) | {s - 1, s, s + 1, 2 * s - 1, 2 * s, 2 * s + 1}
    for w in seasons[1:]:
        lags |= {w - 2, w - 1, w, w + 1, w + 2, w - s, w + s}
    return sorted(lag for lag in lags if lag > 0)


def ridge_fit(history, seasons):
    lags = lags_of(seasons)
    back = seasons[0] if seasons else 1
    offset = 0 if numpy.nanmin(history) > 0 else 0.05 * numpy.nanmean(history)
    past = []
    for load in history:
        past.append(past[-back] if math.isnan(load) else math.log(load + offset))
    past = numpy.array(past)
    targets = [i for i in range(lags[-1], len(past)) if not math.isnan(history[i])][-20_000:]
    x = numpy.array([[past[i - lag] for lag in lags] for i in targets])
    y = past[targets]
    scaler = sklearn.preprocessing.StandardScaler()
    model = sklearn.linear_model.Ridge(alpha=0.003 * len(y), solver="svd").fit(scaler.fit_transform(x), y)
    # The normal equations by hand agree.
    z = scaler.transform(x)
    by_hand = numpy.linalg.solve(z.T @ z / len(y) + 0.003 * numpy.eye(len(lags)), z.T @ (y - y.mean()) / len(y))
    assert numpy.allclose(by_hand, model.coef_, atol=1e-10)
    slopes = model.coef_ / scaler.scale_
    return lags, slopes, y.mean() - slopes @ x.mean(axis=0), past, offset


def ridge(history, horizon, seasons):
    lags, slopes, intercept, past, offset = ridge_fit(history, seasons)
    with numpy.errstate(divide="ignore"):
        low, high = numpy.log([0.8 * numpy.nanmin(history) + offset, 1.2 * numpy.nanmax(history) + offset])
    path = list(past)
    for _ in range(horizon):
        step = intercept + sum(slope * path[-lag] for lag, slope in zip(lags, slopes))
        path.append(min(max(step, low), high))
    return numpy.maximum(0, numpy.exp(path[len(past):]) - offset)


MODELS = {"persistence": persistence, "seasonal-naive": seasonal_naive, "ridge": ridge}


# ---- Bands


def logit(q):
    return math.log(q / (1 - q))


def quantile(errors, q):
    n = len(errors)
    rank = (n + 1) * q
    if 1 <= rank <= n:
        return numpy.quantile(errors, q, method="weibull")
    m = numpy.median(errors)
    extreme = min(errors) if rank < 1 else max(errors)
    return m + (extreme - m) * abs(logit(q)) / max(0.5, logit(n / (n + 1)))


def excess(q):
    """n times what a quantile of Student's distribution is more than the normal one, as a share of it."""
    z = logit(q) / 1.702
    return (z * z + 3) / 4


class Bands:
    def __init__(self, origins, horizon, levels, firsts=None, season=0):
        """`origins`: pairs (predicted, actual), the latter perhaps shorter and with gaps; from steps `firsts` on."""
        firsts = firsts or list(range(1, len(origins) + 1))
        self.season, self.parts = season, None
        predicted = numpy.concatenate([p for p, _ in origins])
        self.floor = 0.02 * predicted.mean()
        pairs = [(p[a], actual[a]) for p, actual in origins for a in range(len(actual)) if not math.isnan(actual[a])]
        p, y = numpy.array(pairs).T
        costs = {}
        for power in (0, 0.25, 0.5, 0.75, 1):
            unit = numpy.maximum(p, self.floor) ** power
            costs[power] = numpy.log(unit).mean() + math.log((numpy.abs(y - p) / unit).mean())
        self.power = min(costs, key=costs.get)
        if season > 1:
            self.learn_parts(origins, firsts)
        groups = min(16, len(origins))
        by_step = [[] for _ in range(horizon)]
        for i, (p, actual) in enumerate(origins):
            for a in range(min(horizon, len(actual))):
                if not math.isnan(actual[a]):
                    by_step[a].append(((actual[a] - p[a]) / self.unit(p[a], firsts[i] + a), i * groups // len(origins)))
        self.levels = levels
        self.rows = []
        reaches = [[] for _ in levels]
        seen = []
        counts = []
        for a in range(horizon):
            r = min(horizon // 8, 1 + a // 2)
            pool = [e for step in by_step[max(0, a - r):a + r + 1] for e in step]
            if len(pool) < 3:
                break
            errors = [e for e, _ in pool]
            counts.append(len(errors))
            seen.append((quantile(errors, 0.5), [quantile(errors, q) for q in levels]))
            for group in {g for _, g in by_step[a]}:
                others = [e for e, g in pool if g != group]
                if len(others) < 3:
                    continue
                m = quantile(others, 0.5)
                for k, q in enumerate(levels):
                    b = quantile(others, q)
                    if b != m:
                        reaches[k] += [(e - m) / (b - m) for e, g in by_step[a] if g == group]
        moments = [min(len(origins), 1 + (firsts[-1] - firsts[0]) / (a + 1)) for a in range(len(seen))]
        is_few = len(origins) < 8
        trust = [1 if is_few else n / (n + 4) for n in moments]
        left_out = [1 + trust[-1] * (min(2, max(1, quantile(reach, max(q, 1 - q)))) - 1) if len(reach) >= 3 else 1
                    for q, reach in zip(levels, reaches)]
        for a, (m, row) in enumerate(seen):
            self.rows.append([])
            for q, b, factor in zip(levels, row, left_out):
                few = (1 + excess(q) / moments[a]) / (1 + excess(q) / counts[a])
                widening = max(factor, few, 1) if abs(q - 0.5) >= 0.2 and not is_few else 1
                self.rows[-1].append(trust[a] * m + widening * (b - m))
        for a in range(len(seen), horizon):
            self.rows.append([math.sqrt((a + 1) / len(seen)) * b for b in self.rows[len(seen) - 1]])

    def learn_parts(self, origins, firsts):
        sizes = [[] for _ in range(min(24, self.season))]
        for first, (p, actual) in zip(firsts, origins):
            for a in range(len(actual)):
                if not math.isnan(actual[a]):
                    part = (first + a) % self.season * len(sizes) // self.season
                    sizes[part].append(abs(actual[a] - p[a]) / self.unit(p[a], first + a))
        mean = numpy.mean([size for part in sizes for size in part])
        self.parts = [(sum(part) / mean + 50) / (len(part) + 50) for part in sizes]

    def unit(self, predicted, step):
        unit = max(predicted, self.floor) ** self.power
        return unit * self.parts[step % self.season * len(self.parts) // self.season] if self.parts else unit

    def around(self, path, first=0):
        return [sorted(max(0, load + self.unit(load, first + a) * b) for b in row)
                for a, (load, row) in enumerate(zip(path, self.rows))]


# ---- The whole: what `loadcurve forecast --model NAME` gives.


def moments(series, horizon, seasons):
    n = len(series)
    while math.isnan(series[n - 1]):
        n -= 1
    lags = lags_of(seasons)
    needs = [1, lags[-1] + 3 * len(lags)] + list(seasons) + ([seasons[-1] + seasons[0]] if seasons else [])
    tested = len(series) // 3
    first = max([n // 2] + [need for need in needs if need + tested <= len(series)])
    last = n - min(horizon, (n - first + 1) // 2)
    count = min(16, last - first + 1)
    found = []
    for i in range(count):
        at = first + (last - first) * i // (count - 1)
        while math.isnan(series[at]):
            at += 1
        if at not in found:
            found.append(at)
    return found


def forecast(name, series, horizon, seasons, levels):
    model = MODELS[name]
    origins = []
    firsts = moments(series, horizon, seasons)
    for at in firsts:
        actual = series[at:at + horizon]
        origins.append((model(series[:at], len(actual), seasons), actual))
    bands = Bands(origins, horizon, levels, firsts, seasons[0] if seasons else 0)
    return bands.around(model(series, horizon, seasons), len(series))


# ---- Cases


def series_of(size, season, seed, week=0.0, zeros=False, gaps=False):
    random = numpy.random.default_rng(seed)
    i = numpy.arange(size)
    load = 100 * numpy.exp(0.6 * numpy.sin(2 * math.pi * i / season) + week * numpy.sin(2 * math.pi * i / (7 * season)))
    load *= numpy.exp(random.normal(0, 0.08, size))
    if zeros:
        load[(i % season) < 3] = 0
    if gaps:
        load[random.choice(numpy.arange(season, size - 5), size // 30, replace=False)] = nan
    return numpy.round(load, 3)


def model_cases():
    plain = series_of(150, 12, 1)
    holed = series_of(170, 12, 2, gaps=True)
    weekly = series_of(340, 12, 3, week=0.3)
    idle = series_of(180, 12, 4, zeros=True)
    for name, series, seasons in (("plain", plain, [12]), ("gaps", holed, [12]), ("a week", weekly, [12, 84]),
                                  ("idle hours", idle, [12]), ("no season", plain, [])):
        case = {"name": name, "series": series, "seasons": seasons}
        for model, function in MODELS.items():
            if model != "seasonal-naive" or seasons:
                case[model] = function(series, 30, seasons)
        yield case


def band_cases():
    random = numpy.random.default_rng(7)
    for name, count, horizon, known, power in (("many moments", 40, 3, 3, 0), ("shares", 25, 9, 9, 1),
                                               ("few moments", 5, 4, 4, 0.5), ("counts, gaps", 16, 16, 16, 0.5),
                                               ("a horizon beyond what is known", 6, 20, 8, 0)):
        origins = []
        for _ in range(count):
            predicted = numpy.round(random.gamma(4, 25, known), 3)
            actual = numpy.round(numpy.maximum(0, predicted + predicted ** power * 0.3 * random.standard_t(4, known)), 3)
            if "gaps" in name:
                actual[random.random(known) < 0.1] = nan
            origins.append((predicted, actual))
        levels = [0.01, 0.05, 0.25, 0.4, 0.5, 0.6, 0.9, 0.99]
        bands = Bands(origins, horizon, levels)
        path = numpy.round(random.gamma(4, 25, horizon), 3)
        yield {"name": name, "horizon": horizon, "levels": levels, "predicted": [p for p, _ in origins],
               "actual": [a for _, a in origins], "power": bands.power, "path": path, "loads": bands.around(path)}


def whole_cases():
    # Seasons are given, so that nothing is left to detection.
    levels = [0.05, 0.5, 0.9]
    for name, series, seasons, horizon in (("plain", series_of(200, 12, 11), [12], 14),
                                           ("gaps", series_of(220, 12, 12, gaps=True), [12], 10),
                                           ("idle hours", series_of(200, 12, 13, zeros=True), [12], 24),
                                           ("a week", series_of(420, 12, 14, week=0.3), [12, 84], 12)):
        case = {"name": name, "series": series, "seasons": seasons, "levels": levels, "horizon": horizon}
        for model in MODELS:
            # With two seasons the better naive one is taken, which is another matter.
            if model != "seasonal-naive" or len(seasons) == 1:
                case[model] = forecast(model, series, horizon, seasons, levels)
        yield case


def score_cases():
    random = numpy.random.default_rng(9)
    history = numpy.round(random.gamma(4, 25, 40), 3)
    actual = numpy.round(random.gamma(4, 25, 12), 3)
    predicted = numpy.round(actual + random.normal(0, 20, 12), 3)
    low, high = predicted - 25, predicted + 30
    predicted[3] = actual[3] = 0
    for season in (1, 4):
        scale = numpy.abs(history[season:] - history[:-season]).mean()
        outside = numpy.maximum(low - actual, 0) + numpy.maximum(actual - high, 0)
        smape = [200 * abs(y - f) / (abs(y) + abs(f)) if y or f else 0 for y, f in zip(actual, predicted)]
        yield {"season": season, "history": history, "actual": actual, "predicted": predicted, "low": low,
               "high": high, "levels": [0.05, 0.5, 0.9],
               "pinball": [sklearn.metrics.mean_pinball_loss(actual, predicted, alpha=q) for q in (0.05, 0.5, 0.9)],
               "smape": numpy.mean(smape),
               "mase": sklearn.metrics.mean_absolute_error(actual, predicted) / scale,
               "msis": numpy.mean(high - low + 2 / 0.1 * outside) / scale, "miss_share": 0.1}


def slope_cases():
    random = numpy.random.default_rng(5)
    x = numpy.round(random.normal(3, 1, (30, 4)) * [1, 10, 0.1, 2], 4)
    x[:, 3] = numpy.round(x[:, 0] * 2 + random.normal(0, 0.01, 30), 4)
    y = numpy.round(x @ [1, -0.2, 5, 0.3] + 4 + random.normal(0, 0.3, 30), 4)
    for penalty in (1e-3, 1):
        for weights in (numpy.ones(30), numpy.round(random.gamma(2, 1, 30), 3)):
            mean = numpy.average(x, axis=0, weights=weights)
            spread = numpy.sqrt(numpy.average((x - mean) ** 2, axis=0, weights=weights))
            model = sklearn.linear_model.Ridge(alpha=penalty * weights.sum(), solver="cholesky")
            model.fit((x - mean) / spread, y, sample_weight=weights)
            slopes = model.coef_ / spread
            yield {"rows": x, "targets": y, "weights": weights, "penalty": penalty, "slopes": slopes,
                   "intercept": model.intercept_ - slopes @ mean}


golden_file.write("forecasts.json", {"slopes": list(slope_cases()), "models": list(model_cases()),
                                     "bands": list(band_cases()), "whole": list(whole_cases()),
                                     "scores": list(score_cases())})
