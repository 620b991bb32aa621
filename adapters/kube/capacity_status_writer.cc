#include "adapters/kube/capacity_status_writer.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kube/capacity_resource.h"

namespace loadcurve::kube {
namespace {

constexpr Duration kBetweenMoves = std::chrono::minutes(1);
constexpr const char* kKind = "CapacityProfile";

}  // namespace

CapacityStatusWriter::CapacityStatusWriter(KubeClient& client, EventRecorder& events,
                                           const Clock& clock)
    : client_(client), events_(events), clock_(clock) {}

Result<void> CapacityStatusWriter::Write(const StoredCapacityProfile& profile,
                                         CapacityProfileStatus next, bool tells) {
  next.observed_generation = profile.generation;
  const Duration now = clock_.MonotonicNow();
  const auto known = written_.find(profile.uid);
  const CapacityProfileStatus before =
      known == written_.end() ? profile.status : known->second.status;
  next = Settled(before, std::move(next));
  const bool may_move = known == written_.end() || now >= known->second.at + kBetweenMoves;
  if (!IsNews(before, next) && (next == before || !may_move)) return {};
  const std::string api_version = ApiVersionOf(kCapacityProfiles);
  LC_TRY(const nlohmann::json answer, client_.Apply({kCapacityProfiles, "", profile.name, "status"},
                                                    {{"apiVersion", api_version},
                                                     {"kind", kKind},
                                                     {"metadata", {{"name", profile.name}}},
                                                     {"status", ToJson(next)}}));
  const std::vector<Notice> notices = NoticesBetween(before, next);
  written_[profile.uid] = {std::move(next), now};
  if (!tells) return {};
  for (const Notice& notice : notices) {
    const auto told = events_.Record(
        {.api_version = api_version, .kind = kKind, .name = profile.name, .uid = profile.uid},
        notice);
    if (!told) return Within("the status was written, its event was not", told.error());
  }
  return {};
}

}  // namespace loadcurve::kube
