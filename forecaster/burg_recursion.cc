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
  Eigen::VectorXd before(size);
  double energy = forward.squaredNorm() + backward.squaredNorm();
  const double least = 1e-12 * energy;
  for (Eigen::Index k = 0; k < steps && energy > least; ++k) {
    const Eigen::Index left = size - 1 - k;
    auto f = forward.head(left);
    auto b = backward.head(left);
    const double reflection = 2 * f.dot(b) / energy;
    before.head(k) = slopes.head(k);
    slopes.head(k) -= reflection * before.head(k).reverse();
    slopes[k] = reflection;
    before.head(left) = f;
    f -= reflection * b;
    b -= reflection * before.head(left);
    energy = (1 - reflection * reflection) * energy - f[0] * f[0] - b[left - 1] * b[left - 1];
    // The next are one step further apart.
    before.head(left - 1) = f.tail(left - 1);
    forward.head(left - 1) = before.head(left - 1);
  }
  return slopes;
}

}  // namespace loadcurve
