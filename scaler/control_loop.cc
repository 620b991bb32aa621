#include "scaler/control_loop.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <utility>

#include "scaler/hpa_value.h"
#include "scaler/pause.h"

namespace loadcurve {
namespace {

ProfileKey KeyOf(const ScalingProfile& profile) {
  return {profile.fields().metadata.namespace_name, profile.fields().metadata.name};
}

// Spreads refits over the time between two: the same profile always at the same place.
Duration OffsetOf(const ProfileKey& key, Duration period) {
  constexpr std::size_t kPlaces = 1000;
  const std::size_t place = std::hash<std::string>()(ToString(key)) % kPlaces;
  return period * static_cast<std::int64_t>(place) / static_cast<std::int64_t>(kPlaces);
}

}  // namespace

ControlLoop::ControlLoop(const Clock& clock, ScaleTarget& target, DecisionBoard& board,
                         WorkloadLoopOptions options, int threads)
    : clock_(clock),
      target_(target),
      board_(board),
      budget_(clock, kTimeThatCanWait),
      options_(options),
      threads_(threads) {
  options_.budget = &budget_;
}

Result<void> ControlLoop::Set(LoopWorkload workload) {
  const ProfileKey key = KeyOf(workload.profile);
  WorkloadLoopOptions options = options_;
  options.refit_offset = OffsetOf(key, options.refit_every);
  options.calibration_offset = OffsetOf(key, workload.profile.fields().load.calibration.every);
  options.advice_offset = OffsetOf(key, RightSizer::kAgainAfter);
  if (!workload.is_direct) options.order_delay = kHpaSync;
  Rollout rollout(workload.profile);
  const bool is_lifted = IsBrakeLifted(workload.profile);
  LC_TRY(WorkloadLoop loop,
         WorkloadLoop::Make(std::move(workload.profile), std::move(workload.source), options,
                            std::move(workload.cpu)));
  if (workload.usage) loop.WatchUsage(std::move(workload.usage));
  if (workload.memory) loop.WatchMemory(std::move(workload.memory));
  if (workload.pod_uses) loop.WatchPods(std::move(workload.pod_uses));
  const auto known = entries_.find(key);
  const bool is_known = known != entries_.end();
  const RolloutState before = is_known ? known->second.rollout.state() : RolloutState{};
  loop.Resume(known != entries_.end() ? known->second.loop.calibration() : workload.calibration);
  loop.Resume(is_known ? known->second.loop.capacity().value_or(CapacityReport{})
                       : workload.capacity);
  loop.Resume(is_known ? known->second.loop.speeds().value_or(SpeedReport{}) : workload.speeds);
  const auto parked = is_known ? known->second.parked : workload.parked;
  if (parked) loop.Resume(*parked);
  if (known != entries_.end()) {
    if (const auto past = known->second.loop.Past()) loop.Remember(*past);
    entries_.erase(known);
  }
  if (workload.past) loop.Remember(*workload.past);
  rollout.Resume(is_known ? before : workload.rollout.value_or(before));
  entries_.emplace(key, Entry{.loop = std::move(loop),
                              .rollout = std::move(rollout),
                              .is_direct = workload.is_direct,
                              .is_brake_lifted = is_lifted});
  return {};
}

void ControlLoop::Remove(const ProfileKey& profile) {
  entries_.erase(profile);
  board_.Remove(profile);
}

void ControlLoop::Pause(const ProfileKey& profile, std::string why) {
  const auto found = entries_.find(profile);
  if (found != entries_.end()) found->second.why_paused = std::move(why);
}

void ControlLoop::LiftBrake(const ProfileKey& profile, bool is_lifted) {
  const auto found = entries_.find(profile);
  if (found != entries_.end()) found->second.is_brake_lifted = is_lifted;
}

void ControlLoop::LookAheadFor(const ProfileKey& profile, std::optional<Duration> boot) {
  const auto found = entries_.find(profile);
  if (found != entries_.end()) found->second.loop.LookAheadFor(boot);
}

std::optional<NeedAhead> ControlLoop::AheadOf(const ProfileKey& profile) const {
  const auto found = entries_.find(profile);
  return found == entries_.end() ? std::nullopt : found->second.loop.ahead();
}

void ControlLoop::RememberNeed(const ProfileKey& profile, const PastNeed& need) {
  const auto found = entries_.find(profile);
  if (found != entries_.end()) found->second.loop.RememberNeed(need);
}

WorkloadStatus ControlLoop::StepOne(Entry& entry, TimePoint now) {
  const auto observed = target_.Observe(entry.loop.profile());
  if (observed) entry.loop.Expect(*observed);
  WorkloadStatus status =
      entry.loop.Step(now, observed ? std::optional(observed->current) : std::optional<Replicas>());
  entry.parked = status.parked;
  if (!observed) status.problems.push_back(observed.error());
  if (observed) status.observed = *observed;
  entry.rollout.Judge(status);
  if (HasRollout(entry.loop.profile().fields().rollout)) status.rollout = entry.rollout.state();
  if (status.decision)
    status.decision = entry.rollout.Apply(*std::move(status.decision),
                                          observed->ordered.value_or(observed->current));
  return status;
}

void ControlLoop::Brake(TimePoint now, const std::vector<Entry*>& entries,
                        std::vector<WorkloadStatus>& statuses) {
  std::vector<FleetMember> members;
  std::vector<std::size_t> decided;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    const WorkloadStatus& status = statuses[i];
    if (!status.observed) continue;
    FleetMember member{.profile = status.profile,
                       .current = status.observed->current,
                       .desired = status.observed->current,
                       .most = entries[i]->loop.profile().fields().bounds.max,
                       .cpu = status.observed->cpu,
                       .usual_fall = status.usual_fall,
                       .is_lifted = entries[i]->is_brake_lifted};
    if (status.decision && entries[i]->why_paused.empty())
      member.desired = status.decision->desired;
    member.most = std::max(member.most, member.desired);
    members.push_back(std::move(member));
    decided.push_back(i);
  }
  const std::vector<Replicas> levels = brake_.Limit(now, members, is_brake_lifted_);
  for (std::size_t k = 0; k < members.size(); ++k) {
    WorkloadStatus& status = statuses[decided[k]];
    if (!status.decision || levels[k] == members[k].desired) continue;
    status.why_braked = brake_.report().why;
    status.decision->reasons.push_back(
        {DecisionStage::kFleetBrake, status.decision->desired, levels[k], status.why_braked});
    status.decision->desired = levels[k];
  }
}

