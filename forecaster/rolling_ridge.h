#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <deque>

namespace loadcurve {

// Ridge regression over the last so many blocks of rows, say days: rows are only summed up, so
// fitting anew costs as much after a month as after a day.
//
// Slopes are shrunk towards 0 by `penalty` times the mean square of their column, so one
// penalty suits columns of any size; the intercept is not. Columns are not centred: a column of
// zeros says "nothing known", and its slope stays 0.
class RollingRidge {
 public:
  // `columns` >= 1, `blocks` >= 1, `penalty` > 0.
  RollingRidge(std::size_t columns, std::size_t blocks, double penalty);

  // A row with its target and weight >= 0, all finite. Blocks are numbered in rising order.
  void Add(std::size_t block, const Eigen::VectorXd& row, double target, double weight);

  // Fits what is summed up; until the first time At() is 0.
  void Refit();

  double At(const Eigen::VectorXd& row) const;

 private:
  struct Block {
    std::size_t number = 0;
    Eigen::MatrixXd products;  // (columns + 1) squared, the intercept first
    Eigen::VectorXd targets;
  };

  std::size_t columns_;
  std::size_t most_blocks_;
  double penalty_;
  std::deque<Block> blocks_;
  Eigen::VectorXd coefficients_;
  Eigen::VectorXd extended_;  // room for a row with its 1
};

}  // namespace loadcurve
