#include "adapters/kube/capacity_watch_status.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kube/json_fields.h"
#include "base/time_text.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<ShiftVerdict, std::string_view>, 4> kVerdicts = {
    {{ShiftVerdict::kOpen, "open"},
     {ShiftVerdict::kUnchanged, "unchanged"},
     {ShiftVerdict::kMore, "more"},
     {ShiftVerdict::kLess, "less"}}};

std::string_view Name(ShiftVerdict verdict) {
  return std::ranges::find(kVerdicts, verdict, &std::pair<ShiftVerdict, std::string_view>::first)
      ->second;
}

json ToJson(const ReplicaCapacity& capacity) {
  return {{"value", capacity.load.value()},
          {"low", capacity.low.value()},
          {"high", capacity.high.value()},
          {"binding", loadcurve::Name(capacity.binding)},
          {"weightsVersion", capacity.weights_version}};
}

json ToJson(const RevisionLine& line) {
  json others = json::array();
  for (const LineFit& other : line.others) {
    others.push_back(other.idle);
    others.push_back(other.factor);
  }
  json object = {{"revision", line.revision},
                 {"idle", line.line.idle},
                 {"factor", line.line.factor},
                 {"windows", line.windows},
                 {"noise", line.noise.block_errors()}};
  if (!others.empty()) object["others"] = std::move(others);
  if (line.limit) object["limitCores"] = line.limit->value();
  if (line.capacity) object["capacity"] = ToJson(*line.capacity);
  return object;
}

json ToJson(const RevisionComparison& comparison) {
  const CpuShift::Parts& parts = comparison.shift.parts();
  json object = {{"before", ToJson(comparison.before)},
                 {"load", comparison.load},
                 {"windows", comparison.windows},
                 {"told", comparison.is_told},
                 {"least", parts.least},
                 {"enough", parts.enough},
                 {"verdict", Name(parts.verdict)},
                 {"lineError", parts.line_error}};
  if (!parts.offsets.empty()) object["offsets"] = parts.offsets;
  if (parts.estimate) {
    object["logRatio"] = parts.estimate->log_ratio;
    object["error"] = parts.estimate->error;
  }
  return object;
}

// Absent where it is no list of numbers.
std::optional<std::vector<double>> NumbersAt(const json& object, const char* name) {
  std::vector<double> numbers;
  const json* const list = FieldAt(object, {name});
  if (list == nullptr) return numbers;
  if (!list->is_array()) return std::nullopt;
  for (const json& number : *list) {
    if (!number.is_number()) return std::nullopt;
    numbers.push_back(number.get<double>());
  }
  return numbers;
}

std::optional<std::size_t> CountAt(const json& object, const char* name) {
  const auto count = WholeAt(object, {name});
  return count && *count >= 0 ? std::optional(static_cast<std::size_t>(*count)) : std::nullopt;
}

std::optional<ReplicaCapacity> CapacityFrom(const json& object) {
  const auto load = NumberAt(object, {"value"});
  const auto low = NumberAt(object, {"low"});
  const auto high = NumberAt(object, {"high"});
  const auto binding = BindingResourceOf(TextAt(object, {"binding"}));
  if (!load || !low || !high || !binding || !(*low > 0 && *low <= *load && *load <= *high))
    return std::nullopt;
  ReplicaCapacity capacity{
      .load = MetricsQps(*load), .low = MetricsQps(*low), .high = MetricsQps(*high)};
  capacity.binding = *binding;
  capacity.weights_version = TextAt(object, {"weightsVersion"});
  return capacity;
}

std::optional<RevisionLine> LineFrom(const json& object) {
  const auto idle = NumberAt(object, {"idle"});
  const auto factor = NumberAt(object, {"factor"});
  const auto windows = CountAt(object, "windows");
  const auto others = NumbersAt(object, "others");
  const auto noise = NumbersAt(object, "noise");
  if (!idle || !factor || !(*factor > 0) || !windows || !others || others->size() % 2 != 0 ||
      !noise)
    return std::nullopt;
  RevisionLine line{.revision = TextAt(object, {"revision"}), .line = {*idle, *factor}};
  for (std::size_t i = 0; i < others->size(); i += 2)
    line.others.push_back({(*others)[i], (*others)[i + 1]});
  line.noise = CpuNoise::OfBlocks(*noise);
  line.windows = *windows;
  if (const json* const capacity = FieldAt(object, {"capacity"})) {
    line.capacity = CapacityFrom(*capacity);
    if (!line.capacity) return std::nullopt;
  }
  if (const auto limit = NumberAt(object, {"limitCores"}); limit && *limit > 0)
    line.limit = CpuCores(*limit);
  return line;
}

