#include "cmd/demo_report.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "adapters/plot/svg_plot.h"
#include "adapters/sample_service/sample_routes.h"
#include "base/time_text.h"
#include "cmd/calibration_report.h"
#include "cmd/decision_report.h"
#include "cmd/demo_charts.h"
#include "cmd/demo_ramp_report.h"
#include "cmd/output.h"

namespace loadcurve {
namespace {

using Suppose = DemoSuppositions;

// Below this a fit is called poor; on an idle machine it is above 0.95.
constexpr double kGoodR2 = 0.9;
// Latencies of a machine that has time for the service: the slow route waits 150 ms.
constexpr Duration kCalmP99 = std::chrono::milliseconds(500);

std::string Heading(std::string_view text) {
  return fmt::format("\n== {}\n\n", text);
}

double Milliseconds(Duration duration) {
  return Seconds(duration) * 1000;
}

// ---- the recording

double MeanCpu(const sample::Recording& recording) {
  double sum = 0;
  for (const sample::CpuSample& sample : recording.cpu) sum += sample.cores.value();
  return recording.cpu.empty() ? 0 : sum / static_cast<double>(recording.cpu.size());
}

std::string RecordingText(const DemoOptions& options, const DemoOutcome& outcome) {
  const sample::DriveReport& drive = outcome.recording.drive;
  std::string text = fmt::format(
      "{} requests in {:.0f} s ({} days of {:g} s each), {} answered, on four routes: cheap (1 ms\n"
      "of CPU), medium (8 ms), expensive (40 ms), and slow (waits 150 ms, 0.3 ms of CPU).\n"
      "Latency: median {:.1f} ms, 99th percentile {:.0f} ms. CPU: {:.2f} cores on average.\n",
      drive.sent, Seconds(options.duration), Suppose::kDays,
      Seconds(options.duration / Suppose::kDays), drive.answered,
      Milliseconds(drive.median_latency), Milliseconds(drive.p99_latency),
      MeanCpu(outcome.recording));
  if (drive.p99_latency > kCalmP99)
    text +=
        "The machine was busy with other work: requests waited for a core, which blurs their\n"
        "durations and moves their CPU to later windows.\n";
  return text;
}

// ---- weights

struct RouteCost {
  std::string route;
  std::uint64_t requests = 0;
  double busy_seconds = 0;
  Duration mean() const {
    return requests == 0 ? Duration(0)
                         : Duration(static_cast<std::int64_t>(busy_seconds * 1e6 /
                                                              static_cast<double>(requests)));
  }
};

std::vector<RouteCost> RouteCosts(const RequestCounts& counts) {
  std::map<std::string, RouteCost> by_route;
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    const SeriesKey& key = counts.series()[entry.series];
    if (key.request_class != RequestClass::kServed) return;
    RouteCost& cost = by_route[key.route];
    cost.route = key.route;
    cost.requests += entry.cell.count;
    cost.busy_seconds += static_cast<double>(entry.cell.duration_us) / 1e6;
  });
  std::vector<RouteCost> costs;
  for (auto& [route, cost] : by_route) costs.push_back(std::move(cost));
  return costs;
}

// The fit as weights relative to the mean request, whether or not it was adopted.
std::optional<RequestWeights> FittedWeights(const WorkloadCalibration& calibration) {
  if (!calibration.fit) return std::nullopt;
  std::vector<WeightCurve> curves = calibration.fit->curves;
  const CpuSeconds reference = calibration.fit->cpu_per_request;
  for (WeightCurve& curve : curves) {
    for (WeightKnot& knot : curve.knots) {
      knot.weight /= reference.value();
      knot.low /= reference.value();
      knot.high /= reference.value();
    }
  }
  auto weights = RequestWeights::Fitted(std::move(curves), reference);
  if (!weights) return std::nullopt;
  return *std::move(weights);
}

std::string TrulyBurnt(const std::string& route) {
  for (const sample::SampleRoute& sample : sample::SampleRoutes()) {
    if (route.ends_with(sample.path)) return fmt::format("{:.2f}", Milliseconds(sample.mean_cpu));
  }
  return "-";
}

std::string CpuOf(const std::optional<RequestWeights>& fitted, const SeriesKey& key,
                  Duration mean) {
  if (!fitted) return "-";
  return fmt::format("{:.2f}", fitted->CostOf(key, mean) * fitted->reference_cpu()->value() * 1000);
}

