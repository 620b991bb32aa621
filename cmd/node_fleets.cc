#include "cmd/node_fleets.h"

#include <algorithm>
#include <utility>

namespace loadcurve {

NodeFleets::NodeFleets(kube::KubeClient& client, NodeFleet::LeaderToken token, const Clock& clock)
    : client_(client), token_(std::move(token)), clock_(clock) {}

void NodeFleets::Use(std::vector<FleetOrder> orders) {
  wants_nodes_ = !orders.empty();
  // An answer to an order may be on its way.
  ending_.clear();
  const std::lock_guard lock(mutex_);
  for (auto member = members_.begin(); member != members_.end();) {
    if (std::ranges::find(orders, member->first, &FleetOrder::profile_name) != orders.end()) {
      ++member;
      continue;
    }
    member->second.run.request_stop();
    member->second.notices.request_stop();
    ending_.push_back(std::move(member->second));
    member = members_.erase(member);
  }
  for (FleetOrder& order : orders) {
    auto [found, is_new] = members_.try_emplace(order.profile_name);
    Member& member = found->second;
    if (is_new) member.fleet = std::make_unique<NodeFleet>(client_, token_, nodes_, clock_);
    NodeFleet& fleet = *member.fleet;
    fleet.Use(std::move(order));
    if (!is_new) continue;
    member.run = std::jthread([&fleet](const std::stop_token& stop) { fleet.Run(stop); });
    member.notices =
        std::jthread([&fleet](const std::stop_token& stop) { fleet.RunNotices(stop); });
  }
}

void NodeFleets::End() {
  Use({});
  ending_.clear();
}

std::optional<FleetReport> NodeFleets::ReportOf(const std::string& profile_name) const {
  const std::lock_guard lock(mutex_);
  const auto member = members_.find(profile_name);
  return member == members_.end() ? std::nullopt : member->second.fleet->report();
}

}  // namespace loadcurve
