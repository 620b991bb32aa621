#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "metrics/load_series.h"

namespace loadcurve {

// How alike the loads are that lie `lag` steps apart: the correlation, about the mean of
// the whole, of all pairs with both values measured. 0 where there is no such pair or the
// load never changes.
double Autocorrelation(std::span<const double> values, std::size_t lag);

// The lengths, in steps, after which the load repeats itself; rising, empty where none is
// seen. At least two whole seasons must be on record.
//
// The day and the week are asked first, where the step divides them; only where neither
// is there, the strongest peak of the autocorrelation is taken. The week of a load that grows is
// told for a `horizon` of more than a quarter of a day: nearer, the level of the last hours tells
// what day it is, and a faint week adds more noise than that.
std::vector<std::size_t> DetectSeasons(
    const LoadSeries& series, std::size_t horizon = std::numeric_limits<std::size_t>::max());

}  // namespace loadcurve
