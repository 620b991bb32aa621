#include "forecaster/burg_recursion.h"

#include "base/check.h"

namespace loadcurve {

Eigen::VectorXd BurgAutoregression(const Eigen::VectorXd& values, std::size_t order) {
  const Eigen::Index size = values.size();
  const auto steps = static_cast<Eigen::Index>(order);
  Check(steps < size, "more values than steps");
  Eigen::VectorXd slopes = Eigen::VectorXd::Zero(steps);
  // What the steps so far leave of each value, foretold from those before and from those after it.
  Eigen::VectorXd forward = values.tail(size - 1);
  Eigen::VectorXd backward = values.head(size - 1);
  Eigen::VectorXd before(steps);
  double energy = forward.squaredNorm() + backward.squaredNorm();
  const double least = 1e-12 * energy;
  for (Eigen::Index k = 0; k < steps && energy > least; ++k) {
    const Eigen::Index left = size - 1 - k;
    // What is foretold lies k steps further on than what it is foretold from.
    double* const f = forward.data() + k;
    double* const b = backward.data();
    const double reflection = 2 * forward.tail(left).dot(backward.head(left)) / energy;
    before.head(k) = slopes.head(k);
    slopes.head(k) -= reflection * before.head(k).reverse();
    slopes[k] = reflection;
    for (Eigen::Index i = 0; i < left; ++i) {
      const double foretold = f[i];
      f[i] -= reflection * b[i];
      b[i] -= reflection * foretold;
    }
    energy = (1 - reflection * reflection) * energy - f[0] * f[0] - b[left - 1] * b[left - 1];
  }
  return slopes;
}

}  // namespace loadcurve
