#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/files/csv_rows.h"
#include "adapters/files/whole_file.h"
#include "adapters/kube/advice_status.h"
#include "adapters/profile_codec/quantity_text.h"
#include "adapters/series/series_file.h"
#include "base/time_text.h"
#include "cmd/advice_report.h"
#include "cmd/chosen_profile.h"
#include "cmd/command.h"
#include "cmd/decide_sizing.h"
#include "cmd/decision_report.h"
#include "cmd/output.h"
#include "cmd/prometheus_arguments.h"
#include "cmd/series_arguments.h"
#include "forecaster/load_forecast.h"
#include "scaler/outlook_need.h"
#include "scaler/replica_decider.h"
#include "scaler/replica_decision.h"

namespace loadcurve {
namespace {

// The options as they stand on the command line.
struct DecideFlags {
  std::string profile;
  std::string workload;
  SeriesArguments series;
  std::int64_t current = 0;
  std::string now;
  std::string weights_version;
  std::string memory;
  PrometheusArguments prometheus;
  OutputFormat output = OutputFormat::kTable;
};

// What a file of measured load says, in columns as 'measure -o csv' names them.
struct MeasuredLoad {
  LoadSeries load;
  std::optional<LoadSeries> concurrency;
  std::optional<LoadSeries> requests;
  std::optional<LoadSeries> errors;
};

// ---- the series

Result<MeasuredLoad> ReadMeasured(const DecideFlags& flags) {
  LC_TRY(const std::string text, files::ReadWholeFile(flags.series.path()));
  LC_TRY(const auto table, files::CsvRows::Parse(text, flags.series.path()));
  LC_TRY(const series::SeriesFormat format, flags.series.Format());
  const auto column = [&](const std::string& name) -> Result<std::optional<LoadSeries>> {
    if (!table.ColumnOf(name)) return std::nullopt;
    series::SeriesFormat of_column = format;
    of_column.value_column = name;
    return series::ParseSeries(text, flags.series.path(), of_column);
  };

  series::SeriesFormat of_load = format;
  of_load.weights_version = flags.weights_version;
  if (flags.series.value_column().empty())
    of_load.value_column =
        !table.ColumnOf("value") && table.ColumnOf("metricsqps") ? "metricsqps" : "value";
  LC_TRY(LoadSeries load, series::ParseSeries(text, flags.series.path(), of_load));
  MeasuredLoad measured{std::move(load), {}, {}, {}};
  if (of_load.value_column != "metricsqps") return measured;
  LC_TRY(measured.concurrency, column("concurrency"));
  LC_TRY(measured.requests, column("requests"));
  LC_TRY(measured.errors, column("errors"));
  return measured;
}

// The windows that end at `now` or before: what was known then. Absent where there are none.
Result<std::optional<LoadSeries>> KnownAt(TimePoint now, const LoadSeries& series) {
  const auto values = series.values();
  std::size_t known = values.size();
  while (known > 0 && series.TimeAt(known) > now) --known;
  if (known == 0) return std::nullopt;
  return LoadSeries::Make(series.start(), series.step(),
                          {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(known)},
                          series.weights_version());
}

// The last measured value of the windows that end at `now` or before.
std::optional<double> LatestOf(const std::optional<LoadSeries>& series, TimePoint now) {
  if (!series) return std::nullopt;
  std::optional<double> latest;
  for (std::size_t i = 0; i < series->size() && series->TimeAt(i + 1) <= now; ++i) {
    if (!std::isnan(series->values()[i])) latest = series->values()[i];
  }
  return latest;
}

Ratio ErrorShareOf(const MeasuredLoad& measured, TimePoint now) {
  const double requests = LatestOf(measured.requests, now).value_or(0);
  const double errors = LatestOf(measured.errors, now).value_or(0);
  return Ratio(requests > 0 ? std::min(errors / requests, 1.0) : 0.0);
}

Result<std::optional<MemoryUse>> MemoryOf(const DecideFlags& flags, const ScalingProfile& profile,
                                          TimePoint now) {
  if (flags.memory.empty()) return std::nullopt;
  const auto& capacity = profile.fields().load.per_replica;
  if (!capacity || !capacity->memory)
    return Fail(ErrorCode::kInvalidArgument,
                "--memory is given, and " + flags.profile +
                    " does not say what memory a replica has; expected "
                    "spec.load.perReplica.memory in it");
  const auto highest = profile_codec::MemoryIn(flags.memory);
  if (!highest)
    return Fail(ErrorCode::kInvalidArgument,
                "--memory is '" + flags.memory + "'; expected an amount >= 0, as 700Mi");
  return MemoryUse{now, *highest, Replicas(flags.current)};
}

// ---- forecast and decision

// A longer silence than this many steps needs no forecast to be doubted.
constexpr std::int64_t kMostSteps = 10'000;

// As many steps as reach the first window after a replica ordered now is ready.
std::size_t HorizonFor(const LoadSeries& known, TimePoint now, const ScalingProfileFields& fields) {
  const Duration step = known.step();
  const Duration reach = now + fields.startup + std::max(step, fields.forecast.step) - known.end();
  const std::int64_t needed = reach / step + 1;
  const std::int64_t wanted = fields.forecast.horizon.value_or(Duration(0)) / step;
  return static_cast<std::size_t>(
      std::clamp<std::int64_t>(std::max(needed, wanted), 1, kMostSteps));
}

// Absent where the series is too short for one.
Result<std::optional<Forecast>> ForecastOf(const LoadSeries& known, TimePoint now,
                                           const ScalingProfileFields& fields) {
  ForecastOptions options;
  options.horizon = HorizonFor(known, now, fields);
  options.levels = {LevelOf(fields.objective)};
  if (fields.forecast.season) options.seasons = {*fields.forecast.season};
  auto report = ForecastLoad(known, options);
  if (report) return std::move(report->forecast);
  if (report.error().code == ErrorCode::kInsufficientData) return std::nullopt;
  return Within("spec.forecast", report.error());
}

// What the whole series teaches of the next windows, for an objective that is of a distribution.
class SeriesOutlook {
 public:
  SeriesOutlook(const LoadSeries& known, TimePoint now, const ScalingProfileFields& fields)
      : end_(known.end()),
        step_(known.step()),
        model_(WindowsAhead(0, StepsUntil(now + fields.startup + 2 * known.step()), known.step()),
               static_cast<std::size_t>(
                   std::max<std::int64_t>(1, std::chrono::days(1) / known.step())),
               CarriedByOne(fields) * kLeastShare) {
    bool has_begun = false;
    for (const double load : known.values()) {
      has_begun = has_begun || !std::isnan(load);
      if (has_begun) model_.Observe(load);
    }
  }

