#include "forecaster/likest_hours.h"

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

constexpr std::size_t kWindowsPerDay = 288;  // five minutes
constexpr std::size_t kWindows = 24;         // two hours
constexpr std::size_t kLevelWindows = 3;
constexpr std::size_t kDays = 21;
// An event begins an hour earlier or later on another day; every other window is looked at.
constexpr int kEarliest = -6;
constexpr int kLatest = 6;
constexpr std::size_t kMostHours = 10;

}  // namespace

LikestHours::LikestHours(std::size_t day)
    : day_(day), window_(std::max<std::size_t>(1, day / kWindowsPerDay)) {
  means_.push_back(0);
  levels_.push_back(0);
}

void LikestHours::Append(double load) {
  sums_.push_back(sums_.back() + load);
  const std::size_t now = sums_.size() - 1;
  means_.push_back(MeanLog(now, window_));
  levels_.push_back(MeanLog(now, kLevelWindows * window_));
}

double LikestHours::MeanLog(std::size_t end, std::size_t width) const {
  const std::size_t from = end - std::min(end, width);
  return std::log((sums_[end] - sums_[from]) / static_cast<double>(end - from));
}

// Means of squares of what lies between the two courses, each against its level.
double LikestHours::DistanceTo(std::size_t index) const {
  const std::size_t now = sums_.size() - 1;
  double sum = 0;
  for (std::size_t i = 0; i < kWindows; ++i) {
    const std::size_t back = i * window_;
    const double between =
        (means_[now - back] - levels_[now]) - (means_[index - back] - levels_[index]);
    sum += between * between;
  }
  return sum / kWindows;
}

std::vector<LikestHours::Hour> LikestHours::Likest() const {
  const std::size_t now = sums_.size() - 1;
  const std::size_t least = (kWindows + kLevelWindows) * window_;
  const auto shift = static_cast<std::ptrdiff_t>(2 * window_);
  std::vector<Hour> hours;
  for (std::size_t days = 1; days <= kDays && days * day_ < now; ++days) {
    for (int place = kEarliest; place <= kLatest; ++place) {
      const std::ptrdiff_t index = static_cast<std::ptrdiff_t>(now - days * day_) + place * shift;
      if (index < static_cast<std::ptrdiff_t>(least)) continue;
      const auto then = static_cast<std::size_t>(index);
      hours.push_back({DistanceTo(then), then});
    }
  }
  const std::size_t kept = std::min(kMostHours, hours.size());
  std::partial_sort(hours.begin(), hours.begin() + static_cast<std::ptrdiff_t>(kept), hours.end(),
                    [](const Hour& a, const Hour& b) { return a.distance < b.distance; });
  hours.resize(kept);
  return hours;
}

std::vector<LikestHours::Told> LikestHours::Tell(std::span<const std::size_t> ahead,
                                                 double level) const {
  std::vector<Told> told(ahead.size(), Told{});
  const std::vector<Hour> hours = Likest();
  if (hours.empty()) return told;
  const std::size_t now = sums_.size() - 1;
  const double typical = std::max(hours.front().distance, 1e-6);
  double weights = 0;
  for (const Hour& hour : hours) {
    const double weight = std::exp(-hour.distance / typical);
    weights += weight;
    for (std::size_t i = 0; i < ahead.size(); ++i) {
      // Around the step: a single one is noisy. All of it is past, days ago.
      const std::size_t end = std::min(hour.index + ahead[i] + window_, now);
      const double rise = MeanLog(end, 2 * window_ - 1) - levels_[hour.index];
      told[i][0] += weight * rise;
      if (&hour == &hours.front()) told[i][1] = rise;
    }
  }
  for (Told& one : told) {
    one[0] /= weights;
    one[2] = levels_[now] - level;
    for (double& value : one) value = std::clamp(value, -2.0, 2.0);
  }
  return told;
}

}  // namespace loadcurve