std::optional<RevisionComparison> ComparisonFrom(const json& object) {
  const json* const before = FieldAt(object, {"before"});
  auto line = before == nullptr ? std::nullopt : LineFrom(*before);
  const auto windows = CountAt(object, "windows");
  const auto least = CountAt(object, "least");
  const auto enough = CountAt(object, "enough");
  auto offsets = NumbersAt(object, "offsets");
  const auto verdict = std::ranges::find(kVerdicts, TextAt(object, {"verdict"}),
                                         &std::pair<ShiftVerdict, std::string_view>::second);
  if (!line || !windows || !least || !enough || !offsets || verdict == kVerdicts.end())
    return std::nullopt;
  CpuShift::Parts parts{.least = *least,
                        .enough = *enough,
                        .verdict = verdict->first,
                        .line_error = NumberAt(object, {"lineError"}).value_or(0),
                        .offsets = *std::move(offsets)};
  const auto ratio = NumberAt(object, {"logRatio"});
  const auto error = NumberAt(object, {"error"});
  if (ratio && error) parts.estimate = ShiftEstimate{parts.verdict, *ratio, *error};
  const json* const told = FieldAt(object, {"told"});
  CpuShift shift(line->noise, std::move(parts));
  return RevisionComparison{.before = *std::move(line),
                            .load = NumberAt(object, {"load"}).value_or(0),
                            .windows = *windows,
                            .shift = std::move(shift),
                            .is_told = told != nullptr && *told == true};
}

std::size_t WindowsOf(const std::optional<RevisionLine>& line) {
  return line ? line->windows : 0;
}

std::size_t OffsetsOf(const std::optional<RevisionComparison>& comparison) {
  return comparison ? comparison->shift.parts().offsets.size() : 0;
}

}  // namespace

json ToJson(const CapacityWatchState& state) {
  json object = {{"revision", state.revision},
                 {"weightsVersion", state.weights_version},
                 {"ready", state.ready}};
  if (state.limit) object["limitCores"] = state.limit->value();
  if (state.warm_from) object["warmFrom"] = ToRfc3339(*state.warm_from);
  if (state.line) object["line"] = ToJson(*state.line);
  if (state.comparison) object["comparison"] = ToJson(*state.comparison);
  return object;
}

std::optional<CapacityWatchState> CapacityWatchStateFrom(const json& object) {
  CapacityWatchState state{.revision = TextAt(object, {"revision"}),
                           .weights_version = TextAt(object, {"weightsVersion"}),
                           .ready = NumberAt(object, {"ready"}).value_or(0)};
  if (state.revision.empty()) return std::nullopt;
  if (const auto limit = NumberAt(object, {"limitCores"}); limit && *limit > 0)
    state.limit = CpuCores(*limit);
  if (const auto from = ParseTime(TextAt(object, {"warmFrom"}))) state.warm_from = *from;
  if (const json* const line = FieldAt(object, {"line"})) {
    state.line = LineFrom(*line);
    if (!state.line) return std::nullopt;
  }
  if (const json* const comparison = FieldAt(object, {"comparison"})) {
    state.comparison = ComparisonFrom(*comparison);
    if (!state.comparison) return std::nullopt;
  }
  return state;
}

bool HasMoved(const CapacityWatchState& written, const CapacityWatchState& next) {
  constexpr std::size_t kFewWindows = 4;
  const std::size_t offsets = OffsetsOf(written.comparison);
  return OffsetsOf(next.comparison) >= offsets + std::max(kFewWindows, offsets / 4) ||
         WindowsOf(next.line) >= 2 * std::max(kFewWindows, WindowsOf(written.line));
}

}  // namespace loadcurve::kube
