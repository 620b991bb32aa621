#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/units.h"

namespace loadcurve::kube {

enum class ConditionState { kTrue, kFalse, kUnknown };

struct ProfileCondition {
  ConditionState state = ConditionState::kUnknown;
  std::string reason{};   // one CamelCase word, for programs
  std::string message{};  // what a person should know and do
  TimePoint since{};      // when `state` last changed; Settled() keeps it

  bool operator==(const ProfileCondition&) const = default;
};

// As metav1.Condition has it: of the type of that name, seen at a generation of the object.
nlohmann::json ToJson(std::string_view type, const ProfileCondition& condition,
                      std::int64_t observed_generation);

// All but its type. A status that is none is unknown.
ProfileCondition ConditionFrom(const nlohmann::json& object);

}  // namespace loadcurve::kube
