// A plain quantile of the change until a new replica is ready, in units of how much the load has
// moved lately. Nobody sells this one; it is the rival that any forecast must beat.

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <utility>

#include "scaler/twin/counting.h"
#include "scaler/twin/rivals.h"
#include "scaler/twin/swept_family.h"

namespace loadcurve::twin {
namespace {

constexpr double kLeastLoad = 0.05;
constexpr double kFirstSpread = 0.05;
constexpr double kLeastSpread = 0.005;
constexpr std::size_t kSpreadSteps = 60;
constexpr double kFurthest = 3;
constexpr double kFirstErrors = 3;  // in spreads, on the first day
constexpr std::size_t kDays = 7;

// At each step: the level, the spread of its changes, and the changes known so far in spreads.
struct Moves {
  std::vector<double> level;
  std::vector<double> spread;
  std::vector<double> scaled;  // by the step they came at
};

double LevelBefore(std::span<const double> loads, std::size_t end) {
  double sum = 0;
  const std::size_t from = end - std::min<std::size_t>(end, 3);
  for (std::size_t i = from; i < end; ++i) sum += loads[i];
  return std::max(kLeastLoad, sum / static_cast<double>(end - from));
}

Moves MovesOf(const FamilyInputs& inputs) {
  const std::size_t lag = inputs.timing.StartupSteps();
  const std::size_t delay = inputs.timing.delay_steps;
  const std::size_t n = inputs.loads.size();
  Moves moves{std::vector<double>(n, kLeastLoad), std::vector<double>(n, kFirstSpread),
              std::vector<double>(n, 0)};
  double spread = kFirstSpread;
  for (std::size_t step = 1 + delay; step < n; ++step) {
    const std::size_t known = step - delay;
    moves.level[step] = LevelBefore(inputs.loads, known);
    const std::size_t came = known - 1;  // the newest load, foretold `lag` steps before
    if (came > lag + delay) {
      const std::size_t from = came - lag;
      const double move = std::log(std::max(inputs.loads[came], kLeastLoad) / moves.level[from]);
      moves.scaled[came] = move / moves.spread[from];
      spread += 2.0 / (kSpreadSteps + 1) * (std::abs(move) - spread);
    }
    moves.spread[step] = std::max(spread, kLeastSpread);
  }
  return moves;
}

class QuantileFamily final : public PolicyFamily {
 public:
  explicit QuantileFamily(const FamilyInputs& inputs)
      : timing_(inputs.timing), moves_(MovesOf(inputs)) {
    FindErrors();
  }

  std::string_view name() const override { return "quantile"; }
  std::vector<std::string> KnobNames() const override {
    std::vector<std::string> names;
    for (const double level : kLevels) names.push_back(KnobName("quantile", level));
    return names;
  }
  std::unique_ptr<Policy> Make(std::size_t knob) const override;

  std::size_t lag() const { return timing_.StartupSteps(); }

  // The load that is not exceeded, at one level, when a replica ordered at `step` is ready.
  double LoadAt(std::size_t step, std::size_t level) const {
    const double spread = moves_.spread[step];
    const std::size_t day = step / DaySteps();
    const double errors = day == 0 ? kFirstErrors : errors_[day][level];
    return moves_.level[step] * std::exp(std::min(errors * spread, kFurthest));
  }

 private:
  static constexpr std::array<double, 18> kLevels = {0.7,   0.8,   0.85,   0.9,   0.93,   0.95,
                                                     0.97,  0.98,  0.985,  0.99,  0.993,  0.995,
                                                     0.997, 0.998, 0.9985, 0.999, 0.9995, 0.9999};

  std::size_t DaySteps() const { return std::max<std::size_t>(1, timing_.StepsIn(kDay)); }

  // At the beginning of each day, over the seven days before.
  void FindErrors() {
    const std::size_t day = DaySteps();
    for (std::size_t at = 0; at < moves_.level.size(); at += day) {
      std::array<double, kLevels.size()> errors{};
      const std::size_t known = at - std::min(at, timing_.delay_steps);
      const std::size_t from = known - std::min(known, kDays * day);
      std::vector<double> sorted(moves_.scaled.begin() + static_cast<std::ptrdiff_t>(from),
                                 moves_.scaled.begin() + static_cast<std::ptrdiff_t>(known));
      std::sort(sorted.begin(), sorted.end());
      for (std::size_t i = 0; i < kLevels.size() && !sorted.empty(); ++i) {
        const double rank = kLevels[i] * static_cast<double>(sorted.size() - 1);
        const auto below = static_cast<std::size_t>(rank);
        const std::size_t above = std::min(below + 1, sorted.size() - 1);
        errors[i] = sorted[below] + (rank - std::floor(rank)) * (sorted[above] - sorted[below]);
      }
      errors_.push_back(errors);
    }
  }

  static constexpr Duration kDay = std::chrono::days(1);

  Timing timing_;
  Moves moves_;
  std::vector<std::array<double, kLevels.size()>> errors_;  // by day
};

class QuantilePolicy final : public Policy {
 public:
  QuantilePolicy(const QuantileFamily& family, std::size_t level)
      : family_(family), level_(level) {}

  // What was ordered for a step is kept until that step is over.
  Replicas Wanted(const Moment& moment) override {
    orders_.push_back(CountFor(family_.LoadAt(moment.step, level_)));
    if (orders_.size() > family_.lag() + 1) orders_.pop_front();
    return *std::max_element(orders_.begin(), orders_.end());
  }

 private:
  const QuantileFamily& family_;
  std::size_t level_;
  std::deque<Replicas> orders_;
};

std::unique_ptr<Policy> QuantileFamily::Make(std::size_t knob) const {
  return std::make_unique<QuantilePolicy>(*this, knob);
}

}  // namespace

std::unique_ptr<PolicyFamily> VolatilityQuantile(const FamilyInputs& inputs) {
  return std::make_unique<QuantileFamily>(inputs);
}

}  // namespace loadcurve::twin
