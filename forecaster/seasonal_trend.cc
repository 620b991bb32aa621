#include "forecaster/seasonal_trend.h"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <ranges>
#include <string>
#include <utility>

#include "base/check.h"
#include "forecaster/local_trend.h"
#include "forecaster/log_scale.h"

namespace loadcurve {
namespace {

// What counts of an outlier, in scales.
constexpr double kMostScales = 3;
constexpr double kScaleOfMedian = 1.4826;  // of a normal distribution
// So many weeks that add nothing, to begin with.
constexpr double kPriorSeasons = 1;
// A place is smoothed with its neighbours, this share of the shortest season to either side.
constexpr std::size_t kSmoothShare = 96;
// Of the variance of a level against the slowest.
constexpr double kPenalty = 0.1;

// exp(-1 / n) of a mean over the last n steps.
class Smoothed {
 public:
  explicit Smoothed(double span) : rate_(1 - std::exp(-1 / span)) {}

  void Add(double value) {
    weight_ = (1 - rate_) * weight_ + rate_;
    sum_ = (1 - rate_) * sum_ + rate_ * value;
  }
  double value() const { return weight_ > 0 ? sum_ / weight_ : 0; }

 private:
  double rate_;
  double sum_ = 0;
  double weight_ = 0;  // less than 1 while there are few
};

// Of a load without its season.
class Levels {
 public:
  Levels(std::size_t shortest, std::size_t longest)
      : fast_(std::max(1.0, static_cast<double>(shortest) / 24)),
        daily_(static_cast<double>(shortest) / 2),
        slow_(2 * static_cast<double>(longest)) {}

  void Add(double value) {
    fast_.Add(value);
    daily_.Add(value);
    slow_.Add(value);
  }
  double fast() const { return fast_.value(); }
  double daily() const { return daily_.value(); }
  double slow() const { return slow_.value(); }

 private:
  Smoothed fast_;
  Smoothed daily_;
  Smoothed slow_;
};

// How much of the faster levels is left after some steps.
struct Damping {
  std::size_t ahead = 1;
  std::array<double, 2> slopes{};
};

// 1, 2, 3, 4, 6, 9, 13 ... and the horizon.
std::vector<Damping> DampingsFor(std::size_t horizon) {
  std::vector<Damping> dampings;
  for (std::size_t ahead = 1; ahead < horizon; ahead += 1 + ahead / 3)
    dampings.push_back({ahead, {}});
  dampings.push_back({horizon, {}});
  return dampings;
}

// What a regression without intercept on two columns needs of its rows.
struct PairSums {
  double aa = 0, ab = 0, bb = 0, at = 0, bt = 0;

  // So many rows; less that where `count` is below 0.
  void Add(double a, double b, double target, double count) {
    aa += count * a * a;
    ab += count * a * b;
    bb += count * b * b;
    at += count * a * target;
    bt += count * b * target;
  }

  std::array<double, 2> Slopes() const {
    const double penalty = kPenalty * (aa + bb) / 2 + 1e-12;
    const double determinant = (aa + penalty) * (bb + penalty) - ab * ab;
    return {(at * (bb + penalty) - bt * ab) / determinant,
            (bt * (aa + penalty) - at * ab) / determinant};
  }
};

double MedianSize(std::span<const double> values) {
  std::vector<double> sizes;
  sizes.reserve(values.size());
  for (const double value : values)
    if (!std::isnan(value)) sizes.push_back(std::abs(value));
  if (sizes.empty()) return 0;
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  return *middle;
}

// How the profile of a season is made.
struct ProfileRule {
  std::size_t season = 1;     // steps
  double prior = 0;           // seasons that add nothing, to begin with
  std::size_t reach = 0;      // neighbours to either side that a place is smoothed with
  std::size_t half_life = 0;  // as in SeasonalTrend::Options
};

// Of each value what `profile` has at its place.
void Subtract(std::vector<double>& values, const std::vector<double>& profile) {
  for (std::size_t first = 0; first < values.size(); first += profile.size()) {
    const std::size_t count = std::min(profile.size(), values.size() - first);
    for (std::size_t i = 0; i < count; ++i) values[first + i] -= profile[i];
  }
}

// Takes out of `values` what they are in the mean at each place of the season, and returns it.
std::vector<double> TakeProfile(std::vector<double>& values, const ProfileRule& rule) {
  const auto [season, prior, reach, half_life] = rule;
  const double fading = half_life > 0 ? std::exp2(-1 / static_cast<double>(half_life)) : 1;
  double weight = 1;
  const double most = kMostScales * kScaleOfMedian * MedianSize(values);
  std::vector<double> sums(season, 0);
  std::vector<double> counts(season, 0);
  for (std::size_t i = values.size(), place = i % season; i-- > 0; weight *= fading) {
    place = (place > 0 ? place : season) - 1;
    if (std::isnan(values[i])) continue;
    sums[place] += weight * std::clamp(values[i], -most, most);
    counts[place] += weight;
  }
  std::vector<double> profile(season);
  for (std::size_t place = 0; place < season; ++place) {
    double sum = 0;
    double count = 0;
    for (std::size_t near = place + season - reach; near <= place + season + reach; ++near) {
      sum += sums[near % season];
      count += counts[near % season];
    }
    profile[place] = count > 0 ? sum / (count + prior * static_cast<double>(2 * reach + 1)) : 0;
  }
  Subtract(values, profile);
  return profile;
}

class FittedSeasonalTrend final : public FittedModel {
 public:
  FittedSeasonalTrend(LogScale scale, const SeasonalTrend::Options& options)
      : scale_(scale),
        levels_(options.seasons.front(), options.seasons.back()),
        dampings_(DampingsFor(options.horizon)) {}

