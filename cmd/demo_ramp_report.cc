#include "cmd/demo_ramp_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cmd/capacity_json.h"
#include "metrics/capacity/capacity_change.h"

namespace loadcurve {
namespace {

using Suppose = DemoSuppositions;

// What one replica carries, in requests a second of the recorded mix.
struct CarriedRates {
  std::optional<RateEstimate> cpu_by_recording;  // if only its CPU counted
  std::optional<RateEstimate> cpu_by_ramp;
  std::optional<RateEstimate> in_time;
};

// Of a mean request of the recording, in the weights of the profile.
double LoadOfRecordedRequest(const DemoOutcome& outcome) {
  double load = 0;
  double requests = 0;
  for (const DemoWindow& window : outcome.windows) {
    load += window.sample.load.value() * Seconds(Suppose::kStep);
    requests += static_cast<double>(window.sample.requests);
  }
  return requests > 0 ? load / requests : 0;
}

template <class Capacity>
RateEstimate RateOf(const Capacity& capacity, double load_of_request) {
  return RateEstimate{capacity.load.value(), capacity.low.value(), capacity.high.value()} *
         (1 / load_of_request);
}

CarriedRates RatesOf(const DemoOutcome& outcome) {
  CarriedRates rates;
  // A mean request of the recording is the unit of the weights that are fitted to it.
  if (const auto& load = outcome.calibration.per_replica)
    rates.cpu_by_recording = RateOf(*load, CalibrationOptions().target_share.value());
  const double load_of_request = LoadOfRecordedRequest(outcome);
  if (!outcome.ramp.counts() || load_of_request <= 0) return rates;
  const RampResult& result = *outcome.ramp.result;
  if (const auto capacity = result.Capacity()) rates.in_time = RateOf(*capacity, load_of_request);
  const bool is_fitted = result.calibration.verdict == CalibrationVerdict::kFitted;
  if (is_fitted && result.calibration.per_replica)
    rates.cpu_by_ramp = RateOf(*result.calibration.per_replica, load_of_request);
  return rates;
}

ReplicaCapacity AsCapacity(const RateEstimate& rate) {
  return {
      .load = MetricsQps(rate.value), .low = MetricsQps(rate.low), .high = MetricsQps(rate.high)};
}

// The ramp against the recording.
std::optional<CapacityComparison> Compared(const CarriedRates& rates) {
  if (!rates.cpu_by_recording || !rates.cpu_by_ramp) return std::nullopt;
  return CompareCapacity(AsCapacity(*rates.cpu_by_recording), AsCapacity(*rates.cpu_by_ramp));
}

std::vector<std::string> RateRow(const std::string& what, const RateEstimate& rate) {
  return {what, fmt::format("{:.1f}", rate.value),
          fmt::format("{:.1f} .. {:.1f}", rate.low, rate.high)};
}

std::string CarriedTable(const CarriedRates& rates) {
  Table table{{"one replica would carry", "requests/s", "90 % interval"}, {}};
  if (rates.cpu_by_recording)
    table.rows.push_back(RateRow("by its CPU, says the recording", *rates.cpu_by_recording));
  if (rates.cpu_by_ramp)
    table.rows.push_back(RateRow("by its CPU, says the ramp", *rates.cpu_by_ramp));
  if (rates.in_time) table.rows.push_back(RateRow("in time, says the ramp", *rates.in_time));
  return ToText(table);
}

std::string AgreementText(const CarriedRates& rates) {
  std::string text;
  if (const auto compared = Compared(rates)) {
    const bool is_same = compared->change == CapacityChange::kUnchanged;
    text = fmt::format(
        "\nOn the CPU the two {}: the ramp says {:+.0f} % (90 % interval {:+.0f} .. {:+.0f} %).\n",
        is_same ? "agree" : "DIFFER BY MORE THAN CHANCE", (compared->ratio - 1) * 100,
        (compared->low - 1) * 100, (compared->high - 1) * 100);
  }
  if (!rates.cpu_by_ramp || !rates.in_time) return text;
  const double share = rates.in_time->value / rates.cpu_by_ramp->value;
  constexpr double kAlmostAll = 0.97;
  if (share > kAlmostAll) return text + "In time it carries about as much.\n";
  return text + fmt::format(
                    "In time it carries {:.0f} % of that: the rest is the room that queues need, "
                    "which only a\nramp can tell.\n",
                    share * 100);
}

std::string FoundText(const DemoOutcome& outcome, const plot::TerminalOptions& terminal) {
  const RampResult& result = *outcome.ramp.result;
  const auto capacity = result.Capacity();
  const CarriedRates rates = RatesOf(outcome);
  std::string text;
  if (capacity)
    text = fmt::format("One replica carries {:.1f} MetricsQPS (90 % interval {:.1f} .. {:.1f}).\n",
                       capacity->load.value(), capacity->low.value(), capacity->high.value());
  text += fmt::format("What keeps it from more: {} ({}).\n\n", Name(result.verdict.bottleneck),
                      result.verdict.evidence);
  return text + plot::ToTerminal(RampCharts(ReportOf(outcome.ramp)), terminal) + "\n" +
         CarriedTable(rates) + AgreementText(rates);
}

std::string FallbackText(const DemoOutcome& outcome) {
  std::string text =
      fmt::format("THE RAMP COULD NOT TELL what one replica carries:\n{}.\n", outcome.ramp.doubt);
  const CarriedRates rates = RatesOf(outcome);
  if (rates.cpu_by_recording)
    text += fmt::format(
        "What follows counts on the recording: by its CPU a replica would carry {:.1f} MetricsQPS\n"
        "(90 % interval {:.1f} .. {:.1f}), whatever time requests wait. Run the demo again on a\n"
        "machine that is otherwise idle.\n",
        rates.cpu_by_recording->value, rates.cpu_by_recording->low, rates.cpu_by_recording->high);
  return text;
}

}  // namespace

RampReport ReportOf(const DemoRamp& ramp) {
  return {.result = *ramp.result,
          .targets = {ramp.target},
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
  const CarriedRates rates = RatesOf(outcome);
  nlohmann::json cpu = {{"recording", ToJson(rates.cpu_by_recording)},
                        {"ramp", ToJson(rates.cpu_by_ramp)}};
  if (const auto compared = Compared(rates)) {
    cpu["change"] = Name(compared->change);
    cpu["ratio"] = compared->ratio;
    cpu["low"] = compared->low;
    cpu["high"] = compared->high;
  }
  return {{"counts", ramp.counts()},
          {"doubt", ramp.doubt},
          {"requests_per_second", ToJson(rates.in_time)},
          {"cpu", std::move(cpu)},
          {"result", ramp.result ? ReportOf(ramp).ToJson() : nlohmann::json(nullptr)}};
}

}  // namespace loadcurve
