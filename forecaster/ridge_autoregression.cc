#include "forecaster/ridge_autoregression.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "forecaster/log_scale.h"
#include "forecaster/ridge_regression.h"

namespace loadcurve {
namespace {

// Beyond the last day of hourly load, more recent steps add noise rather than knowledge.
constexpr std::size_t kRecentSteps = 26;
// Chosen at rolling origins inside the training part of the M4 hourly series.
constexpr double kPenalty = 0.003;
// Each lag takes at least so many rows to learn.
constexpr std::size_t kRowsPerLag = 3;
// More rows than this no longer change the fit, only its cost.
constexpr std::size_t kMostRows = 20'000;

void AddAround(std::set<std::size_t>& lags, std::size_t center, std::size_t reach) {
  for (std::size_t lag = center > reach ? center - reach : 1; lag <= center + reach; ++lag)
    lags.insert(lag);
}

std::vector<std::size_t> LagsFor(const std::vector<std::size_t>& seasons) {
  std::set<std::size_t> lags;
  const std::size_t shortest = seasons.empty() ? kRecentSteps : seasons.front();
  for (std::size_t lag = 1; lag <= std::min(shortest + 2, kRecentSteps); ++lag) lags.insert(lag);
  if (!seasons.empty()) {
    AddAround(lags, shortest, 1);
    AddAround(lags, 2 * shortest, 1);
  }
  for (std::size_t i = 1; i < seasons.size(); ++i) {
    AddAround(lags, seasons[i], 2);
    lags.insert(seasons[i] - shortest);
    lags.insert(seasons[i] + shortest);
  }
  return {lags.begin(), lags.end()};
}

class FittedRidge final : public FittedModel {
 public:
  FittedRidge(std::vector<std::size_t> lags, std::size_t season, std::span<const double> loads)
      : lags_(std::move(lags)), season_(season), loads_(loads.begin(), loads.end()) {
    FillIn();
    Learn();
  }

  void Observe(double load) override {
    loads_.push_back(load);
    past_.push_back(Filled(load));
  }

  // Only what is new is learnt, unless all is on another scale now.
  bool Refit() override {
    const LogScale scale = LogScale::Of(loads_);
    const bool is_as_before = scale.offset == scale_.offset && !std::isnan(loads_.front());
    scale_ = scale;
    if (!is_as_before) FillIn();
    Learn();
    return true;
  }

  std::vector<double> Predict(std::size_t horizon) const override {
    const std::size_t longest = lags_.back();
    std::vector<double> path(past_.end() - static_cast<std::ptrdiff_t>(longest), past_.end());
    Eigen::VectorXd row(static_cast<Eigen::Index>(lags_.size()));
    std::vector<double> loads;
    path.reserve(longest + horizon);
    loads.reserve(horizon);
    for (std::size_t ahead = 0; ahead < horizon; ++ahead) {
      for (std::size_t k = 0; k < lags_.size(); ++k)
        row[static_cast<Eigen::Index>(k)] = path[path.size() - lags_[k]];
      path.push_back(scale_.Clamp(fit_.At(row)));
      loads.push_back(scale_.From(path.back()));
    }
    return loads;
  }

 private:
  // A missing value is taken to be that of one season before.
  double Filled(double load) const {
    if (!std::isnan(load)) return scale_.To(load);
    if (past_.size() >= season_) return past_[past_.size() - season_];
    return past_.empty() ? scale_.To(scale_.lowest) : past_.back();
  }

  void FillIn() {
    scale_ = LogScale::Of(loads_);
    past_.clear();
    for (const double load : loads_) past_.push_back(Filled(load));
    next_ = 0;
  }

  // What was filled in is no target.
  void Learn() {
    const std::size_t size = past_.size();
    const std::size_t first = std::max(lags_.back(), size > kMostRows ? size - kMostRows : 0);
    if (next_ == 0 || first != first_) {
      sums_ = GrowingRidge(static_cast<Eigen::Index>(lags_.size()));
      next_ = first_ = first;
    }
    std::vector<std::size_t> known;
    known.reserve(size - next_);
    for (; next_ < size; ++next_)
      if (!std::isnan(loads_[next_])) known.push_back(next_);
    const auto count = static_cast<Eigen::Index>(known.size());
    const double usual = past_.front();
    Eigen::MatrixXd rows(count, static_cast<Eigen::Index>(lags_.size()));
    Eigen::VectorXd targets(count);
    for (Eigen::Index row = 0; row < count; ++row)
      targets[row] = past_[known[static_cast<std::size_t>(row)]] - usual;
    for (std::size_t k = 0; k < lags_.size(); ++k)
      for (Eigen::Index row = 0; row < count; ++row)
        rows(row, static_cast<Eigen::Index>(k)) =
            past_[known[static_cast<std::size_t>(row)] - lags_[k]] - usual;
    sums_.Add(rows, targets);
    fit_ = sums_.Fit(kPenalty);
    fit_.intercept += usual * (1 - fit_.slopes.sum());
  }

  std::vector<std::size_t> lags_;
  std::size_t season_;
  std::vector<double> loads_;  // NaN where missing
  LogScale scale_;
  std::vector<double> past_;  // on that scale, without gaps
  std::size_t first_ = 0;     // the first that was learnt
  std::size_t next_ = 0;      // the first that was not, yet
  GrowingRidge sums_{0};
  LinearFit fit_;
};

}  // namespace

RidgeAutoregression::RidgeAutoregression(const std::vector<std::size_t>& seasons)
    : lags_(LagsFor(seasons)), season_(seasons.empty() ? 1 : seasons.front()) {}

std::size_t RidgeAutoregression::least_history() const {
  return lags_.back() + kRowsPerLag * lags_.size();
}

Result<std::unique_ptr<FittedModel>> RidgeAutoregression::Fit(const LoadSeries& history) const {
  const auto loads = history.values();
  std::size_t known = 0;
  for (std::size_t i = std::min(lags_.back(), loads.size()); i < loads.size(); ++i)
    if (!std::isnan(loads[i])) ++known;
  if (known < kRowsPerLag * lags_.size())
    return Fail(ErrorCode::kInsufficientData,
                "the autoregression needs " + std::to_string(kRowsPerLag * lags_.size()) +
                    " measured values after the first " + std::to_string(lags_.back()) +
                    " steps, and there are " + std::to_string(known));
  return std::make_unique<FittedRidge>(lags_, season_, loads);
}

}  // namespace loadcurve