std::string WeightsText(const DemoOutcome& outcome) {
  const std::vector<RouteCost> costs = RouteCosts(outcome.reading.counts);
  const std::optional<RequestWeights> fitted = FittedWeights(outcome.calibration);
  std::optional<RequestWeights> by_ramp;
  if (outcome.ramp.counts()) by_ramp = FittedWeights(outcome.ramp.result->calibration);
  double requests = 0;
  double busy_seconds = 0;
  for (const RouteCost& cost : costs) {
    requests += static_cast<double>(cost.requests);
    busy_seconds += cost.busy_seconds;
  }
  Table table{
      {"route", "requests", "held ms", "prior", "fitted", "fitted ms", "ramp's ms", "burnt ms"},
      {}};
  for (const RouteCost& cost : costs) {
    const double prior = Seconds(cost.mean()) * requests / busy_seconds;
    const SeriesKey key{"", cost.route, RequestClass::kServed};
    const std::string weight =
        fitted ? fmt::format("{:.2f}", fitted->CostOf(key, cost.mean())) : "-";
    table.rows.push_back({cost.route, std::to_string(cost.requests),
                          fmt::format("{:.1f}", Milliseconds(cost.mean())),
                          fmt::format("{:.2f}", prior), weight, CpuOf(fitted, key, cost.mean()),
                          CpuOf(by_ramp, key, cost.mean()), TrulyBurnt(cost.route)});
  }
  return ToText(table) +
         "\nPrior and fitted weights are relative to the mean request. The prior takes the time\n"
         "held for the cost; the fit was told only durations and the CPU of the whole service,\n"
         "and so was that of the ramp below, on requests of its own: both say how many ms of CPU\n"
         "a request takes. 'burnt' is what the routes were built to use, which no fit ever saw;\n"
         "HTTP itself adds to it.\n";
}

// ---- the fit, out of sample

std::string FitText(const DemoOutcome& outcome) {
  const WorkloadCalibration& calibration = outcome.calibration;
  std::string text = fmt::format("Verdict: {}\n", calibration.verdict_text);
  if (!calibration.out_of_sample) return text;
  const OutOfSampleFits& fits = *calibration.out_of_sample;
  Table table{{"load", "R2", "standard error", "correlation"}, {}};
  const auto add = [&](const char* name, const OutOfSampleFit& fit) {
    table.rows.push_back({name, fmt::format("{:.3f}", fit.r2), fmt::format("{:.3f}", fit.r2_error),
                          fmt::format("{:.3f}", fit.correlation)});
  };
  add("count (QPS)", fits.count);
  add("occupancy", fits.occupancy);
  add("cudgx", fits.cudgx);
  add("fitted", fits.fitted);
  text += "How well each load explains CPU that it was not fitted to (1 is all of it):\n\n" +
          ToText(table);
  if (fits.fitted.r2 < kGoodR2)
    text += fmt::format(
        "\nTHE FIT IS POOR: it explains {:.0f} % of the CPU, and 95 % or more is usual on an idle\n"
        "machine. {}\n",
        std::max(0.0, fits.fitted.r2) * 100,
        outcome.recording.drive.p99_latency > kCalmP99
            ? "This machine was busy with other work; run the demo again when it is not."
            : "A longer --duration gives it more to learn from.");
  return text;
}

// ---- forecast and decision

std::string ForecastText(const DemoOutcome& outcome) {
  const ForecastReport& report = outcome.forecast;
  std::string text = fmt::format("Model {}.\n", report.why);
  if (report.skill)
    text += fmt::format("Skill against repeating the last day: {:.2f} (0 is no better).\n",
                        *report.skill);
  return text;
}

std::string DecisionText(const DemoOutcome& outcome) {
  const ReplicaDecision& decision = outcome.decision;
  return fmt::format(
             "Suppose {} replicas of {:g} cores run now and a new one needs {:g} s to start:\n"
             "{} replicas are wanted, valid until {}.\n\n",
             decision.current.value(), Suppose::kReplicaLimit.value(), Seconds(Suppose::kStartup),
             decision.desired.value(), ToRfc3339(decision.valid_until)) +
         ToText(ReasonsTable(decision));
}

std::string CommandsText(const DemoOptions& options, const DemoOutcome& outcome) {
  const Duration day = options.duration / Suppose::kDays;
  return fmt::format(
      "Everything is in {0}\n"
      "(profile.yaml is the profile; load.svg, ramp.svg and forecast.svg are the plots).\n"
      "By hand:\n\n"
      "  cd {0}\n"
      "  loadcurve calibrate access.log --format \"$(cat log_format)\" --cpu cpu.csv \\\n"
      "      --replicas {1} --cpu-limit {2:g} --until {3} --out fitted.yaml\n"
      "  loadcurve serve-sample --workers 1 --cpu-limit {2:g} --access-log r.log &  # says PORT\n"
      "  loadcurve replay access.log --format \"$(cat log_format)\" --ramp --interval {9} \\\n"
      "      --target http://127.0.0.1:PORT --pid $! --cpu-limit {2:g} --rate {7:.0f} \\\n"
      "      --max-rate {8:.0f} --write-profile fitted.yaml\n"
      "  loadcurve measure access.log --format \"$(cat log_format)\" --step 1s --until {3} \\\n"
      "      --weights fitted.yaml -o csv > measured.csv\n"
      "  loadcurve forecast --series measured.csv --value-column metricsqps --step 1s \\\n"
      "      --season {4} --horizon {5}\n"
      "  loadcurve decide --profile profile.yaml --series load.csv --current {6}\n",
      options.folder, Suppose::kRecordedReplicas.value(), Suppose::kReplicaLimit.value(),
      ToRfc3339(outcome.recording.ended), ToString(day), day / Suppose::kStep,
      outcome.decision.current.value(), outcome.ramp.first_rate, outcome.ramp.most_rate,
      ToString(Suppose::kRampInterval));
}

