#pragma once

#include <Eigen/Core>
#include <vector>

namespace loadcurve {

// Of two values or more; the sample's, by n - 1.
double StandardDeviation(const std::vector<double>& values);

// How much less wrong `predicted` is than `rival` in the mean window, in standard errors of that
// mean; above 0 where it is better. Windows are in order of time: neighbours err together, and
// that widens the error. How wrong a window is is counted in orders of magnitude, so that a few
// windows gone wrong decide nothing.
double SavingInErrors(const Eigen::VectorXd& predicted, const Eigen::VectorXd& rival,
                      const Eigen::VectorXd& measured);

}  // namespace loadcurve
