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
// Fewer origins say nothing of how far bands must reach beyond their errors: tails that are drawn
// from few errors reach far already.
constexpr std::size_t kFewestToJudge = 8;
// Quantiles of the logistic distribution by those of the normal one, about.
constexpr double kLogisticScale = 1.702;
// What errors say of where their middle lies, and what they say when they are left out, counts as
// beside that of so many moments at which nothing was amiss.
constexpr double kPriorMoments = 4;

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

bool IsOuter(double level) {
  return std::abs(level - 0.5) >= kOuterLevel;
}

double NormalQuantile(double level) {
  return std::log(level / (1 - level)) / kLogisticScale;
}

// As how many moments those count at which a step so far ahead was judged: two that lie less far
// apart than that see much the same course.
double MomentsApart(std::span<const RollingOrigin> origins, std::size_t ahead) {
  const auto span = static_cast<double>(origins.back().first - origins.front().first);
  return std::min(static_cast<double>(origins.size()), 1 + span / static_cast<double>(ahead + 1));
}

// How much of what some moments say counts.
double Trust(double moments) {
  return moments / (moments + kPriorMoments);
}

// A new value lies further from the mean of n than those n do, which tell neither their mean nor
// their spread exactly: Student's quantile x sqrt(1 + 1 / n), over the normal one, about. By how
// much more so of `moments` than of the `errors` whose quantile was taken.
double WideningForFew(double level, double moments, double errors) {
  const double z = NormalQuantile(level);
  const double excess = (z * z + 3) / 4;
  return std::max(1.0, (1 + excess / moments) / (1 + excess / errors));
}

// Course by course, less what of the middles does not count; steps beyond a short one are missed by
// more, as a random walk does.
JointErrors CoursesOf(std::span<const RollingOrigin> origins, std::size_t horizon,
                      const ErrorUnit& unit, std::span<const double> distrusted) {
  JointErrors courses(horizon, origins.size());
  std::vector<float> course(horizon);
  for (const RollingOrigin& origin : origins) {
    const std::size_t seen = std::min(horizon, origin.actual.size());
    for (std::size_t ahead = 0; ahead < seen; ++ahead)
      course[ahead] = static_cast<float>(unit.ErrorOf(origin, ahead) -
                                         distrusted[std::min(ahead, distrusted.size() - 1)]);
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
    if (reaches.size() < kFewestErrors) return 1;
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
  ConformalBands bands(ErrorUnit(origins, season));
  bands.levels_.assign(levels.begin(), levels.end());
  ErrorsAhead errors = Collect(origins, horizon, bands.unit_);
  Neighbours neighbours(errors);
  LeaveOneOut left_out(levels);
  std::vector<double> counts;  // of errors, by step
  std::vector<double> sorted;
  for (std::size_t ahead = 0; ahead < horizon; ++ahead) {
    const std::vector<ScaledError>& pooled = neighbours.Around(ahead);
    sorted.clear();
    for (const ScaledError& error : pooled) sorted.push_back(error.error);
    if (sorted.size() < kFewestErrors && ahead > 0) break;
    Check(!sorted.empty(), "bands are made from at least one error");
    left_out.Judge(pooled, errors[ahead]);
    counts.push_back(static_cast<double>(sorted.size()));
    bands.middles_.push_back(RankedQuantile(sorted, 0.5));
    for (const double level : levels) bands.quantiles_.push_back(RankedQuantile(sorted, level));
  }
  std::vector<double> distrusted(counts.size(), 0);  // of the middles
  if (origins.size() >= kFewestToJudge) {
    const double trust = Trust(MomentsApart(origins, counts.size() - 1));
    std::vector<double> widenings;
    for (std::size_t i = 0; i < levels.size(); ++i)
      widenings.push_back(1 + trust * (left_out.WideningOf(i) - 1));
    for (std::size_t ahead = 0; ahead < counts.size(); ++ahead) {
      const double moments = MomentsApart(origins, ahead);
      for (std::size_t i = 0; i < levels.size(); ++i)
        if (IsOuter(levels[i]))
          bands.Widen(ahead, i,
                      std::max(widenings[i], WideningForFew(levels[i], moments, counts[ahead])));
      distrusted[ahead] = (1 - Trust(moments)) * bands.middles_[ahead];
      bands.Move(ahead, -distrusted[ahead]);
    }
  }
  bands.Extend(horizon);
  bands.courses_ = CoursesOf(origins, horizon, bands.unit_, distrusted);
  bands.expected_loss_ = left_out.MeanLoss();
  return bands;
}

void ConformalBands::Extend(std::size_t horizon) {
  const std::size_t seen = middles_.size();
  for (std::size_t ahead = seen; ahead < horizon; ++ahead) {
    const double growth = std::sqrt(static_cast<double>(ahead + 1) / static_cast<double>(seen));
    for (std::size_t i = 0; i < levels_.size(); ++i)
      quantiles_.push_back(growth * quantiles_[(seen - 1) * levels_.size() + i]);
    middles_.push_back(growth * middles_[seen - 1]);
  }
}

void ConformalBands::Widen(std::size_t ahead, std::size_t level, double factor) {
  double& quantile = quantiles_[ahead * levels_.size() + level];
  quantile = middles_[ahead] + factor * (quantile - middles_[ahead]);
}

void ConformalBands::Move(std::size_t ahead, double by) {
  middles_[ahead] += by;
  for (std::size_t i = 0; i < levels_.size(); ++i) quantiles_[ahead * levels_.size() + i] += by;
}

void ConformalBands::WidenForChoiceBy(std::size_t moments) {
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const double z = NormalQuantile(levels_[i]);
    const double factor = 1 + (z * z + 1) / (4 * static_cast<double>(moments));
    for (std::size_t ahead = 0; ahead < middles_.size(); ++ahead) Widen(ahead, i, factor);
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
