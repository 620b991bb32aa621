#include <fmt/format.h>

#include <memory>

#include "adapters/files/whole_file.h"
#include "adapters/logs/histogram_file.h"
#include "base/time_text.h"
#include "cmd/command.h"
#include "cmd/load_report.h"
#include "cmd/log_arguments.h"

namespace loadcurve {
namespace {

struct MeasureOptions {
  LogArguments logs;
  std::string step = "60s";
  std::string save;
  LoadReport report;
};

Result<void> RunMeasure(MeasureOptions& options) {
  LC_TRY_VOID(options.report.Prepare());
  const auto step = ParseDuration(options.step);
  if (!step) return Within("--step", step.error());
  const bool keeps_all = !options.save.empty();
  LC_TRY(logs::LogOptions log_options,
         options.logs.ToOptions(*step, options.report.needs_routes() || keeps_all,
                                options.report.needs_workloads() || keeps_all));
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
  options->report.AddOptions(*command);
  command->callback([&chosen, options] { chosen = [options] { return RunMeasure(*options); }; });
}

}  // namespace loadcurve
