#pragma once

#include <cstddef>
#include <span>

#include "forecaster/forecast.h"

namespace loadcurve {

// How well a forecast met what came. Windows whose actual load is missing (NaN) are left
// out; a score over no window at all is NaN.

// max(level * (actual - predicted), (level - 1) * (actual - predicted)): least, in the
// mean, where `predicted` is the quantile at `level` (Koenker and Bassett, 1978).
double PinballLoss(double level, double actual, double predicted);

// The mean pinball loss over all windows and levels; `actual` has one load per row of the
// forecast, or fewer.
double MeanPinballLoss(const Forecast& forecast, std::span<const double> actual);

// The share of windows whose load lies between the paths of two levels, given by index.
double CoveredShare(const Forecast& forecast, std::span<const double> actual, std::size_t low_level,
                    std::size_t high_level);

// Mean absolute scaled error (Hyndman and Koehler, 2006): the mean absolute error, over
// that of repeating the value of one season before within `history`. NaN where the
// history holds no two values a season apart, or never changes from season to season.
double Mase(std::span<const double> history, std::size_t season, std::span<const double> actual,
            std::span<const double> predicted);

// Symmetric mean absolute percentage error as in the M4 competition, 0 .. 200:
// mean of 200 |y - f| / (|y| + |f|); a window where both are zero counts as 0.
double Smape(std::span<const double> actual, std::span<const double> predicted);

// Mean scaled interval score of the central band that leaves out `miss_share` in all,
// with the scale of Mase: mean of (U - L) + (2 / miss_share) (distance outside).
double Msis(std::span<const double> history, std::size_t season, std::span<const double> actual,
            std::span<const double> low, std::span<const double> high, double miss_share);

}  // namespace loadcurve
