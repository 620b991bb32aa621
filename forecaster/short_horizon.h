#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "forecaster/burst_watch.h"
#include "forecaster/error_model.h"
#include "forecaster/error_tail.h"
#include "forecaster/outage_watch.h"
#include "forecaster/recent_shape.h"
#include "forecaster/rolling_ridge.h"
#include "forecaster/tails_by_size.h"

namespace loadcurve {

struct ShortHorizonOptions {
  std::size_t day = 1440;          // steps a day, at least 1
  std::vector<std::size_t> ahead;  // which steps are asked for, rising, from 0 (the very next)
  double floor = 1;                // loads below it count as it; > 0
};

// How the load of the next few steps is distributed, learnt as it goes: for the decision that
// must be right within minutes, where LoadForecast looks hours and days ahead.
//
// For each step ahead: the log of the load is the recent level, plus a rise that stands out of
// the noise, plus a regression (RollingRidge over 7 days) on RecentShape, plus an error of a
// scale that moves with the hour (ErrorScale); the error in units of that scale has the
// distribution of errors as large (TailsBySize) in the last 14 days (split conformal prediction on
// a rolling window, with an exponential tail beyond what was seen). In one step of fifty the scale
// is taken to tell nothing, and the error is any of these days: a quiet hour may end in its next
// step. Rows of the regression weigh as their level, since an error of a percent costs more
// replicas at a peak. Whether errors are the same share of any load or a smaller one of larger
// loads is what fitted better (ErrorModel). While a load has broken down, it may be back where it
// was at any step (OutageWatch); where it broke out for a few steps, it may again (BurstWatch). A
// load that was usual and fell to nothing is silent: those steps teach nothing, and the past is
// taken to have stayed where it was, so that a return is neither a rise that goes on nor an error.
//
// Fitted anew each time the past has grown by a quarter, and at least daily. Row() is a
// function of what was observed before and of nothing else.
class ShortHorizon {
 public:
  explicit ShortHorizon(ShortHorizonOptions options);

  // The load of the next step; NaN where it is missing.
  void Observe(double load);

  // For step `ahead[index]` of the options: the load at each of kTailLevels, rising.
  // At least one load was observed.
  TailQuantiles Row(std::size_t index) const;

 private:
  // A forecast made before a step, to be judged when the step has come.
  struct Origin {
    std::size_t at = 0;
    double level = 0;
    double relative_level = 1;     // to the mean load
    std::vector<double> expected;  // log loads without and with the regression, by `ahead`
    std::vector<double> centers;
    std::vector<std::array<double, 2>> scales;  // by error model
    std::vector<Eigen::VectorXd> columns;
  };
  struct Ahead {
    RollingRidge ridge;
    std::array<ErrorModel, 2> errors;
    std::size_t likelier = 0;  // of the two
    TailsBySize tails;
    std::deque<float> misses{};                   // errors as they were, of as many days
    std::optional<TailQuantiles> of_any_scale{};  // of these, once they are many
  };

  Origin MakeOrigin() const;
  void Judge(std::size_t index, const Origin& origin, double load);
  void Refit();
  // Of errors as large as the origin's, in units of their scale.
  TailQuantiles TailOf(const Origin& origin, std::size_t index) const;
  TailQuantiles LogsAround(double center, double scale, const TailQuantiles& tail) const;
  // Of what was measured, also while it is silent; > 0.
  double MeanOfLastTwo() const;
  // Notices silence, after the load of this step and before the next.
  void Listen();

  ShortHorizonOptions options_;
  ShapedPast past_;
  OutageWatch watch_;
  bool was_usual_ = false;  // what broke down
  bool is_silent_ = false;
  std::array<double, 2> last_two_{};  // loads as they were measured, the newest last
  BurstWatch bursts_;
  std::vector<Ahead> aheads_;
  std::deque<Origin> origins_;  // the last one is from now
  std::size_t next_fit_;
};

}  // namespace loadcurve
