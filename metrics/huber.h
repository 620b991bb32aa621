#pragma once

#include <Eigen/Core>

namespace loadcurve {

// Residuals judged so that a few windows gone wrong (a collection of garbage, a batch job
// beside the service) do not outvote all the others (Huber 1964, k = 1.345).

// The scale of ordinary residuals: 1.4826 times the median absolute one, which is the
// standard deviation of normal ones. `residuals` is not empty.
double OrdinaryScale(const Eigen::VectorXd& residuals);

// What each residual counts in reweighted least squares: 1, and less beyond k scales.
Eigen::VectorXd HuberTrust(const Eigen::VectorXd& residuals);

// Half the square of each residual, and linear beyond k scales. A scale of 0 leaves the
// squares.
Eigen::VectorXd HuberLoss(const Eigen::VectorXd& residuals, double scale);

}  // namespace loadcurve
