#include "cmd/plan_replay.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "adapters/files/whole_file.h"
#include "adapters/plot/svg_plot.h"
#include "base/time_text.h"
#include "cmd/dependent_options.h"
#include "cmd/duration_option.h"
#include "cmd/plan_replay_charts.h"
#include "cmd/plan_replay_demand.h"
#include "cmd/plan_replay_paths.h"
#include "cmd/plan_replay_report.h"
#include "cmd/spot_traces.h"
#include "scaler/capacity/replay/spot_oracle.h"
#include "scaler/capacity/replay/spot_policies.h"
#include "scaler/capacity/replay/spot_replay.h"

namespace loadcurve {
namespace {

using capacity::SpotMarket;
using capacity::SpotRun;
using capacity::SpotTrace;

// A trace of one node tells whether there is any: then there are as many as are asked for.
void ScaleToNodes(std::vector<std::int64_t>& stock, std::int64_t nodes) {
  if (std::ranges::max(stock) > 1) return;
  for (std::int64_t& count : stock) count *= nodes;
}

// Ours, greedy where it is there, and the oracle.
std::vector<SpotRun> WorthDrawing(std::vector<SpotRun> runs, SpotRun oracle) {
  std::erase_if(runs, [&](const SpotRun& run) {
    return run.policy != "loadcurve" && run.policy != "greedy" && run.policy != runs.front().policy;
  });
  runs.push_back(std::move(oracle));
  return runs;
}

}  // namespace

void PlanReplay::AddTo(CLI::App& command) {
  const std::size_t others = OptionCount(command);
  CLI::Option* replay = command.add_option(
      "--replay", traces_,
      "Spot traces, one pool a file: JSON as "
      "{\"metadata\":{\"gap_seconds\":195},\"data\":[0,1,...]}, plain or compressed");
  replay->option_text("TRACE...");
  command
      .add_option("--nodes", nodes_,
                  "Nodes that the highest demand needs, and that a trace of 0 and 1 is scaled to "
                  "(default: 16)")
      ->option_text("COUNT");
  command
      .add_option("--price-ratio", price_ratio_,
                  "A spot node by an on-demand node, for all or one a trace with commas between "
                  "(default: 0.3)")
      ->option_text("RATIO,...");
  command
      .add_option(
          "--price-drift", price_drift_,
          "How far prices stray, each pool's by itself over a day or so: standard deviation "
          "of the logarithm, in [0, 1] (default: 0)")
      ->option_text("SHARE");
  command.add_option("--boot", boot_, "From an order to a ready node (default: 180s)")
      ->option_text("DURATION");
  command.add_option("--notice", notice_, "From the notice to the loss (default: 120s)")
      ->option_text("DURATION");
  command
      .add_option("--missed-notice", missed_notice_,
                  "The share of losses without a notice, in [0, 1] (default: 0.1)")
      ->option_text("SHARE");
  command
      .add_option("--seed", seed_, "Of which notices are missed, and where prices go (default: 1)")
      ->option_text("NUMBER");
  command.add_option("--policies", policies_, "all (default), or names with commas between")
      ->option_text("NAME,...");
  command.add_option("--paths", paths_, "Writes what was ready and paid for in each tick")
      ->option_text("FILE.csv");
  NeedHead(command, others, replay);
}

Result<capacity::SpotTerms> PlanReplay::Terms() const {
  if (nodes_ < 1 || nodes_ > 10000)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--nodes is {}; expected a count from 1 to 10000", nodes_));
  if (!(missed_notice_ >= 0 && missed_notice_ <= 1))
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--missed-notice is {}; expected a share in [0, 1]", missed_notice_));
  if (!(price_drift_ >= 0 && price_drift_ <= 1))
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--price-drift is {}; expected a share in [0, 1]", price_drift_));
  capacity::SpotTerms terms;
  LC_TRY(terms.boot, DurationOf("--boot", boot_));
  LC_TRY(terms.notice, DurationOf("--notice", notice_));
  terms.missed_notice = Ratio(missed_notice_);
  terms.price_drift = Ratio(price_drift_);
  terms.seed = seed_;
  return terms;
}

Result<std::vector<double>> PlanReplay::Prices() const {
  std::vector<double> prices;
  std::string_view rest = price_ratio_;
  while (true) {
    const std::string_view text = rest.substr(0, rest.find(','));
    double price = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), price);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || !(price > 0) ||
        !std::isfinite(price))
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("--price-ratio has '{}'; expected a number above 0, as 0.3", text));
    prices.push_back(price);
    if (text.size() == rest.size()) break;
    rest.remove_prefix(text.size() + 1);
  }
  if (prices.size() == 1) prices.resize(traces_.size(), prices.front());
  if (prices.size() != traces_.size())
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--price-ratio has {} prices; expected one, or one for each of the {} "
                            "traces",
                            prices.size(), traces_.size()));
  return prices;
}

Result<SpotMarket> PlanReplay::Market(const std::string& demand) const {
  LC_TRY(auto terms, Terms());
  LC_TRY(const auto prices, Prices());
  LC_TRY(auto files, ReadTraces(traces_));
  terms.gap = files.front().gap;
  LC_TRY(auto nodes, ReplayDemand(demand, nodes_, files.front().stock.size(), terms.gap));
  std::vector<SpotTrace> traces;
  for (std::size_t i = 0; i < files.size(); ++i) {
    ScaleToNodes(files[i].stock, nodes_);
    traces.push_back({std::move(files[i].pool), std::move(files[i].region),
                      std::move(files[i].stock), prices[i]});
  }
  return SpotMarket::Make(std::move(traces), std::move(nodes), terms);
}

Result<void> PlanReplay::Run(const PlanOptions& options) const {
  LC_TRY(const SpotMarket market, Market(options.demand));
  LC_TRY(const auto policies, capacity::MakeSpotPolicies(policies_, market));
  std::optional<PlanReplayPaths> paths;
  if (!paths_.empty()) {
    LC_TRY(paths, PlanReplayPaths::Open(paths_));
  }
  const Duration gap = market.terms().gap;
  PlanReplayOutcome outcome{market.traces().size(), market.ticks(), gap, {}, {}};
  std::vector<SpotRun> runs;
  Progress progress;
  for (const auto& policy : policies) {
    progress.Show(std::string(policy->name()));
    runs.push_back(capacity::ReplaySpot(market, *policy));
    outcome.policies.push_back(RowOf(runs.back(), gap));
    if (paths) paths->Append(runs.back(), gap);
  }
  SpotRun oracle = capacity::ReplaySpot(market, *capacity::MakeSpotOracle(market));
  outcome.oracle = RowOf(oracle, gap);
  if (paths) {
    paths->Append(oracle, gap);
    LC_TRY_VOID(paths->Close());
  }
  const auto days = HardestDays(WorthDrawing(std::move(runs), std::move(oracle)), gap);
  if (!options.plot.empty())
    LC_TRY_VOID(files::WriteFileAtomically(options.plot, plot::ToSvg(days, {})));
  if (!options.html.empty())
    LC_TRY_VOID(files::WriteFileAtomically(options.html, PlanReplayPage(outcome, days)));
  fmt::print("{}", RenderPlanReplay(outcome, options.output));
  return {};
}

}  // namespace loadcurve
