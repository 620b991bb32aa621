#include "scaler/workload_forecast.h"

#include <algorithm>
#include <utility>

#include "scaler/outlook_need.h"
#include "scaler/replica_decision.h"

namespace loadcurve {
namespace {

// Of a shorter step more comes to be known in the same time: its forecast lasts so many steps.
constexpr std::int64_t kStepsBetween = 10;

}  // namespace

WorkloadForecast::WorkloadForecast(Duration step, Duration every, Duration offset)
    : step_(step), every_(std::min(every, step * kStepsBetween)), offset_(offset % every_) {}

void WorkloadForecast::Forget() {
  report_.reset();
  next_at_.reset();
}

bool WorkloadForecast::IsDue(TimePoint now) {
  if (!next_at_) next_at_ = now;
  return now >= *next_at_;
}

void WorkloadForecast::ReachFor(Duration further) {
  if (further > further_) next_at_.reset();
  further_ = further;
}

Result<void> WorkloadForecast::Learn(TimePoint now, const LoadSeries& past,
                                     const ScalingProfileFields& fields) {
  // Half as long again: the next time may be put off.
  const Duration reach =
      now - past.end() + fields.startup + further_ + every_ * 3 / 2 + step_ * kFreshSteps;
  ForecastOptions options;
  options.horizon = static_cast<std::size_t>(
      std::max(reach, fields.forecast.horizon.value_or(Duration(0))) / step_ + 1);
  const double level = LevelOf(fields.objective);
  options.levels = {0.5, level};
  if (options.levels[0] >= options.levels[1]) options.levels = {level};
  if (fields.forecast.season) options.seasons = {*fields.forecast.season};
  auto report = ForecastLoad(past, options);
  if (!report) {
    if (report.error().code == ErrorCode::kInsufficientData) return {};
    return Within("forecast", report.error());
  }
  const bool is_first = !report_;
  report_ = *std::move(report);
  // What little is known changes with every step: a series is learnt anew when it has grown by an
  // eighth.
  const Duration known = past.end() - past.start();
  next_at_ = now + std::min(every_, known / 8);
  if (is_first && known / 8 >= every_) *next_at_ += offset_;
  return {};
}

std::optional<MetricsQps> WorkloadForecast::WhenReady(TimePoint now,
                                                      const ScalingProfileFields& fields) const {
  if (!report_) return std::nullopt;
  const Forecast& forecast = report_->forecast;
  for (std::size_t ahead = 0; ahead < forecast.horizon(); ++ahead) {
    if (forecast.TimeAt(ahead) + forecast.step() > now + fields.startup)
      return MetricsQps(forecast.Quantile(ahead, LevelOf(fields.objective)));
  }
  return std::nullopt;
}

}  // namespace loadcurve
