#include "adapters/profile_codec/objective_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace loadcurve::profile_codec {
namespace {

template <class Number>
std::optional<Number> WholeText(std::string_view text) {
  Number number{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

void ReadSurvival(Fields& fields, std::optional<Survival>& survive) {
  if (!fields.Has("survive")) {
    if (fields.Has("zones")) fields.Refuse("zones", "it beside 'survive: zone' only");
    return;
  }
  std::string text;
  fields.Text("survive", text);
  survive.emplace();
  if (text == "zone") {
    std::int64_t zones = 0;
    fields.Require("zones", "how many zones the replicas are spread over, 2 or more");
    fields.Whole("zones", zones, "how many zones the replicas are spread over, 2 or more");
    // What is no count of zones is refused with the rest of the profile.
    survive->zones = zones > 0 && zones <= 1000 ? static_cast<int>(zones) : 1;
    return;
  }
  if (fields.Has("zones")) fields.Refuse("zones", "it beside 'survive: zone' only");
  if (const auto pods = ParsePods(text))
    survive->pods = *pods;
  else
    fields.Refuse("survive", "a number of pods, as '2 pods', or zone");
}

void ReadPrices(Fields& fields, std::optional<ShortagePrices>& prices,
                std::optional<SpendingCap>& budget) {
  if (!fields.Has("replicaHour") && !fields.Has("shortageMinute")) return;
  // A budget needs no more than the price of a replica.
  if (budget && !fields.Has("shortageMinute"))
    return fields.Number("replicaHour", budget->replica_hour);
  prices.emplace();
  fields.Require("replicaHour", "what a replica costs an hour, beside shortageMinute");
  fields.Number("replicaHour", prices->replica_hour);
  fields.Require("shortageMinute",
                 "what a minute short of capacity costs, beside replicaHour; or a spec.budget");
  fields.Number("shortageMinute", prices->shortage_minute);
  if (budget) budget->replica_hour = prices->replica_hour;
}

void ReadLatency(Fields& fields, std::optional<LatencyTarget>& latency) {
  if (!fields.Has("latencyTarget") && !fields.Has("latencyQuantile")) return;
  latency.emplace();
  fields.Require("latencyTarget", "how late answers may be, beside latencyQuantile");
  fields.Span("latencyTarget", latency->within);
  fields.Number("latencyQuantile", latency->quantile);
}

}  // namespace

// 0.1% is the number nearest to 0.001, which a division by 100 would miss by a hair.
std::optional<Ratio> ParsePercent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos)
    return std::nullopt;
  const auto share = WholeText<double>(std::string(text) + "e-2");
  if (!share || !std::isfinite(*share)) return std::nullopt;
  return Ratio(*share);
}

std::string PercentText(Ratio share) {
  constexpr int kMostDigits = 60;
  std::string text;
  for (int digits = 0; digits < kMostDigits && ParsePercent(text) != share; ++digits)
    text = fmt::format("{:.{}f}%", 100.0L * share.value(), digits);
  return text;
}

std::optional<Replicas> ParsePods(std::string_view text) {
  for (const std::string_view unit : {" pods", " pod"}) {
    if (!text.ends_with(unit)) continue;
    text.remove_suffix(unit.size());
    const auto pods = WholeText<std::int64_t>(text);
    return pods ? std::optional(Replicas(*pods)) : std::nullopt;
  }
  return std::nullopt;
}

void ReadObjective(Fields& fields, Objective& objective, std::optional<SpendingCap>& budget) {
  double utilization = objective.target_utilization.value();
  fields.Number("targetUtilization", utilization);
  objective.target_utilization = Ratio(utilization);
  fields.Number("quantile", objective.quantile);
  std::string violations;
  fields.Text("violations", violations);
  if (fields.Has("violations")) {
    objective.violations = ParsePercent(violations);
    if (!objective.violations) fields.Refuse("violations", "a share of the minutes, as 0.1%");
  }
  ReadPrices(fields, objective.prices, budget);
  ReadSurvival(fields, objective.survive);
  ReadLatency(fields, objective.latency);
}

}  // namespace loadcurve::profile_codec
