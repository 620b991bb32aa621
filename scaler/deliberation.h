#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "scaler/outlook_need.h"
#include "scaler/replica_decision.h"
#include "scaler/replica_path.h"

namespace loadcurve {

// One decision on its way through the stages. What is needed is found in deliberation.cc, what
// people state for a time or for their money in deliberation_policy.cc, what limits a change in
// deliberation_limits.cc.
class Deliberation {
 public:
  // Both outlive it; the profile has a capacity.
  Deliberation(const DecisionInputs& inputs, const ScalingProfile& profile);

  [[nodiscard]] Result<ReplicaDecision> Run();

 private:
  struct LatestLoad {
    MetricsQps load;
    TimePoint measured_until;
  };

  // `why` is called where somebody wants to read it.
  template <class Words>
  void Move(DecisionStage stage, Replicas after, const Words& why) {
    decision_.reasons.push_back(
        {stage, desired_, after, inputs_.is_explained ? std::string(why()) : std::string()});
    desired_ = after;
  }

  // How many of the measured windows begin before now.
  std::size_t BegunWindows() const;
  void FindLatest();
  // What one replica sustains at its whole limit: measured at a share of it, and taken as
  // proportional, which is exact where the objective is that share.
  MetricsQps Sustained() const;
  [[nodiscard]] Result<Replicas> Need(MetricsQps load) const;
  // The age of the last measurement, in the series or in what the forecast was made from, where
  // it is too old to act on.
  std::optional<Duration> FadedAge() const;
  // The highest forecast load over the windows that touch [from, until]; absent where the
  // forecast does not reach.
  std::optional<MetricsQps> HighestForecast(TimePoint from, TimePoint until) const;
  // The rows of the outlook for [from, until); none where it does not reach.
  std::span<const LoadRow> RowsFor(TimePoint from, TimePoint until) const;
  // The most that one of them needs.
  Replicas MostNeeded(std::span<const LoadRow> rows) const;
  // What to ask for, so that it costs least from now to the end of these rows, in which a replica
  // ordered now is ready.
  Replicas CheapestOver(std::span<const LoadRow> ready_rows) const;
  // What of the counts asked for before is ready at that time.
  Replicas ReadyAlready(TimePoint time) const;
  TimePoint ReadyAt() const { return inputs_.now + inputs_.order_delay + fields_.startup; }
  std::optional<MetricsQps> HighestMeasured(TimePoint since) const;
  std::string EachCarries() const;
  std::string Level() const;
  std::string AimWords() const;

  // The stages, in their order.
  [[nodiscard]] Result<void> Target();
  [[nodiscard]] Result<void> UntilReady();
  [[nodiscard]] Result<void> ReactiveFloor();
  [[nodiscard]] Result<void> Slots();
  void Memory();
  void Survive();
  void Path();
  // What is needed from when a replica ordered now is ready, stretch by stretch of the outlook, in
  // shares of what is needed now.
  std::vector<PathStretch> Stretches(std::span<const LoadRow> ready_rows) const;
  void ScheduledBounds();
  void Budget();
  void StepLimit();
  void HeldNeed();
  [[nodiscard]] Result<void> Stabilizer();
  void ReturnParked();
  void HoldFrozen();
  void SafetyGuard();
  void Bounds();

  // A bound that a schedule states.
  struct StatedBound {
    const Schedule* schedule = nullptr;
    TimeSpan span{};
    Replicas replicas;  // for now
  };
  // The highest floor of the windows that are open when a replica ordered now is ready, or before.
  std::optional<StatedBound> HighestFloor() const;
  // The highest ceiling of the windows that are open now.
  std::optional<StatedBound> HighestCeiling() const;
  // How much of a floor must be ordered now, so that decisions that may go no further than they may
  // have all of it ready at its beginning.
  Replicas FloorForNow(Replicas floor, TimePoint from) const;
  std::string FloorWords(const StatedBound& floor) const;
  // A past need, as far as ceiling and budget allow where so much was measured.
  Replicas AsStated(Replicas count, Replicas measured) const;

  // How far one decision may go from a count; absent where there is no limit.
  static std::optional<Replicas> LargestStep(const StepLimits& limits, Replicas count);
  // The count, as far towards it as one decision may grow.
  Replicas InReach(Replicas count) const;
  // What a hold holds. The observed count alone may be older than the last decision, or follow one
  // that is: held at it, the count would go down by its own echo.
  Replicas Standing() const;
  // Why the evidence is not good enough to shrink on; empty where it is.
  std::string Doubt() const;
  void Explain();

  const DecisionInputs& inputs_;
  const ScalingProfileFields& fields_;
  const ReplicaCapacity& capacity_;
  BuyingAim aim_;
  // Of the forecast, or of the series where that is coarser.
  Duration step_;
  Replicas desired_;
  std::optional<LatestLoad> latest_;
  // What is measured now needs, by load, slots and memory, without any reserve.
  Replicas measured_need_{0};
  Replicas scheduled_floor_{0};
  // What may not be exceeded at all, and what only the measured load may exceed.
  std::optional<Replicas> ceiling_;
  std::optional<Replicas> paid_for_;
  bool has_forecast_doubt_ = false;
  bool has_weighed_all_steps_ = false;  // those until a replica is ready too
  ReplicaDecision decision_;
};

}  // namespace loadcurve
