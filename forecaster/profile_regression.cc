#include "forecaster/profile_regression.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "forecaster/ridge_regression.h"
#include "forecaster/smooth_past.h"

namespace loadcurve {
namespace {

constexpr std::size_t kFewestStepsOfDay = 48;
// The level is a mean over half an hour of a day.
constexpr std::size_t kLevelsPerDay = 48;
// Chosen, as the half-life below, at rolling origins in the first weeks of per-minute web
// traffic of two sites.
constexpr double kPenalty = 0.03;
constexpr double kHalfLifeDays = 7;
// An error this many times the median one counts as much as one of the median only: the
// fit then comes close to least absolute errors, as the pinball loss has it.
constexpr int kRobustRounds = 3;
constexpr std::size_t kRowsWanted = 2500;
constexpr double kOffsetShare = 0.02;
constexpr std::size_t kWeek = 7;

// Spans of the recent level, in steps.
std::vector<std::size_t> SpansFor(std::size_t day) {
  std::set<std::size_t> spans = {1, day / 24, day / 8};
  for (const std::size_t span : {3U, 7U, 15U})
    if (span < day / 24) spans.insert(span);
  spans.erase(day / kLevelsPerDay);
  return {spans.begin(), spans.end()};
}

// Distances ahead that have a regression of their own: close together first, the last of
// them `horizon` - 1.
std::vector<std::size_t> AnchorsFor(std::size_t horizon) {
  std::vector<std::size_t> anchors;
  for (std::size_t ahead = 0; ahead + 1 < horizon; ahead += 1 + ahead / 3) anchors.push_back(ahead);
  anchors.push_back(horizon - 1);
  return anchors;
}

double Median(std::span<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// What is known at one origin about one distance ahead.
class Features {
 public:
  Features(std::size_t day, std::size_t days)
      : day_(day), days_(days), level_width_(day / kLevelsPerDay), spans_(SpansFor(day)) {}

  std::size_t count() const { return spans_.size() + (days_ >= kWeek ? 6 : 4); }
  // How much past an origin needs.
  std::size_t reach() const { return days_ * day_ + day_ / 8; }

  double Level(const SmoothPast& past, std::size_t origin) const {
    return past.Level(origin, level_width_);
  }

  void Fill(const SmoothPast& past, std::size_t origin, std::size_t ahead,
            Eigen::Ref<Eigen::VectorXd> row) const {
    Eigen::Index column = 0;
    const double level = Level(past, origin);
    for (const std::size_t span : spans_) row[column++] = past.Level(origin, span) - level;
    std::array<double, kWeek> rises{};
    double rise_sum = 0;
    double past_sum = 0;
    double past_load = 0;
    for (std::size_t d = 0; d < days_; ++d) {
      const std::size_t then = origin - (d + 1) * day_;
      past_load = past.Around(then + ahead);
      rises[d] = past_load - Level(past, then);
      rise_sum += rises[d];
      past_sum += past_load;
    }
    const auto days = static_cast<double>(days_);
    row[column++] = rise_sum / days;
    row[column++] = rises[0];
    row[column++] = past_sum / days - level;
    if (days_ >= kWeek) {
      row[column++] = rises[kWeek - 1];
      row[column++] = past_load - level;
    }
    row[column++] = Median(std::span(rises).first(days_));
  }

 private:
  std::size_t day_;
  std::size_t days_;
  std::size_t level_width_;
  std::vector<std::size_t> spans_;
};

// Ridge regression, repeated with errors beyond the median one weighing less (iteratively
// reweighted least squares, Huber 1964).
LinearFit FitRobustly(const Eigen::MatrixXd& rows, const Eigen::VectorXd& targets,
                      const Eigen::VectorXd& weights) {
  Eigen::VectorXd robust = weights;
  LinearFit fit;
  for (int round = 0; round < kRobustRounds; ++round) {
    fit = FitRidge(rows, targets, robust, kPenalty);
    Eigen::VectorXd errors = (targets - rows * fit.slopes).array() - fit.intercept;
    errors = errors.cwiseAbs();
    Eigen::VectorXd shuffled = errors;
    const double typical = std::max(
        Median(std::span(shuffled.data(), static_cast<std::size_t>(shuffled.size()))), 1e-12);
    robust = weights.array() / (errors.array() / typical).max(1.0);
  }
  return fit;
}

class FittedProfile final : public FittedModel {
 public:
  FittedProfile(Features features, std::size_t day, std::size_t horizon, double offset)
      : features_(std::move(features)), anchors_(AnchorsFor(horizon)), past_(day, offset) {}

  void Observe(double load) override { past_.Append(load); }

  // From `targets`, what was measured; the past must hold as much already.
  Result<void> Learn(std::span<const double> targets, std::size_t day) {
    const std::size_t first = features_.reach();
    for (const std::size_t ahead : anchors_) {
      std::vector<std::size_t> origins;
      const std::size_t last = targets.size() - std::min(targets.size(), ahead + 1);
      const std::size_t stride = 1 + (last - std::min(last, first)) / kRowsWanted;
      for (std::size_t origin = last; origin >= first && origin > 0; origin -= stride) {
        if (!std::isnan(targets[origin + ahead])) origins.push_back(origin);
        if (origin < stride) break;
      }
      if (origins.size() < 4 * features_.count())
        return Fail(ErrorCode::kInsufficientData, "the profile needs " +
                                                      std::to_string(4 * features_.count()) +
                                                      " measured values after its first days");
      fits_.push_back(FitAt(ahead, origins, targets, day));
    }
    return {};
  }

  std::vector<double> Predict(std::size_t horizon) const override {
    Check(horizon <= anchors_.back() + 1, "no more than the horizon that was fitted");
    const std::size_t origin = past_.size();
    const double level = features_.Level(past_, origin);
    Eigen::VectorXd row(static_cast<Eigen::Index>(features_.count()));
    std::vector<double> path(horizon);
    std::size_t upper = 0;
    for (std::size_t ahead = 0; ahead < horizon; ++ahead) {
      features_.Fill(past_, origin, ahead, row);
      while (anchors_[upper] < ahead) ++upper;
      double rise = fits_[upper].At(row);
      if (upper > 0 && anchors_[upper] > ahead) {
        const auto width = static_cast<double>(anchors_[upper] - anchors_[upper - 1]);
        const double share = static_cast<double>(anchors_[upper] - ahead) / width;
        rise += share * (fits_[upper - 1].At(row) - rise);
      }
      path[ahead] = past_.FromLog(std::min(level + rise, highest_));
    }
    return path;
  }

 private:
  LinearFit FitAt(std::size_t ahead, const std::vector<std::size_t>& origins,
                  std::span<const double> targets, std::size_t day) {
    const auto count = static_cast<Eigen::Index>(origins.size());
    Eigen::MatrixXd transposed(static_cast<Eigen::Index>(features_.count()), count);
    Eigen::VectorXd rises(count);
    Eigen::VectorXd weights(count);
    for (Eigen::Index i = 0; i < count; ++i) {
      const std::size_t origin = origins[static_cast<std::size_t>(i)];
      features_.Fill(past_, origin, ahead, transposed.col(i));
      const double load = past_.ToLog(targets[origin + ahead]);
      highest_ = std::max(highest_, load + std::log(2.0));
      rises[i] = load - features_.Level(past_, origin);
      const double age_days =
          static_cast<double>(targets.size() - origin) / static_cast<double>(day);
      weights[i] = std::exp2(-age_days / kHalfLifeDays);
    }
    return FitRobustly(transposed.transpose(), rises, weights);
  }

  Features features_;
  std::vector<std::size_t> anchors_;
  SmoothPast past_;
  std::vector<LinearFit> fits_;  // one an anchor
  // Log of twice the highest load of the past: a bound for what is extrapolated.
  double highest_ = -std::numeric_limits<double>::infinity();
};

double MeanOf(std::span<const double> loads) {
  double sum = 0;
  double count = 0;
  for (const double load : loads) {
    if (std::isnan(load)) continue;
    sum += std::max(load, 0.0);
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

}  // namespace

ProfileRegression::ProfileRegression(std::size_t day, std::size_t days, std::size_t horizon)
    : day_(day), days_(days), horizon_(horizon) {
  Check(Fits(day, horizon) && days >= 1 && days <= kWeek, "the model applies");
}

bool ProfileRegression::Fits(std::size_t day, std::size_t horizon) {
  return day >= kFewestStepsOfDay && horizon + day / kLevelsPerDay <= day;
}

std::size_t ProfileRegression::least_history() const {
  return (days_ + 1) * day_ + horizon_;
}

Result<std::unique_ptr<FittedModel>> ProfileRegression::Fit(const LoadSeries& history) const {
  if (history.size() < least_history())
    return Fail(ErrorCode::kInsufficientData,
                "the profile needs " + std::to_string(least_history()) + " steps of history");
  const std::vector<double> loads = WithoutOutages(history.values(), day_);
  const double offset = std::max(kOffsetShare * MeanOf(loads), 1e-9);
  auto fitted = std::make_unique<FittedProfile>(Features(day_, days_), day_, horizon_, offset);
  for (const double load : loads) fitted->Observe(load);
  LC_TRY_VOID(fitted->Learn(loads, day_));
  return fitted;
}

}  // namespace loadcurve
