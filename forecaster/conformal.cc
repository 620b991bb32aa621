#include "forecaster/conformal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "base/check.h"
#include "forecaster/forecast_scores.h"
#include "forecaster/ranked_quantile.h"

namespace loadcurve {
namespace {

// Errors are left out in so many groups of neighbouring origins.
constexpr std::size_t kGroups = 16;
// Quantiles of fewer errors say too little.
constexpr std::size_t kFewestErrors = 3;
// Levels closer to the middle than this are not widened: there is hardly a band.
constexpr double kOuterLevel = 0.2;
constexpr double kMostWidening = 2;
// What fewer origins left out says nothing of how far the others' bands must reach: their tails,
// drawn from few errors, reach far already.
constexpr std::size_t kFewestToWiden = 8;
// Quantiles of the logistic distribution by those of the normal one, about.
constexpr double kLogisticScale = 1.702;

struct ScaledError {
  double error = 0;  // in units of `scale`
  double scale = 1;
  std::uint32_t ahead = 0;
  std::uint32_t group = 0;
};

// errors[ahead]: what each origin missed there.
using ErrorsAhead = std::vector<std::vector<ScaledError>>;

ErrorsAhead Collect(std::span<const RollingOrigin> origins, std::size_t horizon,
                    const ErrorUnit& unit) {
  ErrorsAhead errors(horizon);
  const std::size_t groups = std::min(kGroups, origins.size());
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const RollingOrigin& origin = origins[i];
    for (std::size_t ahead = 0; ahead < std::min(horizon, origin.actual.size()); ++ahead) {
      if (std::isnan(origin.actual[ahead])) continue;
      errors[ahead].push_back({unit.ErrorOf(origin, ahead),
                               unit.At(origin.predicted[ahead], origin.first + ahead),
                               static_cast<std::uint32_t>(ahead),
                               static_cast<std::uint32_t>(i * groups / origins.size())});
    }
  }
  return errors;
}

// Course by course; steps beyond a short one are missed by more, as a random walk does.
JointErrors CoursesOf(std::span<const RollingOrigin> origins, std::size_t horizon,
                      const ErrorUnit& unit) {
  JointErrors courses(horizon, origins.size());
  std::vector<float> course(horizon);
  for (const RollingOrigin& origin : origins) {
    const std::size_t seen = std::min(horizon, origin.actual.size());
    for (std::size_t ahead = 0; ahead < seen; ++ahead)
      course[ahead] = static_cast<float>(unit.ErrorOf(origin, ahead));
    for (std::size_t ahead = seen; ahead < horizon; ++ahead)
      course[ahead] =
          course[seen - 1] * std::sqrt(static_cast<float>(ahead + 1) / static_cast<float>(seen));
    courses.Add(course);
  }
  return courses;
}

// The errors of steps about as far ahead, smallest first: those of a step more come in, and those
// of a step that is no longer near go, as one goes further ahead.
class Neighbours {
 public:
  explicit Neighbours(ErrorsAhead& errors) : errors_(errors) {}

  // Of the steps around `ahead`, which rises from call to call.
  const std::vector<ScaledError>& Around(std::size_t ahead) {
    const std::size_t reach = std::min(errors_.size() / 8, 1 + ahead / 2);
    const std::size_t first = ahead - std::min(ahead, reach);
    const std::size_t last = std::min(ahead + reach, errors_.size() - 1);
    std::erase_if(pooled_, [&](const ScaledError& error) { return error.ahead < first; });
    for (; next_ <= last; ++next_) {
      std::ranges::sort(errors_[next_], {}, &ScaledError::error);
      merged_.clear();
      std::ranges::merge(pooled_, errors_[next_], std::back_inserter(merged_), {},
                         &ScaledError::error, &ScaledError::error);
      std::swap(pooled_, merged_);
    }
    return pooled_;
  }

 private:
  ErrorsAhead& errors_;
  std::vector<ScaledError> pooled_;
  std::vector<ScaledError> merged_;
  std::size_t next_ = 0;  // the step that comes in next
};

// Sorted errors but those of one group, whose places among them are given.
class WithoutGroup {
 public:
  WithoutGroup(const std::vector<ScaledError>& sorted, const std::vector<std::size_t>& places)
      : sorted_(sorted), places_(places) {}

  std::size_t size() const { return sorted_.size() - places_.size(); }
  double Quantile(double level) const {
    return RankedQuantile(size(), level, [&](std::size_t i) { return At(i); });
  }

 private:
  double At(std::size_t i) const {
    for (const std::size_t place : places_) {
      if (place > i) break;
      ++i;
    }
    return sorted_[i].error;
  }

  const std::vector<ScaledError>& sorted_;
  const std::vector<std::size_t>& places_;
};

// Bands judged on the errors of groups that they were not made from.
class LeaveOneOut {
 public:
  explicit LeaveOneOut(std::span<const double> levels) : levels_(levels), reaches_(levels.size()) {}

  // `pooled` as Neighbours gives them; `judged` the errors exactly so far ahead.
  void Judge(const std::vector<ScaledError>& pooled, const std::vector<ScaledError>& judged) {
    for (auto& places : places_) places.clear();
    for (std::size_t i = 0; i < pooled.size(); ++i) places_[pooled[i].group].push_back(i);
    for (std::size_t group = 0; group < kGroups; ++group) {
      const WithoutGroup others(pooled, places_[group]);
      if (places_[group].empty() || others.size() < kFewestErrors) continue;
      const double middle = others.Quantile(0.5);
      for (std::size_t i = 0; i < levels_.size(); ++i) {
        const double quantile = others.Quantile(levels_[i]);
        for (const ScaledError& error : judged)
          if (error.group == group) JudgeOne(i, error, middle, quantile);
      }
    }
  }

