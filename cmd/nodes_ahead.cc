#include "cmd/nodes_ahead.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "cmd/workload_demand.h"
#include "scaler/capacity/headroom_share.h"

namespace loadcurve {
namespace {

using capacity::ActingMode;

}  // namespace

NodesAhead::NodesAhead(kube::KubeClient& client, kube::ApiDiscovery& discovery,
                       const std::string& identity, NodeFleets& fleets, const Clock& clock)
    : clock_(clock),
      fleets_(fleets),
      events_(client, clock, identity),
      writer_(client, discovery, clock),
      statuses_(client, events_, clock) {}

void NodesAhead::Forget() {
  writer_.Forget();
  statuses_.Forget();
  headrooms_.clear();
  speeds_.clear();
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

std::vector<std::string> NodesAhead::VolumeZonesOf(const ProfileKey& key,
                                                   const ScaleObservation& observed) const {
  return fleets_.volumes().ZonesOf(key.namespace_name, observed.claims);
}

void NodesAhead::LookAt(const Group& group, const Member& member, const ServeLoop& loop,
                        AheadFindings& findings) {
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
    findings.AddDemand(member.key, status && status->observed
                                       ? DemandOf(member.key, *status->observed, NeedAhead{},
                                                  status->replica_speed,
                                                  VolumeZonesOf(member.key, *status->observed))
                                       : std::nullopt);
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
  findings.AddDemand(member.key,
                     DemandOf(member.key, *status->observed, *need, status->replica_speed,
                              VolumeZonesOf(member.key, *status->observed)));
  if (status->speeds && size && size->cpu > CpuCores(0))
    findings.speeds.push_back(
        {size->cpu * static_cast<double>(row.needed.value()), BelievedOf(*status->speeds)});
  findings.is_certain = findings.is_certain && may_shrink && size;
  findings.sizes.push_back(size);
  findings.prices.push_back(size ? ReplicaHourOn(group.profile->fields().pools, *size)
                                 : std::nullopt);
  findings.ahead.push_back(std::move(row));
}

void NodesAhead::ShareOut(const Group& group, AheadFindings& findings) {
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

void NodesAhead::Look(const Group& group, const ServeLoop& loop, AheadFindings& findings) {
  for (const Member& member : group.members) LookAt(group, member, loop, findings);
  ShareOut(group, findings);
  // Where nobody can tell now, what was known stays.
  auto [known, is_new] = speeds_.try_emplace(group.stored->name, group.stored->status.speeds);
  if (!findings.speeds.empty())
    known->second = capacity::Settled(known->second, capacity::SpeedsTogether(findings.speeds));
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

void NodesAhead::Order(const Group& group, AheadFindings& findings,
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

// Profiles are in the order of their names.
void NodesAhead::ShareOutPools() {
  std::vector<Group*> buyers;
  std::vector<capacity::PoolClaim> claims;
  for (Group& group : groups_) {
    if (!group.Buys()) continue;
    buyers.push_back(&group);
    capacity::PoolClaim& claim = claims.emplace_back();
    claim.name = group.stored->name;
    for (const capacity::CapacityOffer& pool : group.profile->fields().pools)
      claim.pools.push_back(pool.pool);
  }
  auto shares = capacity::SharesOf(claims);
  for (std::size_t i = 0; i < buyers.size(); ++i) buyers[i]->share = std::move(shares[i]);
}

InstanceSpeeds NodesAhead::SpeedsFor(const Group& group) const {
  const auto known = speeds_.find(group.stored->name);
  return known == speeds_.end() ? InstanceSpeeds() : known->second;
}

FleetOrder NodesAhead::OrderOf(const Group& group, const AheadFindings& findings) const {
  std::string left_out;
  if (!findings.left_out.empty())
    left_out = "Not known is what pods ask for, and no nodes are planned, of " +
               Listed(findings.left_out) + ".";
  FleetOrder order{.profile_name = group.stored->name,
                   .profile = *group.profile,
                   .may_shrink = findings.is_certain,
                   .seen = group.stored->status.nodes ? SeenLossesOf(*group.stored->status.nodes)
                                                      : capacity::LossRecord(),
                   .left_out = std::move(left_out),
                   .others = group.share.others,
                   .speeds = SpeedsFor(group)};
  if (!findings.demand.empty() || group.members.empty()) {
    auto demand =
        capacity::NodeDemand::Make({kNeedLevels.begin(), kNeedLevels.end()}, findings.demand);
    if (demand)
      order.demand = *std::move(demand);
    else
      order.left_out = demand.error().message;
  }
  return order;
}

void NodesAhead::TellOfFleet(const Group& group, kube::CapacityProfileStatus& status) const {
  if (!group.Buys()) return;
  if (const auto report = fleets_.ReportOf(group.stored->name)) {
    status.nodes = report->nodes;
    for (const auto& [type, condition] : report->conditions) status.conditions[type] = condition;
  }
  if (group.share.taken.empty()) return;
  const auto& [pool, owner] = *group.share.taken.begin();
  status.conditions[kube::CapacityConditionType::kSupplied] = {
      kube::ConditionState::kFalse, "PoolTaken",
      fmt::format("Pool {} is of CapacityProfile {} too, and a pool is of one alone: {}, the first "
                  "by name, has it, and {} plans without {} of its {} pools.",
                  pool, owner, owner, group.stored->name, group.share.taken.size(),
                  group.profile->fields().pools.size()),
      clock_.Now()};
}

void NodesAhead::WriteStatus(const Group& group, AheadFindings findings) {
  kube::CapacityProfileStatus status =
      AheadStatus(*group.stored, group.profile, std::move(findings), clock_.Now());
  status.speeds = SpeedsFor(group);
  TellOfFleet(group, status);
  const bool tells = !group.profile || group.profile->fields().mode != ActingMode::kObserve;
  const auto written = statuses_.Write(*group.stored, std::move(status), tells);
  const bool is_gone = !written && written.error().code == ErrorCode::kNotFound;
  faults_.Note("status of CapacityProfile " + group.stored->name,
               written || is_gone ? std::optional<Error>() : written.error());
}

void NodesAhead::Write(const ServeLoop& loop, const std::function<bool()>& may_go_on) {
  ShareOutPools();
  std::vector<FleetOrder> orders;
  std::vector<AheadFindings> findings(groups_.size());
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].profile) Look(groups_[i], loop, findings[i]);
    if (groups_[i].Buys()) orders.push_back(OrderOf(groups_[i], findings[i]));
  }
  fleets_.Use(std::move(orders));
  if (groups_.empty()) return;
  wanted_.clear();
  std::erase_if(speeds_, [&](const auto& each) {
    return std::ranges::none_of(
        groups_, [&](const Group& group) { return group.stored->name == each.first; });
  });
  std::set<ProfileKey> members;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const Group& group = groups_[i];
    if (group.profile) Order(group, findings[i], may_go_on);
    for (const Member& member : group.members) members.insert(member.key);
    if (!may_go_on()) return;
    WriteStatus(group, std::move(findings[i]));
  }
  std::erase_if(headrooms_, [&](const auto& each) { return !members.contains(each.first); });
  std::erase_if(told_, [&](const auto& each) { return !members.contains(each.first); });
  const auto removed =
      writer_.RemoveOthers([this](const ProfileKey& key) { return wanted_.contains(key); });
  faults_.Note("nodes ahead that are no longer wanted",
               removed ? std::optional<Error>() : removed.error());
}

}  // namespace loadcurve
