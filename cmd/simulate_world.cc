#include "cmd/simulate_world.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <sstream>
#include <vector>

#include "adapters/files/whole_file.h"
#include "base/time_text.h"
#include "cmd/duration_option.h"

namespace loadcurve {
namespace {

// One duration a line; empty lines are left out.
Result<std::vector<Duration>> TimesIn(const std::string& path) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  std::vector<Duration> times;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    const auto time = ParseDuration(line);
    if (!time)
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("--startup-times: {}:{}: '{}' is not a duration; expected one a "
                              "line, as 42s or 1.5m",
                              path, number, line));
    times.push_back(*time);
  }
  if (times.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "--startup-times: " + path + " has no line; expected a duration a line, as 42s");
  return times;
}

}  // namespace

void SimulatedWorld::AddTo(CLI::App& command) {
  command
      .add_option("--startup", startup_,
                  "From an order to the first request (default: the profile's, or 60s)")
      ->option_text("DURATION");
  auto* spread =
      command
          .add_option("--startup-spread", spread_,
                      "Start-up times differ: --startup is their 95th percentile, and so many "
                      "times their median (default: 1, all alike)")
          ->option_text("RATIO");
  command
      .add_option("--startup-times", times_,
                  "Start-up times as they were measured, a duration a line; policies plan with "
                  "their 95th percentile, or with --startup")
      ->option_text("FILE")
      ->excludes(spread);
  auto* per_node =
      command
          .add_option("--pods-per-node", pods_per_node_,
                      "Replicas stand on nodes with room for so many (default: there is always "
                      "room)")
          ->option_text("COUNT");
  command.add_option("--nodes", nodes_, "That many are always there (default: 1)")
      ->option_text("COUNT")
      ->needs(per_node);
  command.add_option("--max-nodes", max_nodes_, "And no more than these (default: no limit)")
      ->option_text("COUNT")
      ->needs(per_node);
  command
      .add_option("--node-startup", node_startup_,
                  "From the order of a node to its first replica (default: 120s)")
      ->option_text("DURATION")
      ->needs(per_node);
  command
      .add_option("--burstiness", burstiness_,
                  "Follows requests within steps; the rate of each 5 s varies by this share of its "
                  "mean (a standard deviation), from 0 to 3 (default: each step as a whole)")
      ->option_text("SHARE");
}

Result<twin::StartupTimes> SimulatedWorld::Startup(
    const std::optional<ScalingProfile>& profile) const {
  std::optional<Duration> stated;
  if (!startup_.empty()) {
    LC_TRY(stated, DurationOf("--startup", startup_));
  }
  if (!times_.empty()) {
    LC_TRY(const std::vector<Duration> measured, TimesIn(times_));
    LC_TRY(twin::StartupTimes times, twin::StartupTimes::Measured(measured));
    return stated ? times.PlannedWith(*stated) : times;
  }
  const Duration usual = profile ? profile->fields().startup : std::chrono::seconds(60);
  auto times = twin::StartupTimes::Spread(stated.value_or(usual), spread_.value_or(1));
  if (!times)
    return Fail(ErrorCode::kInvalidArgument, "--startup-spread: " + times.error().message);
  return *std::move(times);
}

Result<std::optional<twin::NodeLimits>> SimulatedWorld::Nodes() const {
  if (!pods_per_node_) return std::nullopt;
  twin::NodeLimits limits;
  limits.replicas_per_node = *pods_per_node_;
  limits.standing = nodes_.value_or(limits.standing);
  limits.most = max_nodes_.value_or(limits.most);
  if (!node_startup_.empty()) {
    LC_TRY(limits.startup, DurationOf("--node-startup", node_startup_));
  }
  return limits;
}

Result<void> SimulatedWorld::Fill(const std::optional<ScalingProfile>& profile,
                                  twin::TwinOptions& options) const {
  LC_TRY(options.startup, Startup(profile));
  LC_TRY(options.nodes, Nodes());
  if (burstiness_) options.arrivals = twin::Arrivals{.burstiness = *burstiness_};
  return {};
}

}  // namespace loadcurve
