#include "adapters/kube/condition_status.h"

#include <nlohmann/json.hpp>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/status_fields.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

std::string_view NameOf(ConditionState state) {
  return state == ConditionState::kTrue    ? "True"
         : state == ConditionState::kFalse ? "False"
                                           : "Unknown";
}

ConditionState StateOf(std::string_view name) {
  return name == "True"    ? ConditionState::kTrue
         : name == "False" ? ConditionState::kFalse
                           : ConditionState::kUnknown;
}

}  // namespace

json ToJson(std::string_view type, const ProfileCondition& condition,
            std::int64_t observed_generation) {
  return {{"type", type},
          {"status", NameOf(condition.state)},
          {"observedGeneration", observed_generation},
          {"lastTransitionTime", WholeSeconds(condition.since)},
          {"reason", condition.reason},
          {"message", condition.message}};
}

ProfileCondition ConditionFrom(const json& object) {
  return {.state = StateOf(TextAt(object, {"status"})),
          .reason = TextAt(object, {"reason"}),
          .message = TextAt(object, {"message"}),
          .since = TimeAt(object, {"lastTransitionTime"})};
}

}  // namespace loadcurve::kube
