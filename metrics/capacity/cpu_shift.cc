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

CpuShift::CpuShift(CpuNoise noise, std::size_t least, std::size_t enough)
    : noise_(std::move(noise)), least_(std::max<std::size_t>(4, least)), enough_(enough) {}

double CpuShift::ErrorOf(std::size_t count) const {
  return std::hypot(noise_.ErrorOfMean(count), line_error_);
}

ShiftEstimate CpuShift::Add(double offset, double line_error) {
  constexpr double kErrors = 3.3;
  constexpr double kLeastShift = 0.05;
  constexpr double kLeastLeft = 0.75;
  // Twice as much, or half: one window gone wrong is not to decide.
  constexpr double kFurthest = 0.7;
  line_error_ = line_error;
  offsets_.push_back(std::clamp(offset, -kFurthest, kFurthest));
  const std::size_t n = offsets_.size();
  if (verdict_ != ShiftVerdict::kOpen || n < least_) return Present();
  const std::span all(offsets_);
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
    verdict_ = shift > 0 ? ShiftVerdict::kMore : ShiftVerdict::kLess;
  else if (n >= enough_)
    verdict_ = ShiftVerdict::kUnchanged;
  return Present();
}

ShiftEstimate CpuShift::Present() const {
  if (offsets_.empty()) return {verdict_, 0, 1};
  const std::size_t n = offsets_.size();
  const auto later = std::span(offsets_).subspan(n < 4 ? 0 : n / 2);
  return {verdict_, Mean(later), ErrorOf(later.size())};
}

}  // namespace loadcurve
