#include "metrics/block_bootstrap.h"

#include <algorithm>
#include <cmath>

namespace loadcurve {

using Eigen::Index;

Index BlockLength(Index size) {
  return std::clamp<Index>(std::llround(std::cbrt(static_cast<double>(size))), 1, size);
}

std::vector<Index> ResampleBlocks(Index size, std::mt19937_64& random) {
  const Index length = BlockLength(size);
  std::uniform_int_distribution<Index> first(0, size - length);
  std::vector<Index> rows;
  rows.reserve(static_cast<std::size_t>(size + length));
  while (static_cast<Index>(rows.size()) < size) {
    const Index start = first(random);
    for (Index i = 0; i < length; ++i) rows.push_back(start + i);
  }
  rows.resize(static_cast<std::size_t>(size));
  return rows;
}

double QuantileOf(std::vector<double> values, double level) {
  const auto at = values.begin() + std::llround(level * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace loadcurve
