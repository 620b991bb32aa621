#include "cmd/why_past.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/time_text.h"
#include "cmd/stored_history.h"
#include "metrics/measured_load.h"
#include "scaler/replica_target.h"

namespace loadcurve {
namespace {

constexpr Duration kHour = std::chrono::hours(1);

struct StoredWindow {
  MetricsQps load;
  TimePoint start;
  Duration step{0};
  bool is_whole = true;
};

// The window of `step` around `at`; absent where the store knows nothing of it.
Result<std::optional<StoredWindow>> WindowAround(HistoryStore& store, const std::string& name,
                                                 TimePoint at, Duration step,
                                                 const RequestWeights& weights) {
  const TimePoint start(at.time_since_epoch() / step * step);
  StoredWindow window{.start = start, .step = step};
  LC_TRY(MeasuredRequests measured, store.Measured(name, start, start + step, step));
  LC_TRY(auto load, MeasuredLoad(measured, weights));
  if (!load) {
    auto part = store.Load(name, start, start + step, step);
    // Kept in wider windows only.
    if (!part && step < kHour) return std::nullopt;
    if (!part) return tl::unexpected<Error>(part.error());
    LC_TRY(load, MeasuredLoad({*std::move(part)}, weights));
    if (!load) return std::nullopt;
    window.is_whole = false;
  }
  window.load = MetricsQps(load->values().front());
  return window;
}

Result<std::optional<StoredWindow>> FindWindow(HistoryStore& store, const ScalingProfile& profile,
                                               TimePoint at) {
  const ScalingProfileFields& fields = profile.fields();
  const Duration step = std::max(fields.forecast.step, kHistoryStep);
  // As `serve` or a log calls it, else by the name of the target.
  const std::array<std::string, 2> names = {HistoryName(profile), fields.target.name};
  for (const std::string& name : names) {
    for (const Duration wanted : {step, std::max(step, kHour)}) {
      LC_TRY(auto found, WindowAround(store, name, at, wanted, *fields.load.weights));
      if (found) return found;
    }
  }
  return std::nullopt;
}

// As a decision would have it.
Result<Replicas> NeedOf(MetricsQps load, const ScalingProfileFields& fields) {
  const ReplicaCapacity& capacity = *fields.load.per_replica;
  return ReplicasFor(load, PlannedLoad(capacity) / capacity.target_share.value(),
                     fields.objective.target_utilization);
}

}  // namespace

Result<void> AddStoredLoad(HistoryStore& store, const std::string& path,
                           const ScalingProfile& profile, PastEvidence& past) {
  if (!profile.fields().load.weights) {
    past.unknown.push_back("the load: it is none of requests, and " + path + " holds requests");
    return {};
  }
  LC_TRY(const auto window, FindWindow(store, profile, past.at));
  if (!window) {
    past.unknown.push_back("the load: " + path + " holds nothing of '" + HistoryName(profile) +
                           "' at that time");
    return {};
  }
  past.load = window->load;
  past.load_since = window->start;
  past.load_step = window->step;
  if (!window->is_whole)
    past.unknown.push_back("the whole load: " + path +
                           " knows a part of that window only, and it was at least as much");
  if (!profile.fields().load.per_replica) return {};
  LC_TRY(past.need, NeedOf(window->load, profile.fields()));
  return {};
}

}  // namespace loadcurve
