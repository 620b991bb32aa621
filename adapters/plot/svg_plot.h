#pragma once

#include <span>
#include <string>

#include "adapters/plot/chart.h"

namespace loadcurve::plot {

struct SvgOptions {
  int width = 860;         // pixels
  int chart_height = 170;  // of one chart's drawing area
};

// The charts one under the other, neighbours over the same span under one axis, as a picture that
// stands alone: no scripts, no fonts to fetch, and colours that follow the reader's light or dark
// setting. Times are UTC.
std::string ToSvg(std::span<const Chart> charts, const SvgOptions& options);

}  // namespace loadcurve::plot
