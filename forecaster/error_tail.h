#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace loadcurve {

// The levels at which a distribution is told, its upper tail above all: every other between them,
// and those beyond, follow from a tail that falls exponentially in between.
inline constexpr std::array<double, 21> kTailLevels = {
    0.02,  0.2,   0.35,   0.5,    0.7,   0.8,    0.9,    0.95,    0.97,    0.98,  0.99,
    0.994, 0.996, 0.9975, 0.9985, 0.999, 0.9994, 0.9996, 0.99975, 0.99985, 0.9999};

using TailQuantiles = std::array<double, kTailLevels.size()>;

// The quantiles of errors of scale 1 at kTailLevels: rising.
//
// A level is read off the errors while at least three of them lie beyond it; further out the
// logarithm of the share beyond goes on as straight as it did over the last few levels. Fewer
// than 50 errors: a Laplace distribution of variance 1. `errors` is sorted by this.
TailQuantiles TailQuantilesOf(std::span<double> errors);

}  // namespace loadcurve
