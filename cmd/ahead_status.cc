#include "cmd/ahead_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "scaler/capacity/headroom_share.h"

namespace loadcurve {
namespace {

using capacity::ActingMode;
using kube::CapacityConditionType;
using kube::CapacityProfileStatus;

std::string ActiveReason(ActingMode mode) {
  if (mode == ActingMode::kAct) return "Acting";
  return mode == ActingMode::kRecommend ? "Recommending" : "Observing";
}

void AddSums(AheadFindings& findings, CapacityProfileStatus& status) {
  status.selected = static_cast<std::int64_t>(findings.ahead.size());
  std::vector<capacity::HeadroomAsk> asks;
  for (std::size_t i = 0; i < findings.ahead.size(); ++i) {
    kube::WorkloadAhead& row = findings.ahead[i];
    status.ahead = status.ahead + row.ahead;
    asks.push_back({row.ahead, findings.prices[i]});
    if (const auto& size = findings.sizes[i]) {
      const auto count = static_cast<double>(row.ahead.value());
      status.cpu = status.cpu.value_or(CpuCores()) + size->cpu * count;
      status.memory =
          status.memory.value_or(Bytes()) + Bytes(size->memory.value() * row.ahead.value());
    }
    const bool is_listed = row.ahead > Replicas(0) || !row.problem.empty();
    if (is_listed && status.workloads.size() < kube::kMostListed)
      status.workloads.push_back(std::move(row));
  }
  const bool has_price =
      std::ranges::any_of(asks, [](const auto& ask) { return ask.replica_hour.has_value(); });
  if (has_price) status.cost = CostOf(asks);
}

}  // namespace

void AheadFindings::AddDemand(const ProfileKey& member,
                              const std::optional<capacity::GroupDemand>& of) {
  if (of)
    demand.push_back(*of);
  else
    left_out.push_back(ToString(member));
}

std::string Listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(kMost, names.size()); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMost) text += fmt::format(" and {} more", names.size() - kMost);
  return text;
}

CapacityProfileStatus AheadStatus(const kube::StoredCapacityProfile& stored,
                                  const std::optional<capacity::CapacityProfile>& profile,
                                  AheadFindings findings, TimePoint now) {
  CapacityProfileStatus status;
  AddSums(findings, status);
  const auto say = [&](CapacityConditionType type, bool is_well, std::string reason,
                       std::string message) {
    status.conditions[type] = {is_well ? kube::ConditionState::kTrue : kube::ConditionState::kFalse,
                               std::move(reason), std::move(message), now};
  };
  if (!stored.profile) {
    say(CapacityConditionType::kActive, false, "InvalidProfile",
        stored.profile.error().message +
            (profile ? ". What was valid before stays in force." : ""));
  } else {
    say(CapacityConditionType::kActive, true, ActiveReason(profile->fields().mode),
        fmt::format("Of {} workloads it is known what they need {} ahead.", status.selected,
                    ToString(profile->TimeToNode())));
  }
  const bool foresees = findings.unforeseen.empty();
  say(CapacityConditionType::kForeseeing, foresees, foresees ? "ForecastsFollowed" : "NoForecast",
      foresees ? "There is a forecast for every workload that is measured."
               : "What is measured is kept, and nothing is given back, for " +
                     Listed(findings.unforeseen) + ": there is no recent forecast.");
  const bool is_free = findings.limited.empty();
  say(CapacityConditionType::kWithinLimits, is_free, is_free ? "NotLimited" : "Limited",
      is_free ? "No limit holds anything back."
              : "spec.limits hold back what is needed for " + Listed(findings.limited) + ".");
  const bool is_written =
      profile && profile->fields().mode == ActingMode::kAct && !profile->fields().provider;
  if (!is_written) return status;
  if (findings.fault) {
    say(CapacityConditionType::kKept, false,
        findings.fault->code == ErrorCode::kPermissionDenied ? "NotAllowed" : "NotApplied",
        findings.fault->message);
  } else {
    const bool is_heeded = findings.unheeded.empty();
    say(CapacityConditionType::kKept, is_heeded, is_heeded ? "Applied" : "Unheeded",
        is_heeded ? "What is needed ahead is written." : findings.unheeded);
  }
  return status;
}

}  // namespace loadcurve
