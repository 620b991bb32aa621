#include "adapters/kube/parked_status.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/kube/json_fields.h"
#include "base/time_text.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

// The present count renews its own time with every step.
constexpr Duration kMovedFor = std::chrono::hours(1);

TimePoint TimeAt(const json& object, JsonPath path) {
  return ParseTime(TextAt(object, path)).value_or(TimePoint());
}

bool HasMoved(TimePoint written, TimePoint next) {
  return next - written > kMovedFor || written - next > kMovedFor;
}

}  // namespace

json ToJson(const ParkedState& state) {
  json object = {{"replicas", state.replicas.value()}, {"until", ToRfc3339(state.until)}};
  if (!state.floor) return object;
  object["floor"] = state.floor->value();
  object["anomaly"] = {{"time", ToRfc3339(state.anomaly_at)}, {"why", state.anomaly}};
  return object;
}

ParkedState ParkedStateFrom(const json& object) {
  ParkedState state;
  state.replicas = Replicas(WholeAt(object, {"replicas"}).value_or(0));
  state.until = TimeAt(object, {"until"});
  const auto floor = WholeAt(object, {"floor"});
  if (!floor) return state;
  state.floor = Replicas(*floor);
  state.anomaly_at = TimeAt(object, {"anomaly", "time"});
  state.anomaly = TextAt(object, {"anomaly", "why"});
  return state;
}

bool IsNews(const std::optional<ParkedState>& written, const std::optional<ParkedState>& next) {
  if (written.has_value() != next.has_value()) return true;
  if (!next) return false;
  return written->replicas != next->replicas || written->floor != next->floor ||
         HasMoved(written->until, next->until) || HasMoved(written->anomaly_at, next->anomaly_at);
}

std::optional<Notice> ParkedNotice(const std::optional<ParkedState>& written,
                                   const std::optional<ParkedState>& next) {
  if (!next || !next->floor || (written && written->floor == next->floor)) return std::nullopt;
  return Notice{.is_warning = true,
                .reason = "CapacityReturned",
                .action = "Parked",
                .note = "Nothing shrinks below " + std::to_string(next->floor->value()) +
                        " replicas, and what was given up of them returns: at " +
                        ToRfc3339(next->anomaly_at) + " " + next->anomaly + "."};
}

}  // namespace loadcurve::kube
