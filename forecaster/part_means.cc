#include "forecaster/part_means.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace loadcurve {

std::vector<double> PartMeans(std::span<const double> loads, std::size_t width) {
  std::vector<double> parts;
  for (std::size_t end = loads.size(); end >= width; end -= width) {
    double sum = 0;
    double count = 0;
    for (const double load : loads.subspan(end - width, width)) {
      if (std::isnan(load)) continue;
      sum += load;
      ++count;
    }
    parts.push_back(count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN());
  }
  std::ranges::reverse(parts);
  return parts;
}

}  // namespace loadcurve
