#include "cmd/demo_serving.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <thread>
#include <utility>

#include "adapters/sample_service/access_log.h"
#include "adapters/sample_service/load_driver.h"
#include "adapters/sample_service/service_child.h"
#include "base/time_text.h"
#include "cmd/reload_signal.h"
#include "cmd/serve_files.h"
#include "cmd/service_log.h"

namespace loadcurve {
namespace {

// Day after day, each with arrivals of its own, at the hour that the clock of the recorded
// days would show.
void DriveDays(const DemoOptions& options, TimePoint recorded, std::uint16_t port,
               const Clock& clock, const std::stop_token& stop) {
  const Duration day = options.duration / DemoSuppositions::kDays;
  sample::DayPlan plan{.length = day, .day = day};
  const double usual_start = plan.start_phase;
  for (std::uint64_t passed = 1; !stop.stop_requested(); ++passed) {
    const double days = Seconds(clock.Now() - recorded) / Seconds(day);
    plan.start_phase = std::fmod(usual_start + days, 1.0);
    plan.seed = options.seed + passed;
    const auto driven = Drive(sample::PlanArrivals(plan), {.port = port}, clock, stop);
    if (!driven && driven.error().code != ErrorCode::kCancelled)
      spdlog::warn("the load of this day ended early: {}", driven.error().message);
  }
}

}  // namespace

Result<void> ServeDemo(const DemoOptions& options, const Clock& clock) {
  const DemoFiles files = FilesIn(options.folder);
  const std::string live_log = options.folder + "/live.log";
  LC_TRY(sample::ServiceChild service,
         sample::ServiceChild::Start({options.program, "serve-sample", "--access-log", live_log,
                                      "--seed", std::to_string(options.seed + 1), "--parent",
                                      std::to_string(getpid())}));
  fmt::print(
      "\n== Served from now on\n\n"
      "The days go on, one every {}, and 'loadcurve serve' follows the log in {}.\n\n",
      ToString(options.duration / DemoSuppositions::kDays), options.folder);
  std::fflush(stdout);
  LogToStderr();
  ReloadRequests();
  const TimePoint recorded = clock.Now();
  const std::jthread driver([&](const std::stop_token& stop) {
    DriveDays(options, recorded, service.port(), clock, stop);
  });
  ServeFilesOptions serving{.profiles = {files.profile},
                            .keys = options.folder + "/keys",
                            .server = {.address = "127.0.0.1"},
                            .interval = std::chrono::seconds(1)};
  serving.logs.paths = {files.access_log, live_log};
  serving.logs.format = sample::kLogFormat;
  serving.loop.workload.history = std::chrono::hours(1);
  return ServeFiles(serving, clock, options.stop);
}

}  // namespace loadcurve
