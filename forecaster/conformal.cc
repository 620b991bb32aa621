#include "forecaster/conformal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "forecaster/forecast_scores.h"

namespace loadcurve {
namespace {

constexpr std::array kPowers = {0.0, 0.25, 0.5, 0.75, 1.0};
// Predicted loads below this share of the mean are taken for it: a share of nothing says
// nothing.
constexpr double kFloorShare = 0.02;
// Errors are left out in so many groups of neighbouring origins.
constexpr std::size_t kGroups = 16;
// Quantiles of fewer errors say too little.
constexpr std::size_t kFewestErrors = 3;
// Levels closer to the middle than this are not widened: there is hardly a band.
constexpr double kOuterLevel = 0.2;
constexpr double kMostWidening = 2;

struct ScaledError {
  double error = 0;  // in units of `scale`
  double scale = 1;
  std::size_t group = 0;
};

// errors[ahead]: what each origin missed there.
using ErrorsAhead = std::vector<std::vector<ScaledError>>;

double ScaleOf(double predicted, double power, double floor) {
  return std::pow(std::max(predicted, floor), power);
}

double FloorOf(std::span<const RollingOrigin> origins) {
  double sum = 0;
  double count = 0;
  for (const RollingOrigin& origin : origins) {
    for (const double load : origin.predicted) sum += load;
    count += static_cast<double>(origin.predicted.size());
  }
  return sum > 0 ? kFloorShare * sum / count : 1;
}

// The power under which errors that follow a Laplace distribution are likeliest: least
// mean of log(scale), plus log of the mean of |error| / scale.
double LikeliestPower(std::span<const RollingOrigin> origins, double floor) {
  double best = std::numeric_limits<double>::infinity();
  double likeliest = 0;
  for (const double power : kPowers) {
    double log_scale = 0;
    double size = 0;
    double count = 0;
    for (const RollingOrigin& origin : origins) {
      for (std::size_t i = 0; i < origin.actual.size(); ++i) {
        if (std::isnan(origin.actual[i])) continue;
        const double scale = ScaleOf(origin.predicted[i], power, floor);
        log_scale += std::log(scale);
        size += std::abs(origin.actual[i] - origin.predicted[i]) / scale;
        ++count;
      }
    }
    const double cost = log_scale / count + std::log(std::max(size / count, 1e-300));
    if (cost < best) {
      best = cost;
      likeliest = power;
    }
  }
  return likeliest;
}

ErrorsAhead Collect(std::span<const RollingOrigin> origins, std::size_t horizon, double power,
                    double floor) {
  ErrorsAhead errors(horizon);
  const std::size_t groups = std::min(kGroups, origins.size());
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const RollingOrigin& origin = origins[i];
    for (std::size_t ahead = 0; ahead < std::min(horizon, origin.actual.size()); ++ahead) {
      if (std::isnan(origin.actual[ahead])) continue;
      const double scale = ScaleOf(origin.predicted[ahead], power, floor);
      errors[ahead].push_back({(origin.actual[ahead] - origin.predicted[ahead]) / scale, scale,
                               i * groups / origins.size()});
    }
  }
  return errors;
}

// The errors of steps about as far ahead, smallest first.
std::vector<ScaledError> Neighbours(const ErrorsAhead& errors, std::size_t ahead) {
  const std::size_t reach = std::min(errors.size() / 8, 1 + ahead / 2);
  const std::size_t first = ahead - std::min(ahead, reach);
  const std::size_t last = std::min(ahead + reach, errors.size() - 1);
  std::vector<ScaledError> pooled;
  for (std::size_t i = first; i <= last; ++i)
    pooled.insert(pooled.end(), errors[i].begin(), errors[i].end());
  std::sort(pooled.begin(), pooled.end(),
            [](const ScaledError& a, const ScaledError& b) { return a.error < b.error; });
  return pooled;
}

double Logit(double level) {
  return std::log(level / (1 - level));
}

// The value of rank (n + 1) level among `sorted`, which is not empty.
double QuantileOf(std::span<const double> sorted, double level) {
  const auto count = static_cast<double>(sorted.size());
  const double rank = (count + 1) * level;
  if (rank >= 1 && rank <= count) {
    const auto below = static_cast<std::size_t>(rank) - 1;
    const double share = rank - std::floor(rank);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + share * (sorted[above] - sorted[below]);
  }
  const double middle = (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
  const double stretch = std::abs(Logit(level)) / std::max(0.5, Logit(count / (count + 1)));
  return middle + ((rank < 1 ? sorted.front() : sorted.back()) - middle) * stretch;
}

// Bands judged on the errors of groups that they were not made from.
class LeaveOneOut {
 public:
  explicit LeaveOneOut(std::span<const double> levels) : levels_(levels), reaches_(levels.size()) {}

  // `pooled` as Neighbours gives them; `judged` the errors exactly so far ahead.
  void Judge(const std::vector<ScaledError>& pooled, const std::vector<ScaledError>& judged) {
    std::size_t group_count = 0;
    for (const ScaledError& error : judged) group_count = std::max(group_count, error.group + 1);
    for (std::size_t group = 0; group < group_count; ++group) {
      others_.clear();
      for (const ScaledError& error : pooled)
        if (error.group != group) others_.push_back(error.error);
      if (others_.size() < kFewestErrors) continue;
      const double middle = QuantileOf(others_, 0.5);
      for (std::size_t i = 0; i < levels_.size(); ++i) {
        const double quantile = QuantileOf(others_, levels_[i]);
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
    return std::clamp(QuantileOf(reaches, outward), 1.0, kMostWidening);
  }

 private:
  void JudgeOne(std::size_t level, const ScaledError& error, double middle, double quantile) {
    loss_ += error.scale * PinballLoss(levels_[level], error.error, quantile);
    ++count_;
    if (quantile != middle) reaches_[level].push_back((error.error - middle) / (quantile - middle));
  }

  std::span<const double> levels_;
  std::vector<std::vector<double>> reaches_;
  std::vector<double> others_;
  double loss_ = 0;
  double count_ = 0;
};

}  // namespace

ConformalBands ConformalBands::Make(std::span<const RollingOrigin> origins, std::size_t horizon,
                                    std::span<const double> levels) {
  ConformalBands bands;
  bands.floor_ = FloorOf(origins);
  bands.power_ = LikeliestPower(origins, bands.floor_);
  bands.level_count_ = levels.size();
  const ErrorsAhead errors = Collect(origins, horizon, bands.power_, bands.floor_);
  LeaveOneOut left_out(levels);
  std::vector<double> middles(horizon);
  std::vector<double> sorted;
  std::size_t seen = 0;  // steps with errors enough
  for (std::size_t ahead = 0; ahead < horizon; ++ahead) {
    const std::vector<ScaledError> pooled = Neighbours(errors, ahead);
    sorted.clear();
    for (const ScaledError& error : pooled) sorted.push_back(error.error);
    if (sorted.size() < kFewestErrors && ahead > 0) break;
    Check(!sorted.empty(), "bands are made from at least one error");
    left_out.Judge(pooled, errors[ahead]);
    middles[ahead] = QuantileOf(sorted, 0.5);
    for (const double level : levels) bands.quantiles_.push_back(QuantileOf(sorted, level));
    seen = ahead + 1;
  }
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const double widening = left_out.WideningOf(i);
    for (std::size_t ahead = 0; ahead < seen; ++ahead) {
      double& quantile = bands.quantiles_[ahead * levels.size() + i];
      quantile = middles[ahead] + widening * (quantile - middles[ahead]);
    }
  }
  for (std::size_t ahead = seen; ahead < horizon; ++ahead) {
    const double growth = std::sqrt(static_cast<double>(ahead + 1) / static_cast<double>(seen));
    for (std::size_t i = 0; i < levels.size(); ++i)
      bands.quantiles_.push_back(growth * bands.quantiles_[(seen - 1) * levels.size() + i]);
  }
  bands.expected_loss_ = left_out.MeanLoss();
  return bands;
}

std::vector<double> ConformalBands::Around(std::span<const double> path) const {
  std::vector<double> loads;
  loads.reserve(path.size() * level_count_);
  for (std::size_t ahead = 0; ahead < path.size(); ++ahead) {
    const double scale = ScaleOf(path[ahead], power_, floor_);
    for (std::size_t i = 0; i < level_count_; ++i)
      loads.push_back(std::max(0.0, path[ahead] + scale * quantiles_[ahead * level_count_ + i]));
    const auto row = loads.end() - static_cast<std::ptrdiff_t>(level_count_);
    std::sort(row, loads.end());
  }
  return loads;
}

}  // namespace loadcurve
