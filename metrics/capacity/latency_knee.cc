#include "metrics/capacity/latency_knee.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "metrics/block_bootstrap.h"

namespace loadcurve {
namespace {

struct Point {
  double log_rate = 0;
  double log_odds = 0;
  double worth = 0;
};

double LogOdds(double share) {
  return std::log(share / (1 - share));
}

Point PointOf(const RampStep& step) {
  const LateShare late = step.Late();
  const double share = (late.late + 0.5) / (late.all + 1);
  return {std::log(step.rate), LogOdds(share), late.worth * share * (1 - share)};
}

// Where the weighted line through the points meets `odds`; absent where it does not rise.
std::optional<double> Crossing(const std::vector<Point>& points, double odds) {
  double worth = 0;
  double x = 0;
  double y = 0;
  for (const Point& point : points) {
    worth += point.worth;
    x += point.worth * point.log_rate;
    y += point.worth * point.log_odds;
  }
  if (worth <= 0) return std::nullopt;
  x /= worth;
  y /= worth;
  double xx = 0;
  double xy = 0;
  for (const Point& point : points) {
    xx += point.worth * (point.log_rate - x) * (point.log_rate - x);
    xy += point.worth * (point.log_rate - x) * (point.log_odds - y);
  }
  if (xx <= 0 || xy <= 0) return std::nullopt;
  return std::exp(x + (odds - y) * xx / xy);
}

// The step with its steady intervals drawn anew, in blocks of neighbours.
RampStep Resampled(const RampStep& step, std::mt19937_64& random) {
  RampStep drawn{.purpose = step.purpose, .verdict = step.verdict, .rate = step.rate};
  const auto steady = step.Steady();
  for (const Eigen::Index row : ResampleBlocks(static_cast<Eigen::Index>(steady.size()), random))
    drawn.intervals.push_back(steady[static_cast<std::size_t>(row)]);
  return drawn;
}

// Queues remember for longer than a step lasts, which resampling its intervals cannot know. On
// simulated services with known limits the knee lies off by 3 % more than the resampled fits say.
RateEstimate Widened(const RateEstimate& rate) {
  constexpr double kUnseen = 0.03;
  const double below = std::hypot(std::log(rate.value / rate.low), kUnseen);
  const double above = std::hypot(std::log(rate.high / rate.value), kUnseen);
  return {rate.value, rate.value * std::exp(-below), rate.value * std::exp(above)};
}

bool TellsOfKnee(const RampStep& step, const KneeOptions& options) {
  const bool is_judged = step.verdict == StepVerdict::kGood || step.verdict == StepVerdict::kLate ||
                         step.verdict == StepVerdict::kSaturated;
  const bool is_long = step.purpose == StepPurpose::kGrow || step.purpose == StepPurpose::kRefine ||
                       step.purpose == StepPurpose::kConfirm;
  return is_judged && is_long && step.rate >= 0.75 * options.carried &&
         step.rate <= 1.3 * options.broken && !step.Steady().empty();
}

}  // namespace

RateEstimate FindLatencyKnee(std::span<const RampStep> steps, const KneeOptions& options) {
  const double odds = LogOdds(options.allowed_late.value());
  const double middle = std::sqrt(options.carried * options.broken);
  std::vector<const RampStep*> near;
  double late = 0;
  for (const RampStep& step : steps) {
    if (!TellsOfKnee(step, options)) continue;
    near.push_back(&step);
    late += step.Late().late;
  }
  if (late < 1) return {middle, options.carried, options.broken};
  const auto within = [&](std::optional<double> rate) {
    return std::clamp(rate.value_or(middle), options.carried * 0.95, options.broken * 1.05);
  };
  std::vector<Point> points;
  for (const RampStep* step : near) points.push_back(PointOf(*step));
  const double knee = within(Crossing(points, odds));
  std::mt19937_64 random(options.seed);
  std::vector<double> others;
  for (int i = 0; i < options.resamples; ++i) {
    std::vector<Point> drawn;
    for (const RampStep* step : near) drawn.push_back(PointOf(Resampled(*step, random)));
    others.push_back(within(Crossing(drawn, odds)));
  }
  return Widened({knee, std::min({knee, options.carried, QuantileOf(others, 0.05)}),
                  std::max({knee, options.broken, QuantileOf(others, 0.95)})});
}

}  // namespace loadcurve
