#include "forecaster/smooth_past.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace loadcurve {
namespace {

// Five minutes of a day to either side.
constexpr std::size_t kReachesPerDay = 288;
constexpr std::size_t kOutagesPerDay = 48;
constexpr double kOutageShare = 0.2;
constexpr std::size_t kNeighbourDays = 3;

// The median over the days around of the mean load at the times [first, last).
double UsualLoad(std::span<const double> loads, std::size_t first, std::size_t last,
                 std::size_t day) {
  std::vector<double> means;
  const auto add = [&](std::size_t begin) {
    double sum = 0;
    double count = 0;
    for (std::size_t i = begin; i < begin + (last - first) && i < loads.size(); ++i) {
      if (std::isnan(loads[i])) continue;
      sum += loads[i];
      ++count;
    }
    if (count > 0) means.push_back(sum / count);
  };
  for (std::size_t days = 1; days <= kNeighbourDays; ++days) {
    if (first >= days * day) add(first - days * day);
    if (last + days * day <= loads.size()) add(first + days * day);
  }
  if (means.empty()) return 0;
  std::sort(means.begin(), means.end());
  return means[means.size() / 2];
}

}  // namespace

SmoothPast::SmoothPast(std::size_t day, double offset)
    : day_(day), offset_(offset), reach_(day / kReachesPerDay) {
  Check(day > 0 && offset > 0, "a day has steps, and zero has a logarithm");
}

void SmoothPast::Append(double load) {
  if (std::isnan(load) && loads_.size() >= day_) load = loads_[loads_.size() - day_];
  if (std::isnan(load)) load = loads_.empty() ? 0 : loads_.back();
  loads_.push_back(std::max(load, 0.0));
  sums_.push_back(sums_.back() + loads_.back());
}

double SmoothPast::Level(std::size_t end, std::size_t width) const {
  return ToLog((sums_[end] - sums_[end - width]) / static_cast<double>(width));
}

double SmoothPast::Around(std::size_t index) const {
  const std::size_t first = index - std::min(index, reach_);
  const std::size_t last = std::min(index + reach_ + 1, loads_.size());
  return Level(last, last - first);
}

double SmoothPast::ToLog(double load) const {
  return std::log(std::max(load, 0.0) + offset_);
}

double SmoothPast::FromLog(double value) const {
  return std::max(0.0, std::exp(value) - offset_);
}

std::vector<double> WithoutOutages(std::span<const double> loads, std::size_t day) {
  std::vector<double> cleaned(loads.begin(), loads.end());
  double sum = 0;
  double count = 0;
  for (const double load : loads) {
    if (std::isnan(load)) continue;
    sum += load;
    ++count;
  }
  const double least = count > 0 ? kOutageShare * sum / count : 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i <= loads.size(); ++i) {
    const bool is_idle = i < loads.size() && !(loads[i] > 0);  // missing goes along
    if (is_idle) continue;
    const bool is_long = i - first >= std::max<std::size_t>(2, day / kOutagesPerDay);
    if (is_long && UsualLoad(loads, first, i, day) >= least)
      std::fill(cleaned.begin() + static_cast<std::ptrdiff_t>(first),
                cleaned.begin() + static_cast<std::ptrdiff_t>(i),
                std::numeric_limits<double>::quiet_NaN());
    first = i + 1;
  }
  return cleaned;
}

}  // namespace loadcurve
