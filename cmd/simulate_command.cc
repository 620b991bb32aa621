#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/plot/svg_plot.h"
#include "adapters/profile_codec/objective_text.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/command.h"
#include "cmd/duration_option.h"
#include "cmd/output.h"
#include "cmd/simulate_charts.h"
#include "cmd/simulate_load.h"
#include "cmd/simulate_paths.h"
#include "cmd/simulate_report.h"
#include "cmd/simulate_world.h"
#include "scaler/replica_decider.h"
#include "scaler/twin/families.h"
#include "scaler/twin/loadcurve_policy.h"
#include "scaler/twin/simulation.h"

namespace loadcurve {
namespace {

using Families = std::vector<std::unique_ptr<twin::PolicyFamily>>;

// The options as they stand on the command line.
struct SimulateFlags {
  SimulateLoad load;
  SimulatedWorld world;
  double per_replica = 0;
  double mean_replicas = 0;
  std::string metric_delay = "0s";
  std::string warm_up;
  std::string service_time = "100ms";
  std::string actuate = "hpa";
  std::string policies = "all";
  double capacity_error = 0;
  std::optional<double> price;
  std::string violations;
  std::uint64_t seed = 1;
  std::string paths;
  std::string plot;
  std::string html;
  OutputFormat output = OutputFormat::kTable;
};

// The first day, where at least another one follows.
Duration UsualWarmUp(const LoadSeries& series) {
  const Duration length = series.step() * static_cast<std::int64_t>(series.size());
  const Duration day = std::chrono::days(1);
  return length >= 2 * day ? day : Duration(0);
}

Result<MetricsQps> PerReplica(const SimulateFlags& flags, const SimulatedLoad& load) {
  const LoadSeries& series = load.series;
  if (load.profile && flags.per_replica == 0 && flags.mean_replicas == 0)
    return CarriedByOne(load.profile->fields());
  if ((flags.per_replica != 0) == (flags.mean_replicas != 0))
    return Fail(ErrorCode::kInvalidArgument,
                "one of --per-replica LOAD (what one replica carries, in the unit of the series), "
                "--mean-replicas COUNT (what the mean load shall need) and --profile FILE (which "
                "says it) is needed");
  if (flags.mean_replicas == 0) return MetricsQps(flags.per_replica);
  if (!(flags.mean_replicas > 0))
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--mean-replicas is {}; expected more than 0", flags.mean_replicas));
  const double mean = twin::MeanDemand(series.values());
  if (!(mean > 0))
    return Fail(ErrorCode::kInvalidArgument,
                load.name + ": the load is 0 throughout, so --mean-replicas says nothing");
  return MetricsQps(mean / flags.mean_replicas);
}

Result<twin::TwinOptions> OptionsFrom(const SimulateFlags& flags, const SimulatedLoad& load) {
  twin::TwinOptions options;
  LC_TRY(options.per_replica, PerReplica(flags, load));
  LC_TRY_VOID(flags.world.Fill(load.profile, options));
  LC_TRY(options.metric_delay, DurationOf("--metric-delay", flags.metric_delay));
  LC_TRY(options.service.mean_time, DurationOf("--service-time", flags.service_time));
  if (options.service.mean_time <= Duration(0))
    return Fail(ErrorCode::kInvalidArgument,
                "--service-time is " + flags.service_time + "; expected more than zero");
  options.warm_up = UsualWarmUp(load.series);
  if (!flags.warm_up.empty()) {
    LC_TRY(options.warm_up, DurationOf("--warm-up", flags.warm_up));
  }
  options.actuation = flags.actuate == "hpa" ? twin::Actuation::kHpa : twin::Actuation::kDirect;
  options.capacity_error = Ratio(flags.capacity_error);
  options.seed = flags.seed;
  if (load.profile) options.bounds = load.profile->fields().bounds;
  options.bounds.min = std::max(options.bounds.min, Replicas(1));
  return options;
}

// Of --price, else of the profile's objective, else 0.05.
UsdPerHour PriceOf(const SimulateFlags& flags, const SimulatedLoad& load) {
  if (flags.price) return UsdPerHour(*flags.price);
  if (load.profile && load.profile->fields().objective.prices)
    return UsdPerHour(load.profile->fields().objective.prices->replica_hour);
  return UsdPerHour(0.05);
}

// The one setting of Loadcurve that was asked for; absent where its knob is swept.
Result<std::optional<twin::LoadcurveSetting>> SettingOf(const SimulateFlags& flags,
                                                        const SimulatedLoad& load,
                                                        const twin::Timing& timing) {
  if (flags.violations.empty() && !load.profile) return std::nullopt;
  ScalingProfileFields fields = twin::InReplicas(timing);
  std::string name = "profile";
  if (load.profile) {
    const ScalingProfileFields& given = load.profile->fields();
    fields.objective = given.objective;
    fields.objective.target_utilization = Ratio(1);  // which what one replica carries contains
    fields.bounds = given.bounds;
    fields.behavior = given.behavior;
    fields.schedules = given.schedules;
    fields.freezes = given.freezes;
    fields.budget = given.budget;
  }
  if (!flags.violations.empty()) {
    const auto share = profile_codec::ParsePercent(flags.violations);
    if (!share || !(share->value() > 0 && share->value() <= 0.5))
      return Fail(ErrorCode::kInvalidArgument,
                  "--violations is '" + flags.violations +
                      "'; expected a share of the minutes above 0% and up to 50%, as 0.1%");
    fields.objective.prices.reset();
    fields.objective.violations = share;
    name = "violations=" + profile_codec::PercentText(*share);
  }
  LC_TRY(ScalingProfile profile, ScalingProfile::Make(std::move(fields)));
  return twin::LoadcurveSetting{std::move(name), std::move(profile)};
}

Result<void> WriteFile(const std::string& flag, const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) return Fail(ErrorCode::kUnavailable, flag + ": '" + path + "' could not be written");
  return {};
}

// The pictures of ours, of the best rival and of the oracle, at the level of the table.
Result<void> Draw(const SimulateFlags& flags, const twin::Simulation& simulation,
                  const Families& families, const SimulateOutcome& outcome) {
  if (flags.plot.empty() && flags.html.empty()) return {};
  std::vector<twin::PolicyRun> shown;
  for (const twin::PolicyRun* chosen : WorthShowing(outcome)) {
    for (const auto& family : families) {
      const auto names = family->KnobNames();
      const auto knob = std::find(names.begin(), names.end(), chosen->knob);
      if (family->name() != chosen->policy || knob == names.end()) continue;
      shown.push_back(simulation.Run(*family, static_cast<std::size_t>(knob - names.begin())));
    }
  }
  shown.push_back(simulation.RunOracle());
  const auto days = BusiestDays(simulation, shown);
  if (!flags.plot.empty()) LC_TRY_VOID(WriteFile("--plot", flags.plot, plot::ToSvg(days, {})));
  if (!flags.html.empty())
    LC_TRY_VOID(WriteFile("--html", flags.html, SimulationPage(outcome, days)));
  return {};
}

Result<void> RunSimulate(const SimulateFlags& flags) {
  LC_TRY(const SimulatedLoad load, flags.load.Read(SystemClock().Now()));
  const LoadSeries& series = load.series;
  LC_TRY(const auto options, OptionsFrom(flags, load));
  LC_TRY(const auto simulation, twin::Simulation::Make(series, options));
  twin::FamilyInputs inputs = simulation.inputs();
  LC_TRY(inputs.loadcurve, SettingOf(flags, load, simulation.timing()));
  LC_TRY(const auto families, twin::MakeFamilies(flags.policies, inputs));
  std::optional<SimulatePaths> paths;
  if (!flags.paths.empty()) {
    LC_TRY(paths, SimulatePaths::Open(flags.paths));
  }
  SimulateOutcome outcome{load.name,
                          options,
                          series.step(),
                          series.size(),
                          twin::MeanDemand(series.values()) / options.per_replica.value(),
                          PriceOf(flags, load),
                          {},
                          simulation.RunOracle()};
  if (paths) paths->Append(simulation, outcome.oracle);
  Progress progress;
  for (const auto& family : families) {
    const std::size_t knobs = family->KnobNames().size();
    for (std::size_t knob = 0; knob < knobs; ++knob) {
      progress.Show(fmt::format("{}, setting {} of {}", family->name(), knob + 1, knobs));
      twin::PolicyRun run = simulation.Run(*family, knob);
      if (paths) paths->Append(simulation, run);
      run.records = {};
      outcome.runs.push_back(std::move(run));
    }
  }
  if (paths) LC_TRY_VOID(paths->Close());
  LC_TRY_VOID(Draw(flags, simulation, families, outcome));
  fmt::print("{}", RenderSimulation(outcome, flags.output));
  return {};
}

void AddSeriesOptions(CLI::App& command, SimulateFlags& flags) {
  flags.load.AddTo(command);
  command
      .add_option("--per-replica", flags.per_replica,
                  "What one replica carries, in the unit of the series")
      ->option_text("LOAD");
  command
      .add_option("--mean-replicas", flags.mean_replicas,
                  "Instead: how many replicas the mean load shall need")
      ->option_text("COUNT");
  command
      .add_option("--violations", flags.violations,
                  "Loadcurve keeps this share of the minutes short of capacity, as 0.1%, and no "
                  "knob of it is swept")
      ->option_text("SHARE");
}

void AddWorldOptions(CLI::App& command, SimulateFlags& flags) {
  flags.world.AddTo(command);
  command
      .add_option("--metric-delay", flags.metric_delay,
                  "How late a window's load is known after its end (default: 0s)")
      ->option_text("DURATION");
  command.add_option("--actuate", flags.actuate, "Who changes the count (default: hpa)")
      ->check(CLI::IsMember({"hpa", "direct"}))
      ->option_text("hpa|direct");
  command
      .add_option("--capacity-error", flags.capacity_error,
                  "What a replica carries is known within this share, in [0, 1) (default: 0)")
      ->option_text("SHARE");
  command.add_option("--seed", flags.seed, "Of what is drawn (default: 1)")->option_text("NUMBER");
  command
      .add_option("--service-time", flags.service_time,
                  "Of a request that has a replica to itself (default: 100ms)")
      ->option_text("DURATION");
  command
      .add_option("--price", flags.price,
                  "USD for an hour of a replica (default: the profile's, or 0.05)")
      ->option_text("USD");
  command
      .add_option("--warm-up", flags.warm_up,
                  "Simulated and not measured (default: 1d of two or more days)")
      ->option_text("DURATION");
}

}  // namespace

void AddSimulateCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<SimulateFlags>();
  CLI::App* command =
      app.add_subcommand("simulate", "Replay a load under Loadcurve, its rivals and an oracle");
  AddSeriesOptions(*command, *flags);
  AddWorldOptions(*command, *flags);
  command->add_option("--policies", flags->policies, "all (default), or names with commas between")
      ->option_text("NAME,...");
  command->add_option("--paths", flags->paths, "Writes demand and ready replicas of each step")
      ->option_text("FILE.csv");
  command->add_option("--plot", flags->plot, "A picture of the busiest two days")
      ->option_text("FILE.svg");
  command->add_option("--html", flags->html, "A page with the trade-offs, the days and the table")
      ->option_text("FILE.html");
  AddOutputOption(*command, flags->output);
  command->footer(
      "Each policy is run under all settings of its one knob; the table shows the cheapest with "
      "at\n"
      "most 0.1 % of the minutes short of capacity. What each policy does: docs/simulate.md.\n"
      "Policies: loadcurve hpa-cpu hpa-qps hpa-metricsqps keda-cron crane-ehpa ahpa "
      "aws-predictive\n"
      "  phpa cudgx quantile static-peak; the oracle is always there.\n"
      "Examples:\n"
      "  loadcurve simulate --series load.csv --step 1m --mean-replicas 20\n"
      "  loadcurve simulate --series load.csv --per-replica 35 --startup 180s --actuate direct \\\n"
      "      --policies loadcurve,hpa-qps --paths paths.csv -o json\n"
      "  loadcurve simulate --series load.csv --mean-replicas 20 --startup 60s --startup-spread 2 "
      "\\\n"
      "      --pods-per-node 8 --nodes 3 --max-nodes 12 --node-startup 120s");
  command->callback([flags, &chosen] { chosen = [flags] { return RunSimulate(*flags); }; });
}

}  // namespace loadcurve
