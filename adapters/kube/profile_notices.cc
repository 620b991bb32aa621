#include "adapters/kube/profile_notices.h"

#include <array>
#include <cstdio>
#include <optional>

#include "adapters/kube/advice_status.h"
#include "adapters/kube/capacity_status.h"
#include "adapters/kube/parked_status.h"
#include "adapters/kube/rollout_status.h"

namespace loadcurve::kube {
namespace {

// Whether that state is what one hopes for; Unknown is neither, and a rollout is neither.
bool IsGood(ProfileConditionType type, ConditionState state) {
  if (type == ProfileConditionType::kRollingOut) return true;
  const bool is_trouble =
      type == ProfileConditionType::kAtLimit || type == ProfileConditionType::kStale ||
      type == ProfileConditionType::kPaused || type == ProfileConditionType::kDoubtful ||
      type == ProfileConditionType::kFleetBraked;
  return state == (is_trouble ? ConditionState::kFalse : ConditionState::kTrue);
}

bool IsBad(ProfileConditionType type, ConditionState state) {
  return state != ConditionState::kUnknown && !IsGood(type, state);
}

std::optional<Notice> AdoptionBetween(const ProfileStatus& before, const ProfileStatus& after) {
  if (!after.online_calibration || !after.online_calibration->adopted) return std::nullopt;
  const CalibrationReport& report = *after.online_calibration;
  if (before.online_calibration && before.online_calibration->adopted == report.adopted)
    return std::nullopt;
  const RequestCosts& costs = report.adopted->costs;
  std::array<char, 32> load{};
  std::snprintf(load.data(), load.size(), "%.4g", costs.per_replica->load.value());
  return Notice{.is_warning = false,
                .reason = "CalibrationAdopted",
                .action = "Calibrated",
                .note = "Weights " + costs.weights.version() + ", of which a replica carries " +
                        load.data() + ", stand in for " + report.adopted->instead_of + ": " +
                        report.last.why + "."};
}

}  // namespace

std::vector<Notice> NoticesBetween(const ProfileStatus& before, const ProfileStatus& after) {
  std::vector<Notice> notices;
  if (const auto adoption = AdoptionBetween(before, after)) notices.push_back(*adoption);
  if (const auto capacity = CapacityNotice(before.capacity, after.capacity))
    notices.push_back(*capacity);
  if (const auto plan = PlanNotice(before.capacity, after.capacity)) notices.push_back(*plan);
  if (const auto latency = LatencyNotice(before.capacity, after.capacity))
    notices.push_back(*latency);
  if (const auto rollout = RolloutNotice(before.rollout, after.rollout))
    notices.push_back(*rollout);
  if (const auto parked = ParkedNotice(before.parked, after.parked)) notices.push_back(*parked);
  if (const auto advice = AdviceNotice(before.advice, after.advice)) notices.push_back(*advice);
  for (const auto& [type, condition] : after.conditions) {
    const auto old = before.conditions.find(type);
    const bool is_new = old == before.conditions.end();
    if (!is_new && old->second.state == condition.state && old->second.reason == condition.reason)
      continue;
    const bool was_bad = !is_new && IsBad(type, old->second.state);
    if (IsBad(type, condition.state)) {
      notices.push_back({.is_warning = true,
                         .reason = condition.reason,
                         .action = std::string(Name(type)),
                         .note = condition.message});
    } else if (was_bad && IsGood(type, condition.state)) {
      notices.push_back({.is_warning = false,
                         .reason = condition.reason,
                         .action = std::string(Name(type)),
                         .note = condition.message});
    }
  }
  return notices;
}

}  // namespace loadcurve::kube
