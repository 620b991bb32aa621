#include "scaler/workload_outlook.h"

#include <algorithm>
#include <limits>

#include "scaler/replica_decider.h"

namespace loadcurve {
namespace {

// Loads below this share of what one replica carries do not differ: one replica carries them.
constexpr double kLeastShare = 0.05;

std::size_t StepsIn(Duration span, Duration step) {
  return static_cast<std::size_t>((span + step - Duration(1)) / step);
}

}  // namespace

WorkloadOutlook::WorkloadOutlook(const ScalingProfileFields& fields, Duration step,
                                 Duration lateness, std::size_t most_steps)
    : lead_(StepsIn(fields.startup + lateness + step, step)),
      day_(std::max<std::size_t>(1, StepsIn(std::chrono::days(1), step))),
      floor_(CarriedByOne(fields) * kLeastShare),
      step_(step),
      most_steps_(most_steps),
      model_(NewModel()) {}

OutlookModel WorkloadOutlook::NewModel() const {
  return {WindowsAhead(0, lead_, step_), day_, floor_};
}

void WorkloadOutlook::Restart() {
  model_ = NewModel();
  next_.reset();
  is_caught_up_ = false;
  was_caught_up_ = false;
}

bool WorkloadOutlook::CatchUp(const RollingLoad& load, TimePoint until,
                              const std::function<bool(TimePoint)>& is_demand,
                              const std::function<void(TimePoint, MetricsQps)>& learnt) {
  if (model_.observed() > 2 * most_steps_) Restart();
  if (!next_) {
    const auto latest = load.LatestStart();
    if (!latest) return false;
    const auto past =
        load.Between(*latest - step_ * static_cast<std::int64_t>(most_steps_), *latest + step_);
    if (!past) return false;
    next_ = past->start();
  }
  for (std::size_t i = 0; i < kMostAtOnce && *next_ + step_ <= until; ++i, *next_ += step_) {
    const auto value = is_demand(*next_) ? load.At(*next_) : std::nullopt;
    model_.Observe(value ? value->value() : std::numeric_limits<double>::quiet_NaN());
    if (value && was_caught_up_) learnt(*next_, *value);
  }
  is_caught_up_ = *next_ + step_ > until;
  was_caught_up_ = was_caught_up_ || is_caught_up_;
  return is_caught_up_;
}

std::optional<LoadOutlook> WorkloadOutlook::Get() {
  if (!is_caught_up_ || model_.observed() == 0) return std::nullopt;
  return LoadOutlook{*next_, step_, model_.ahead(), model_.Rows()};
}

}  // namespace loadcurve
