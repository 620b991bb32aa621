#include "adapters/kube/status_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "adapters/kube/profile_notices.h"

namespace loadcurve::kube {
namespace {

constexpr Duration kBetweenMoves = std::chrono::milliseconds(500);
constexpr double kMostTurns = 100;
// With the renewals of the Lease less than five writes a second.
constexpr double kTurnsASecond = 4;
constexpr std::string_view kKind = "ScalingProfile";

}  // namespace

StatusWriter::StatusWriter(KubeClient& client, EventRecorder& events, const Clock& clock)
    : clock_(clock),
      client_(client),
      events_(events),
      turns_(kMostTurns),
      refilled_at_(clock.MonotonicNow()) {}

void StatusWriter::Refill() {
  const Duration now = clock_.MonotonicNow();
  turns_ = std::min(kMostTurns, turns_ + kTurnsASecond * Seconds(now - refilled_at_));
  refilled_at_ = now;
}

Result<bool> StatusWriter::Write(const StoredProfile& profile, ProfileStatus next) {
  next.observed_generation = profile.generation;
  const auto own = written_.find(profile.uid);
  const ProfileStatus before = own == written_.end() ? profile.status : own->second;
  Refill();
  const bool is_news = IsNews(before, next);
  if (!is_news && !HasMoved(before, next)) return false;
  if (turns_ < (is_news ? 1 : kMostTurns / 2)) return false;
  if (!is_news && refilled_at_ < next_move_at_) return false;
  if (!is_news) next_move_at_ = refilled_at_ + kBetweenMoves;
  turns_ -= 1;
  next = Settled(before, std::move(next));

  const std::string api_version = ApiVersionOf(kScalingProfiles);
  const nlohmann::json object = {
      {"apiVersion", api_version},
      {"kind", kKind},
      {"metadata", {{"name", profile.name}, {"namespace", profile.namespace_name}}},
      {"status", ToJson(next)}};
  LC_TRY(const nlohmann::json answer,
         client_.Apply({kScalingProfiles, profile.namespace_name, profile.name, "status"}, object));
  const std::vector<Notice> notices = NoticesBetween(before, next);
  written_[profile.uid] = std::move(next);

  std::optional<Error> fault;
  for (const Notice& notice : notices) {
    const auto told = events_.Record({.api_version = api_version,
                                      .kind = std::string(kKind),
                                      .namespace_name = profile.namespace_name,
                                      .name = profile.name,
                                      .uid = profile.uid},
                                     notice);
    if (!told) fault = told.error();
    if (told && *told) turns_ -= 1;
  }
  if (fault) return Within("the status was written, its event was not", *fault);
  return true;
}

}  // namespace loadcurve::kube
