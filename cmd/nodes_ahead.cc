#include "cmd/nodes_ahead.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "scaler/capacity/headroom_share.h"

namespace loadcurve {
namespace {

using capacity::ActingMode;
using kube::CapacityConditionType;
using kube::ConditionState;

// Of all containers together; absent where nothing is known of them.
std::optional<capacity::NodeResources> ReplicaSize(const ScaleObservation& observed) {
  capacity::NodeResources size{.pods = 1};
  double bytes = 0;
  for (const ContainerResources& container : observed.containers) {
    if (const auto& cpu = container.cpu_request ? container.cpu_request : container.cpu_limit)
      size.cpu += *cpu;
    if (const auto& memory =
            container.memory_request ? container.memory_request : container.memory_limit)
      bytes += static_cast<double>(memory->value());
  }
  size.memory = Bytes(static_cast<std::int64_t>(bytes));
  if (observed.containers.empty() && observed.cpu) size.cpu = *observed.cpu;
  if (size.cpu.value() <= 0 && size.memory.value() <= 0) return std::nullopt;
  return size;
}

// What one workload asks of nodes: `need` at each level, and no less than is there.
std::optional<capacity::GroupDemand> DemandOf(const ProfileKey& key,
                                              const ScaleObservation& observed,
                                              const NeedAhead& need,
                                              const std::optional<capacity::NodeResources>& size) {
  if (!size) return std::nullopt;
  auto pods = capacity::PodGroup::Make({.name = ToString(key),
                                        .request = *size,
                                        .node_selector = observed.placement.node_selector,
                                        .tolerations = observed.placement.tolerations,
                                        .spread = {.zone_skew = observed.placement.zone_skew}});
  if (!pods) return std::nullopt;
  capacity::GroupDemand demand{*std::move(pods), {}};
  for (const Replicas needed : need.quantiles)
    demand.replicas.push_back(static_cast<double>(std::max(needed, observed.current).value()));
  return demand;
}

std::string Listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(kMost, names.size()); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMost) text += fmt::format(" and {} more", names.size() - kMost);
  return text;
}

kube::ProfileCondition Condition(bool is_well, std::string reason, std::string message,
                                 TimePoint now) {
  return {is_well ? ConditionState::kTrue : ConditionState::kFalse, std::move(reason),
          std::move(message), now};
}

}  // namespace

struct NodesAhead::Findings {
  std::vector<kube::WorkloadAhead> ahead;                     // a row a member
  std::vector<std::optional<capacity::NodeResources>> sizes;  // of one replica
  std::vector<std::optional<UsdPerHour>> prices;              // of one replica-hour
  std::vector<bool> is_known;                                 // false: the loop told nothing yet
  std::vector<capacity::GroupDemand> demand;                  // of those whose pods are known
  std::vector<std::string> left_out;                          // the others
  bool is_certain = true;                                     // good enough to give nodes back
  std::vector<std::string> unforeseen;
  std::vector<std::string> limited;
  std::optional<Error> fault;  // the first, in what was to be written
  std::string unheeded;
};

NodesAhead::NodesAhead(kube::KubeClient& client, kube::ApiDiscovery& discovery,
                       const std::string& identity, NodeFleet& fleet, const Clock& clock)
    : clock_(clock),
      fleet_(fleet),
      events_(client, clock, identity),
      writer_(client, discovery, clock),
      statuses_(client, events_, clock) {}

void NodesAhead::Forget() {
  writer_.Forget();
  statuses_.Forget();
  headrooms_.clear();
  told_.clear();
  groups_.clear();
}

