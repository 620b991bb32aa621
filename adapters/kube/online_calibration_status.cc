#include "adapters/kube/online_calibration_status.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/profile_object.h"
#include "base/time_text.h"
#include "metrics/container_resources.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

constexpr std::array kOutcomes = {
    CalibrationOutcome::kAdopted,         CalibrationOutcome::kNotBetter,
    CalibrationOutcome::kTooLittle,       CalibrationOutcome::kUnexplained,
    CalibrationOutcome::kUnknownCapacity, CalibrationOutcome::kNotMeasured};

json ToJson(const WeightKnot& knot) {
  json object = {{"weight", knot.weight}};
  if (knot.upper != Duration::max()) object["upperSeconds"] = Seconds(knot.upper);
  if (knot.low != knot.weight) object["low"] = knot.low;
  if (knot.high != knot.weight) object["high"] = knot.high;
  return object;
}

json CurvesOf(const RequestWeights& weights) {
  json curves = json::array();
  for (const WeightCurve& curve : weights.curves()) {
    json knots = json::array();
    for (const WeightKnot& knot : curve.knots) knots.push_back(ToJson(knot));
    curves.push_back({{"route", curve.route}, {"knots", std::move(knots)}});
  }
  return curves;
}

json ToJson(const RequestWeights& weights) {
  json object = {{"kind", Name(weights.kind())}, {"version", weights.version()}};
  if (const auto duration = weights.reference_duration())
    object["referenceSeconds"] = Seconds(*duration);
  if (const auto cpu = weights.reference_cpu()) object["referenceCpuSeconds"] = cpu->value();
  if (weights.kind() == WeightsKind::kFitted || weights.kind() == WeightsKind::kTable)
    object["curves"] = CurvesOf(weights);
  return object;
}

json ToJson(const ReplicaCapacity& capacity) {
  json object = {{"metricsqps", capacity.load.value()},
                 {"low", capacity.low.value()},
                 {"high", capacity.high.value()},
                 {"binding", Name(capacity.binding)},
                 {"weightsVersion", capacity.weights_version},
                 {"targetShare", capacity.target_share.value()}};
  if (capacity.slots) object["slots"] = capacity.slots->value();
  if (capacity.memory)
    object["memory"] = {{"limit", MemoryText(capacity.memory->limit)},
                        {"idle", MemoryText(capacity.memory->idle)}};
  return object;
}

json ToJson(const AdoptedCalibration& adopted) {
  json instead = {{"weightsVersion", adopted.instead_of}};
  if (adopted.instead_of_load) instead["metricsqps"] = adopted.instead_of_load->value();
  return {{"time", ToRfc3339(adopted.adopted_at)},
          {"insteadOf", std::move(instead)},
          {"weights", ToJson(adopted.costs.weights)},
          {"perReplica", ToJson(*adopted.costs.per_replica)}};
}

TimePoint TimeAt(const json& object) {
  return ParseTime(TextAt(object, {"time"})).value_or(TimePoint());
}

// Read by the codec of profiles, which knows which weights can be and what their version is; of a
// Prometheus, as all that is calibrated while serving.
std::optional<RequestCosts> CostsFrom(const json& object) {
  const json* const weights = FieldAt(object, {"weights"});
  const json* const capacity = FieldAt(object, {"perReplica"});
  if (weights == nullptr || capacity == nullptr) return std::nullopt;
  const json profile = {
      {"apiVersion", "loadcurve.dev/v1alpha1"},
      {"kind", "ScalingProfile"},
      {"metadata", {{"name", "adopted"}}},
      {"spec",
       {{"load",
         {{"source", {{"kind", "prometheus"}, {"prometheus", {{"preset", "istio"}}}}},
          {"weights", *weights},
          {"perReplica", *capacity}}},
        {"objective", {{"targetUtilization", 1}}}}}};
  const auto read = ProfileFrom(profile);
  return read ? std::optional(CostsOf(*read)) : std::nullopt;
}

std::optional<AdoptedCalibration> AdoptedFrom(const json& object) {
  auto costs = CostsFrom(object);
  if (!costs) return std::nullopt;
  AdoptedCalibration adopted{.costs = *std::move(costs),
                             .adopted_at = TimeAt(object),
                             .instead_of = TextAt(object, {"insteadOf", "weightsVersion"})};
  if (const auto load = NumberAt(object, {"insteadOf", "metricsqps"}))
    adopted.instead_of_load = MetricsQps(*load);
  return adopted;
}

OnlineCalibration AttemptFrom(const json& object) {
  OnlineCalibration attempt;
  const std::string name = TextAt(object, {"outcome"});
  const auto outcome = std::ranges::find_if(kOutcomes, [&](auto one) { return Name(one) == name; });
  if (outcome != kOutcomes.end()) attempt.outcome = *outcome;
  attempt.why = TextAt(object, {"message"});
  attempt.idle = CpuCores(NumberAt(object, {"idleCores"}).value_or(0));
  attempt.error_in_force = CpuCores(NumberAt(object, {"errorInForce"}).value_or(0));
  attempt.error_candidate = CpuCores(NumberAt(object, {"errorCandidate"}).value_or(0));
  attempt.saving_in_errors = NumberAt(object, {"savingInErrors"}).value_or(0);
  attempt.windows_used = WholeAt(object, {"windows", "used"}).value_or(0);
  if (const json* excluded = FieldAt(object, {"windows", "excluded"});
      excluded != nullptr && excluded->is_object()) {
    for (const auto& [reason, count] : excluded->items())
      if (count.is_number_integer()) attempt.windows_excluded[reason] = count.get<std::int64_t>();
  }
  return attempt;
}

}  // namespace

json ToJson(const CalibrationReport& report) {
  json object = json::object();
  if (report.adopted) object["adopted"] = ToJson(*report.adopted);
  if (!report.tried_at) return object;
  const OnlineCalibration& last = report.last;
  object["time"] = ToRfc3339(*report.tried_at);
  object["outcome"] = Name(last.outcome);
  object["message"] = last.why;
  object["idleCores"] = last.idle.value();
  object["errorInForce"] = last.error_in_force.value();
  object["errorCandidate"] = last.error_candidate.value();
  object["savingInErrors"] = last.saving_in_errors;
  object["windows"] = {{"used", last.windows_used}, {"excluded", last.windows_excluded}};
  return object;
}

CalibrationReport CalibrationReportFrom(const json& object) {
  CalibrationReport report;
  if (const json* adopted = FieldAt(object, {"adopted"})) report.adopted = AdoptedFrom(*adopted);
  if (FieldAt(object, {"time"}) == nullptr) return report;
  report.tried_at = TimeAt(object);
  report.last = AttemptFrom(object);
  return report;
}

bool IsNews(const std::optional<CalibrationReport>& written,
            const std::optional<CalibrationReport>& next) {
  if (written.has_value() != next.has_value()) return true;
  if (!next) return false;
  return written->adopted != next->adopted ||
         written->tried_at.has_value() != next->tried_at.has_value() ||
         written->last.outcome != next->last.outcome;
}

}  // namespace loadcurve::kube
