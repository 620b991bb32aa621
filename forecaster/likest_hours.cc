#include "forecaster/likest_hours.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace loadcurve {
namespace {

constexpr std::size_t kDays = 14;
constexpr double kEveryMinutes = 10;
constexpr int kFurthestPlace = 12;  // two hours earlier or later in the day
constexpr std::size_t kLevelWindows = 3;
constexpr double kLevelWeight = 0.1;

struct Measure {
  std::size_t windows = 0;  // of the course
  std::size_t kept = 0;     // moments
  double time_weight = 0;   // of the squared chord between two times of day, the day as a circle
};
// The same stretches of the course: an hour, and two more before it.
constexpr std::size_t kStretch = 12;
constexpr std::size_t kWindows = 36;
constexpr std::array<Measure, LikestHours::kMeasures> kMeasure = {
    {{kWindows, 30, 1.6}, {kStretch, 20, 0.8}}};
// Distances below this do not differ.
constexpr double kLeastDistance = 1e-6;
constexpr double kMostRise = 2;

using Stretch = Eigen::Map<const Eigen::Array<float, kStretch, 1>>;

// Sums of what lies between two courses, and of its squares.
struct Between {
  double sum = 0;
  double squares = 0;

  void Add(const float* now, const float* then) {
    const Eigen::Array<float, kStretch, 1> difference = Stretch(now) - Stretch(then);
    sum += static_cast<double>(difference.sum());
    squares += static_cast<double>(difference.square().sum());
  }
  // The mean square once the levels, which differ by `levels`, are taken out.
  double Without(double levels, std::size_t windows) const {
    const auto n = static_cast<double>(windows);
    return std::max(0.0, squares / n - 2 * levels * sum / n + levels * levels);
  }
};

double LevelOf(std::span<const float> course) {
  double sum = 0;
  for (const float value : course.last(kLevelWindows)) sum += static_cast<double>(value);
  return sum / kLevelWindows;
}

}  // namespace

std::vector<LikestHours::Moment> LikestHours::Moments(const HourPast& past) const {
  const std::size_t now = past.size();
  const std::size_t day = past.options().day;
  const std::size_t span = kWindows * past.window();
  std::vector<Moment> moments;
  if (now < past.first() + span) return moments;
  const std::span<const float> course = past.Course(now, kWindows);
  const double level = LevelOf(course);
  const float* last = course.data() + kWindows - kStretch;
  const auto every = static_cast<std::ptrdiff_t>(past.Steps(kEveryMinutes));
  const std::size_t known = now - std::min(now, ahead_.back() + past.window());
  moments.reserve(kDays * (2 * kFurthestPlace + 1));
  for (int place = -kFurthestPlace; place <= kFurthestPlace; ++place) {
    const double angle =
        2 * std::numbers::pi * static_cast<double>(place * every) / static_cast<double>(day);
    const double chord = 2 - 2 * std::cos(angle);
    for (std::size_t days = 1; days <= kDays && days * day <= now; ++days) {
      const std::ptrdiff_t index = static_cast<std::ptrdiff_t>(now - days * day) + place * every;
      if (index < static_cast<std::ptrdiff_t>(past.first() + span)) break;
      const auto end = static_cast<std::size_t>(index);
      if (end > known) continue;
      const std::span<const float> then = past.Course(end, kWindows);
      Moment moment{end, LevelOf(then), {}};
      const double levels = level - moment.level;
      Between between;
      between.Add(last, then.data() + kWindows - kStretch);
      const auto distance = [&](const Measure& measure) {
        return between.Without(levels, measure.windows) + kLevelWeight * levels * levels +
               measure.time_weight * chord;
      };
      moment.distances[1] = distance(kMeasure[1]);
      for (std::size_t from = 0; from + kStretch < kWindows; from += kStretch)
        between.Add(course.data() + from, then.data() + from);
      moment.distances[0] = distance(kMeasure[0]);
      moments.push_back(moment);
    }
  }
  return moments;
}

void LikestHours::TellOf(const HourPast& past, std::size_t measure, std::vector<Moment>& moments,
                         Told& told) const {
  const std::size_t kept = std::min(kMeasure[measure].kept, moments.size());
  const auto nearer = [&](const Moment& a, const Moment& b) {
    return std::pair(a.distances[measure], a.end) < std::pair(b.distances[measure], b.end);
  };
  std::partial_sort(moments.begin(), moments.begin() + static_cast<std::ptrdiff_t>(kept),
                    moments.end(), nearer);
  const double least = moments.front().distances[measure];
  told.distances[measure] = least;
  // Around the step: a single one is noisy. All of it is past.
  const std::size_t reach = past.window() / 2 + 1;
  double weights = 0;
  for (std::size_t i = 0; i < kept; ++i) {
    const Moment& moment = moments[i];
    const double distance = moment.distances[measure] - least;
    const double weight = std::exp(-distance / std::max(least, kLeastDistance));
    weights += weight;
    for (std::size_t j = 0; j < ahead_.size(); ++j) {
      const double rise = std::clamp(past.CourseAt(moment.end + ahead_[j] + reach) - moment.level,
                                     -kMostRise, kMostRise);
      Rise& sum = told.rises[j][measure];
      if (i == 0) sum.nearest = rise;
      sum.mean += weight * rise;
      sum.spread += weight * rise * rise;
    }
  }
  for (auto& rises : told.rises) {
    Rise& rise = rises[measure];
    rise.mean /= weights;
    rise.spread = std::sqrt(std::max(0.0, rise.spread / weights - rise.mean * rise.mean));
  }
}

LikestHours::Told LikestHours::Tell(const HourPast& past) const {
  Told told;
  told.rises.resize(ahead_.size());
  told.level = past.Log(past.size(), kLevelWindows * past.window());
  told.distances.fill(1);
  std::vector<Moment> moments = Moments(past);
  if (moments.empty()) return told;
  told.level = LevelOf(past.Course(past.size(), kWindows));
  for (std::size_t measure = 0; measure < kMeasures; ++measure)
    TellOf(past, measure, moments, told);
  return told;
}

}  // namespace loadcurve
