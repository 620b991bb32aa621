#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "forecaster/adapted_quantiles.h"
#include "forecaster/fading_ridge.h"
#include "forecaster/hour_shape.h"
#include "forecaster/joint_errors.h"
#include "forecaster/outage_watch.h"

namespace loadcurve {

// Quantile paths of the hour to come at fine steps, learnt as it goes.
//
// For a few distances ahead, close together first: the log of the load is the recent level, plus
// a ridge regression on what the moment looks like (HourShape), plus an error. Its scale is e to
// the power of a second regression, of the log of what was missed before; in units of it errors
// have the distribution of the last days (AdaptedQuantiles). Rows of the first regression weigh
// as one over their scale, and both fade. Between the distances lie straight lines in the
// logarithm.
//
// A load that falls to nothing within minutes has an outage: while it lasts the model looks at what
// would have been, as in a gap, and learns nothing; the forecast is that the load either stays
// where it is or is back (OutageWatch). After a day the low load is the usual one.
//
// Moments are learnt from every ten minutes; an hour later each is judged by what came. The
// result depends on what was observed, and when Refit was called, and on nothing else.
class HourAhead {
 public:
  struct Options {
    std::size_t day = 1440;      // steps, see Fits
    std::size_t horizon = 60;    // steps
    std::vector<double> levels;  // in (0, 1), rising
    double offset = 1;           // > 0, see OffsetFor

    void Exchange(SavedState& state) { state.Exchange(day, horizon, levels, offset); }
  };
  explicit HourAhead(Options options);

  // True where it applies: steps of five minutes at most, and no more than an hour of them.
  static bool Fits(std::size_t day, std::size_t horizon);

  // What to add to a load before its logarithm is taken, from its past: the unit of its noise,
  // half the mean squared difference of neighbours over the mean load, which is 1 for the counts
  // of a Poisson process. > 0, and of the load's own unit. NaN is missing.
  static double OffsetFor(std::span<const double> loads);

  // The load of the next step; NaN where it is missing. Fits anew four times a day.
  void Observe(double load);

  // Fits what was learnt until now.
  void Refit();

  // Horizon rows of one load a level, none below the one before. Something was observed.
  std::vector<double> Paths() const;

  // One load a level: of the largest of these steps, from joint paths (JointErrors).
  std::vector<double> Maximum(JointErrors::Interval interval) const;

  // All that it learnt, as bytes: a model that is made of them goes on as if it had never stopped,
  // to the last bit.
  std::string Saved() const;
  // kInvalidArgument where the bytes are not those of such a model, or not whole.
  [[nodiscard]] static Result<HourAhead> Restored(std::string_view bytes);

 private:
  // Where the load is expected at one distance, in logarithms.
  struct Expected {
    double center = 0;
    double scale = 1;
    double calm_scale = 1;  // without what the last minutes were missed by

    void Exchange(SavedState& state) { state.Exchange(center, scale, calm_scale); }
  };
  // A moment, to be judged as the steps after it come.
  struct Moment {
    std::size_t at = 0;
    HourShape shape;
    std::vector<Expected> expected;
    std::vector<float> errors;  // step by step; empty where they are not noted

    void Exchange(SavedState& state) { state.Exchange(at, shape, expected, errors); }
  };
  struct Distance {
    FadingRidge course;
    FadingRidge spread;
    AdaptedQuantiles quantiles;

    void Exchange(SavedState& state) { state.Exchange(course, spread, quantiles); }
  };

  void Exchange(SavedState& state);
  std::vector<Expected> Expect(const HourShape& shape) const;
  void Judge(double load);
  void Learn(std::size_t index, const Moment& moment, double log_load);
  std::vector<double> LogsAt(std::size_t index, const Expected& expected) const;
  Expected Between(const std::vector<Expected>& expected, std::size_t step) const;
  void Forget(std::size_t now);
  void Watch(double load);
  std::vector<double> UndisturbedPaths() const;
  void MixWithOutage(std::size_t ahead, std::span<double> loads) const;

  Options options_;
  std::vector<std::size_t> anchors_;
  HourShapes shapes_;
  std::vector<Distance> distances_;
  std::deque<Moment> moments_;
  JointErrors courses_;
  OutageWatch watch_;
  std::deque<double> last_loads_;  // as measured
  // How far the last minutes were missed, in calm scales.
  double surprise_ = 0;
  std::size_t fits_ = 0;
  std::size_t last_fit_ = 0;
  std::size_t next_fit_;
};

}  // namespace loadcurve
