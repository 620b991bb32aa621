#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <span>
#include <vector>

namespace loadcurve {

// What the last steps and the same time on the days before look like, as columns for a
// regression of the next few steps. Only the past is looked at.
struct RecentShape {
  double level = 0;  // of the last steps; a single low one does not lower it
  double trend = 0;  // rise of the log load per step, where it stands out of the noise; >= 0
  std::vector<Eigen::VectorXd> columns;  // one row for each step ahead asked for
};

// How many columns a row has.
inline constexpr std::size_t kShapeColumns = 14;

// The log of a load by steps, with what a shape needs at hand: appending a value and asking
// for the shape cost the same however long the past is.
class ShapedPast {
 public:
  // `day` steps a day, or 0 where no day is looked back on; loads below `floor` > 0 count as it.
  ShapedPast(std::size_t day, double floor);

  // A missing load (NaN) is taken to be the last one: the level stays.
  void Append(double load);
  // The last of them that lie below `least`, up to `steps`, are taken to have been `load` instead.
  void Replace(std::size_t steps, double least, double load);

  std::size_t size() const { return logs_.size(); }
  // The mean load of the last steps, or of those there are; size() >= 1.
  double MeanOfLast(std::size_t steps) const { return MeanBefore(size(), steps); }

  // For the steps `ahead` (0: the very next) from here. size() >= 1.
  RecentShape Shape(std::span<const std::size_t> ahead) const;

 private:
  double MeanBefore(std::size_t end, std::size_t width) const;
  double SmoothLog(std::size_t index, std::size_t reach) const;
  void FillDays(std::size_t ahead, Eigen::VectorXd& row) const;

  std::size_t day_;
  double floor_;
  std::vector<double> logs_;
  std::vector<double> sums_{0.0};
};

}  // namespace loadcurve