  std::optional<LoadOutlook> Get() {
    if (model_.observed() == 0) return std::nullopt;
    return LoadOutlook{end_, step_, model_.ahead(), model_.Rows()};
  }

 private:
  static constexpr double kLeastShare = 0.05;

  std::size_t StepsUntil(TimePoint time) const {
    return static_cast<std::size_t>(
        std::clamp<std::int64_t>((time - end_) / step_, 0, kForecastSteps + kMostSteps / 100));
  }

  TimePoint end_;
  Duration step_;
  OutlookModel model_;
};

// A decision, and what the containers should ask for, where a Prometheus was named.
struct Decided {
  ReplicaDecision decision;
  std::optional<SizingAdvice> advice{};
  std::string patch{};
};

Result<Decided> DecisionFor(const DecideFlags& flags) {
  LC_TRY(const PrometheusAddress address, flags.prometheus.ToAddress());
  LC_TRY(const ScalingProfile profile, ChosenProfile(flags.profile, flags.workload));
  LC_TRY(const MeasuredLoad measured, ReadMeasured(flags));
  DecisionInputs inputs;
  inputs.current = Replicas(flags.current);
  inputs.now = measured.load.end();
  if (!flags.now.empty()) {
    const auto now = ParseTime(flags.now);
    if (!now) return Within("--now", now.error());
    inputs.now = *now;
  }
  LC_TRY(const auto known, KnownAt(inputs.now, measured.load));
  std::optional<Forecast> forecast;
  if (known) {
    LC_TRY(forecast, ForecastOf(*known, inputs.now, profile.fields()));
    inputs.measured = &*known;
  }
  if (forecast) inputs.forecast = &*forecast;
  std::optional<SeriesOutlook> model;
  const Objective& objective = profile.fields().objective;
  if (known && profile.fields().load.per_replica && (objective.violations || objective.prices))
    model.emplace(*known, inputs.now, profile.fields());
  const auto outlook = model ? model->Get() : std::optional<LoadOutlook>();
  if (outlook) inputs.outlook = &*outlook;
  if (const auto busy = LatestOf(measured.concurrency, inputs.now))
    inputs.busy_slots = BusySlots(*busy);
  LC_TRY(inputs.memory, MemoryOf(flags, profile, inputs.now));
  inputs.error_share = ErrorShareOf(measured, inputs.now);
  LC_TRY(ReplicaDecision decision, Decide(inputs, profile));
  Decided decided{std::move(decision)};
  if (address.url.empty()) return decided;
  LC_TRY(decided.advice, AdviceBy(address, profile,
                                  {.now = inputs.now,
                                   .load = known ? &*known : nullptr,
                                   .replicas = decided.decision.desired}));
  decided.patch =
      PatchFor(*decided.advice, profile.fields().target, profile.fields().metadata.namespace_name);
  return decided;
}

// ---- output

// One row a reason, each with the whole decision.
std::string ToCsv(const ReplicaDecision& decision) {
  Table table = ReasonsTable(decision);
  const std::vector<std::string> whole = {
      ToString(decision.workload), std::to_string(decision.current.value()),
      std::to_string(decision.desired.value()), ToRfc3339(decision.valid_until)};
  for (auto& row : table.rows) row.insert(row.begin(), whole.begin(), whole.end());
  const std::vector<std::string> names = {"workload", "current", "desired", "valid_until"};
  table.header.insert(table.header.begin(), names.begin(), names.end());
  return ToCsv(table);
}

std::string AdviceSection(const Decided& decided) {
  if (!decided.advice) return "";
  std::string text = "\nright-sizing, which nobody applies but you\n";
  if (!decided.advice->containers.empty()) text += ToText(AdviceTable(*decided.advice));
  return text + AdviceText(*decided.advice) + decided.patch;
}

std::string Render(const Decided& decided, OutputFormat output) {
  const ReplicaDecision& decision = decided.decision;
  if (output == OutputFormat::kCsv) return ToCsv(decision);
  if (output == OutputFormat::kTable)
    return fmt::format(
        "{}: {} replicas now, {} wanted; valid until {}\n\n{}\n{}{}", ToString(decision.workload),
        decision.current.value(), decision.desired.value(), ToRfc3339(decision.valid_until),
        ToText(ReasonsTable(decision)), ToText(BasisTable(decision)), AdviceSection(decided));
  nlohmann::ordered_json json = ToJson(decision);
  if (decided.advice) {
    json["advice"] = kube::ToJson(*decided.advice);
    if (!decided.patch.empty()) json["advice"]["patch"] = decided.patch;
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<void> RunDecide(const DecideFlags& flags) {
  LC_TRY(const Decided decided, DecisionFor(flags));
  fmt::print("{}", Render(decided, flags.output));
  return {};
}

void AddSeriesOptions(CLI::App& command, DecideFlags& flags) {
  flags.series
      .AddTo(command, {.series = "Load by window: CSV with a header, as measure prints it, or with "
                                 "columns time,value; - is stdin",
                       .step = "The step of the series, verified (1m)",
                       .value_column = "The load (default: value, else metricsqps)"})
      ->required();
  command
      .add_option("--weights-version", flags.weights_version,
                  "The weights that the series was measured with; others than the profile's are "
                  "refused")
      ->option_text("NAME");
}

}  // namespace

void AddDecideCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<DecideFlags>();
  CLI::App* command =
      app.add_subcommand("decide", "Say how many replicas a workload should have, and why");
  command->add_option("--profile", flags->profile, "ScalingProfiles, as calibrate writes them")
      ->required()
      ->option_text("FILE");
  command->add_option("--current", flags->current, "How many replicas there are")
      ->required()
      ->check(CLI::NonNegativeNumber)
      ->option_text("N");
  command->add_option("--workload", flags->workload, "Which, where the file has several profiles")
      ->option_text("NAME");
  AddSeriesOptions(*command, *flags);
  command->add_option("--now", flags->now, "When to decide (default: the end of the series)")
      ->option_text("TIME");
  command
      ->add_option("--memory", flags->memory,
                   "The largest working set of any replica, where the profile says what memory one "
                   "has")
      ->option_text("BYTES|700Mi");
  flags->prometheus.AddTo(*command);
  command->get_option("--prometheus")
      ->description(
          "Also say what the containers should ask for, by what this Prometheus (cAdvisor, "
          "kube-state-metrics) tells of their use");
  AddOutputOption(*command, flags->output);
  command->footer(
      "Forecasts the load, takes the profile's quantile of it at the time a replica ordered now\n"
      "would be ready, and passes the count through the stages that docs/configuration.md\n"
      "explains. Without fresh evidence it holds or grows, and never shrinks.\n\n"
      "Example:\n"
      "  loadcurve measure access.log --weights profile.yaml -o csv > load.csv\n"
      "  loadcurve decide --profile profile.yaml --series load.csv --current 4 -o json\n"
      "  loadcurve decide --profile profile.yaml --series week.csv --current 8 --prometheus "
      "http://prometheus:9090");
  command->callback([flags, &chosen] { chosen = [flags] { return RunDecide(*flags); }; });
}

}  // namespace loadcurve
