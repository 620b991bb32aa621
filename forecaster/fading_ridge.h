#pragma once

#include <Eigen/Core>
#include <cstddef>

#include "forecaster/saved_state.h"

namespace loadcurve {

// Ridge regression in which older rows fade: rows are only summed up, so memory and a fit anew
// are those of one square matrix, however many rows there were.
//
// Columns are centred by their weighted means, and slopes are shrunk towards 0 by `penalty` times
// the variance of their column, so one penalty suits columns of any size; more while rows are
// few. A column that does not vary has the slope 0.
class FadingRidge {
 public:
  // `columns` >= 1, `penalty` > 0.
  FadingRidge(std::size_t columns, double penalty);

  // Row, target and weight > 0, all finite.
  void Add(const Eigen::Ref<const Eigen::VectorXd>& row, double target, double weight);

  // What was added until now counts `share` in (0, 1] of what it did.
  void Fade(double share);

  // Fits what is summed up; until the first time At() is 0.
  void Refit();

  double At(const Eigen::Ref<const Eigen::VectorXd>& row) const;

  void Exchange(SavedState& state) {
    state.Exchange(products_, targets_, squared_weights_, slopes_, intercept_);
  }

 private:
  double penalty_;
  Eigen::MatrixXd products_;  // of rows led by a 1; the lower half
  Eigen::VectorXd targets_;
  double squared_weights_ = 0;
  Eigen::VectorXd slopes_;
  double intercept_ = 0;
  Eigen::VectorXd extended_;  // room for a row with its 1
};

}  // namespace loadcurve
