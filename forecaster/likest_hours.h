#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "forecaster/hour_past.h"

namespace loadcurve {

// The moments of the last weeks that were most like this one, and what came after them (analogue
// forecasting: Lorenz, 1969, J. Atmospheric Sciences 26). So a day of an event is foretold from
// other days of events, whichever they were.
//
// Two moments are the more alike the closer the courses of their last hours, each against its
// own level, their levels and their times of day. Two measures are taken, of three hours and of
// one: what moves a load is not known beforehand, and the regression that is told both weighs them.
class LikestHours {
 public:
  static constexpr std::size_t kMeasures = 2;

  // How far the load went from the level within some steps. Logarithms; 0 where nothing is known.
  struct Rise {
    double mean = 0;     // over the likest moments, weighted by how like they are
    double nearest = 0;  // after the likest
    double spread = 0;   // one standard deviation over the likest
  };
  struct Told {
    double level = 0;  // log, of a quarter of an hour
    std::array<double, kMeasures> distances{};
    std::vector<std::array<Rise, kMeasures>> rises;  // one for each step ahead
  };

  // For the steps `ahead`, 0 the very next, rising; at least one.
  explicit LikestHours(std::vector<std::size_t> ahead) : ahead_(std::move(ahead)) {}

  // From the end of `past`, which is not empty.
  Told Tell(const HourPast& past) const;

 private:
  // What a moment was like.
  struct Moment {
    std::size_t end = 0;
    double level = 0;
    std::array<double, kMeasures> distances{};
  };

  std::vector<Moment> Moments(const HourPast& past) const;
  void TellOf(const HourPast& past, std::size_t measure, std::vector<Moment>& moments,
              Told& told) const;

  std::vector<std::size_t> ahead_;
};

}  // namespace loadcurve
