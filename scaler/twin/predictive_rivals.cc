// Rivals that set the count themselves: AHPA-style, AWS-style, PHPA, and static peak.

#include <algorithm>
#include <cmath>

#include "scaler/twin/counting.h"
#include "scaler/twin/foresight.h"
#include "scaler/twin/hpa_rule.h"
#include "scaler/twin/rivals.h"
#include "scaler/twin/swept_family.h"

namespace loadcurve::twin {
namespace {

constexpr std::size_t kKnobs = 18;

Sweep Targets() {
  return {"target", Evenly(0.4, 0.995, kKnobs)};
}

TimePoint TimeOf(const Timing& timing, const Moment& moment) {
  return timing.start + timing.step * static_cast<std::int64_t>(moment.step);
}

// max(proactive, reactive), each load / target; the reactive part as an HPA.
class AhpaPolicy final : public Policy {
 public:
  AhpaPolicy(const Timing& timing, double target, std::span<const double> ahead)
      : timing_(timing), target_(target), ahead_(ahead) {}

  Replicas Wanted(const Moment& moment) override {
    const Replicas reactive =
        rule_.Sync(moment.known.back() / target_, moment.total, TimeOf(timing_, moment));
    return std::max(reactive, CountFor(ahead_[moment.step] / target_));
  }

 private:
  Timing timing_;
  double target_;
  std::span<const double> ahead_;
  HpaRule rule_;
};

// Target tracking: out after three minutes above the target, in after fifteen below nine tenths
// of it; never below what the forecast of the hour needs.
class AwsPolicy final : public Policy {
 public:
  AwsPolicy(const Timing& timing, double target, std::span<const double> ahead)
      : target_(target),
        ahead_(ahead),
        out_steps_(timing.StepsIn(std::chrono::minutes(3))),
        in_steps_(timing.StepsIn(std::chrono::minutes(15))) {}

  Replicas Wanted(const Moment& moment) override {
    const Replicas needed = CountFor(moment.known.back() / target_);
    const double utilization =
        moment.known.back() / static_cast<double>(std::max(moment.total, Replicas(1)).value());
    above_ = utilization > target_ ? above_ + 1 : 0;
    below_ = utilization < 0.9 * target_ ? below_ + 1 : 0;
    Replicas wanted = moment.total;
    if (above_ >= out_steps_) wanted = std::max(wanted, needed);
    if (below_ >= in_steps_) wanted = std::min(wanted, needed);
    return std::max(wanted, CountFor(ahead_[moment.step] / target_));
  }

 private:
  double target_;
  std::span<const double> ahead_;
  std::size_t out_steps_;
  std::size_t in_steps_;
  std::size_t above_ = 0;
  std::size_t below_ = 0;
};

// Holt-Winters with additive trend and season on the replicas an HPA would ask for, one step
// ahead; the larger of it and the HPA, held for 300 s before it falls.
class PhpaPolicy final : public Policy {
 public:
  PhpaPolicy(const Timing& timing, double target)
      : timing_(timing), target_(target), season_(timing.DaySteps(), 0) {}

  Replicas Wanted(const Moment& moment) override {
    const double reactive = std::ceil(moment.known.back() / target_ * (1 - 1e-9));
    Learn(reactive, moment.step);
    const bool knows = learnt_ > 2 * season_.size() && !season_.empty();
    const double ahead = knows ? level_ + trend_ + season_[(moment.step + 1) % season_.size()] : 0;
    return rule_.Sync(std::max(reactive, ahead), moment.total, TimeOf(timing_, moment));
  }

 private:
  // Typed in by hand there; these are plausible ones, and were not tuned.
  static constexpr double kAlpha = 0.5;
  static constexpr double kBeta = 0.01;
  static constexpr double kGamma = 0.3;

  void Learn(double replicas, std::size_t step) {
    if (season_.empty()) return;
    if (learnt_ == 0) level_ = replicas;
    double& season = season_[step % season_.size()];
    const double before = level_;
    level_ = kAlpha * (replicas - season) + (1 - kAlpha) * (level_ + trend_);
    trend_ = kBeta * (level_ - before) + (1 - kBeta) * trend_;
    season = kGamma * (replicas - level_) + (1 - kGamma) * season;
    ++learnt_;
  }

  Timing timing_;
  double target_;
  std::vector<double> season_;
  double level_ = 0;
  double trend_ = 0;
  std::size_t learnt_ = 0;
  HpaRule rule_;
};

class StaticPolicy final : public Policy {
 public:
  explicit StaticPolicy(Replicas count) : count_(count) {}
  Replicas Wanted(const Moment&) override { return count_; }

 private:
  Replicas count_;
};

}  // namespace

std::unique_ptr<PolicyFamily> AhpaStyle(const FamilyInputs& inputs) {
  return std::make_unique<SweptFamily>(
      "ahpa", Targets(), DailyMedianAhead(inputs),
      [timing = inputs.timing](double target, std::span<const double> ahead) {
        return std::make_unique<AhpaPolicy>(timing, target, ahead);
      });
}

std::unique_ptr<PolicyFamily> AwsPredictive(const FamilyInputs& inputs) {
  return std::make_unique<SweptFamily>(
      "aws-predictive", Targets(), HourlyForecast(inputs),
      [timing = inputs.timing](double target, std::span<const double> ahead) {
        return std::make_unique<AwsPolicy>(timing, target, ahead);
      });
}

std::unique_ptr<PolicyFamily> Phpa(const FamilyInputs& inputs) {
  return std::make_unique<SweptFamily>(
      "phpa", Targets(), std::vector<double>{},
      [timing = inputs.timing](double target, std::span<const double>) {
        return std::make_unique<PhpaPolicy>(timing, target);
      });
}

std::unique_ptr<PolicyFamily> StaticPeak(const FamilyInputs& inputs) {
  const double peak = *std::max_element(inputs.loads.begin(), inputs.loads.end());
  return std::make_unique<SweptFamily>(
      "static-peak", Sweep{"share", Evenly(1.0, 0.15, kKnobs)}, std::vector<double>{},
      [peak](double share, std::span<const double>) {
        return std::make_unique<StaticPolicy>(CountFor(peak * share));
      });
}

}  // namespace loadcurve::twin
