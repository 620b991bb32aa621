#include "forecaster/harmonic_regression.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "base/check.h"
#include "forecaster/burg_recursion.h"
#include "forecaster/log_scale.h"

namespace loadcurve {
namespace {

// Waves of the shortest season and of each longer one; they, and what follows, were chosen at
// rolling origins inside the training part of the M4 hourly series.
constexpr std::size_t kWaves = 12;
constexpr std::size_t kWavesOfLonger = 48;
// Longest seasons after which what was seen counts half.
constexpr double kHalfLife = 3;
// The rest remembers two of the shortest season and two steps more, but no more than this.
constexpr std::size_t kMostRemembered = 50;
constexpr std::size_t kValuesPerStep = 6;

// Waves of once to `most` times a season, sine and cosine in turn, one a column and by place; each
// of length 1. They are orthogonal, so the closest to some values that they make is the sum of what
// each is of them by itself.
Eigen::MatrixXd WavesOf(std::size_t season, std::size_t most) {
  const auto size = static_cast<Eigen::Index>(season);
  const Eigen::VectorXd angles =
      Eigen::VectorXd::LinSpaced(size, 0, static_cast<double>(size - 1)) *
      (2 * std::numbers::pi / static_cast<double>(size));
  const Eigen::VectorXd sines = angles.array().sin();
  const Eigen::VectorXd cosines = angles.array().cos();
  const Eigen::Index count = std::min(static_cast<Eigen::Index>(most), size / 2);
  Eigen::MatrixXd waves(size, 2 * count);
  for (Eigen::Index times = 1; times <= count; ++times) {
    // The wave that turns at every step has no sine, and a cosine twice as heavy.
    const bool is_fastest = 2 * times == size;
    const double length = std::sqrt(static_cast<double>(size) / (is_fastest ? 1 : 2));
    for (Eigen::Index i = 0, place = 0; i < size; ++i) {
      waves(i, 2 * times - 2) = is_fastest ? 0 : sines[place] / length;
      waves(i, 2 * times - 1) = cosines[place] / length;
      place += times;
      if (place >= size) place -= size;
    }
  }
  return waves;
}

// The mean at each place of a season, older ones fading; of a place never measured the mean of all.
Eigen::VectorXd MeansByPlace(const Eigen::VectorXd& values, Eigen::Index places, double fading) {
  Eigen::VectorXd sums = Eigen::VectorXd::Zero(places);
  Eigen::VectorXd weights = Eigen::VectorXd::Zero(places);
  double weight = 1;
  for (Eigen::Index i = values.size(), place = i % places; i-- > 0; weight *= fading) {
    place = (place > 0 ? place : places) - 1;
    if (std::isnan(values[i])) continue;
    sums[place] += weight * values[i];
    weights[place] += weight;
  }
  const double mean = sums.sum() / weights.sum();
  return (weights.array() > 0).select(sums.cwiseQuotient(weights.cwiseMax(1e-300)), mean);
}

class FittedHarmonic final : public FittedModel {
 public:
  explicit FittedHarmonic(LogScale scale) : scale_(scale) {}

  // `waves` by season, the shortest first.
  void Learn(std::span<const double> loads, std::span<const Eigen::MatrixXd> waves) {
    const auto size = static_cast<Eigen::Index>(loads.size());
    const double fading = std::exp2(-1 / (kHalfLife * static_cast<double>(waves.back().rows())));
    Eigen::VectorXd rest(size);
    for (Eigen::Index i = 0; i < size; ++i) {
      const double load = loads[static_cast<std::size_t>(i)];
      rest[i] = std::isnan(load) ? load : scale_.To(load);
    }
    mean_ = MeansByPlace(rest, 1, fading)[0];
    rest.array() -= mean_;
    for (const Eigen::MatrixXd& season : waves) {
      const Eigen::VectorXd parts = season.transpose() * MeansByPlace(rest, season.rows(), fading);
      const auto& sum = waves_.emplace_back(season * parts);
      for (Eigen::Index first = 0; first < size; first += sum.size()) {
        const Eigen::Index count = std::min(sum.size(), size - first);
        rest.segment(first, count) -= sum.head(count);
      }
    }
    memory_ = BurgAutoregression(rest.array().isNaN().select(0, rest),
                                 std::min({2 * static_cast<std::size_t>(waves.front().rows()) + 2,
                                           kMostRemembered, loads.size() / kValuesPerStep}));
    rest_.reserve(static_cast<std::size_t>(memory_.size() + size));
    rest_.assign(static_cast<std::size_t>(memory_.size()), 0);
    for (const double left : rest) rest_.push_back(std::isnan(left) ? Next(rest_) : left);
    rest_.erase(rest_.begin(), rest_.begin() + size);
    size_ = loads.size();
  }

  // What is missing is taken to be as expected.
  void Observe(double load) override {
    rest_.push_back(std::isnan(load) ? Next(rest_) : scale_.To(load) - WavesAt(size_));
    rest_.erase(rest_.begin());
    ++size_;
  }

  std::vector<double> Predict(std::size_t horizon) const override {
    std::vector<double> rest = rest_;
    std::vector<double> path;
    rest.reserve(rest_.size() + horizon);
    path.reserve(horizon);
    for (std::size_t ahead = 0; ahead < horizon; ++ahead) {
      rest.push_back(Next(rest));
      path.push_back(scale_.From(scale_.Clamp(WavesAt(size_ + ahead) + rest.back())));
    }
    return path;
  }

 private:
  double WavesAt(std::size_t index) const {
    double sum = mean_;
    for (const Eigen::VectorXd& waves : waves_)
      sum += waves[static_cast<Eigen::Index>(index % static_cast<std::size_t>(waves.size()))];
    return sum;
  }

  // What follows `rest`, from its last steps.
  double Next(const std::vector<double>& rest) const {
    return memory_.dot(Eigen::Map<const Eigen::VectorXd>(rest.data() + rest.size() - memory_.size(),
                                                         memory_.size())
                           .reverse());
  }

  LogScale scale_;
  double mean_ = 0;
  std::vector<Eigen::VectorXd> waves_;  // one a season, by place
  Eigen::VectorXd memory_;              // of one step before, two ...
  std::vector<double> rest_;            // the last steps
  std::size_t size_ = 0;
};

}  // namespace

HarmonicRegression::HarmonicRegression(std::vector<std::size_t> seasons)
    : seasons_(std::move(seasons)) {
  Check(!seasons_.empty(), "a season");
  for (const std::size_t season : seasons_)
    waves_.push_back(WavesOf(season, waves_.empty() ? kWaves : kWavesOfLonger));
}

Result<std::unique_ptr<FittedModel>> HarmonicRegression::Fit(const LoadSeries& history) const {
  const std::size_t measured = history.size() - history.MissingCount();
  if (history.size() < least_history() || measured < seasons_.front())
    return Fail(ErrorCode::kInsufficientData, "the harmonic regression needs " +
                                                  std::to_string(least_history()) +
                                                  " steps, a season of them measured");
  auto fitted = std::make_unique<FittedHarmonic>(LogScale::Of(history.values()));
  fitted->Learn(history.values(), waves_);
  return fitted;
}

}  // namespace loadcurve
