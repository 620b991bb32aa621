#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "metrics/load_series.h"

namespace loadcurve {

// A forecast load taken apart: the parts add up to it. For people; no model is made of it.
//
// The level is the mean of the last whole season (the longest, up to four weeks are looked at);
// what each season adds is how far the load stood from the mean at this place of it, relative to
// what is already explained, in the mean of the seasons on record; the rest is what the model sees
// beyond that: the last hours, a trend, an event.
struct LoadComponents {
  double level = 0;
  std::vector<double> seasons;  // one a season, shortest first
  double rest = 0;
};

// Of a load of `predicted`, `ahead` steps (from 0) after the end of the series. `seasons` in steps,
// rising; those of which no whole one is on record add nothing.
LoadComponents ComponentsOf(const LoadSeries& series, std::span<const std::size_t> seasons,
                            double predicted, std::size_t ahead);

}  // namespace loadcurve
