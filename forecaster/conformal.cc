#include "forecaster/conformal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

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
  for (auto& missed : errors) missed.reserve(origins.size());
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
      merged_.resize(pooled_.size() + errors_[next_].size());
      std::ranges::merge(pooled_, errors_[next_], merged_.begin(), {}, &ScaledError::error,
                         &ScaledError::error);
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
  WithoutGroup(std::span<const ScaledError> sorted, std::span<const std::uint32_t> places)
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

  std::span<const ScaledError> sorted_;
  std::span<const std::uint32_t> places_;
};

// Bands judged on the errors of groups that they were not made from.
class LeaveOneOut {
 public:
  explicit LeaveOneOut(std::span<const double> levels)
      : levels_(levels), reaches_(levels.size()), quantiles_(kGroups * levels.size()) {}

  // `pooled` as Neighbours gives them; `judged` the errors exactly so far ahead.
  void Judge(const std::vector<ScaledError>& pooled, const std::vector<ScaledError>& judged) {
    const std::size_t size = pooled.size();
    places_.resize(std::max(places_.size(), kGroups * size));
    std::array<std::size_t, kGroups> counts{};
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t group = pooled[i].group;
      places_[group * size + counts[group]++] = static_cast<std::uint32_t>(i);
    }
    for (std::size_t group = 0; group < kGroups; ++group) {
      const WithoutGroup others(pooled, std::span(places_).subspan(group * size, counts[group]));
      if (counts[group] == 0 || others.size() < kFewestErrors) continue;
      middles_[group] = others.Quantile(0.5);
      for (std::size_t i = 0; i < levels_.size(); ++i)
        quantiles_[group * levels_.size() + i] =
            levels_[i] == 0.5 ? middles_[group] : others.Quantile(levels_[i]);
    }
    for (const ScaledError& error : judged)
      if (size - counts[error.group] >= kFewestErrors) JudgeOne(error);
  }

  double MeanLoss() const { return count_ > 0 ? loss_ / count_ : 0; }

  // By how much the band at a level must reach further from the middle to cover the
  // errors left out as often as it says.
  double WideningOf(std::size_t level) {
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

 private:
  void JudgeOne(const ScaledError& error) {
    const double middle = middles_[error.group];
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      const double quantile = quantiles_[error.group * levels_.size() + i];
      loss_ += error.scale * PinballLoss(levels_[i], error.error, quantile);
      ++count_;
      if (quantile != middle) reaches_[i].push_back((error.error - middle) / (quantile - middle));
    }
  }

  std::span<const double> levels_;
  std::vector<std::vector<double>> reaches_;
  // Of the step that is judged, by group: where its errors stand, and what the others say.
  std::vector<std::uint32_t> places_;
  std::array<double, kGroups> middles_{};
  std::vector<double> quantiles_;  // groups x levels
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
  for (std::size_t ahead = 0; ahead < horizon; ++ahead) {
    const std::vector<ScaledError>& pooled = neighbours.Around(ahead);
    if (pooled.size() < kFewestErrors && ahead > 0) break;
    Check(!pooled.empty(), "bands are made from at least one error");
    left_out.Judge(pooled, errors[ahead]);
    counts.push_back(static_cast<double>(pooled.size()));
    const auto quantile = [&](double level) {
      return RankedQuantile(pooled.size(), level, [&](std::size_t i) { return pooled[i].error; });
    };
    bands.middles_.push_back(quantile(0.5));
    for (const double level : levels) bands.quantiles_.push_back(quantile(level));
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
