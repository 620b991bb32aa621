#include "cmd/profile_reports.h"

#include <utility>

#include "adapters/external_metrics/published_status.h"
#include "adapters/kube/profile_conditions.h"
#include "adapters/kube/target_rivals.h"

namespace loadcurve {
namespace {

ProfileKey KeyOf(const kube::StoredProfile& profile) {
  return {profile.namespace_name, profile.name};
}

bool IsPaused(const kube::ProfileStatus& status) {
  const auto paused = status.conditions.find(kube::ProfileConditionType::kPaused);
  return paused != status.conditions.end() && paused->second.state == kube::ConditionState::kTrue;
}

}  // namespace

ProfileReports::ProfileReports(kube::KubeClient& client, kube::ApiDiscovery& discovery,
                               std::string identity, external_metrics::MetricBoard& metrics,
                               const Clock& clock,
                               std::function<bool(const ScalingProfile&)> is_direct)
    : clock_(clock),
      metrics_(metrics),
      is_direct_(std::move(is_direct)),
      events_(client, clock, std::move(identity)),
      writer_(client, events_, clock),
      hpas_(client, discovery, events_, clock) {}

void ProfileReports::Forget() {
  writer_.Forget();
  hpas_.Forget();
}

void ProfileReports::UseRivals(const std::map<ProfileKey, std::string>& rivals) {
  for (const auto& [key, ruler] : rivals_)
    if (!rivals.contains(key)) metrics_.Retire(key.namespace_name, key.name);
  for (const auto& [key, ruler] : rivals)
    for (const std::string& metric : external_metrics::PublishedMetrics())
      metrics_.PublishMissing({key.namespace_name, metric, key.name}, kube::WhyRival(ruler));
  rivals_ = rivals;
}

void ProfileReports::Write(const kube::ProfileStore::Profiles& stored,
                           const DecisionBoard& decisions, const std::function<bool()>& may_go_on) {
  // Each time another begins: not all that is new may have its turn now.
  constexpr std::size_t kStride = 997;
  first_ += kStride;
  for (std::size_t i = 0; i < stored.size() && may_go_on(); ++i)
    WriteOne(*stored[(first_ + i) % stored.size()], decisions);
}

std::optional<kube::ProfileStatus> ProfileReports::StatusOf(const kube::StoredProfile& profile,
                                                            const DecisionBoard& decisions) const {
  if (const auto rival = rivals_.find(KeyOf(profile)); rival != rivals_.end())
    return kube::StatusOfRival(profile, rival->second, clock_.Now());
  if (!profile.profile) return kube::StatusOfBroken(profile, clock_.Now());
  const auto status = decisions.Find(KeyOf(profile));
  return status ? std::optional(kube::StatusOf(*status)) : std::nullopt;
}

void ProfileReports::WriteOne(const kube::StoredProfile& profile, const DecisionBoard& decisions) {
  auto status = StatusOf(profile, decisions);
  if (!status) return;
  const bool may_have_hpa = !rivals_.contains(KeyOf(profile)) &&
                            !(profile.profile && is_direct_ && is_direct_(*profile.profile));
  if (auto condition = hpas_.Sync(profile, may_have_hpa, IsPaused(*status))) {
    if (condition->since == TimePoint()) condition->since = clock_.Now();
    status->conditions[kube::ProfileConditionType::kManagedHpa] = *std::move(condition);
  }
  const auto written = writer_.Write(profile, *std::move(status));
  const bool is_gone = !written && (written.error().code == ErrorCode::kNotFound ||
                                    written.error().code == ErrorCode::kConflict);
  faults_.Note("status of " + ToString(KeyOf(profile)),
               written || is_gone ? std::optional<Error>() : written.error());
}

}  // namespace loadcurve
