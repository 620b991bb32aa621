#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "adapters/files/whole_file.h"
#include "adapters/logs/histogram_file.h"
#include "adapters/logs/log_follower.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/command.h"
#include "cmd/interrupt.h"
#include "cmd/load_report.h"
#include "cmd/log_arguments.h"

namespace loadcurve {
namespace {

struct MeasureOptions {
  LogArguments logs;
  std::string step = "60s";
  std::string save;
  bool follow = false;
  LoadReport report;
};

// The windows that may still change, as their own counts: what was printed is let go.
RequestCounts Since(const RequestCounts& counts, TimePoint from) {
  RequestCounts rest = counts;
  rest.ClearCells();
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    if (counts.StartOf(entry.window) >= from)
      rest.AddCell(entry.window, entry.series, entry.bucket, entry.cell);
  });
  return rest;
}

// Prints each window once no request of it can still be running, until Ctrl-C.
Result<void> Follow(const logs::LogOptions& log_options, const LoadReport& report) {
  constexpr Duration kInterval = std::chrono::seconds(1);
  LC_TRY(RequestCounts counts, RequestCounts::Make(log_options.bounds, log_options.step));
  std::optional<TimePoint> from;
  const auto print = [&](bool is_last) -> Result<void> {
    LC_TRY(const std::string text, report.RenderNew(counts, is_last, from));
    fmt::print("{}", text);
    std::fflush(stdout);
    if (from) counts = Since(counts, *from);
    return {};
  };
  const auto take = [&](const RequestCounts& news, const logs::LineReport&) -> Result<void> {
    LC_TRY_VOID(counts.Merge(news));
    return print(false);
  };
  LC_TRY_VOID(logs::FollowLogs(log_options, SystemClock(), kInterval, InterruptToken(), take));
  LC_TRY_VOID(print(true));
  return Fail(ErrorCode::kCancelled, "stopped");
}

Result<void> RunMeasure(MeasureOptions& options) {
  LC_TRY_VOID(options.report.Prepare());
  const auto step = ParseDuration(options.step);
  if (!step) return Within("--step", step.error());
  const bool keeps_all = !options.save.empty();
  LC_TRY(logs::LogOptions log_options,
         options.logs.ToOptions(*step, options.report.needs_routes() || keeps_all,
                                options.report.needs_workloads() || keeps_all));
  if (options.follow) return Follow(std::move(log_options), options.report);
  LC_TRY(const logs::LogReading reading, ReadCounts(std::move(log_options)));
  LC_TRY(const std::string text, options.report.Render(reading.counts, FactsOf(reading)));
  if (keeps_all)
    LC_TRY_VOID(files::WriteFileAtomically(options.save, logs::WriteHistograms(reading.counts)));
  fmt::print("{}", text);
  return {};
}

}  // namespace

void AddMeasureCommand(CLI::App& app, Run& chosen) {
  CLI::App* command = app.add_subcommand(
      "measure", "Measure the load of a service from its request logs, window by window");
  command->footer(
      "Prints for each window: requests that ended in it, qps, concurrency (busy seconds a\n"
      "second), metricsqps (the load) and errors (status 500 and above). A window without any\n"
      "request is left out: absent is not zero.\n\n"
      "Examples:\n"
      "  loadcurve measure /var/log/nginx/access.log*\n"
      "  loadcurve measure access.log --step 10s --by route -o csv\n"
      "  loadcurve measure access.log --format '$remote_addr [$time_local] \"$request\" $status "
      "$request_time'\n"
      "  loadcurve measure spans.csv --fields "
      "start=start_ms:ms,duration=duration_us:us,route=operation\n"
      "  zcat access.log.gz | loadcurve measure - --weights profile.yaml -o json");
  auto options = std::make_shared<MeasureOptions>();
  options->logs.AddTo(*command);
  command->add_option("--step", options->step, "Length of a window (default 60s)")
      ->option_text("DURATION");
  command
      ->add_option("--save-histograms", options->save,
                   "Also write the counts to a file that merges without loss (see merge)")
      ->option_text("FILE");
  auto* follow = command->add_flag(
      "-f,--follow", options->follow,
      "Go on as the logs grow, through their rotation; prints each window when it is complete");
  follow->excludes(command->get_option("--save-histograms"));
  options->report.AddOptions(*command);
  command->callback([&chosen, options] { chosen = [options] { return RunMeasure(*options); }; });
}

}  // namespace loadcurve