void NodesAhead::Prepare(const kube::CapacityProfileStore::Profiles& capacities,
                         const kube::ProfileStore::Profiles& workloads, ServeLoop& loop) {
  groups_.clear();
  for (const auto& stored : capacities) groups_.push_back({stored, stored->last_good});
  for (const auto& stored : workloads) {
    const auto& profile = stored->last_good;
    if (!profile) continue;
    const ProfileKey key{stored->namespace_name, stored->name};
    const auto group = std::ranges::find_if(groups_, [&](const Group& each) {
      return each.profile && each.profile->fields().selector.Selects(profile->fields().metadata);
    });
    loop.LookAheadFor(
        key, group == groups_.end() ? std::optional<Duration>() : group->profile->TimeToNode());
    if (group != groups_.end()) group->members.push_back({stored, *profile, key});
  }
}

void NodesAhead::LookAt(const Group& group, const Member& member, const ServeLoop& loop,
                        Findings& findings) {
  const auto status = loop.decisions().Find(member.key);
  const auto need = loop.AheadOf(member.key);
  kube::WorkloadAhead row{.workload = member.key};
  // What a person holds as it is needs no other nodes.
  const bool is_paused = status && !status->why_paused.empty();
  const bool is_known = status && need && status->observed && !is_paused;
  findings.is_known.push_back(is_known);
  if (!is_known) {
    if (is_paused) row.problem = "the count is paused, and so is what is kept ahead of it";
    if (status && !status->per_replica)
      row.problem = "what one replica carries is not known: see the condition Calibrated";
    findings.is_certain = false;
    // Who is there keeps the room that it has.
    const auto there =
        status && status->observed
            ? DemandOf(member.key, *status->observed, NeedAhead{}, ReplicaSize(*status->observed))
            : std::nullopt;
    if (there)
      findings.demand.push_back(*there);
    else
      findings.left_out.push_back(ToString(member.key));
    findings.ahead.push_back(std::move(row));
    findings.sizes.emplace_back();
    findings.prices.emplace_back();
    return;
  }
  const Duration keep = group.profile->fields().nodes_ahead.keep;
  auto [headroom, is_new] = headrooms_.try_emplace(member.key, keep);
  headroom->second.UseKeep(keep);
  if (is_new) {
    const auto& before = group.stored->status.workloads;
    const auto known = std::ranges::find(before, member.key, &kube::WorkloadAhead::workload);
    if (known != before.end()) headroom->second.Resume(status->at, known->ahead);
  }
  row.present = status->observed->current;
  row.needed = need->replicas;
  row.needed_at = need->at;
  const bool may_shrink = need->is_foreseen && MayShrinkOn(status->evidence.kind);
  row.ahead = headroom->second.Next(
      {.now = status->at, .present = row.present, .need = row.needed, .may_shrink = may_shrink});
  if (need->is_foreseen) {
    row.risk = Ratio(1 - need->level.value());
  } else {
    findings.unforeseen.push_back(ToString(member.key));
    row.problem =
        "there is no forecast to follow: what is measured is kept, and nothing is given "
        "back";
  }
  const auto size = ReplicaSize(*status->observed);
  if (const auto demand = DemandOf(member.key, *status->observed, *need, size))
    findings.demand.push_back(*demand);
  else
    findings.left_out.push_back(ToString(member.key));
  findings.is_certain = findings.is_certain && may_shrink && size;
  findings.sizes.push_back(size);
  findings.prices.push_back(size ? ReplicaHourOn(group.profile->fields().pools, *size)
                                 : std::nullopt);
  findings.ahead.push_back(std::move(row));
}

void NodesAhead::ShareOut(const Group& group, Findings& findings) {
  std::vector<capacity::HeadroomAsk> asks;
  for (std::size_t i = 0; i < findings.ahead.size(); ++i)
    asks.push_back({findings.ahead[i].ahead, findings.prices[i]});
  const auto allowed = WithinLimits(asks, group.profile->fields().limits);
  for (std::size_t i = 0; i < allowed.size(); ++i) {
    kube::WorkloadAhead& row = findings.ahead[i];
    if (allowed[i] < row.ahead) {
      findings.limited.push_back(ToString(row.workload));
      row.problem =
          fmt::format("spec.limits allow {} of {}", allowed[i].value(), row.ahead.value());
      row.risk.reset();
      row.ahead = allowed[i];
    }
    if (findings.prices[i]) row.cost = *findings.prices[i] * static_cast<double>(row.ahead.value());
  }
}

