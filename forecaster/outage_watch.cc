#include "forecaster/outage_watch.h"

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

// Above this share of the level that broke down a load is back.
constexpr double kBackShare = 0.7;
constexpr std::size_t kFewSteps = 5;
constexpr double kMostChance = 0.9;
constexpr int kHalvings = 30;

// The log of the chance that a load is above `value`, in straight lines between the levels.
double LogBeyond(const TailQuantiles& quantiles, double value) {
  const auto above = std::lower_bound(quantiles.begin() + 1, quantiles.end() - 1, value);
  const auto i = static_cast<std::size_t>(above - quantiles.begin());
  const double low = std::log(1 - kTailLevels[i - 1]);
  const double width = std::max(quantiles[i] - quantiles[i - 1], 1e-9);
  const double share = (value - quantiles[i - 1]) / width;
  return std::min(0.0, low + share * (std::log(1 - kTailLevels[i]) - low));
}

}  // namespace

void OutageWatch::Observe(double level, double last_two) {
  if (is_out()) {
    ++steps_;
    if (last_two > kBackShare * before_ || steps_ > options_.longest) before_ = 0;
  }
  if (!is_out() && levels_.size() == kFewSteps && levels_.front() >= options_.least_level &&
      last_two < options_.down_share * levels_.front()) {
    before_ = levels_.front();
    steps_ = 1;
  }
  levels_.push_back(level);
  if (levels_.size() > kFewSteps) levels_.pop_front();
}

double OutageWatch::ReturnChance(std::size_t ahead) const {
  if (!is_out()) return 0;
  const auto soon = static_cast<double>(ahead + 1);
  return std::min(kMostChance, soon / (static_cast<double>(steps_) + soon + 1));
}

TailQuantiles EitherOf(const TailQuantiles& first, const TailQuantiles& second, double chance) {
  const auto beyond = [&](double value) {
    return (1 - chance) * std::exp(LogBeyond(first, value)) +
           chance * std::exp(LogBeyond(second, value));
  };
  TailQuantiles either{};
  double low = std::min(first.front(), second.front());
  for (std::size_t i = 0; i < either.size(); ++i) {
    double high = std::max(first[i], second[i]);
    low = std::min(low, high);
    double bottom = low;
    for (int halving = 0; halving < kHalvings; ++halving) {
      const double middle = (bottom + high) / 2;
      (beyond(middle) > 1 - kTailLevels[i] ? bottom : high) = middle;
    }
    either[i] = low = high;
  }
  return either;
}

}  // namespace loadcurve
