#include "scaler/twin/loadcurve_policy.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "base/check.h"
#include "metrics/load_series.h"
#include "scaler/replica_decider.h"
#include "scaler/twin/swept_family.h"

namespace loadcurve::twin {
namespace {

// Loads below this share of a replica do not differ: one replica carries them.
constexpr MetricsQps kLeastLoad{0.05};
constexpr double kMinutesAnHour = 60;

// Fine where people run services, coarse beyond: from "hardly matters" to "never again".
std::vector<double> ShortageCosts() {
  std::vector<double> costs = Geometrically(0.5, 4, 8);
  for (const double cost : Geometrically(4.5, 10'000, 90)) costs.push_back(cost);
  for (const double cost : Geometrically(1.5e4, 1e7, 12)) costs.push_back(cost);
  return costs;
}

class LoadcurvePolicy final : public Policy {
 public:
  LoadcurvePolicy(const UpcomingLoads& upcoming, const Timing& timing, ScalingProfile profile)
      : upcoming_(upcoming),
        timing_(timing),
        profile_(std::move(profile)),
        decider_(profile_.fields(), timing.step),
        looked_back_(kFreshSteps + 2 +
                     timing.StepsIn(profile_.fields().behavior.scale_down_window)) {}

  Replicas Wanted(const Moment& moment) override {
    JudgeLast(moment);
    const LoadOutlook outlook = upcoming_.At(moment.step);
    const auto recent = moment.known.last(std::min(looked_back_, moment.known.size()));
    const auto measured = LoadSeries::Make(
        outlook.issued_at - timing_.step * static_cast<std::int64_t>(recent.size()), timing_.step,
        {recent.begin(), recent.end()});
    DecisionInputs inputs;
    inputs.current = moment.total;
    inputs.now = timing_.TimeAt(moment.step);
    inputs.measured = &*measured;
    inputs.outlook = &outlook;
    inputs.order_delay = timing_.order_delay;
    inputs.is_explained = false;
    const auto decision = decider_.Decide(std::move(inputs), profile_);
    Check(decision.has_value(), "a simulated profile can be decided on");
    return decision->desired;
  }

 private:
  // The load of a step is known `delay_steps` after its end.
  void JudgeLast(const Moment& moment) {
    least_ready_.push_back(moment.least_ready);
    if (least_ready_.size() <= timing_.delay_steps) return;
    decider_.Judge(MetricsQps(moment.known.back()), least_ready_.front(), profile_);
    least_ready_.pop_front();
  }

  const UpcomingLoads& upcoming_;
  Timing timing_;
  ScalingProfile profile_;
  ReplicaDecider decider_;
  std::size_t looked_back_;
  std::deque<Replicas> least_ready_;
};

class LoadcurveFamily final : public PolicyFamily {
 public:
  explicit LoadcurveFamily(const FamilyInputs& inputs) : timing_(inputs.timing), upcoming_(inputs) {
    if (inputs.loadcurve) {
      knobs_.push_back(*inputs.loadcurve);
      return;
    }
    for (const double cost : ShortageCosts()) {
      ScalingProfileFields fields = InReplicas(timing_);
      fields.objective.prices = {.replica_hour = 1, .shortage_minute = cost / kMinutesAnHour};
      knobs_.push_back({KnobName("shortage_cost", cost), ScalingProfile::Make(fields).value()});
    }
  }

  std::string_view name() const override { return "loadcurve"; }
  std::vector<std::string> KnobNames() const override {
    std::vector<std::string> names;
    for (const LoadcurveSetting& knob : knobs_) names.push_back(knob.name);
    return names;
  }
  std::unique_ptr<Policy> Make(std::size_t knob) const override {
    return std::make_unique<LoadcurvePolicy>(upcoming_, timing_, knobs_[knob].profile);
  }

 private:
  Timing timing_;
  UpcomingLoads upcoming_;
  std::vector<LoadcurveSetting> knobs_;
};

}  // namespace

UpcomingLoads::UpcomingLoads(const FamilyInputs& inputs)
    : timing_(inputs.timing),
      ahead_(WindowsAhead(timing_.delay_steps, timing_.LeadSteps() + timing_.delay_steps,
                          timing_.step)) {
  rows_.resize(inputs.loads.size() * ahead_.size());
  const std::size_t day = std::max<std::size_t>(1, timing_.StepsIn(std::chrono::days(1)));
  OutlookModel model(ahead_, day, kLeastLoad);
  const std::size_t delay = timing_.delay_steps;
  for (std::size_t step = delay + 1; step < inputs.loads.size(); ++step) {
    model.Observe(inputs.loads[step - delay - 1]);
    std::ranges::copy(model.Rows(),
                      rows_.begin() + static_cast<std::ptrdiff_t>(step * ahead_.size()));
  }
}

LoadOutlook UpcomingLoads::At(std::size_t step) const {
  return {timing_.TimeAt(step - timing_.delay_steps), timing_.step, ahead_,
          std::span(rows_).subspan(step * ahead_.size(), ahead_.size())};
}

ScalingProfileFields InReplicas(const Timing& timing) {
  ScalingProfileFields fields{.load = {.weights = RequestWeights::Cudgx()}};
  fields.metadata.name = "loadcurve";
  ReplicaCapacity capacity;
  capacity.load = capacity.low = capacity.high = MetricsQps(1);
  capacity.weights_version = fields.load.Scale();
  fields.load.per_replica = capacity;
  fields.startup = timing.startup;
  fields.objective.target_utilization = Ratio(1);
  fields.bounds = {Replicas(1), Replicas(1'000'000)};
  fields.forecast.step = timing.step;
  fields.behavior.scale_down_window = Duration(0);
  // Where nobody stands between, what is compared is waste alone.
  if (timing.order_delay == Duration(0)) fields.behavior.change_cost = Duration(0);
  return fields;
}

std::unique_ptr<PolicyFamily> Loadcurve(const FamilyInputs& inputs) {
  return std::make_unique<LoadcurveFamily>(inputs);
}

}  // namespace loadcurve::twin