void NodesAhead::Look(const Group& group, const ServeLoop& loop, Findings& findings) {
  for (const Member& member : group.members) LookAt(group, member, loop, findings);
  ShareOut(group, findings);
}

void NodesAhead::Tell(const Group& group, const Member& member, const kube::WorkloadAhead& ahead) {
  const auto [told, is_new] = told_.try_emplace(member.key, Replicas(0));
  const Replicas before = std::exchange(told->second, ahead.ahead);
  if (before == ahead.ahead) return;
  const ActingMode mode = group.profile->fields().mode;
  const bool acts = mode == ActingMode::kAct;
  const std::string note = fmt::format(
      "{} {} more replicas than the {} that are there: {} are needed by {}, and a node takes {}.",
      acts ? "Nodes are kept ready for" : "Nodes should be ready for", ahead.ahead.value(),
      ahead.present.value(), ahead.needed.value(),
      ToRfc3339(std::chrono::floor<std::chrono::seconds>(ahead.needed_at)),
      ToString(group.profile->TimeToNode()));
  spdlog::info("profile {}: {} (mode {})", ToString(member.key), note, Name(mode));
  // What is given back is no news to a person.
  if (mode == ActingMode::kObserve || ahead.ahead < before) return;
  const auto recorded = events_.Record({.api_version = ApiVersionOf(kube::kScalingProfiles),
                                        .kind = "ScalingProfile",
                                        .namespace_name = member.key.namespace_name,
                                        .name = member.key.name,
                                        .uid = member.stored->uid},
                                       {.reason = acts ? "NodesAheadKept" : "NodesAheadAdvised",
                                        .action = "NodesAhead",
                                        .note = note});
  static_cast<void>(recorded);  // the status says the same
}

void NodesAhead::Order(const Group& group, Findings& findings,
                       const std::function<bool()>& may_go_on) {
  const bool acts =
      group.profile->fields().mode == ActingMode::kAct && !group.profile->fields().provider;
  for (std::size_t i = 0; i < group.members.size() && may_go_on(); ++i) {
    const Member& member = group.members[i];
    kube::WorkloadAhead& row = findings.ahead[i];
    // Of what is not known yet, what is there stays.
    if (acts && (!findings.is_known[i] || row.ahead > Replicas(0))) wanted_.insert(member.key);
    if (!findings.is_known[i]) continue;
    Tell(group, member, row);
    if (!acts || row.ahead == Replicas(0)) continue;
    const auto kept = writer_.Keep({.workload = &member.profile,
                                    .owner = group.stored->name,
                                    .owner_uid = group.stored->uid,
                                    .replicas = row.ahead},
                                   group.profile->fields().nodes_ahead);
    if (kept) {
      row.by = Name(kept->by);
      if (findings.unheeded.empty()) findings.unheeded = kept->problem;
    } else {
      row.problem = kept.error().message;
      if (!findings.fault) findings.fault = kept.error();
    }
  }
}

void NodesAhead::Buy(const Group& group, const Findings& findings) {
  std::string left_out;
  if (!findings.left_out.empty())
    left_out = "Not known is what pods ask for, and no nodes are planned, of " +
               Listed(findings.left_out) + ".";
  FleetOrder order{.profile_name = group.stored->name,
                   .profile = *group.profile,
                   .may_shrink = findings.is_certain,
                   .left_out = std::move(left_out)};
  if (!findings.demand.empty() || group.members.empty()) {
    auto demand =
        capacity::NodeDemand::Make({kNeedLevels.begin(), kNeedLevels.end()}, findings.demand);
    if (demand)
      order.demand = *std::move(demand);
    else
      order.left_out = demand.error().message;
  }
  fleet_.Use(std::move(order));
}

