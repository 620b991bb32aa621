#include "tests/support/fake_cloud.h"

#include <algorithm>

#include "base/check.h"

namespace loadcurve::capacity {

CapacityOffer& FakeCloud::AddPool(const std::string& name, const std::string& zone, double price,
                                  std::int64_t stock) {
  Pool& pool = pools_[name];
  pool.stock = stock;
  pool.offer.pool = name;
  pool.offer.zone = zone;
  pool.offer.region = zone.substr(0, zone.size() - 1);
  pool.offer.instance_type = "m5.large";
  pool.offer.family = "m5";
  pool.offer.capacity_class = CapacityClass::kSpot;
  pool.offer.allocatable = {CpuCores(2), Bytes(8'000'000'000), 29};
  pool.offer.price = UsdPerHour(price);
  pool.offer.boot = rules_.boot;
  pool.offer.most_nodes = 1'000'000;
  return pool.offer;
}

void FakeCloud::Advance(Duration span) {
  now_ += span;
  for (Purchase& node : ledger_)
    if (node.state == NodeState::kBooting && now_ - node.bought_at >= rules_.boot)
      node.state = NodeState::kReady;
}

void FakeCloud::End(const std::string& node_id) {
  for (Purchase& node : ledger_) {
    if (node.node_id != node_id || !node.is_paid) continue;
    node.is_paid = false;
  }
}

void FakeCloud::TakeAway(const std::string& node_id) {
  End(node_id);
}

void FakeCloud::Interrupt(const std::string& node_id) {
  for (Purchase& node : ledger_)
    if (node.node_id == node_id) node.state = NodeState::kInterrupted;
}

std::int64_t FakeCloud::PaidIn(const std::string& pool) const {
  return std::ranges::count_if(
      ledger_, [&](const Purchase& node) { return node.is_paid && node.pool == pool; });
}

std::int64_t FakeCloud::Paid() const {
  return std::ranges::count(ledger_, true, &Purchase::is_paid);
}

int FakeCloud::CallsOf(CloudCall call) const {
  const auto found = calls_.find(call);
  return found == calls_.end() ? 0 : found->second;
}

CloudFault FakeCloud::Next(CloudCall call) {
  ++calls_[call];
  return script_ ? script_(call) : CloudFault::kNone;
}

Result<std::vector<CapacityOffer>> FakeCloud::Offers() {
  std::vector<CapacityOffer> offers;
  for (const auto& [name, pool] : pools_) offers.push_back(pool.offer);
  return offers;
}

std::int64_t FakeCloud::QuotaLeft(const CapacityOffer& offer) const {
  const auto quota = quotas_.find({offer.region, offer.capacity_class});
  if (quota == quotas_.end()) return 1'000'000;
  std::int64_t used = 0;
  for (const Purchase& node : ledger_) {
    const CapacityOffer& other = pools_.at(node.pool).offer;
    if (node.is_paid && other.region == offer.region &&
        other.capacity_class == offer.capacity_class)
      ++used;
  }
  return quota->second - used;
}

OrderOutcome FakeCloud::Sell(const CapacityOrder& order) {
  Pool& pool = pools_.at(order.pool);
  const std::int64_t quota = QuotaLeft(pool.offer);
  std::int64_t sold = std::min({order.nodes, pool.stock, quota});
  OrderOutcome outcome;
  if (sold < order.nodes) {
    if (rules_.is_all_or_nothing) sold = 0;
    outcome.is_all_or_nothing = rules_.is_all_or_nothing;
    outcome.missing = order.nodes - sold;
    const bool is_quota = quota < pool.stock;
    outcome.shortfall = is_quota ? Shortfall::kQuota : Shortfall::kStock;
    outcome.why_missing =
        is_quota ? "MaxSpotInstanceCountExceeded" : "InsufficientInstanceCapacity";
  }
  pool.stock -= sold;
  Check(pool.stock >= 0, "stock never falls below 0");
  for (std::int64_t i = 0; i < sold; ++i) {
    const std::string id = "i-" + std::to_string(ledger_.size());
    ledger_.push_back({id, order.pool, order.token, now_});
    outcome.node_ids.push_back(id);
  }
  return outcome;
}

Result<OrderOutcome> FakeCloud::Launch(const CapacityOrder& order) {
  const CloudFault fault = Next(CloudCall::kLaunch);
  if (down_.contains(order.pool)) return Fail(ErrorCode::kUnavailable, "503 of " + order.pool);
  if (fault == CloudFault::kNeverSent) return Fail(ErrorCode::kUnavailable, "no connection");
  if (fault == CloudFault::kRefused) return Fail(ErrorCode::kInvalidArgument, "400: no such type");
  if (fault == CloudFault::kThrottled)
    return OrderOutcome{.missing = order.nodes,
                        .why_missing = "429 RequestLimitExceeded",
                        .shortfall = Shortfall::kThrottled,
                        .retry_after = std::chrono::seconds(7)};
  OrderOutcome outcome;
  const auto known = by_token_.find(order.token);
  if (rules_.knows_tokens && known != by_token_.end()) {
    outcome = known->second;
  } else {
    outcome = Sell(order);
    by_token_[order.token] = outcome;
  }
  if (fault == CloudFault::kLostReply) return Fail(ErrorCode::kDeadlineExceeded, "no answer");
  return outcome;
}

Result<void> FakeCloud::Retire(const std::vector<std::string>& node_ids) {
  const CloudFault fault = Next(CloudCall::kRetire);
  if (fault != CloudFault::kNone && fault != CloudFault::kLostReply)
    return Fail(ErrorCode::kUnavailable, "no connection");
  for (const std::string& id : node_ids) End(id);
  if (fault == CloudFault::kLostReply) return Fail(ErrorCode::kDeadlineExceeded, "no answer");
  return {};
}

Result<std::vector<ProvidedNode>> FakeCloud::Nodes() {
  if (Next(CloudCall::kNodes) != CloudFault::kNone)
    return Fail(ErrorCode::kUnavailable, "429 RequestLimitExceeded");
  std::vector<ProvidedNode> nodes;
  for (const Purchase& node : ledger_)
    if (node.is_paid && now_ - node.bought_at >= rules_.list_lag)
      nodes.push_back({.id = node.node_id,
                       .pool = node.pool,
                       .token = node.token,
                       .state = node.state,
                       .may_be_given_back = rules_.ends_chosen_nodes});
  return nodes;
}

}  // namespace loadcurve::capacity