  void Learn(std::span<const double> loads, const SeasonalTrend::Options& options) {
    const std::vector<std::size_t>& seasons = options.seasons;
    std::vector<double> logs;
    logs.reserve(loads.size());
    for (const double load : loads) logs.push_back(std::isnan(load) ? load : scale_.To(load));
    const std::vector<double> trend = LocalTrend(logs, seasons.back());
    std::vector<double> rest = logs;
    for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= trend[i];
    for (std::size_t i = 0; i < seasons.size(); ++i)
      profiles_.push_back(TakeProfile(rest, {.season = seasons[i],
                                             .prior = i == 0 ? 0 : kPriorSeasons,
                                             .reach = seasons.front() / kSmoothShare,
                                             .half_life = options.half_life}));
    for (const auto& profile : profiles_) Subtract(logs, profile);
    LearnDampings(logs, static_cast<Eigen::Index>(seasons.back() / 2));
    size_ = logs.size();
  }

  void Observe(double load) override {
    if (!std::isnan(load)) levels_.Add(scale_.To(load) - SeasonAt(size_));
    ++size_;
  }

  std::vector<double> Predict(std::size_t horizon) const override {
    const std::array above = {levels_.fast() - levels_.slow(), levels_.daily() - levels_.slow()};
    std::vector<double> path;
    path.reserve(horizon);
    auto after = dampings_.begin();
    for (std::size_t ahead = 1; ahead <= horizon; ++ahead) {
      while (after->ahead < ahead) ++after;
      const Damping& before = after == dampings_.begin() ? *after : *(after - 1);
      const double share = after->ahead == before.ahead
                               ? 1
                               : static_cast<double>(ahead - before.ahead) /
                                     static_cast<double>(after->ahead - before.ahead);
      double value = levels_.slow() + SeasonAt(size_ + ahead - 1);
      for (std::size_t i = 0; i < above.size(); ++i)
        value += std::lerp(before.slopes[i], after->slopes[i], share) * above[i];
      path.push_back(scale_.From(scale_.Clamp(value)));
    }
    return path;
  }

 private:
  double SeasonAt(std::size_t index) const {
    double sum = 0;
    for (const auto& profile : profiles_) sum += profile[index % profile.size()];
    return sum;
  }

  // `logs` without season; the levels need `first` steps until they say something, and go to the
  // last.
  void LearnDampings(const std::vector<double>& logs, Eigen::Index first) {
    const auto size = static_cast<Eigen::Index>(logs.size());
    Eigen::MatrixX2d above(size, 2);  // the faster levels against the slow one
    Eigen::VectorXd slow(size);
    Eigen::VectorXd targets(size);  // 0 where missing
    std::vector<Eigen::Index> gaps;
    for (Eigen::Index i = 0; i < size; ++i) {
      const double log = logs[static_cast<std::size_t>(i)];
      if (std::isnan(log)) {
        gaps.push_back(i);
        targets[i] = 0;
      } else {
        levels_.Add(log);
        targets[i] = log;
      }
      slow[i] = levels_.slow();
      above(i, 0) = levels_.fast() - slow[i];
      above(i, 1) = levels_.daily() - slow[i];
    }
    PairSums rows;  // of steps that have one so far ahead, as if it were 0
    Eigen::Index end = first;
    for (Damping& damping : std::views::reverse(dampings_)) {
      const auto ahead = static_cast<Eigen::Index>(damping.ahead);
      for (; end < size - ahead; ++end) rows.Add(above(end, 0), above(end, 1), -slow[end], 1);
      PairSums sums = rows;
      const Eigen::Vector2d by_target = above.middleRows(first, end - first).transpose() *
                                        targets.segment(std::min(first + ahead, size), end - first);
      sums.at += by_target[0];
      sums.bt += by_target[1];
      for (const Eigen::Index gap : gaps) {  // nothing is learnt of what leads to it
        const Eigen::Index from = gap - ahead;
        if (from >= first) sums.Add(above(from, 0), above(from, 1), -slow[from], -1);
      }
      damping.slopes = sums.Slopes();
    }
  }

  LogScale scale_;
  Levels levels_;
  std::vector<Damping> dampings_;
  std::vector<std::vector<double>> profiles_;
  std::size_t size_ = 0;
};

}  // namespace

SeasonalTrend::SeasonalTrend(Options options) : options_(std::move(options)) {
  Check(!options_.seasons.empty() && options_.horizon > 0, "a season and a horizon");
}

Result<std::unique_ptr<FittedModel>> SeasonalTrend::Fit(const LoadSeries& history) const {
  const std::size_t measured = history.size() - history.MissingCount();
  if (history.size() < least_history() || measured < options_.seasons.front())
    return Fail(ErrorCode::kInsufficientData, "the decomposition needs " +
                                                  std::to_string(least_history()) +
                                                  " steps, a season of them measured");
  auto fitted = std::make_unique<FittedSeasonalTrend>(LogScale::Of(history.values()), options_);
  fitted->Learn(history.values(), options_);
  return fitted;
}

}  // namespace loadcurve
