#include "forecaster/forecast.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace loadcurve {
namespace {

bool AreLevels(const std::vector<double>& levels) {
  double previous = 0;
  for (const double level : levels) {
    if (!(level > previous && level < 1)) return false;
    previous = level;
  }
  return !levels.empty();
}

bool IsPath(const std::vector<double>& loads, std::size_t width) {
  for (std::size_t i = 0; i < loads.size(); ++i) {
    if (!std::isfinite(loads[i]) || loads[i] < 0) return false;
    if (i % width != 0 && loads[i] < loads[i - 1]) return false;
  }
  return true;
}

}  // namespace

Result<Forecast> Forecast::Make(ForecastParts parts) {
  if (parts.step <= Duration(0))
    return Fail(ErrorCode::kInvalidArgument, "the step of a forecast must be positive");
  if (!AreLevels(parts.levels))
    return Fail(ErrorCode::kInvalidArgument,
                "the levels of a forecast must lie between 0 and 1 and rise");
  if (parts.loads.empty() || parts.loads.size() % parts.levels.size() != 0)
    return Fail(ErrorCode::kInvalidArgument, "a forecast needs one load per step and level");
  if (!IsPath(parts.loads, parts.levels.size()))
    return Fail(ErrorCode::kInvalidArgument,
                "the loads of a forecast must be finite, not negative, and rise with the level");
  return Forecast(std::move(parts));
}

std::span<const double> Forecast::Row(std::size_t ahead) const {
  Check(ahead < horizon(), "the row lies within the horizon");
  const std::size_t width = parts_.levels.size();
  return std::span(parts_.loads).subspan(ahead * width, width);
}

double Forecast::Quantile(std::size_t ahead, double level) const {
  const auto row = Row(ahead);
  const auto above = std::lower_bound(parts_.levels.begin(), parts_.levels.end(), level);
  if (above == parts_.levels.begin()) return row.front();
  if (above == parts_.levels.end()) return row.back();
  const auto i = static_cast<std::size_t>(above - parts_.levels.begin());
  const double low = parts_.levels[i - 1];
  const double share = (level - low) / (parts_.levels[i] - low);
  return row[i - 1] + share * (row[i] - row[i - 1]);
}

}  // namespace loadcurve
