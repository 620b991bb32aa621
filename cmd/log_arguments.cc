#include "cmd/log_arguments.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "cmd/interrupt.h"
#include "cmd/output.h"

namespace loadcurve {
namespace {

// Reads `text` with `parse` into `value`, unless nothing was given; errors name the option.
template <class Parse, class Value>
Result<void> ReadOption(std::string_view option, const std::string& text, Parse parse,
                        Value& value) {
  if (text.empty()) return {};
  auto parsed = parse(text);
  if (!parsed) return Within(option, parsed.error());
  value = *std::move(parsed);
  return {};
}

Result<DurationBounds> ParseBounds(std::string_view text) {
  std::vector<Duration> upper;
  while (true) {
    const std::size_t comma = text.find(',');
    LC_TRY(const Duration bound, ParseDuration(text.substr(0, comma)));
    upper.push_back(bound);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return DurationBounds::Make(std::move(upper));
}

}  // namespace

void LogArguments::AddTo(CLI::App& command) {
  AddLogsTo(command)->required();
}

void LogArguments::AddOptionalTo(CLI::App& command) {
  AddLogsTo(command);
}

CLI::Option* LogArguments::AddLogsTo(CLI::App& command) {
  CLI::Option* const logs =
      command
          .add_option("logs", options_.paths,
                      "Request logs: files (also .gz .zst .xz), patterns, or - for standard "
                      "input; rotated files in any order")
          ->option_text("LOG...");
  AddLineOptions(command);
  command.add_option("--since", since_, "Only windows from this time on")->option_text("TIME");
  command.add_option("--until", until_, "Only windows that end by this time")->option_text("TIME");
  command.add_option("--threads", options_.threads, "Threads to read with (default: every core)")
      ->check(CLI::NonNegativeNumber)
      ->option_text("N");
  return logs;
}

void LogArguments::AddFollowedTo(CLI::App& command) {
  command
      .add_option("--log", options_.paths,
                  "Request logs that are being written, followed through their rotation")
      ->option_text("LOG...");
  AddLineOptions(command);
}

void LogArguments::AddLineOptions(CLI::App& command) {
  command
      .add_option("--format", options_.format,
                  "A format by name, or an nginx log_format or Apache LogFormat string (default: "
                  "detected)")
      ->option_text("NAME|STRING");
  command
      .add_option("--fields", fields_,
                  "Columns or keys of CSV and JSON logs, NAME=COLUMN[:UNIT],...; names: start, "
                  "end, duration, status, route, method, path, workload, grpc_status, bytes")
      ->option_text("MAP");
  command
      .add_option("--duration", options_.formats.duration,
                  "Which variable of an nginx or Apache log is the duration that counts")
      ->option_text("VARIABLE");
  command
      .add_option("--time-zone", options_.formats.time_zone,
                  "Of times in the log without an offset (default UTC)")
      ->option_text("ZONE");
  command
      .add_option("--workload-from", options_.classifier.workload_from,
                  "What names the workload: host, upstream or cluster, or a rule on that name")
      ->option_text("WHAT|REGEX=NAME");
  command
      .add_option("--route", options_.classifier.route_rules,
                  "A rule on 'METHOD /path'; the first that matches names the route")
      ->option_text("REGEX=NAME");
  command
      .add_option("--long-lived", options_.classifier.long_lived,
                  "Routes that hold their requests open by design: streams, long polls")
      ->option_text("REGEX");
  command
      .add_option("--max-routes", options_.max_routes,
                  "Route classes told apart, the rest is 'other' (default 200)")
      ->check(CLI::PositiveNumber)
      ->option_text("N");
  command
      .add_option("--bounds", bounds_,
                  "Upper edges of the duration buckets, as in 10ms,50ms,1s (default: five a "
                  "decade from 100us to 100s)")
      ->option_text("LIST");
  command.add_option("--longest", longest_, "A longer duration is a bad line (default 24h)")
      ->option_text("DURATION");
  command
      .add_option("--max-bad", max_bad_percent_,
                  "Fail when more than this percentage of lines is bad (default 5)")
      ->check(CLI::Range(0.0, 100.0))
      ->option_text("PERCENT");
}

Result<logs::LogOptions> LogArguments::ToOptions(Duration step, bool by_route,
                                                 bool by_workload) const {
  logs::LogOptions options = options_;
  options.step = step;
  options.classifier.by_route = by_route;
  options.classifier.by_workload = by_workload;
  options.max_bad = Ratio(max_bad_percent_ / 100);
  LC_TRY_VOID(ReadOption("--fields", fields_, logs::FieldMap::Parse, options.formats.fields));
  LC_TRY_VOID(ReadOption("--bounds", bounds_, ParseBounds, options.bounds));
  LC_TRY_VOID(ReadOption("--since", since_, ParseTime, options.since));
  LC_TRY_VOID(ReadOption("--until", until_, ParseTime, options.until));
  LC_TRY_VOID(ReadOption("--longest", longest_, ParseDuration, options.longest_request));
  return options;
}

Result<logs::LogReading> ReadCounts(logs::LogOptions options) {
  options.stop = InterruptToken();
  Progress progress;
  options.progress = [&progress](std::uint64_t done, std::uint64_t all) {
    constexpr double kMegabyte = 1e6;
    if (all == 0)
      progress.Show(fmt::format("reading: {:.0f} MB", static_cast<double>(done) / kMegabyte));
    else
      progress.Show(fmt::format("reading: {:.0f} of {:.0f} MB",
                                static_cast<double>(done) / kMegabyte,
                                static_cast<double>(all) / kMegabyte));
  };
  LC_TRY(logs::LogReading reading, logs::ReadLogs(options));
  for (const std::string& warning : reading.warnings)
    fmt::print(stderr, "loadcurve: {}\n", warning);
  return reading;
}

nlohmann::json FactsOf(const logs::LogReading& reading) {
  nlohmann::json lines = {{"read", reading.lines.read},
                          {"bad", reading.lines.bad},
                          {"unserved", reading.lines.unserved},
                          {"unfinished", reading.lines.unfinished},
                          {"by_reason", nlohmann::json::object()},
                          {"examples", nlohmann::json::object()}};
  for (const auto& [reason, count] : reading.lines.by_reason) lines["by_reason"][reason] = count;
  for (const auto& [reason, where] : reading.lines.examples) lines["examples"][reason] = where;
  return {{"lines", std::move(lines)},
          {"format", reading.format},
          {"duration", reading.duration_source}};
}

}  // namespace loadcurve
