#include "scaler/twin/loadcurve_policy.h"

#include <algorithm>
#include <deque>

#include "forecaster/short_horizon.h"
#include "scaler/cheapest_ask.h"
#include "scaler/twin/swept_family.h"

namespace loadcurve::twin {
namespace {

// Loads below this share of a replica do not differ: one replica carries them.
constexpr double kLeastLoad = 0.05;
constexpr std::size_t kMostAhead = 6;

// From the next step to that in which a replica ordered now is ready; not each of them where they
// are many.
std::vector<std::size_t> StepsAhead(const Timing& timing) {
  const std::size_t last = timing.StartupSteps() + timing.delay_steps;
  std::vector<std::size_t> ahead;
  for (std::size_t i = 0; i < kMostAhead; ++i) {
    const std::size_t step =
        timing.delay_steps + i * (last - timing.delay_steps) / (kMostAhead - 1);
    if (ahead.empty() || step > ahead.back()) ahead.push_back(step);
  }
  return ahead;
}

// Fine where people run services, coarse beyond: from "hardly matters" to "never again".
std::vector<double> ShortageCosts() {
  std::vector<double> costs = Geometrically(0.5, 17, 14);
  for (const double cost : Geometrically(20, 20'000, 42)) costs.push_back(cost);
  for (const double cost : Geometrically(3e4, 1e7, 14)) costs.push_back(cost);
  return costs;
}

class LoadcurvePolicy final : public Policy {
 public:
  LoadcurvePolicy(const UpcomingLoads& upcoming, double shortage_cost)
      : upcoming_(upcoming), price_{shortage_cost, MetricsQps(1)} {}

  Replicas Wanted(const Moment& moment) override {
    totals_.push_back(moment.total);
    if (totals_.size() > upcoming_.lead()) totals_.pop_front();
    steps_.clear();
    for (std::size_t i = 0; i < upcoming_.count(); ++i) {
      const std::size_t until = upcoming_.ahead(i);
      steps_.push_back({upcoming_.At(moment.step, i), MostReady(upcoming_.lead() - until),
                        static_cast<double>(upcoming_.ahead(i + 1) - until)});
    }
    return CheapestAsk(steps_, price_);
  }

 private:
  // What is ready in a step is the smallest count that was asked for from one start-up before on.
  Replicas MostReady(std::size_t asks) const {
    const std::size_t known = std::min(asks, totals_.size());
    const auto first = totals_.end() - static_cast<std::ptrdiff_t>(known);
    return known == 0 ? Replicas(0) : *std::min_element(first, totals_.end());
  }

  const UpcomingLoads& upcoming_;
  CountPrice price_;
  std::deque<Replicas> totals_;
  std::vector<StepToServe> steps_;
};

class LoadcurveFamily final : public PolicyFamily {
 public:
  explicit LoadcurveFamily(const FamilyInputs& inputs)
      : upcoming_(inputs), costs_(ShortageCosts()) {}

  std::string_view name() const override { return "loadcurve"; }
  std::vector<std::string> KnobNames() const override {
    std::vector<std::string> names;
    for (const double cost : costs_) names.push_back(KnobName("shortage_cost", cost));
    return names;
  }
  std::unique_ptr<Policy> Make(std::size_t knob) const override {
    return std::make_unique<LoadcurvePolicy>(upcoming_, costs_[knob]);
  }

 private:
  UpcomingLoads upcoming_;
  std::vector<double> costs_;
};

}  // namespace

UpcomingLoads::UpcomingLoads(const FamilyInputs& inputs) : ahead_(StepsAhead(inputs.timing)) {
  width_ = ahead_.size() * kTailLevels.size();
  loads_.resize(inputs.loads.size() * width_);
  const std::size_t day = std::max<std::size_t>(1, inputs.timing.StepsIn(std::chrono::days(1)));
  ShortHorizon model({.day = day, .ahead = ahead_, .floor = kLeastLoad});
  const std::size_t delay = inputs.timing.delay_steps;
  for (std::size_t step = delay + 1; step < inputs.loads.size(); ++step) {
    model.Observe(inputs.loads[step - delay - 1]);
    auto place = loads_.begin() + static_cast<std::ptrdiff_t>(step * width_);
    for (std::size_t i = 0; i < ahead_.size(); ++i)
      for (const double load : model.Row(i)) *place++ = MetricsQps(load);
  }
}

UpperLoad UpcomingLoads::At(std::size_t step, std::size_t index) const {
  const std::size_t count = kTailLevels.size();
  return {kTailLevels, std::span(loads_).subspan(step * width_ + index * count, count)};
}

std::unique_ptr<PolicyFamily> Loadcurve(const FamilyInputs& inputs) {
  return std::make_unique<LoadcurveFamily>(inputs);
}

}  // namespace loadcurve::twin
