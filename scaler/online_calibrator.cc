#include "scaler/online_calibrator.h"

#include <utility>
#include <variant>

#include "scaler/adopted_calibration.h"

namespace loadcurve {
namespace {

// A fit takes no longer than a fraction of a second on so many.
constexpr std::int64_t kMostWindows = 1500;

// Whole multiples of the profile's step, since requests are counted in those.
Duration WindowOf(Duration step, Duration history) {
  const std::int64_t steps = history / step / kMostWindows + 1;
  return step * steps;
}

TimePoint Floor(TimePoint time, Duration step) {
  return TimePoint(time.time_since_epoch() / step * step);
}

}  // namespace

OnlineCalibrator::OnlineCalibrator(CpuSource& cpu, const CalibrationSpec& spec, Duration offset)
    : cpu_(&cpu), spec_(spec), offset_(offset), ready_(spec.history) {}

void OnlineCalibrator::Note(TimePoint now, std::optional<Replicas> ready) {
  if (ready) ready_.Note(now, *ready);
}

bool OnlineCalibrator::IsDue(TimePoint now) {
  if (!next_at_ && before_ && *before_ + spec_.every > now) next_at_ = *before_ + spec_.every;
  if (!next_at_) next_at_ = now + offset_;
  return now >= *next_at_;
}

OnlineCalibration OnlineCalibrator::Try(TimePoint now, MetricSource& requests,
                                        const ScalingProfile& in_force) {
  next_at_ = now + spec_.every;
  const auto not_measured = [](const Error& error) {
    OnlineCalibration result;
    result.outcome = CalibrationOutcome::kNotMeasured;
    result.why = error.message;
    return result;
  };
  const auto evidence = Gather(now, in_force.fields().forecast.step, requests);
  if (!evidence) return not_measured(evidence.error());
  const ScalingProfileFields& fields = in_force.fields();
  auto result = CalibrateOnline(*evidence, CostsOf(in_force),
                                {.target_share = fields.objective.target_utilization});
  return result ? *std::move(result) : not_measured(result.error());
}

Result<CalibrationEvidence> OnlineCalibrator::Gather(TimePoint now, Duration step,
                                                     MetricSource& requests) {
  const Duration window = WindowOf(step, spec_.history);
  const TimePoint until = Floor(now, window);
  const TimePoint since = Floor(now - spec_.history, window);
  LC_TRY(Measurement measured, requests.Read(since, until));
  auto* const counted = std::get_if<MeasuredRequests>(&measured);
  if (counted == nullptr) return Fail(ErrorCode::kInvalidArgument, "the source counts no requests");
  LC_TRY(MeasuredCpu cpu, cpu_->Read(since, until, window));
  for (CpuSample& sample : cpu.samples) {
    if (const auto seen = ready_.Through(sample.from, sample.to)) sample.ready = seen;
  }
  return CalibrationEvidence{std::move(*counted), std::move(cpu)};
}

}  // namespace loadcurve
