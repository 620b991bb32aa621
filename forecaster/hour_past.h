#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "forecaster/recent_values.h"

namespace loadcurve {

// The last weeks of a load at fine steps, on a log scale, with means over any span in constant
// time and in bounded memory: what a forecast of the next hour looks back on.
class HourPast {
 public:
  struct Options {
    std::size_t day = 1440;    // steps, at least 1
    std::size_t horizon = 60;  // steps, at least 1
    double offset = 1;         // > 0: added to loads, so that the noise of small ones stays small
  };
  explicit HourPast(Options options);

  // So many steps as `minutes` are, at least one. At steps so fine that the horizon is shorter
  // than an hour, minutes are as much shorter, but for those of the day.
  std::size_t Steps(double minutes) const;

  // The load of the next step, >= 0. A missing one (NaN) is taken to move as a day ago, from
  // where it was before the gap.
  void Append(double load);

  const Options& options() const { return options_; }
  std::size_t size() const { return size_; }
  // Whether the last load was measured.
  bool is_measured() const { return gap_ == 0; }
  // Means reach back to here.
  std::size_t first() const { return sums_.first(); }

  // log(mean + offset) of the `width` loads before `end`, or of those that are known;
  // first() < end <= size().
  double Log(std::size_t end, std::size_t width) const;

  // Steps of one window of the course: five minutes.
  std::size_t window() const { return courses_.size(); }
  // Log of `count` such windows side by side, the last one before `end`; the first begins at
  // first() or later.
  std::span<const float> Course(std::size_t end, std::size_t count) const;
  // The one window before `end`.
  double CourseAt(std::size_t end) const;

  void Exchange(SavedState& state);

 private:
  double Mean(std::size_t end, std::size_t width) const;
  double Filled() const;

  Options options_;
  double steps_per_minute_;
  std::size_t size_ = 0;
  std::size_t gap_ = 0;        // missing steps up to now
  double ratio_of_days_ = 1;   // of the load to that of a day before, before the gap
  RecentValues<double> sums_;  // of the first loads
  // Window `end` stands at end / window() of the array end % window().
  std::vector<RecentValues<float>> courses_;
};

}  // namespace loadcurve
