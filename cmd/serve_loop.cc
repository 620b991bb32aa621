#include "cmd/serve_loop.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "adapters/external_metrics/published_status.h"
#include "base/time_text.h"
#include "scaler/pause.h"

namespace loadcurve {
namespace {

ProfileKey KeyOf(const ScalingProfile& profile) {
  return {profile.fields().metadata.namespace_name, profile.fields().metadata.name};
}

}  // namespace

ServeLoop::ServeLoop(const Clock& clock, ScaleTarget& target, SourceFactory& sources,
                     external_metrics::MetricBoard& metrics, const Options& options)
    : sources_(sources),
      metrics_(metrics),
      options_(options),
      loop_(clock, target, decisions_, options.workload, options.threads) {}

std::vector<Error> ServeLoop::Use(const std::vector<ScalingProfile>& profiles,
                                  const std::string& why_all_paused) {
  std::vector<Error> errors;
  std::set<ProfileKey> wanted;
  for (const ScalingProfile& profile : profiles) {
    const ProfileKey key = KeyOf(profile);
    wanted.insert(key);
    const auto known = profiles_.find(key);
    const std::string why_paused = why_all_paused.empty() ? WhyPaused(profile) : why_all_paused;
    if (known != profiles_.end() && IsSameButForPause(known->second, profile)) {
      loop_.Pause(key, why_paused);
      loop_.LiftBrake(key, IsBrakeLifted(profile));
      continue;
    }
    if (const auto set = Set(profile); set) {
      profiles_.insert_or_assign(key, profile);
      loop_.Pause(key, why_paused);
    } else {
      errors.push_back(Within("profile " + ToString(key), set.error()).value());
    }
  }
  for (auto at = profiles_.begin(); at != profiles_.end();) {
    const ProfileKey key = at->first;
    if (wanted.contains(key)) {
      ++at;
      continue;
    }
    at = profiles_.erase(at);
    loop_.Remove(key);
    metrics_.Retire(external_metrics::PublishedNamespace(key), key.name);
    told_.erase(key);
    spdlog::info("profile {}: no longer there", ToString(key));
  }
  return errors;
}

Result<void> ServeLoop::Set(const ScalingProfile& profile) {
  LC_TRY(auto source, sources_.For(profile));
  LC_TRY(auto cpu, sources_.CpuFor(profile));
  LC_TRY(auto usage, sources_.UsageFor(profile));
  LC_TRY(auto memory, sources_.MemoryFor(profile));
  LC_TRY(auto pod_uses, sources_.PodUsesFor(profile));
  LoopWorkload workload{.profile = profile,
                        .source = std::move(source),
                        .is_direct = options_.is_direct && options_.is_direct(profile),
                        .cpu = std::move(cpu),
                        .usage = std::move(usage),
                        .memory = std::move(memory),
                        .pod_uses = std::move(pod_uses)};
  if (options_.calibration) workload.calibration = options_.calibration(KeyOf(profile));
  if (options_.capacity) workload.capacity = options_.capacity(KeyOf(profile));
  if (options_.speeds) workload.speeds = options_.speeds(KeyOf(profile));
  if (options_.rollout) workload.rollout = options_.rollout(KeyOf(profile));
  if (options_.parked) workload.parked = options_.parked(KeyOf(profile));
  if (options_.history != nullptr) options_.history->Join(workload);
  return loop_.Set(std::move(workload));
}

void ServeLoop::Inherit(const std::vector<external_metrics::BoardItem>& items, TimePoint now) {
  for (const external_metrics::BoardItem& item : items) {
    if (item.key.metric != external_metrics::kReplicasMetric || !item.latest) continue;
    const TimePoint at = std::min(item.latest->measured_at, now);
    const Replicas replicas(static_cast<std::int64_t>(item.latest->value));
    loop_.RememberLevel({item.key.namespace_name, item.key.profile}, at, replicas);
    loop_.RememberNeed({item.key.namespace_name, item.key.profile},
                       {.decided_at = at, .replicas = replicas});
  }
}

TickReport ServeLoop::Step() {
  const TickReport report = loop_.Step();
  if (options_.history != nullptr) options_.history->Write();
  for (const WorkloadStatus& status : decisions_.All()) {
    external_metrics::PublishStatus(status, options_.hpa_tolerance, metrics_);
    LogChanges(status);
  }
  LogBrake(report.brake);
  return report;
}

// A new outcome is news, and each adoption.
void ServeLoop::LogCalibration(const WorkloadStatus& status) {
  if (!status.calibration || !status.calibration->tried_at) return;
  const CalibrationReport& report = *status.calibration;
  std::string outcome(Name(report.last.outcome));
  if (report.last.outcome == CalibrationOutcome::kAdopted) {
    if (!report.adopted || report.adopted->adopted_at < *report.tried_at) return;  // a step later
    outcome += ToRfc3339(report.adopted->adopted_at);
  }
  std::string& told = told_[status.profile].calibration;
  if (std::exchange(told, outcome) == outcome) return;
  spdlog::info("profile {}: calibration {}, weights {}: {}", ToString(status.profile),
               Name(report.last.outcome), status.weights_version, report.last.why);
}

void ServeLoop::LogBrake(const BrakeReport& brake) {
  if (std::exchange(told_brake_, brake.state) == brake.state) return;
  if (brake.state == BrakeReport::State::kOff) {
    spdlog::info("fleet brake: off");
  } else {
    spdlog::warn("fleet brake: {}: {}", Name(brake.state), brake.why);
  }
}

void ServeLoop::LogRollout(const WorkloadStatus& status) {
  if (!status.rollout || !status.rollout->last) return;
  const RolloutChange& change = *status.rollout->last;
  if (std::exchange(told_[status.profile].rollout, change) == change) return;
  spdlog::info("profile {}: rollout {} -> {}: {}", ToString(status.profile), Name(change.from),
               Name(change.to), change.why);
}

void ServeLoop::LogCapacity(const WorkloadStatus& status) {
  if (!status.capacity) return;
  constexpr double kALittle = 0.005;
  double& share = told_[status.profile].latency_share;
  if (std::abs(status.capacity->latency_share / share - 1) > kALittle) {
    spdlog::info("profile {}: planned with {:.3g} of the capacity, {:.3g} before: {}",
                 ToString(status.profile), status.capacity->latency_share, share,
                 status.capacity->why);
    share = status.capacity->latency_share;
  }
  if (!status.capacity->news) return;
  const RevisionNews& news = *status.capacity->news;
  if (std::exchange(told_[status.profile].release, news) == news) return;
  spdlog::info("profile {}: revision {} costs {:.3g} ({:.3g} .. {:.3g}) times the CPU of {}: {}",
               ToString(status.profile), news.after, news.cpu_ratio, news.low, news.high,
               news.before, status.capacity->why);
}

void ServeLoop::LogChanges(const WorkloadStatus& status) {
  LogCalibration(status);
  LogCapacity(status);
  LogRollout(status);
  Told& told = told_[status.profile];
  const std::string name = ToString(status.profile);
  const std::string problem = status.problems.empty() ? "" : status.problems.front().message;
  if (problem != told.problem) {
    if (problem.empty()) {
      spdlog::info("profile {}: well again", name);
    } else {
      spdlog::warn("profile {}: {}", name, problem);
    }
    told.problem = problem;
  }
  const std::string doubt(MayShrinkOn(status.evidence.kind) ? "" : Name(status.evidence.kind));
  if (std::exchange(told.evidence, doubt) != doubt && !doubt.empty())
    spdlog::info("profile {}: evidence {}: {}", name, doubt, status.evidence.why);
  if (!status.decision || status.decision->desired == told.desired) return;
  told.desired = status.decision->desired;
  spdlog::info("profile {}: {} replicas wanted, {} there: {}", name, told.desired.value(),
               status.decision->current.value(), status.decision->reasons.back().why);
}

}  // namespace loadcurve
