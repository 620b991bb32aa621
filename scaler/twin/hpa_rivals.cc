// The rivals in which a HorizontalPodAutoscaler decides.

#include <algorithm>

#include "scaler/twin/foresight.h"
#include "scaler/twin/hpa_rule.h"
#include "scaler/twin/rivals.h"
#include "scaler/twin/swept_family.h"

namespace loadcurve::twin {
namespace {

constexpr std::size_t kKnobs = 18;

// From a target of 0.91 on a saturated CPU is within the tolerance, and an HPA on CPU never grows.
constexpr double kHighestCpuTarget = 0.85;
constexpr double kHighestTarget = 0.995;

// CPU stops at the limit of the replicas that run; requests do not.
enum class Signal { kCpu, kRequests };

// An HPA on the load of the last step and on what is foreseen, the larger of both.
class HpaPolicy final : public Policy {
 public:
  HpaPolicy(const Timing& timing, Signal signal, double target, std::span<const double> ahead)
      : timing_(timing), signal_(signal), target_(target), ahead_(ahead) {}

  Replicas Wanted(const Moment& moment) override {
    double load = moment.known.back();
    if (signal_ == Signal::kCpu)
      load = std::min(load, static_cast<double>(moment.least_ready.value()));
    if (!ahead_.empty()) load = std::max(load, ahead_[moment.step]);
    const TimePoint now = timing_.start + timing_.step * static_cast<std::int64_t>(moment.step);
    return rule_.Sync(load / target_, moment.total, now);
  }

 private:
  Timing timing_;
  Signal signal_;
  double target_;
  std::span<const double> ahead_;
  HpaRule rule_;
};

std::unique_ptr<PolicyFamily> HpaFamily(const char* name, Signal signal, const FamilyInputs& inputs,
                                        std::vector<double> ahead) {
  return std::make_unique<SweptFamily>(
      name,
      Sweep{"target",
            Evenly(0.4, signal == Signal::kCpu ? kHighestCpuTarget : kHighestTarget, kKnobs)},
      std::move(ahead),
      [timing = inputs.timing, signal](double target, std::span<const double> foreseen) {
        return std::make_unique<HpaPolicy>(timing, signal, target, foreseen);
      },
      Decider::kHpa);
}

}  // namespace

std::unique_ptr<PolicyFamily> HpaOnCpu(const FamilyInputs& inputs) {
  return HpaFamily("hpa-cpu", Signal::kCpu, inputs, {});
}

std::unique_ptr<PolicyFamily> HpaOnQps(const FamilyInputs& inputs) {
  return HpaFamily("hpa-qps", Signal::kRequests, inputs, {});
}

std::unique_ptr<PolicyFamily> HpaOnMetricsQps(const FamilyInputs& inputs) {
  return HpaFamily("hpa-metricsqps", Signal::kRequests, inputs, {});
}

std::unique_ptr<PolicyFamily> KedaCron(const FamilyInputs& inputs) {
  return HpaFamily("keda-cron", Signal::kRequests, inputs, CronSchedule(inputs));
}

std::unique_ptr<PolicyFamily> CraneEhpa(const FamilyInputs& inputs) {
  return HpaFamily("crane-ehpa", Signal::kRequests, inputs, LastDayHighestHour(inputs));
}

}  // namespace loadcurve::twin
