#include "forecaster/pooled_errors.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "forecaster/forecast_scores.h"
#include "forecaster/ranked_quantile.h"

namespace loadcurve {
namespace {

constexpr double kMostWidening = 2;

std::size_t GroupOf(Eigen::Index origin, Eigen::Index origins) {
  const std::size_t groups = std::min(kErrorGroups, static_cast<std::size_t>(origins));
  return static_cast<std::size_t>(origin) * groups / static_cast<std::size_t>(origins);
}

// Sorted errors but those of one group, whose places among them are given.
class WithoutGroup {
 public:
  WithoutGroup(std::span<const PooledError> sorted, std::span<const std::uint32_t> places)
      : sorted_(sorted), places_(places) {}

  std::size_t size() const { return sorted_.size() - places_.size(); }

  double Quantile(double level) const {
    std::size_t next = 0;
    std::size_t passed = 0;
    return RankedQuantile(size(), level, [&](std::size_t i) {
      if (i != next) passed = PassedBy(i);
      while (passed < places_.size() && places_[passed] - passed <= i) ++passed;
      next = i + 1;
      return sorted_[i + passed].error;
    });
  }

 private:
  // How many of the group stand before the error of rank `i` of the others: before places_[k] stand
  // so many less k that are not of the group.
  std::size_t PassedBy(std::size_t i) const {
    std::size_t passed = 0;
    for (std::size_t left = places_.size(); left > 0;) {
      const std::size_t half = left / 2;
      const bool is_before = places_[passed + half] - (passed + half) <= i;
      passed = is_before ? passed + half + 1 : passed;
      left = is_before ? left - half - 1 : half;
    }
    return passed;
  }

  std::span<const PooledError> sorted_;
  std::span<const std::uint32_t> places_;
};

}  // namespace

ScaledErrors::ScaledErrors(std::span<const RollingOrigin> origins, std::size_t horizon,
                           const ErrorUnit& unit)
    : errors(Eigen::ArrayXXd::Constant(static_cast<Eigen::Index>(origins.size()),
                                       static_cast<Eigen::Index>(horizon),
                                       std::numeric_limits<double>::quiet_NaN())),
      scales(errors) {
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const RollingOrigin& origin = origins[i];
    const auto row = static_cast<Eigen::Index>(i);
    for (std::size_t ahead = 0; ahead < std::min(horizon, origin.actual.size()); ++ahead) {
      const auto column = static_cast<Eigen::Index>(ahead);
      const double scale = unit.At(origin.predicted[ahead], origin.first + ahead);
      scales(row, column) = scale;
      errors(row, column) = (origin.actual[ahead] - origin.predicted[ahead]) / scale;
    }
  }
}

const std::vector<PooledError>& NearErrors::Around(std::size_t ahead) {
  const auto steps = static_cast<std::size_t>(errors_.cols());
  const std::size_t reach = std::min(steps / 8, 1 + ahead / 2);
  const std::size_t first = ahead - std::min(ahead, reach);
  const std::size_t last = std::min(ahead + reach, steps - 1);
  std::erase_if(pooled_, [&](const PooledError& error) { return error.ahead < first; });
  for (; next_ <= last; ++next_) {
    coming_.clear();
    for (Eigen::Index i = 0; i < errors_.rows(); ++i) {
      const double error = errors_(i, static_cast<Eigen::Index>(next_));
      if (!std::isnan(error))
        coming_.push_back({error, static_cast<std::uint32_t>(next_),
                           static_cast<std::uint32_t>(GroupOf(i, errors_.rows()))});
    }
    std::ranges::sort(coming_, {}, &PooledError::error);
    merged_.resize(pooled_.size() + coming_.size());
    std::ranges::merge(pooled_, coming_, merged_.begin(), {}, &PooledError::error,
                       &PooledError::error);
    std::swap(pooled_, merged_);
  }
  return pooled_;
}

void LeaveOneOut::Judge(const std::vector<PooledError>& pooled, const ScaledErrors& all,
                        std::size_t ahead) {
  const std::size_t size = pooled.size();
  places_.resize(std::max(places_.size(), kErrorGroups * size));
  std::array<std::size_t, kErrorGroups> counts{};
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t group = pooled[i].group;
    places_[group * size + counts[group]++] = static_cast<std::uint32_t>(i);
  }
  for (std::size_t group = 0; group < kErrorGroups; ++group) {
    const WithoutGroup others(pooled, std::span(places_).subspan(group * size, counts[group]));
    if (counts[group] == 0 || others.size() < kFewestErrors) continue;
    middles_[group] = others.Quantile(0.5);
    for (std::size_t i = 0; i < levels_.size(); ++i)
      quantiles_[group * levels_.size() + i] =
          levels_[i] == 0.5 ? middles_[group] : others.Quantile(levels_[i]);
  }
  const auto column = static_cast<Eigen::Index>(ahead);
  for (Eigen::Index i = 0; i < all.errors.rows(); ++i) {
    const std::size_t group = GroupOf(i, all.errors.rows());
    if (!std::isnan(all.errors(i, column)) && size - counts[group] >= kFewestErrors)
      JudgeOne(all.errors(i, column), all.scales(i, column), group);
  }
}

void LeaveOneOut::JudgeOne(double error, double scale, std::size_t group) {
  const double middle = middles_[group];
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const double quantile = quantiles_[group * levels_.size() + i];
    loss_ += scale * PinballLoss(levels_[i], error, quantile);
    ++count_;
    if (quantile != middle) reaches_[i].push_back((error - middle) / (quantile - middle));
  }
}

double LeaveOneOut::WideningOf(std::size_t level) {
  auto& reaches = reaches_[level];
  if (reaches.size() < kFewestErrors) return 1;
  const double outward = std::max(levels_[level], 1 - levels_[level]);
  const double reach = RankedQuantile(reaches.size(), outward, [&](std::size_t i) {
    const auto place = reaches.begin() + static_cast<std::ptrdiff_t>(i);
    std::nth_element(reaches.begin(), place, reaches.end());
    return *place;
  });
  return std::clamp(reach, 1.0, kMostWidening);
}

}  // namespace loadcurve