  double MeanLoss() const { return count_ > 0 ? loss_ / count_ : 0; }

  // By how much the band at a level must reach further from the middle to cover the
  // errors left out as often as it says.
  double WideningOf(std::size_t level) {
    auto& reaches = reaches_[level];
    const bool is_outer = std::abs(levels_[level] - 0.5) >= kOuterLevel;
    if (!is_outer || reaches.size() < kFewestErrors) return 1;
    std::sort(reaches.begin(), reaches.end());
    const double outward = std::max(levels_[level], 1 - levels_[level]);
    return std::clamp(RankedQuantile(reaches, outward), 1.0, kMostWidening);
  }

 private:
  void JudgeOne(std::size_t level, const ScaledError& error, double middle, double quantile) {
    loss_ += error.scale * PinballLoss(levels_[level], error.error, quantile);
    ++count_;
    if (quantile != middle) reaches_[level].push_back((error.error - middle) / (quantile - middle));
  }

  std::span<const double> levels_;
  std::vector<std::vector<double>> reaches_;
  std::array<std::vector<std::size_t>, kGroups> places_;  // by group
  double loss_ = 0;
  double count_ = 0;
};

}  // namespace

ConformalBands ConformalBands::Make(std::span<const RollingOrigin> origins, std::size_t horizon,
                                    std::span<const double> levels, std::size_t season) {
  const ErrorUnit unit(origins, season);
  ConformalBands bands(unit, CoursesOf(origins, horizon, unit));
  bands.levels_.assign(levels.begin(), levels.end());
  ErrorsAhead errors = Collect(origins, horizon, unit);
  Neighbours neighbours(errors);
  LeaveOneOut left_out(levels);
  std::vector<double> middles(horizon);
  std::vector<double> sorted;
  std::size_t seen = 0;  // steps with errors enough
  for (std::size_t ahead = 0; ahead < horizon; ++ahead) {
    const std::vector<ScaledError>& pooled = neighbours.Around(ahead);
    sorted.clear();
    for (const ScaledError& error : pooled) sorted.push_back(error.error);
    if (sorted.size() < kFewestErrors && ahead > 0) break;
    Check(!sorted.empty(), "bands are made from at least one error");
    left_out.Judge(pooled, errors[ahead]);
    middles[ahead] = RankedQuantile(sorted, 0.5);
    for (const double level : levels) bands.quantiles_.push_back(RankedQuantile(sorted, level));
    seen = ahead + 1;
  }
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const double widening = origins.size() < kFewestToWiden ? 1 : left_out.WideningOf(i);
    for (std::size_t ahead = 0; ahead < seen; ++ahead) {
      double& quantile = bands.quantiles_[ahead * levels.size() + i];
      quantile = middles[ahead] + widening * (quantile - middles[ahead]);
    }
  }
  for (std::size_t ahead = seen; ahead < horizon; ++ahead) {
    const double growth = std::sqrt(static_cast<double>(ahead + 1) / static_cast<double>(seen));
    for (std::size_t i = 0; i < levels.size(); ++i)
      bands.quantiles_.push_back(growth * bands.quantiles_[(seen - 1) * levels.size() + i]);
    middles[ahead] = growth * middles[seen - 1];
  }
  bands.middles_ = std::move(middles);
  bands.expected_loss_ = left_out.MeanLoss();
  return bands;
}

void ConformalBands::WidenForChoiceBy(std::size_t moments) {
  for (std::size_t i = 0; i < quantiles_.size(); ++i) {
    const double level = levels_[i % levels_.size()];
    const double z = std::log(level / (1 - level)) / kLogisticScale;
    const double factor = 1 + (z * z + 1) / (4 * static_cast<double>(moments));
    const double middle = middles_[i / levels_.size()];
    quantiles_[i] = middle + factor * (quantiles_[i] - middle);
  }
}

std::vector<double> ConformalBands::Around(std::span<const double> path, std::size_t first) const {
  std::vector<double> loads;
  loads.reserve(path.size() * levels_.size());
  for (std::size_t ahead = 0; ahead < path.size(); ++ahead) {
    const double scale = unit_.At(path[ahead], first + ahead);
    for (std::size_t i = 0; i < levels_.size(); ++i)
      loads.push_back(std::max(0.0, path[ahead] + scale * quantiles_[ahead * levels_.size() + i]));
    const auto row = loads.end() - static_cast<std::ptrdiff_t>(levels_.size());
    std::sort(row, loads.end());
  }
  return loads;
}

std::vector<double> ConformalBands::MaximumAround(std::span<const double> path,
                                                  std::size_t first) const {
  const std::vector<double> loads = Around(path, first);
  std::vector<double> maxima =
      courses_.QuantilesOfMaximum(levels_, {0, path.size()}, [&](std::size_t step, double error) {
        return std::max(0.0, path[step] + unit_.At(path[step], first + step) * error);
      });
  maxima.resize(levels_.size(), 0);
  for (std::size_t i = 0; i < loads.size(); ++i)
    maxima[i % levels_.size()] = std::max(maxima[i % levels_.size()], loads[i]);
  return maxima;
}

}  // namespace loadcurve
