#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <deque>
#include <vector>

#include "forecaster/hour_past.h"
#include "forecaster/likest_hours.h"

namespace loadcurve {

// What one moment of a load looks like, as columns for two regressions, one column of a matrix
// for each step ahead: of where the load goes, and of how far it may be missed.
struct HourShape {
  double level = 0;  // log of the last minutes; the first regression is of the load against it
  Eigen::MatrixXd courses;  // HourShapes::course_rows() x steps ahead
  Eigen::MatrixXd spreads;  // HourShapes::spread_rows() x steps ahead

  void Exchange(SavedState& state) { state.Exchange(level, courses, spreads); }
};

// Makes shapes of a load as it is observed. Only the past is looked at.
class HourShapes {
 public:
  // For the steps `ahead`, 0 the very next, rising; at least one.
  HourShapes(const HourPast::Options& options, std::vector<std::size_t> ahead);

  // NaN where missing.
  void Observe(double load);
  // Notes how restless the load is now; to be called once every() steps.
  void Mark();
  std::size_t every() const { return every_; }

  const HourPast& past() const { return past_; }
  std::size_t course_rows() const;
  std::size_t spread_rows() const;

  // At least one load was observed.
  HourShape Shape() const;
  // Whether a shape is one of these.
  bool Owns(const HourShape& shape) const;

  void Exchange(SavedState& state);

 private:
  // How far the log of the load moved within one step, or one window, in the mean of the last
  // minutes; older ones fade.
  struct Restlessness {
    double rate = 1;
    bool is_of_windows = false;
    double mean = 0.05;
  };

  void FillDays(std::size_t ahead, double level, Eigen::Ref<Eigen::VectorXd> rows) const;
  void FillCommon(double level, Eigen::Ref<Eigen::VectorXd> rows) const;
  void FillSpreads(Eigen::Ref<Eigen::VectorXd> rows) const;
  void FillTimes(Eigen::Ref<Eigen::VectorXd> rows) const;
  double Yesterday() const;

  HourPast past_;
  LikestHours likest_;
  std::vector<std::size_t> ahead_;
  std::vector<std::size_t> spans_;  // steps
  std::size_t every_;
  std::vector<Restlessness> restless_;
  std::deque<float> marks_;  // of a day
};

}  // namespace loadcurve
