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

// The mean absolute error of repeating the value of one season before within `history`: the scale
// of Mase and Msis, > 0. NaN where the history holds no two values a season apart, or never changes
// from season to season.
double SeasonalNaiveError(std::span<const double> history, std::size_t season);

// The interval score of one band [low, high] that leaves out `miss_share` (Gneiting and Raftery,
// 2007): its width, and 2 / miss_share times how far the load lies outside.
double IntervalScore(double actual, double low, double high, double miss_share);

// Mean absolute scaled error (Hyndman and Koehler, 2006): the mean absolute error, over
// SeasonalNaiveError. NaN where that is.
double Mase(std::span<const double> history, std::size_t season, std::span<const double> actual,
            std::span<const double> predicted);

// Symmetric mean absolute percentage error as in the M4 competition, 0 .. 200:
// mean of 200 |y - f| / (|y| + |f|); a window where both are zero counts as 0.
double Smape(std::span<const double> actual, std::span<const double> predicted);

// Mean scaled interval score of the central band that leaves out `miss_share` in all,
// with the scale of Mase.
double Msis(std::span<const double> history, std::size_t season, std::span<const double> actual,
            std::span<const double> low, std::span<const double> high, double miss_share);

}  // namespace loadcurve