// ---- JSON

nlohmann::json ForecastJson(const ForecastReport& report) {
  nlohmann::json rows = nlohmann::json::array();
  const Forecast& forecast = report.forecast;
  for (std::size_t ahead = 0; ahead < forecast.horizon(); ++ahead)
    rows.push_back({{"time", ToRfc3339(forecast.TimeAt(ahead))},
                    {"q0.05", forecast.At(ahead, 0)},
                    {"q0.5", forecast.At(ahead, 1)},
                    {"q0.95", forecast.At(ahead, 2)}});
  return {{"model", Name(report.model)},
          {"skill", report.skill ? nlohmann::json(*report.skill) : nlohmann::json(nullptr)},
          {"weights_version", forecast.weights_version()},
          {"forecast", std::move(rows)}};
}

}  // namespace

std::string DemoText(const DemoOptions& options, const DemoOutcome& outcome,
                     const plot::TerminalOptions& terminal) {
  plot::TerminalOptions small = terminal;
  small.height = 5;
  plot::TerminalOptions large = terminal;
  large.height = 9;
  plot::TerminalOptions medium = terminal;
  medium.height = 7;
  const std::vector<plot::Chart> loads = LoadCharts(outcome);
  const plot::Chart forecast = ForecastChart(outcome);
  return Heading("Recorded: a real service under a load that changes all day") +
         RecordingText(options, outcome) +
         Heading("The load curve: which of these follows the CPU?") +
         plot::ToTerminal(loads, small) + Heading("What a request costs") + WeightsText(outcome) +
         Heading("Judged on windows the fit had not seen") + FitText(outcome) +
         Heading("What one replica carries: a ramp") + RampText(outcome, medium) +
         Heading("The day to come") + plot::ToTerminal(std::span(&forecast, 1), large) +
         ForecastText(outcome) + Heading("The decision") + DecisionText(outcome) +
         Heading("Do it yourself") + CommandsText(options, outcome);
}

nlohmann::json DemoJson(const DemoOptions& options, const DemoOutcome& outcome) {
  const sample::DriveReport& drive = outcome.recording.drive;
  const DemoCorrelations correlations = CorrelationsOf(outcome);
  const DemoFiles files = FilesIn(options.folder);
  return {{"recording",
           {{"began", ToRfc3339(outcome.recording.began)},
            {"seconds", Seconds(options.duration)},
            {"seed", options.seed},
            {"requests", drive.sent},
            {"answered", drive.answered},
            {"median_latency_seconds", Seconds(drive.median_latency)},
            {"p99_latency_seconds", Seconds(drive.p99_latency)},
            {"mean_cpu_cores", MeanCpu(outcome.recording)}}},
          {"correlation_with_cpu",
           {{"qps", correlations.qps},
            {"concurrency", correlations.concurrency},
            {"metricsqps", correlations.metricsqps}}},
          {"calibration", ToJson(std::span(&outcome.calibration, 1))["workloads"][0]},
          {"ramp", RampJson(outcome)},
          {"forecast", ForecastJson(outcome.forecast)},
          {"decision", ToJson(outcome.decision)},
          {"files",
           {{"access_log", files.access_log},
            {"log_format", files.log_format},
            {"cpu", files.cpu},
            {"ramp_events", files.ramp_events},
            {"profile", files.profile},
            {"load", files.load},
            {"load_picture", files.load_picture},
            {"ramp_picture", files.ramp_picture},
            {"forecast_picture", files.forecast_picture},
            {"result", files.result}}}};
}

DemoPictures PicturesOf(const DemoOutcome& outcome) {
  const plot::Chart forecast = ForecastChart(outcome);
  return {.load = plot::ToSvg(LoadCharts(outcome), {.chart_height = 110}),
          .ramp = outcome.ramp.result ? ReportOf(outcome.ramp).ToSvg() : "",
          .forecast = plot::ToSvg(std::span(&forecast, 1), {.chart_height = 260})};
}

}  // namespace loadcurve
