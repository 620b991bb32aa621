#pragma once

#include <Eigen/Core>
#include <random>
#include <vector>

namespace loadcurve {

// The block length for resampling `size` neighbouring windows: they err together, so blocks
// of them are resampled, not single ones (Kuensch 1989); n^(1/3) is the usual length.
Eigen::Index BlockLength(Eigen::Index size);

// `size` row numbers made of blocks of neighbours, drawn with replacement.
std::vector<Eigen::Index> ResampleBlocks(Eigen::Index size, std::mt19937_64& random);

// The value below which a share `level` of the values lies; `values` is not empty.
double QuantileOf(std::vector<double> values, double level);

}  // namespace loadcurve
