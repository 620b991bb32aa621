#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve {

// What a Forecast is made of; see there for what each must satisfy.
struct ForecastParts {
  TimePoint issued_at;
  Duration step{0};
  std::vector<double> levels;
  std::vector<double> loads;  // horizon rows of one load per level
  std::string weights_version;
};

// Quantile paths of the load to come.
//
// Row `ahead` (from 0) is for the window [issued_at + ahead * step, + step); in it, the
// load stays at or below At(ahead, i) with probability levels()[i]. Loads are finite and
// >= 0, levels lie in (0, 1) and rise, and the paths never cross.
class Forecast {
 public:
  // A step <= 0, no level, levels outside (0, 1) or not rising, no row, a load that is
  // not finite, negative or below that of a lower level: kInvalidArgument.
  [[nodiscard]] static Result<Forecast> Make(ForecastParts parts);

  // The end of the last window that was known.
  TimePoint issued_at() const { return parts_.issued_at; }
  Duration step() const { return parts_.step; }
  // Valid while the forecast lives, as is every span below.
  std::span<const double> levels() const { return parts_.levels; }
  // The scale of the loads: that of the series it was made from ("" for plain numbers).
  const std::string& weights_version() const { return parts_.weights_version; }

  std::size_t horizon() const { return parts_.loads.size() / parts_.levels.size(); }
  // The start of the window that row `ahead` is for.
  TimePoint TimeAt(std::size_t ahead) const {
    return parts_.issued_at + parts_.step * static_cast<std::int64_t>(ahead);
  }
  // One load per level.
  std::span<const double> Row(std::size_t ahead) const;
  double At(std::size_t ahead, std::size_t level) const { return Row(ahead)[level]; }

  // The load at any level between the lowest and the highest of `levels()`, linear in
  // between; beyond them the nearest path, so ask for the levels you need.
  double Quantile(std::size_t ahead, double level) const;

 private:
  explicit Forecast(ForecastParts parts) : parts_(std::move(parts)) {}

  ForecastParts parts_;
};

}  // namespace loadcurve
