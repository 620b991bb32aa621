#!/usr/bin/env python3
"""Golden values for the solvers behind weight fitting: writes weights.json beside itself.

The objective is that of metrics/nonnegative_ridge.h; the solutions come from scipy and
statsmodels, never from our own code.
"""

import numpy
import scipy.optimize
import statsmodels.api

import golden_file

HUBER = 1.345
MAD_TO_SIGMA = 1.4826


def huber_trust(residuals):
    sizes = numpy.abs(residuals)
    scale = MAD_TO_SIGMA * numpy.median(sizes)
    if scale <= 0:
        return numpy.ones_like(sizes)
    return numpy.minimum(1, HUBER * scale / numpy.maximum(sizes, 1e-300))


def augmented(x, y, prior, pull, trust):
    """The problem in (u, b, c) as plain least squares: a row a window, a row a parameter for the pull."""
    n, p = x.shape
    root = numpy.sqrt(trust)
    rows = numpy.hstack([x, numpy.ones((n, 1)), numpy.zeros((n, 1))]) * root[:, None]
    ridge = numpy.hstack([numpy.diag(numpy.sqrt(pull)), numpy.zeros((p, 1)), -(numpy.sqrt(pull) * prior)[:, None]])
    return numpy.vstack([rows, ridge]), numpy.concatenate([y * root, numpy.zeros(p)])


def solve(x, y, prior, strength, rounds):
    # n lambda v_j = lambda sum_i x_ij^2; a column of zeros gets its share of the prior.
    squares = numpy.sum(x * x, axis=0)
    pull = numpy.where(squares > 0, strength * squares, 1.0)
    trust = numpy.ones(len(y))
    for round_ in range(rounds + 1):
        a, b = augmented(x, y, prior, pull, trust)
        # Columns of equal length, so that the solvers' tolerances mean the same for each.
        scale = numpy.linalg.norm(a, axis=0)
        scale[scale == 0] = 1
        result = scipy.optimize.lsq_linear(a / scale, b, bounds=(0, numpy.inf), method="bvls", tol=1e-15)
        z = result.x / scale
        other = scipy.optimize.nnls(a / scale, b, maxiter=10_000)[0] / scale
        # Two solvers agree on the objective; on the parameters where there is one best.
        losses = [numpy.sum((a @ s - b) ** 2) for s in (z, other)]
        assert abs(losses[0] - losses[1]) <= 1e-9 * max(losses) + 1e-18, losses
        if losses[1] < losses[0]:
            z = other
        if round_ == rounds:
            return z, min(losses)
        trust = huber_trust(y - x @ z[:-2] - z[-2])


def case(name, x, y, prior, strength, rounds):
    x, y = numpy.round(x, 6), numpy.round(y, 6)
    z, loss = solve(x, y, numpy.asarray(prior, float), strength, rounds)
    return {"name": name, "x": x, "y": y, "prior": prior, "lambda": strength, "robust_rounds": rounds,
            "u": z[:-2], "intercept": z[-2], "multiple": z[-1], "loss": loss}


def ridge_cases():
    random = numpy.random.default_rng(20221)
    x = random.gamma(2, 1, (40, 4))
    y = 0.3 + x @ [0.5, 0, 2, 0.1] + random.normal(0, 0.05, 40)
    zero = [0.0] * 4
    yield case("plain least squares", x, y, zero, 0, 0)
    yield case("two bounds hold", x, 0.3 + x @ [0.5, -0.2, 2, -0.1] + random.normal(0, 0.05, 40), zero, 0, 0)
    yield case("the intercept is held at zero", x, y - 2, zero, 0, 0)
    yield case("pulled towards a prior", x, y, [1, 2, 1, 0], 0.1, 0)
    yield case("pulled hard", x, y, [1, 1, 2, 1], 1000, 0)
    with_zero = x.copy()
    with_zero[:, 1] = 0
    yield case("a column of zeros", with_zero, y, [1, 0.7, 1, 1], 0.01, 0)
    spoilt = y.copy()
    spoilt[[5, 17, 29]] += [20, 9, -6]
    yield case("outliers, one round", x, spoilt, zero, 1e-5, 1)
    yield case("outliers, three rounds", x, spoilt, [0.5, 0.5, 0.5, 0.5], 0.01, 3)
    # As cost features are: columns that nearly rise and fall together, of very unequal size.
    base = random.gamma(3, 10, (50, 1))
    alike = base * (1 + 0.01 * random.normal(0, 1, (50, 6))) * [1, 1, 0.01, 30, 1, 0.2]
    yield case("columns nearly alike", alike, alike @ [0.2, 0, 3, 0.01, 0.1, 1] + random.normal(0, 0.1, 50),
               [0.1] * 6, 1e-5, 3)
    wide = random.gamma(1.5, 1, (60, 16)) * numpy.geomspace(0.01, 20, 16)
    cost = numpy.where(numpy.arange(16) % 3 == 0, 0, 1 / numpy.geomspace(0.01, 20, 16))
    yield case("sixteen columns", wide, 1 + wide @ cost + random.normal(0, 0.5, 60), cost.mean() * numpy.ones(16),
               1e-4, 3)


def line_case(name, load, cores):
    load, cores = numpy.round(load, 6), numpy.round(cores, 6)
    design = statsmodels.api.add_constant(load)
    norm = statsmodels.api.robust.norms.HuberT(HUBER)
    # Its count of iterations includes the first, unweighted one.
    few = statsmodels.api.RLM(cores, design, M=norm).fit(maxiter=4, tol=0)
    ours = solve(load[:, None], cores, numpy.zeros(1), 0, 3)[0][:2]
    assert numpy.allclose(few.params, ours[::-1], rtol=1e-5), (few.params, ours)
    full = statsmodels.api.RLM(cores, design, M=norm).fit(maxiter=500, tol=1e-13)
    # The converged fit is also the least of Huber's loss at its own scale.
    check = scipy.optimize.least_squares(lambda z: z[0] + z[1] * load - cores, few.params, loss="huber",
                                         f_scale=HUBER * full.scale, xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert numpy.allclose(check.x, full.params, rtol=1e-5), (check.x, full.params)
    return {"name": name, "load": load, "cores": cores, "three_rounds": few.params, "converged": full.params,
            "converged_error": full.bse}


def line_cases():
    random = numpy.random.default_rng(20222)
    load = random.gamma(3, 5, 41)
    cores = 0.4 + 0.03 * load + random.normal(0, 0.02, 41)
    yield line_case("clean, an odd count", load, cores)
    yield line_case("clean, an even count", load[1:], cores[1:])
    spoilt = cores.copy()
    spoilt[[3, 11, 30]] += [2, 0.7, -0.4]
    yield line_case("outliers, an odd count", load, spoilt)
    yield line_case("outliers, an even count", load[1:], spoilt[1:])


golden_file.write("weights.json", {"ridge": list(ridge_cases()), "line": list(line_cases())})
