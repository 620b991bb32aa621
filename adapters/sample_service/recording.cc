#include "adapters/sample_service/recording.h"

#include <fmt/format.h>

#include <thread>

#include "adapters/sample_service/service_child.h"

namespace loadcurve::sample {

Result<Recording> Record(const RecordingOptions& options, const Clock& clock,
                         const std::stop_token& stop) {
  LC_TRY(ServiceChild service, ServiceChild::Start(options.service));

  Result<std::vector<CpuSample>> cpu;
  std::jthread sampler([&](const std::stop_token& ended) {
    cpu = SampleCpu(service.pid(), options.cpu_step, clock, ended);
  });
  const std::vector<Arrival> arrivals = PlanArrivals(options.plan);
  const DriveOptions drive_options{.port = service.port(), .on_progress = options.on_progress};
  const TimePoint now = clock.Now();
  const TimePoint began = std::chrono::ceil<std::chrono::seconds>(now);
  clock.SleepUntil(clock.MonotonicNow() + (began - now), stop);
  const Result<DriveReport> drive = Drive(arrivals, drive_options, clock, stop);
  sampler.request_stop();
  sampler.join();

  const Result<void> stopped = service.Stop();
  if (!drive) return tl::unexpected<Error>(drive.error());
  LC_TRY_VOID(stopped);
  if (!cpu) return Within("sampling the CPU of the sample service", cpu.error());
  if (drive->answered == 0)
    return Fail(ErrorCode::kUnavailable,
                fmt::format("none of {} requests to the sample service was answered", drive->sent));
  return Recording{.began = began,
                   .ended = began + options.plan.length,
                   .cpu = *std::move(cpu),
                   .drive = *drive};
}

}  // namespace loadcurve::sample
