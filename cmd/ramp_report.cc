#include "cmd/ramp_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "adapters/plot/html_page.h"
#include "adapters/plot/svg_plot.h"
#include "adapters/plot/svg_style.h"
#include "base/time_text.h"
#include "cmd/calibration_report.h"
#include "cmd/capacity_json.h"
#include "cmd/ramp_events.h"

namespace loadcurve {
namespace {

using nlohmann::json;

std::string Milliseconds(double seconds) {
  return fmt::format("{:.2f}", seconds * 1e3);
}

std::string Percent(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f}", *share * 100) : "-";
}

std::optional<double> CpuShare(const ReplicaUse& use) {
  const auto ceiling = use.CpuCeiling();
  if (!use.cpu_cores || !ceiling || *ceiling <= 0) return std::nullopt;
  return *use.cpu_cores / *ceiling;
}

json PointToJson(const CurvePoint& point) {
  json object = {{"purpose", Name(point.purpose)},
                 {"verdict", Name(point.verdict)},
                 {"asked_rate", point.asked_rate},
                 {"answered_rate", point.answered_rate},
                 {"metricsqps", point.load.value()},
                 {"median_seconds", point.median_seconds},
                 {"quantile_seconds", point.quantile_seconds},
                 {"late_share", point.late_share},
                 {"error_share", point.error_share},
                 {"in_flight", point.in_flight},
                 {"intervals", point.intervals},
                 {"settling", point.settling}};
  object["use"] = UseToJson(point.use);
  return object;
}

}  // namespace

std::string RampReport::Headline() const {
  const std::string promise =
      fmt::format("p{:g} within {}", quantile * 100, loadcurve::ToString(latency_target));
  const auto capacity = result.Capacity();
  if (!capacity || !result.rate)
    return fmt::format("no rate was carried with {}: {}\n", promise, Name(result.end));
  const RateEstimate& rate = *result.rate;
  std::string text = fmt::format(
      "one replica carries {}{:.4g} MetricsQPS, {:.4g} requests/s in the mix of the log, with {}\n",
      result.is_lower_bound ? "at least " : "", capacity->load.value(), rate.value, promise);
  if (!result.is_lower_bound)
    text += fmt::format("90 % interval: {:.4g} .. {:.4g} MetricsQPS, {:.4g} .. {:.4g}/s\n",
                        capacity->low.value(), capacity->high.value(), rate.low, rate.high);
  return text;
}

std::string RampReport::Occasion() const {
  return fmt::format("{}{}, {} .. {}\n", fmt::join(targets, ", "),
                     target_version.empty() ? "" : ", version " + target_version,
                     ToRfc3339(std::chrono::floor<std::chrono::seconds>(from)),
                     ToRfc3339(std::chrono::floor<std::chrono::seconds>(to)));
}

Table RampReport::StepTable() const {
  Table table{
      {"step", "verdict", "asked/s", "answered/s", "metricsqps", "p50_ms", "tail_ms",
       "late_percent", "errors_percent", "cpu_percent", "throttled", "in_flight", "seconds"},
      {}};
  for (const CurvePoint& point : result.curve)
    table.rows.push_back(
        {std::string(Name(point.purpose)), std::string(Name(point.verdict)),
         fmt::format("{:.1f}", point.asked_rate), fmt::format("{:.1f}", point.answered_rate),
         fmt::format("{:.1f}", point.load.value()), Milliseconds(point.median_seconds),
         Milliseconds(point.quantile_seconds), fmt::format("{:.2f}", point.late_share * 100),
         fmt::format("{:.2f}", point.error_share * 100), Percent(CpuShare(point.use)),
         point.use.throttled_share ? fmt::format("{:.2f}", *point.use.throttled_share) : "-",
         fmt::format("{:.1f}", point.in_flight),
         fmt::format("{}+{}", point.settling, point.intervals)});
  return table;
}

Table RampReport::LimitTable() const {
  Table table{{"resource", "requests/s", "90 % interval", "metricsqps", "how"}, {}};
  for (const ResourceLimit& limit : result.limits)
    table.rows.push_back(
        {std::string(Name(limit.resource)), fmt::format("{:.4g}", limit.rate.value),
         fmt::format("{:.4g} .. {:.4g}", limit.rate.low, limit.rate.high),
         fmt::format("{:.4g}", limit.rate.value * result.load_of_request), limit.basis});
  return table;
}

std::string RampReport::WeightsText() const {
  const WorkloadCalibration& calibration = result.calibration;
  std::string text =
      fmt::format("weights: {} ({}); {} windows of CPU\n", calibration.weights.version(),
                  calibration.verdict_text, calibration.windows_used);
  if (calibration.out_of_sample)
    text += fmt::format(
        "R2 on windows they were not fitted to: fitted {:.3f}, occupancy {:.3f}, count {:.3f}\n",
        calibration.out_of_sample->fitted.r2, calibration.out_of_sample->occupancy.r2,
        calibration.out_of_sample->count.r2);
  return text;
}

