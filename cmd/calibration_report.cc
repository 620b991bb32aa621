#include "cmd/calibration_report.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "cmd/output.h"

namespace loadcurve {
namespace {

using nlohmann::json;

json FitToJson(const OutOfSampleFit& fit) {
  return {{"r2", fit.r2},
          {"r2_error", fit.r2_error},
          {"correlation", fit.correlation},
          {"correlation_error", fit.correlation_error}};
}

MetricFit ToMetricFit(const OutOfSampleFit& fit) {
  return {fit.r2, fit.correlation, fit.r2_error, fit.correlation_error};
}

std::vector<std::pair<std::string, OutOfSampleFit>> NamedFits(const WorkloadCalibration& result) {
  if (!result.out_of_sample) return {};
  const OutOfSampleFits& fits = *result.out_of_sample;
  return {{"count", fits.count},
          {"occupancy", fits.occupancy},
          {"cudgx", fits.cudgx},
          {"fitted", fits.fitted}};
}

std::string_view Name(CostShape shape) {
  switch (shape) {
    case CostShape::kPooledCurve:
      return "one curve for all routes";
    case CostShape::kRouteLines:
      return "a line for each route";
    case CostShape::kRouteCurves:
      return "a curve for each route";
  }
  return "unknown";
}

json WeightsToJson(const RequestWeights& weights) {
  json rows = json::array();
  for (const WeightCurve& curve : weights.curves()) {
    for (const WeightKnot& knot : curve.knots)
      rows.push_back({{"route", curve.route},
                      {"upper_seconds", Seconds(knot.upper)},
                      {"weight", knot.weight},
                      {"low", knot.low},
                      {"high", knot.high}});
  }
  return rows;
}

json WorkloadToJson(const WorkloadCalibration& result) {
  json object = {{"workload", result.workload},
                 {"verdict", result.verdict_text},
                 {"weights_version", result.weights.version()},
                 {"weights_provenance", result.weights.Provenance()},
                 {"lag_seconds", Seconds(result.lag)},
                 {"idle_cores", result.idle.value()},
                 {"weights", WeightsToJson(result.weights)},
                 {"out_of_sample", nullptr},
                 {"per_replica", nullptr},
                 {"windows", {{"used", result.windows_used}, {"excluded", json::object()}}}};
  for (const auto& [reason, count] : result.windows_excluded)
    object["windows"]["excluded"][reason] = count;
  for (const auto& [name, fit] : NamedFits(result)) object["out_of_sample"][name] = FitToJson(fit);
  if (result.fit) {
    object["fit"] = {{"shape", Name(result.fit->shape)},
                     {"lambda", result.fit->lambda},
                     {"condition_number", result.fit->condition_number},
                     {"saving_in_standard_errors", result.out_of_sample->saving_in_errors}};
  }
  if (const auto reference = result.weights.reference_cpu())
    object["reference_cpu_seconds"] = reference->value();
  if (const auto reference = result.weights.reference_duration())
    object["reference_seconds"] = Seconds(*reference);
  if (result.per_replica)
    object["per_replica"] = {{"metricsqps", result.per_replica->load.value()},
                             {"low", result.per_replica->low.value()},
                             {"high", result.per_replica->high.value()},
                             {"binding", Name(result.per_replica->binding)}};
  else
    object["no_per_replica_because"] = result.no_replica_load_reason;
  return object;
}

std::string DisplayName(const WorkloadCalibration& result) {
  return result.workload.empty() ? "(all requests)" : result.workload;
}

// The time held relative to the mean request, on the scale of the fitted weights.
Table WeightsTable(const WorkloadCalibration& result) {
  Table table{{"route", "up to (s)", "weight", "90 % interval"}, {}};
  for (const WeightCurve& curve : result.weights.curves()) {
    for (const WeightKnot& knot : curve.knots)
      table.rows.push_back(
          {curve.route, RoundNumber(Seconds(knot.upper), 4), RoundNumber(knot.weight, 4),
           fmt::format("{} .. {}", RoundNumber(knot.low, 3), RoundNumber(knot.high, 3))});
  }
  return table;
}

std::string Excluded(const WorkloadCalibration& result) {
  std::string text;
  for (const auto& [reason, count] : result.windows_excluded)
    text += fmt::format("{}{} {}", text.empty() ? "; left out: " : ", ", count, reason);
  return text;
}

std::string WorkloadText(const WorkloadCalibration& result) {
  std::string text = fmt::format("{}: {}\n", DisplayName(result), result.verdict_text);
  text +=
      fmt::format("  {} windows used{}; CPU lags requests by {:g} s; idle {:.3g} cores\n",
                  result.windows_used, Excluded(result), Seconds(result.lag), result.idle.value());
  if (result.per_replica)
    text += fmt::format(
        "  one replica carries {:.4g} MetricsQPS (90 % interval {:.4g} .. {:.4g}), bound by {}\n",
        result.per_replica->load.value(), result.per_replica->low.value(),
        result.per_replica->high.value(), Name(result.per_replica->binding));
  else
    text += "  load per replica unknown: " + result.no_replica_load_reason + "\n";
  text += fmt::format("  weights {} ({})\n", result.weights.version(), result.weights.Provenance());
  if (result.fit)
    text += fmt::format("  fit: {}, condition number {:.3g}\n", Name(result.fit->shape),
                        result.fit->condition_number);
  return text + "\n";
}

}  // namespace

json ToJson(std::span<const WorkloadCalibration> calibrations) {
  json workloads = json::array();
  for (const WorkloadCalibration& result : calibrations)
    workloads.push_back(WorkloadToJson(result));
  return {{"workloads", std::move(workloads)}};
}

std::string ToText(std::span<const WorkloadCalibration> calibrations) {
  Table fits{{"workload", "R2 of:", "count", "occupancy", "cudgx", "fitted"}, {}};
  std::string text;
  for (const WorkloadCalibration& result : calibrations) {
    text += WorkloadText(result);
    if (calibrations.size() == 1) text += ToText(WeightsTable(result)) + "\n";
    if (!result.fit) continue;
    std::vector<std::string> row = {DisplayName(result), ""};
    for (const auto& [name, fit] : NamedFits(result)) row.push_back(fmt::format("{:.3f}", fit.r2));
    fits.rows.push_back(std::move(row));
  }
  if (!fits.rows.empty())
    text +=
        "How well each load explains CPU it was not fitted to (1 is all of it):\n" + ToText(fits);
  return text;
}

std::string ToCsv(std::span<const WorkloadCalibration> calibrations) {
  Table table{{"workload", "route", "upper_seconds", "weight", "low", "high"}, {}};
  for (const WorkloadCalibration& result : calibrations) {
    for (const WeightCurve& curve : result.weights.curves()) {
      for (const WeightKnot& knot : curve.knots)
        table.rows.push_back({result.workload, curve.route, ExactNumber(Seconds(knot.upper)),
                              ExactNumber(knot.weight), ExactNumber(knot.low),
                              ExactNumber(knot.high)});
    }
  }
  return ToCsv(table);
}

Result<ScalingProfile> ToProfile(const WorkloadCalibration& calibration,
                                 const ProfileFacts& facts) {
  const std::string name = calibration.workload.empty() ? "workload" : calibration.workload;
  ScalingProfileFields fields{.load = {.weights = calibration.weights}};
  fields.metadata.name = DnsLabelFor(name);
  fields.load.source.workload = calibration.workload;
  fields.load.source.duration = facts.duration_source;
  fields.objective.target_utilization = facts.target_share;
  if (const auto& load = calibration.per_replica) {
    fields.load.per_replica = ReplicaCapacity{.load = load->load,
                                              .low = load->low,
                                              .high = load->high,
                                              .binding = load->binding,
                                              .weights_version = calibration.weights.version(),
                                              .target_share = facts.target_share,
                                              .slots = facts.slots};
  }
  CalibrationStatus status;
  status.calibrated_at = facts.calibrated_at;
  status.verdict = calibration.verdict_text;
  status.lag = calibration.lag;
  status.idle_cores = calibration.idle;
  status.windows_used = calibration.windows_used;
  status.windows_excluded = calibration.windows_excluded;
  // Infinite where the features are exactly collinear; a profile holds numbers only.
  if (calibration.fit && std::isfinite(calibration.fit->condition_number))
    status.condition_number = calibration.fit->condition_number;
  for (const auto& [metric, fit] : NamedFits(calibration))
    status.out_of_sample.emplace(metric, ToMetricFit(fit));
  fields.calibration = std::move(status);
  return ScalingProfile::Make(std::move(fields));
}

}  // namespace loadcurve
