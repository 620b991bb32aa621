#pragma once

#include <Eigen/Core>
#include <cstddef>

namespace loadcurve {

// The autoregression of `order` steps that foretells `values` best forwards and backwards at once
// (Burg, 1975, Maximum Entropy Spectral Analysis): value = sum of result[k] * the value k + 1 steps
// before. It is stable, so what it foretells never runs away. `values` are about their mean and
// more than `order`; of values that are all 0 the result is 0.
Eigen::VectorXd BurgAutoregression(const Eigen::VectorXd& values, std::size_t order);

}  // namespace loadcurve
