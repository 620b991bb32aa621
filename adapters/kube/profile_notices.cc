#include "adapters/kube/profile_notices.h"

namespace loadcurve::kube {
namespace {

// Whether that state is what one hopes for; Unknown is neither.
bool IsGood(ProfileConditionType type, ConditionState state) {
  const bool is_trouble = type == ProfileConditionType::kAtLimit ||
                          type == ProfileConditionType::kStale ||
                          type == ProfileConditionType::kPaused;
  return state == (is_trouble ? ConditionState::kFalse : ConditionState::kTrue);
}

bool IsBad(ProfileConditionType type, ConditionState state) {
  return state != ConditionState::kUnknown && !IsGood(type, state);
}

}  // namespace

std::vector<Notice> NoticesBetween(const ProfileStatus& before, const ProfileStatus& after) {
  std::vector<Notice> notices;
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