void ControlLoop::Finish(Entry& entry, WorkloadStatus& status) {
  status.why_paused = entry.why_paused;
  if (!entry.why_paused.empty()) {
    if (status.decision)
      status.decision =
          Hold(*std::move(status.decision),
               status.observed->ordered.value_or(status.observed->current), entry.why_paused);
    return;
  }
  if (!entry.is_direct || !status.decision) return;
  if (const auto applied = target_.Apply(entry.loop.profile(), *status.decision); !applied) {
    status.not_applied = applied.error();
    status.problems.push_back(applied.error());
  }
}

void ControlLoop::RememberLevel(const ProfileKey& profile, TimePoint at, Replicas level) {
  brake_.Remember(profile, at, level);
}

TickReport ControlLoop::Step() {
  const Duration began = clock_.MonotonicNow();
  TickReport report{.began = std::chrono::floor<std::chrono::seconds>(clock_.Now()),
                    .workloads = entries_.size()};
  std::vector<Entry*> entries;
  entries.reserve(entries_.size());
  for (auto& [key, entry] : entries_) entries.push_back(&entry);
  if (!entries.empty())
    std::rotate(entries.begin(),
                entries.begin() + static_cast<std::ptrdiff_t>(first_ % entries.size()),
                entries.end());
  budget_.Begin();
  std::atomic<std::size_t> decided = 0;
  std::atomic<std::size_t> failed = 0;
  tbb::task_arena arena(threads_ > 0 ? threads_ : tbb::task_arena::automatic);
  std::vector<WorkloadStatus> statuses(entries.size());
  arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, entries.size(),
                      [&](std::size_t i) { statuses[i] = StepOne(*entries[i], report.began); });
  });
  Brake(report.began, entries, statuses);
  arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, entries.size(), [&](std::size_t i) {
      WorkloadStatus& status = statuses[i];
      Finish(*entries[i], status);
      if (status.decision) ++decided;
      if (!status.problems.empty()) ++failed;
      board_.Publish(std::move(status));
    });
  });
  report.brake = brake_.report();
  const auto was_put_off = [](const Entry* entry) { return entry->loop.was_put_off(); };
  report.put_off =
      static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), was_put_off));
  if (report.put_off > 0)
    first_ += static_cast<std::size_t>(std::find_if(entries.begin(), entries.end(), was_put_off) -
                                       entries.begin());
  report.decided = decided;
  report.failed = failed;
  report.took = clock_.MonotonicNow() - began;
  return report;
}

void RunLoop(ControlLoop& loop, const Clock& clock, Duration interval, const std::stop_token& stop,
             const std::function<void(const TickReport&)>& report) {
  while (!stop.stop_requested()) {
    const Duration next = clock.MonotonicNow() + interval;
    report(loop.Step());
    clock.SleepUntil(next, stop);
  }
}

}  // namespace loadcurve
