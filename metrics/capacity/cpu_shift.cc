#include "metrics/capacity/cpu_shift.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace loadcurve {
namespace {

constexpr double kLeastError = 0.01;
// Of a mean with so few neighbours, for its error to be trusted.
constexpr std::size_t kFewestBlocks = 16;

double Mean(std::span<const double> values) {
  return values.empty() ? 0
                        : std::accumulate(values.begin(), values.end(), 0.0) /
                              static_cast<double>(values.size());
}

// Windows gone wrong count as three deviations of an ordinary one.
std::vector<double> Tamed(std::span<const double> values) {
  std::vector<double> sizes;
  for (const double value : values) sizes.push_back(std::abs(value));
  std::sort(sizes.begin(), sizes.end());
  const double most = 3 * 1.4826 * sizes[sizes.size() / 2];
  std::vector<double> tamed;
  for (const double value : values) tamed.push_back(std::clamp(value, -most, most));
  return tamed;
}

double BlockError(std::span<const double> values, std::size_t length) {
  double squares = 0;
  std::size_t blocks = 0;
  const double all = Mean(values);
  for (std::size_t first = 0; first + length <= values.size(); first += length, ++blocks)
    squares += std::pow(Mean(values.subspan(first, length)) - all, 2);
  return blocks > 1 ? std::sqrt(squares / static_cast<double>(blocks - 1)) : 0;
}

}  // namespace

CpuNoise::CpuNoise(std::span<const double> offsets) {
  if (offsets.empty()) return;
  const std::vector<double> tamed = Tamed(offsets);
  for (std::size_t length = 1; length == 1 || tamed.size() / length >= kFewestBlocks; length *= 2)
    block_errors_.push_back(BlockError(tamed, length));
}

double CpuNoise::ErrorOfMean(std::size_t count) const {
  if (block_errors_.empty()) return 1;
  // Of blocks that are not longer; beyond the longest nothing says that the error goes on falling.
  std::size_t doublings = 0;
  while ((std::size_t{2} << doublings) <= count) ++doublings;
  const double error = block_errors_[std::min(doublings, block_errors_.size() - 1)];
  return std::sqrt(error * error + kLeastError * kLeastError);
}

CpuNoise CpuNoise::OfBlocks(std::vector<double> block_errors) {
  CpuNoise noise;
  noise.block_errors_ = std::move(block_errors);
  return noise;
}

CpuShift::CpuShift(CpuNoise noise, std::size_t least, std::size_t enough)
    : noise_(std::move(noise)),
      parts_{.least = std::max<std::size_t>(4, least), .enough = enough} {}

double CpuShift::ErrorOf(std::size_t count) const {
  return std::hypot(noise_.ErrorOfMean(count), parts_.line_error);
}

ShiftEstimate CpuShift::Add(double offset, double line_error) {
  constexpr double kErrors = 3.3;
  constexpr double kLeastShift = 0.05;
  constexpr double kLeastLeft = 0.75;
  // Twice as much, or half: one window gone wrong is not to decide.
  constexpr double kFurthest = 0.7;
  constexpr double kSteps = 1e4;
  parts_.line_error = line_error;
  std::vector<double>& offsets = parts_.offsets;
  offsets.push_back(std::round(std::clamp(offset, -kFurthest, kFurthest) * kSteps) / kSteps);
  const std::size_t n = offsets.size();
  if (parts_.verdict != ShiftVerdict::kOpen || n < parts_.least) return Present();
  const std::span all(offsets);
  const auto shift_of = [&](std::span<const double> some) {
    const double mean = Mean(some);
    const double least = std::max(kLeastShift, kErrors * ErrorOf(some.size()));
    return mean > least ? 1 : mean < -least ? -1 : 0;
  };
  const auto later = all.subspan(n / 2);
  const int shift = shift_of(all);
  const bool lasts = shift != 0 && shift == shift_of(later) &&
                     std::abs(Mean(later)) >= kLeastLeft * std::abs(Mean(all.first(n / 2)));
  if (lasts)
    parts_.verdict = shift > 0 ? ShiftVerdict::kMore : ShiftVerdict::kLess;
  else if (n >= parts_.enough)
    parts_.verdict = ShiftVerdict::kUnchanged;
  return Present();
}

ShiftEstimate CpuShift::Present() const {
  const std::size_t n = parts_.offsets.size();
  if (n == 0) return parts_.estimate.value_or(ShiftEstimate{parts_.verdict, 0, 1});
  const auto later = std::span(parts_.offsets).subspan(n < 4 ? 0 : n / 2);
  const ShiftEstimate own{parts_.verdict, Mean(later), ErrorOf(later.size())};
  return parts_.estimate && parts_.estimate->error < own.error ? *parts_.estimate : own;
}

CpuShift CpuShift::Kept() const {
  if (parts_.verdict == ShiftVerdict::kOpen) return *this;
  return {noise_, Parts{.least = parts_.least,
                        .enough = parts_.enough,
                        .verdict = parts_.verdict,
                        .estimate = Present()}};
}

}  // namespace loadcurve
