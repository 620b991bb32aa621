#include "forecaster/adapted_quantiles.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace loadcurve {
namespace {

constexpr std::size_t kFewestErrors = 50;
// How far one error moves a level; levels further out than kFar move less.
constexpr double kStep = 0.003;
constexpr double kFar = 0.1;
// A level is read off at no less than this share of what lies beyond it.
constexpr double kLeastShare = 0.25;

double LaplaceQuantile(double level) {
  const double size = -std::log(2 * std::min(level, 1 - level)) / std::numbers::sqrt2;
  return level < 0.5 ? -size : size;
}

}  // namespace

AdaptedQuantiles::AdaptedQuantiles(std::vector<double> levels, std::size_t kept)
    : levels_(std::move(levels)), moved_(levels_), kept_(kept) {}

void AdaptedQuantiles::Add(double error) {
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const double level = levels_[i];
    const double beyond = std::min(level, 1 - level);
    const double miss = level - (error <= At(i) ? 1 : 0);
    moved_[i] = std::clamp(moved_[i] + kStep * std::min(1.0, beyond / kFar) * miss,
                           kLeastShare * level, 1 - kLeastShare * (1 - level));
  }
  const auto added = static_cast<float>(error);
  if (errors_.size() < kept_) {
    errors_.push_back(added);
  } else {
    sorted_.erase(std::lower_bound(sorted_.begin(), sorted_.end(), errors_[next_]));
    errors_[next_] = added;
    next_ = (next_ + 1) % kept_;
  }
  sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), added), added);
}

void AdaptedQuantiles::Exchange(SavedState& state) {
  state.Exchange(moved_, next_, errors_);
  const auto is_nan = [](float error) { return std::isnan(error); };
  if (moved_.size() != levels_.size() || next_ >= kept_ || errors_.size() > kept_ ||
      std::ranges::any_of(errors_, is_nan))
    return state.Refuse();
  sorted_ = errors_;
  std::ranges::sort(sorted_);
}

double AdaptedQuantiles::At(std::size_t index) const {
  if (sorted_.size() < kFewestErrors) return LaplaceQuantile(levels_[index]);
  const double rank = moved_[index] * static_cast<double>(sorted_.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const std::size_t above = std::min(below + 1, sorted_.size() - 1);
  const auto low = static_cast<double>(sorted_[below]);
  return low + (rank - std::floor(rank)) * (static_cast<double>(sorted_[above]) - low);
}

std::vector<double> AdaptedQuantiles::Quantiles() const {
  std::vector<double> quantiles;
  for (std::size_t i = 0; i < levels_.size(); ++i)
    quantiles.push_back(i == 0 ? At(0) : std::max(quantiles.back(), At(i)));
  return quantiles;
}

}  // namespace loadcurve