std::string RampReport::ComparisonText() const {
  if (!comparison) return "";
  return fmt::format(
      "against the profile{}{}: {} ({:+.1f} %, 90 % interval {:+.1f} .. {:+.1f} %; it holds {:.4g} "
      "MetricsQPS)\n",
      comparison->since.empty() ? "" : " of " + comparison->since,
      comparison->target_version.empty() ? "" : ", version " + comparison->target_version,
      Name(comparison->change.change), (comparison->change.ratio - 1) * 100,
      (comparison->change.low - 1) * 100, (comparison->change.high - 1) * 100,
      comparison->before.load.value());
}

std::string RampReport::ToPage(const plot::TerminalOptions& terminal) const {
  std::string text = Occasion() + Headline();
  text += fmt::format("bottleneck: {}{}: {}\n", Name(result.verdict.bottleneck),
                      result.verdict.is_inferred ? " (inferred)" : "", result.verdict.evidence);
  if (!result.verdict.advice.empty()) text += result.verdict.advice + "\n";
  text += fmt::format("ended: {}, after {:.0f} s\n\n", Name(result.end), Seconds(to - from));
  text += ToText(StepTable());
  const auto charts = RampCharts(*this);
  if (!charts.empty()) text += "\n" + plot::ToTerminal(charts, terminal);
  if (!result.limits.empty())
    text += "\nwhat each resource of a replica would carry:\n" + ToText(LimitTable());
  text += "\n" + WeightsText() + ComparisonText();
  return text;
}

json RampReport::ToJson() const {
  const auto capacity = result.Capacity();
  json object = {
      {"from", ToRfc3339(from)},
      {"to", ToRfc3339(to)},
      {"end", Name(result.end)},
      {"complete", result.end == RampEnd::kKnee || result.end == RampEnd::kCeiling},
      {"targets", targets},
      {"replicas", result.replicas},
      {"target_version", target_version},
      {"latency_target_seconds", Seconds(latency_target)},
      {"latency_quantile", quantile},
      {"rate", result.rate ? loadcurve::ToJson(*result.rate) : json(nullptr)},
      {"per_replica", capacity ? loadcurve::ToJson(*capacity) : json(nullptr)},
      {"lower_bound", result.is_lower_bound},
      {"bottleneck",
       {{"resource", Name(result.verdict.bottleneck)},
        {"inferred", result.verdict.is_inferred},
        {"evidence", result.verdict.evidence},
        {"advice", result.verdict.advice}}},
      {"limits", json::array()},
      {"scalability", nullptr},
      {"curve", json::array()},
      {"calibration", loadcurve::ToJson(std::span(&result.calibration, 1))["workloads"][0]},
      {"comparison", comparison ? loadcurve::ToJson(*comparison) : json(nullptr)}};
  for (const ResourceLimit& limit : result.limits)
    object["limits"].push_back({{"resource", Name(limit.resource)},
                                {"rate", loadcurve::ToJson(limit.rate)},
                                {"basis", limit.basis}});
  if (const auto& fit = result.scalability)
    object["scalability"] = {{"lambda", fit->lambda},
                             {"sigma", fit->sigma},
                             {"kappa", fit->kappa},
                             {"most_rate", fit->most_rate ? json(*fit->most_rate) : json(nullptr)},
                             {"most_held", fit->most_held ? json(*fit->most_held) : json(nullptr)}};
  for (const CurvePoint& point : result.curve) object["curve"].push_back(PointToJson(point));
  return object;
}

std::string RampReport::Render(OutputFormat format, const plot::TerminalOptions& terminal) const {
  if (format == OutputFormat::kJson) return ToJson().dump(2) + "\n";
  if (format == OutputFormat::kCsv) return ToCsv(StepTable());
  return ToPage(terminal);
}

std::string RampReport::ToSvg() const {
  return plot::ToSvg(RampCharts(*this), {.chart_height = 240});
}

std::string RampReport::ToHtml() const {
  const std::string answer =
      fmt::format("{}{}bottleneck: {}: {}\n{}\n", Occasion(), Headline(),
                  Name(result.verdict.bottleneck), result.verdict.evidence, result.verdict.advice);
  const std::string tables =
      ToText(StepTable()) + "\n" + ToText(LimitTable()) + "\n" + WeightsText() + ComparisonText();
  return plot::HtmlPage("What one replica carries", "<pre>" + plot::XmlEscaped(answer) +
                                                        "</pre>\n" + ToSvg() + "<pre>" +
                                                        plot::XmlEscaped(tables) + "</pre>\n");
}

}  // namespace loadcurve
