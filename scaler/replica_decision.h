#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "base/workload.h"
#include "forecaster/forecast.h"
#include "forecaster/load_outlook.h"
#include "metrics/load_series.h"
#include "metrics/settled_requests.h"
#include "scaler/evidence.h"
#include "scaler/memory_need.h"
#include "scaler/scaling_profile.h"

namespace loadcurve {

// The stages of a decision, in their order. Each takes the number of the one before.
enum class DecisionStage {
  kTarget,         // what the forecast needs when a replica ordered now is ready
  kUntilReady,     // no shrinking below what is needed before a new replica could be ready
  kReactiveFloor,  // at least what the latest measured load needs
  kSlots,          // at least what the requests held at once need
  kMemory,         // at least what the memory that replicas use needs
  kSurvival,       // so many more that what is needed is left when that is lost
  kPath,           // what the steps after need, where it saves changes
  kSchedule,       // the floor and the ceiling that schedules state for now
  kBudget,         // no more than the budget pays for, beyond what is measured
  kStepLimit,      // no further from the current count than the profile allows at once
  kStabilizer,     // no shrinking below the highest need of the scale-down window
  kParked,         // after an anomaly, what was given up within the observation window
  kFreeze,         // what a freeze holds
  kSafetyGuard,    // without fresh and trustworthy evidence hold or grow, never shrink
  kBounds,         // minReplicas <= desired <= maxReplicas, always
  kRollout,        // as far as the profile's rollout follows decisions; only Rollout adds it
  kFleetBrake,     // no more than the fleet may lose at once; only the loop of all adds it
  kPaused,         // a person asked for the count to stay; only Hold() adds it
};

// "target", "until_ready", "reactive_floor", "slots", "memory", "survival", "path", "schedule",
// "budget", "step_limit", "stabilizer", "parked", "freeze", "safety_guard", "bounds", "rollout",
// "fleet_brake", "paused".
std::string_view Name(DecisionStage stage);

struct DecisionReason {
  DecisionStage stage = DecisionStage::kTarget;
  Replicas before;
  Replicas after;
  std::string why;

  bool operator==(const DecisionReason&) const = default;
};

// How many replicas an earlier decision found necessary.
struct PastNeed {
  TimePoint decided_at;
  Replicas replicas;
};

// What must be there at the moment, and why.
struct HeldFloor {
  Replicas replicas;
  std::string why;
};

// How many there were, ready or on their way, when a decision was made.
struct PastCount {
  TimePoint observed_at;
  Replicas replicas;
};

// What is known at the time of a decision. What is pointed to need only live through the
// call.
struct DecisionInputs {
  Replicas current;
  TimePoint now;
  // Load as measured; windows that begin at `now` or later are not looked at. Null, or only
  // missing values, where nothing was measured: that is neither zero nor idle.
  const LoadSeries* measured = nullptr;
  // Null where no forecast could be made; the latest measured load then stands in. One whose
  // last measurement is more than kForecastSteps old is not followed: the count holds.
  const Forecast* forecast = nullptr;
  // How the load of the next windows is distributed, which goes before the forecast where it
  // reaches. Null where there is none.
  const LoadOutlook* outlook = nullptr;
  // What a step short of capacity costs, in replicas over one step, as it was learnt for a budget
  // of violations; absent where nothing was learnt yet.
  std::optional<double> shortage_cost{};
  // How long an order waits before anyone acts on it: an HPA looks every 15 s.
  Duration order_delay{0};
  // Requests held at once, all replicas together, in the latest window.
  std::optional<BusySlots> busy_slots{};
  // What the replicas use of their memory, where the profile states it.
  std::optional<MemoryUse> memory{};
  // What holds in place of what that use needs: while it is tried whether more replicas help, and
  // where they did not.
  std::optional<HeldFloor> memory_trial{};
  // Failed requests by all requests of the latest window: refused demand is not seen as
  // load.
  Ratio error_share{0};
  // The share of the replicas whose requests were counted in the latest window.
  Ratio coverage{1};
  // What the decisions within the scale-down window found necessary, in any order.
  std::vector<PastNeed> past_needs{};
  // The counts since a start-up before now, in order, up to the current one: what they have in
  // common is ready before a replica that is ordered now. Empty: the current one is.
  std::vector<PastCount> past_counts{};
  // What was needed by other weights until they changed a moment ago: held whatever the current
  // count is, so that the change takes nothing back.
  std::optional<Replicas> held_need{};
  // What was given up and must be there again, after an anomaly within the observation window.
  std::optional<HeldFloor> parked{};
  // What the decision before this one wanted, while it is valid: the current count may be on its
  // way there, or have been observed before it arrived.
  std::optional<Replicas> wanted{};
  // What the latest windows are worth, where it was judged. Without it, only what `measured`,
  // `error_share` and `coverage` tell is doubted.
  std::optional<Evidence> evidence{};
  // The newest pod-template revision while pods of an older one still run: a rollout is under way.
  std::optional<std::string> rolling_out_to{};
  // New replicas warm up until then: what they carry is not known yet.
  std::optional<TimePoint> warm_at{};
  // What to say of the profile's capacity, where it is not what a person or a calibration gave.
  std::string capacity_note{};
  // Without words the reasons tell stages and counts alone: for a simulation of many decisions.
  bool is_explained = true;
};

// What a decision stands on, for who wants to follow it by hand. What is not known is absent.
struct DecisionBasis {
  MetricsQps per_replica;               // what one replica carries at the target utilization
  std::optional<MetricsQps> latest;     // the latest measured load
  std::optional<MetricsQps> median;     // of the load when a replica ordered now is ready
  std::optional<double> shortage_cost;  // of a step short of capacity, in replicas over one step
  // The probability that the load exceeds the count wanted when a replica ordered now is ready.
  std::optional<double> short_chance;
  // By how many replicas the far end of that load falls by e.
  std::optional<double> tail_replicas;
  // What an HPA on the latest load at the same target would want, with its tolerance of 0.1.
  std::optional<Replicas> hpa;
  // Of the count wanted, and of what the HPA wants, where a price of replicas is stated.
  std::optional<double> cost_per_hour;
  std::optional<double> hpa_cost_per_hour;
};

struct ReplicaDecision {
  WorkloadId workload;
  Replicas current;
  Replicas desired;
  // The target, then every stage that changed the number or had a doubt to tell: the first
  // `before` is the current count, every other that of the reason above, and the last
  // `after` is the desired count.
  std::vector<DecisionReason> reasons;
  // Not to be followed after this time.
  TimePoint valid_until;
  // What the stages from target to survival found necessary: the next decision's PastNeed.
  Replicas need;
  DecisionBasis basis{};
};

// Measured load counts as fresh, and a decision is valid, for so many steps, those of the
// profile's forecast or of the series where they are longer: one may be late and one lost.
inline constexpr int kFreshSteps = 3;

// A forecast is followed for so many steps without a new measurement: it bridges the outage of a
// source. After that it is a guess about what nobody sees, and nothing is bought on it.
inline constexpr int kForecastSteps = 30;

// How many replicas the workload of the profile should have. Pure: the same inputs give
// the same decision.
//
// kInvalidArgument: a profile without a capacity, a series or forecast measured in other
// weights than the profile's, a current count < 0, an error share or coverage outside [0, 1].
[[nodiscard]] Result<ReplicaDecision> Decide(const DecisionInputs& inputs,
                                             const ScalingProfile& profile);

}  // namespace loadcurve
