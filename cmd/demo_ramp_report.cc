#include "cmd/demo_ramp_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "metrics/capacity/capacity_change.h"

namespace loadcurve {
namespace {

using Suppose = DemoSuppositions;

// What a replica would carry if only its CPU counted, in requests a second of the recorded mix.
struct ByCpu {
  std::optional<RateEstimate> recording;
  std::optional<RateEstimate> ramp;
};

ByCpu ByCpuOf(const DemoOutcome& outcome) {
  ByCpu rates;
  // A mean request of the recording is the unit of its load, so there load and requests are one.
  if (const auto& load = outcome.calibration.per_replica)
    rates.recording = RateEstimate{load->load.value(), load->low.value(), load->high.value()} *
                      (1 / CalibrationOptions().target_share.value());
  if (!outcome.ramp.result) return rates;
  for (const ResourceLimit& limit : outcome.ramp.result->limits)
    if (limit.resource == Bottleneck::kCpu || limit.resource == Bottleneck::kCpuLimit)
      rates.ramp = limit.rate;
  return rates;
}

ReplicaCapacity AsCapacity(const RateEstimate& rate) {
  return {
      .load = MetricsQps(rate.value), .low = MetricsQps(rate.low), .high = MetricsQps(rate.high)};
}

// The ramp against the recording.
std::optional<CapacityComparison> Compared(const ByCpu& rates) {
  if (!rates.recording || !rates.ramp) return std::nullopt;
  return CompareCapacity(AsCapacity(*rates.recording), AsCapacity(*rates.ramp));
}

std::vector<std::string> RateRow(const std::string& what, const RateEstimate& rate) {
  return {what, fmt::format("{:.1f}", rate.value),
          fmt::format("{:.1f} .. {:.1f}", rate.low, rate.high)};
}

std::string CarriedTable(const ByCpu& rates, const RampResult& result) {
  Table table{{"one replica would carry", "requests/s", "90 % interval"}, {}};
  if (rates.recording)
    table.rows.push_back(RateRow("by its CPU, says the recording", *rates.recording));
  if (rates.ramp) table.rows.push_back(RateRow("by its CPU, says the ramp", *rates.ramp));
  table.rows.push_back(RateRow("in time, says the ramp", *result.rate));
  return ToText(table);
}

std::string AgreementText(const ByCpu& rates, const RampResult& result) {
  std::string text;
  if (const auto compared = Compared(rates)) {
    const bool is_same = compared->change == CapacityChange::kUnchanged;
    text = fmt::format(
        "\nOn the CPU the two {}: the ramp says {:+.0f} % (90 % interval {:+.0f} .. {:+.0f} %).\n",
        is_same ? "agree" : "DIFFER BY MORE THAN CHANCE", (compared->ratio - 1) * 100,
        (compared->low - 1) * 100, (compared->high - 1) * 100);
  }
  if (rates.ramp)
    text += fmt::format(
        "In time it carries {:.0f} % of that: what is left of the CPU is the room that queues "
        "need,\n"
        "and only a ramp can tell how much that is. The profile and the decision count on it.\n",
        std::min(result.rate->value / rates.ramp->value, 1.0) * 100);
  return text;
}

std::string FoundText(const DemoOutcome& outcome, const plot::TerminalOptions& terminal) {
  const RampResult& result = *outcome.ramp.result;
  const auto capacity = result.Capacity();
  const ByCpu rates = ByCpuOf(outcome);
  std::string text;
  if (capacity)
    text = fmt::format("One replica carries {:.1f} MetricsQPS (90 % interval {:.1f} .. {:.1f}).\n",
                       capacity->load.value(), capacity->low.value(), capacity->high.value());
  text += fmt::format("What keeps it from more: {} ({}).\n\n", Name(result.verdict.bottleneck),
                      result.verdict.evidence);
  return text + plot::ToTerminal(RampCharts(ReportOf(outcome.ramp)), terminal) + "\n" +
         CarriedTable(rates, result) + AgreementText(rates, result);
}

std::string FallbackText(const DemoOutcome& outcome) {
  std::string text =
      fmt::format("THE RAMP COULD NOT TELL what one replica carries: {}.\n", outcome.ramp.doubt);
  const ByCpu rates = ByCpuOf(outcome);
  if (rates.recording)
    text += fmt::format(
        "What follows counts on the recording: by its CPU a replica would carry {:.1f} MetricsQPS\n"
        "(90 % interval {:.1f} .. {:.1f}), whatever time requests wait. Run the demo again on a\n"
        "machine that is otherwise idle.\n",
        rates.recording->value, rates.recording->low, rates.recording->high);
  return text;
}

nlohmann::json ToJson(const std::optional<RateEstimate>& rate) {
  if (!rate) return nullptr;
  return {{"value", rate->value}, {"low", rate->low}, {"high", rate->high}};
}

}  // namespace

RampReport ReportOf(const DemoRamp& ramp) {
  return {.result = *ramp.result,
          .latency_target = Suppose::kLatencyTarget,
          .quantile = Suppose::kQuantile,
          .from = ramp.from,
          .to = ramp.to,
          .target_version = "",
          .comparison = std::nullopt};
}

std::string RampText(const DemoOutcome& outcome, const plot::TerminalOptions& terminal) {
  const DemoRamp& ramp = outcome.ramp;
  const std::string how = fmt::format(
      "For {:.0f} s the recorded requests were sent again, at rising rates, to one replica that "
      "keeps\n"
      "itself to {:g} cores, as a container with that limit is kept, until more than {:.0f} % of "
      "the\n"
      "answers took longer than {} ms.\n\n",
      Seconds(ramp.to - ramp.from), Suppose::kReplicaLimit.value(), (1 - Suppose::kQuantile) * 100,
      Suppose::kLatencyTarget.count() / 1000);
  return how + (ramp.counts() ? FoundText(outcome, terminal) : FallbackText(outcome));
}

nlohmann::json RampJson(const DemoOutcome& outcome) {
  const DemoRamp& ramp = outcome.ramp;
  const ByCpu rates = ByCpuOf(outcome);
  nlohmann::json cpu = {{"recording", ToJson(rates.recording)}, {"ramp", ToJson(rates.ramp)}};
  if (const auto compared = Compared(rates)) {
    cpu["change"] = Name(compared->change);
    cpu["ratio"] = compared->ratio;
    cpu["low"] = compared->low;
    cpu["high"] = compared->high;
  }
  return {{"counts", ramp.counts()},
          {"doubt", ramp.doubt},
          {"cpu", std::move(cpu)},
          {"result", ramp.result ? ReportOf(ramp).ToJson() : nlohmann::json(nullptr)}};
}

}  // namespace loadcurve
