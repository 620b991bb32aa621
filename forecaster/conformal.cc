#include "forecaster/conformal.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "forecaster/pooled_errors.h"
#include "forecaster/ranked_quantile.h"

namespace loadcurve {
namespace {

// Levels closer to the middle than this are not widened: there is hardly a band.
constexpr double kOuterLevel = 0.2;
// Fewer origins say nothing of how far bands must reach beyond their errors: tails that are drawn
// from few errors reach far already.
constexpr std::size_t kFewestToJudge = 8;
// Quantiles of the logistic distribution by those of the normal one, about.
constexpr double kLogisticScale = 1.702;
// What errors say of where their middle lies, and what they say when they are left out, counts as
// beside that of so many moments at which nothing was amiss.
constexpr double kPriorMoments = 4;

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
JointErrors CoursesOf(std::span<const RollingOrigin> origins, const Eigen::ArrayXXd& errors,
                      std::span<const double> distrusted) {
  const auto horizon = static_cast<std::size_t>(errors.cols());
  JointErrors courses(horizon, origins.size());
  std::vector<float> course(horizon);
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const std::size_t seen = std::min(horizon, origins[i].actual.size());
    for (std::size_t ahead = 0; ahead < seen; ++ahead)
      course[ahead] = static_cast<float>(
          errors(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(ahead)) -
          distrusted[std::min(ahead, distrusted.size() - 1)]);
    for (std::size_t ahead = seen; ahead < horizon; ++ahead)
      course[ahead] =
          course[seen - 1] * std::sqrt(static_cast<float>(ahead + 1) / static_cast<float>(seen));
    courses.Add(course);
  }
  return courses;
}

}  // namespace

ConformalBands ConformalBands::Make(std::span<const RollingOrigin> origins, std::size_t horizon,
                                    std::span<const double> levels, std::size_t season) {
  ConformalBands bands(ErrorUnit(origins, season));
  bands.levels_.assign(levels.begin(), levels.end());
  const ScaledErrors all(origins, horizon, bands.unit_);
  NearErrors near(all.errors);
  LeaveOneOut left_out(levels);
  std::vector<double> counts;  // of errors, by step
  for (std::size_t ahead = 0; ahead < horizon; ++ahead) {
    const std::vector<PooledError>& pooled = near.Around(ahead);
    if (pooled.size() < kFewestErrors && ahead > 0) break;
    Check(!pooled.empty(), "bands are made from at least one error");
    left_out.Judge(pooled, all, ahead);
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
  bands.courses_ = CoursesOf(origins, all.errors, distrusted);
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
