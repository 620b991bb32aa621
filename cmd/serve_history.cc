#include "cmd/serve_history.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "base/time_text.h"
#include "cmd/stored_history.h"

namespace loadcurve {
namespace {

constexpr Duration kThinEvery = std::chrono::hours(1);

void LogPast(const std::string& profile, const std::string& path, Duration step,
             const std::optional<LoadSeries>& past) {
  if (past) {
    spdlog::info("profile {}: {} windows of {} are known from {}, {} to {}", profile,
                 past->size() - past->MissingCount(), ToString(step), path,
                 ToRfc3339(past->start()), ToRfc3339(past->end()));
  } else {
    spdlog::info("profile {}: nothing of its past is in {} in windows of {}", profile, path,
                 ToString(step));
  }
}

}  // namespace

ServeHistory::ServeHistory(std::string path, std::unique_ptr<store::SqliteHistoryStore> store,
                           Duration span, const Clock& clock)
    : path_(std::move(path)),
      store_(std::move(store)),
      recorder_(*store_),
      span_(span),
      clock_(clock),
      thinned_at_(clock.Now()) {}

Result<std::unique_ptr<ServeHistory>> ServeHistory::Open(const std::string& path, Duration span,
                                                         const Clock& clock) {
  LC_TRY(auto store, store::SqliteHistoryStore::Open(path, true));
  LC_TRY_VOID(store->ThinUntil(clock.Now()));
  return std::unique_ptr<ServeHistory>(new ServeHistory(path, std::move(store), span, clock));
}

void ServeHistory::Join(LoopWorkload& workload) {
  const ScalingProfile& profile = workload.profile;
  const std::string name = ToString(
      ProfileKey{profile.fields().metadata.namespace_name, profile.fields().metadata.name});
  if (!profile.fields().load.weights) {
    spdlog::warn(
        "profile {}: its load is none of requests, and {} keeps requests; its history is "
        "not kept",
        name, path_);
    return;
  }
  const Duration step = profile.fields().forecast.step;
  if (!store::IsKeptStep(step)) {
    spdlog::warn(
        "profile {}: spec.forecast.step is {}, and {} keeps steps that divide an hour; "
        "its history is not kept",
        name, ToString(step), path_);
    return;
  }
  const TimePoint now = clock_.Now();
  auto past = StoredLoad(*store_, profile, now - span_, now);
  if (past) {
    LogPast(name, path_, step, *past);
    workload.past = *std::move(past);
  } else {
    spdlog::error("profile {}: it begins without its past: {}", name, past.error().message);
  }
  workload.source = recorder_.Recording(std::move(workload.source), HistoryName(profile));
}

void ServeHistory::Write() {
  const auto written = recorder_.Write();
  faults_.Note("history", written ? std::optional<Error>() : std::optional(written.error()));
  if (clock_.Now() < thinned_at_ + kThinEvery) return;
  thinned_at_ = clock_.Now();
  const auto thinned = store_->ThinUntil(thinned_at_);
  faults_.Note("history retention",
               thinned ? std::optional<Error>() : std::optional(thinned.error()));
}

}  // namespace loadcurve