void NodesAhead::TellOfFleet(const Group& group, kube::CapacityProfileStatus& status) const {
  if (!group.profile || !group.profile->fields().provider) return;
  if (&group != buyer_) {
    status.conditions[CapacityConditionType::kSupplied] =
        Condition(false, "AnotherBuys",
                  "CapacityProfile " + buyer_->stored->name +
                      " buys nodes; of several with a provider only the first by name does.",
                  clock_.Now());
    return;
  }
  const auto report = fleet_.ReportOf(group.stored->name);
  if (!report) return;
  status.nodes = report->nodes;
  for (const auto& [type, condition] : report->conditions) status.conditions[type] = condition;
}

void NodesAhead::WriteStatus(const Group& group, Findings findings) {
  const TimePoint now = clock_.Now();
  kube::CapacityProfileStatus status;
  const auto say = [&](CapacityConditionType type, bool is_well, std::string reason,
                       std::string message) {
    status.conditions[type] = Condition(is_well, std::move(reason), std::move(message), now);
  };
  status.selected = static_cast<std::int64_t>(group.members.size());
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
  if (!group.stored->profile) {
    say(CapacityConditionType::kActive, false, "InvalidProfile",
        group.stored->profile.error().message +
            (group.profile ? ". What was valid before stays in force." : ""));
  } else {
    const ActingMode mode = group.profile->fields().mode;
    say(CapacityConditionType::kActive, true,
        mode == ActingMode::kAct         ? "Acting"
        : mode == ActingMode::kRecommend ? "Recommending"
                                         : "Observing",
        fmt::format("Of {} workloads it is known what they need {} ahead.", group.members.size(),
                    ToString(group.profile->TimeToNode())));
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
  TellOfFleet(group, status);
  const bool is_written = group.profile && group.profile->fields().mode == ActingMode::kAct &&
                          !group.profile->fields().provider;
  if (is_written) {
    if (findings.fault) {
      say(CapacityConditionType::kKept, false,
          findings.fault->code == ErrorCode::kPermissionDenied ? "NotAllowed" : "NotApplied",
          findings.fault->message);
    } else {
      const bool is_heeded = findings.unheeded.empty();
      say(CapacityConditionType::kKept, is_heeded, is_heeded ? "Applied" : "Unheeded",
          is_heeded ? "What is needed ahead is written." : findings.unheeded);
    }
  }
  const bool tells = !group.profile || group.profile->fields().mode != ActingMode::kObserve;
  const auto written = statuses_.Write(*group.stored, std::move(status), tells);
  const bool is_gone = !written && written.error().code == ErrorCode::kNotFound;
  faults_.Note("status of CapacityProfile " + group.stored->name,
               written || is_gone ? std::optional<Error>() : written.error());
}

void NodesAhead::Write(const ServeLoop& loop, const std::function<bool()>& may_go_on) {
  const auto buyer = std::ranges::find_if(
      groups_, [](const Group& each) { return each.profile && each.profile->fields().provider; });
  buyer_ = buyer == groups_.end() ? nullptr : &*buyer;
  if (buyer_ == nullptr) fleet_.Use(std::nullopt);
  if (groups_.empty()) return;
  wanted_.clear();
  std::set<ProfileKey> members;
  for (const Group& group : groups_) {
    Findings findings;
    if (group.profile) {
      Look(group, loop, findings);
      if (&group == buyer_) Buy(group, findings);
      Order(group, findings, may_go_on);
    }
    for (const Member& member : group.members) members.insert(member.key);
    if (!may_go_on()) return;
    WriteStatus(group, std::move(findings));
  }
  std::erase_if(headrooms_, [&](const auto& each) { return !members.contains(each.first); });
  std::erase_if(told_, [&](const auto& each) { return !members.contains(each.first); });
  const auto removed =
      writer_.RemoveOthers([this](const ProfileKey& key) { return wanted_.contains(key); });
  faults_.Note("nodes ahead that are no longer wanted",
               removed ? std::optional<Error>() : removed.error());
}

}  // namespace loadcurve
