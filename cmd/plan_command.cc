#include <CLI/CLI.hpp>

#include <memory>

#include "cmd/command.h"
#include "cmd/plan_options.h"
#include "cmd/plan_pools.h"
#include "cmd/plan_replay.h"

namespace loadcurve {
namespace {

// Each way of planning has its own file; what both are told stands in PlanOptions.
struct PlanFlags {
  PlanOptions options;
  PlanPools pools;
  PlanReplay replay;
};

Result<void> RunPlan(const PlanFlags& flags) {
  if (flags.pools.is_asked() && flags.replay.is_asked())
    return Fail(ErrorCode::kInvalidArgument, "--pools and --replay are both there; expected one");
  const PlanOptions& options = flags.options;
  if (flags.pools.is_asked() && !(options.plot.empty() && options.html.empty()))
    return Fail(ErrorCode::kInvalidArgument,
                "--plot and --html draw what --replay finds; --pools has tables alone");
  if (flags.pools.is_asked()) return flags.pools.Run(options);
  if (flags.replay.is_asked()) return flags.replay.Run(options);
  return Fail(
      ErrorCode::kInvalidArgument,
      "--pools POOLS.yaml (what to hold now) or --replay TRACE... (spot traces to replay) is "
      "needed");
}

}  // namespace

void AddPlanCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<PlanFlags>();
  CLI::App* command =
      app.add_subcommand("plan", "Node pools and spot capacity: what to hold, and what it costs");
  flags->pools.AddTo(*command);
  flags->replay.AddTo(*command);
  command
      ->add_option(
          "--demand", flags->options.demand,
          "With --pools: time,workload,q0.5,q0.95; with --replay: time,value (default: flat)")
      ->option_text("FILE.csv");
  command->add_option("--plot", flags->options.plot, "With --replay: a picture")
      ->option_text("FILE.svg");
  command
      ->add_option("--html", flags->options.html,
                   "With --replay: a page with the pictures and the table")
      ->option_text("FILE.html");
  AddOutputOption(*command, flags->options.output);
  command->footer(
      "--replay runs each policy over spot traces, from their past alone, and beside them an "
      "oracle "
      "that\n"
      "knows what comes. What each policy does, and what is measured: docs/capacity.md.\n"
      "Policies: loadcurve greedy karpenter spothedge exosphere spotweb even-spread half-spare\n"
      "  single-zone on-demand; the oracle is always there.\n\n"
      "Examples:\n"
      "  loadcurve plan --pools pools.yaml --demand demand.csv --explain\n"
      "  loadcurve plan --pools pools.yaml --profile checkout.yaml --series load.csv\n"
      "  loadcurve plan --pools pools.yaml --demand demand.csv --search 30s -o json\n"
      "  loadcurve plan --pools pools.yaml --demand demand.csv --trace spot-a=us-east-1a.json\n"
      "  loadcurve plan --replay us-east-1a.json us-east-1c.json us-west-2b.json\n"
      "  loadcurve plan --replay zones/*.json.xz --nodes 16 --price-ratio 0.3 --boot 180s \\\n"
      "      --notice 120s --missed-notice 0.1 --demand load.csv --paths paths.csv -o json");
  command->callback([flags, &chosen] { chosen = [flags] { return RunPlan(*flags); }; });
}

}  // namespace loadcurve
