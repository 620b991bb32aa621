#include "adapters/kube/rollout_status.h"

#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/kube/json_fields.h"
#include "base/time_text.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

constexpr std::array kStages = {RolloutStage::kObserve, RolloutStage::kRecommend,
                                RolloutStage::kUpOnly, RolloutStage::kFull};
constexpr std::int64_t kManyWindows = 10;

std::optional<RolloutStage> StageNamed(const std::string& name) {
  for (const RolloutStage stage : kStages)
    if (Name(stage) == name) return stage;
  return std::nullopt;
}

TimePoint TimeAt(const json& object, JsonPath path) {
  return ParseTime(TextAt(object, path)).value_or(TimePoint());
}

}  // namespace

json ToJson(const RolloutState& state) {
  json object = {{"stage", Name(state.stage)}, {"auto", state.is_auto}};
  if (state.recommended) object["recommended"] = state.recommended->value();
  if (state.is_auto)
    object["measured"] = {{"since", ToRfc3339(state.since)}, {"windows", state.windows},
                          {"covered", state.covered},        {"violated", state.violated},
                          {"needed", state.needed},          {"decided", state.decided}};
  if (state.last)
    object["last"] = {{"time", ToRfc3339(state.last->at)},
                      {"from", Name(state.last->from)},
                      {"to", Name(state.last->to)},
                      {"why", state.last->why}};
  return object;
}

std::optional<RolloutState> RolloutStateFrom(const json& object) {
  const auto stage = StageNamed(TextAt(object, {"stage"}));
  if (!stage) return std::nullopt;
  RolloutState state{.stage = *stage, .is_auto = FieldAt(object, {"measured"}) != nullptr};
  if (const auto recommended = WholeAt(object, {"recommended"}))
    state.recommended = Replicas(*recommended);
  if (state.is_auto) state.since = TimeAt(object, {"measured", "since"});
  state.windows = WholeAt(object, {"measured", "windows"}).value_or(0);
  state.covered = WholeAt(object, {"measured", "covered"}).value_or(0);
  state.violated = WholeAt(object, {"measured", "violated"}).value_or(0);
  state.needed = WholeAt(object, {"measured", "needed"}).value_or(0);
  state.decided = WholeAt(object, {"measured", "decided"}).value_or(0);
  const auto from = StageNamed(TextAt(object, {"last", "from"}));
  const auto to = StageNamed(TextAt(object, {"last", "to"}));
  if (from && to)
    state.last = RolloutChange{TimeAt(object, {"last", "time"}), *from, *to,
                               TextAt(object, {"last", "why"})};
  return state;
}

bool IsNews(const std::optional<RolloutState>& written, const std::optional<RolloutState>& next) {
  if (written.has_value() != next.has_value()) return true;
  if (!next) return false;
  return written->stage != next->stage || written->is_auto != next->is_auto ||
         written->recommended != next->recommended || written->last != next->last;
}

bool HasMoved(const std::optional<RolloutState>& written, const std::optional<RolloutState>& next) {
  return written && next && std::abs(next->windows - written->windows) >= kManyWindows;
}

std::optional<Notice> RolloutNotice(const std::optional<RolloutState>& written,
                                    const std::optional<RolloutState>& next) {
  if (!next || !next->last || (written && written->last == next->last)) return std::nullopt;
  const RolloutChange& change = *next->last;
  const bool is_demotion = change.to < change.from;
  return Notice{.is_warning = is_demotion,
                .reason = is_demotion ? "RolloutDemoted" : "RolloutPromoted",
                .action = "Rollout",
                .note = std::string(Name(change.from)) + " -> " + std::string(Name(change.to)) +
                        ": " + change.why + "."};
}

}  // namespace loadcurve::kube
