#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "adapters/cloud/simulated/cloud_plan.h"
#include "base/result.h"
#include "scaler/capacity/capacity_provider.h"

namespace loadcurve::simulated_cloud {

// A node that was sold: a line of the ledger.
struct SoldNode {
  std::string id;
  std::string pool;
  std::string token;
  Duration bought_at{};                 // since the cloud's start
  std::optional<Duration> taken_at{};   // reclaimed, or to be reclaimed then
  std::optional<Duration> notice_at{};  // of it; absent: none is given
  std::optional<Duration> ended_at{};   // given back or reclaimed; paid until then
};

// What was sold, and what it cost until a moment.
struct LedgerReport {
  std::int64_t bought = 0;
  std::int64_t paid = 0;  // now
  std::int64_t reclaimed = 0;
  std::int64_t calls = 0;
  double cost_usd = 0;
};

// The cloud as a machine: stock, quota, boot delays, traces and faults, in a time that is handed
// to it and never goes back. The same plan and the same calls give the same answers.
class CloudModel {
 public:
  explicit CloudModel(CloudPlan plan);

  // Whether this call goes wrong, and how. To be asked once a call, before it is done.
  std::optional<FaultRule> FaultOf(CallKind call, Duration now);

  std::vector<capacity::CapacityOffer> Offers(Duration now);
  // kNotFound for a pool that is not there.
  [[nodiscard]] Result<capacity::OrderOutcome> Sell(const capacity::CapacityOrder& order,
                                                    Duration now);
  // Nothing where no order by this token ever came.
  std::optional<capacity::OrderOutcome> Find(const std::string& token) const;
  void TakeBack(const std::vector<std::string>& node_ids, Duration now);
  // These get their pool's notice now, and end with it.
  void Interrupt(const std::vector<std::string>& node_ids, Duration now);
  // Those that are paid for.
  std::vector<capacity::ProvidedNode> Nodes(Duration now);

  // All of what was ever sold.
  const std::vector<SoldNode>& ledger() const { return ledger_; }
  LedgerReport Report(Duration now);
  const CloudPlan& plan() const { return plan_; }

 private:
  // Reclaims what the traces leave no room for.
  void Advance(Duration now);
  void Reclaim(const PoolPlan& pool, Duration at);
  std::int64_t Room(const PoolPlan& pool, Duration at) const;
  std::int64_t HeldOf(const std::string& pool) const;
  std::int64_t QuotaLeft(const capacity::CapacityOffer& offer) const;
  capacity::NodeState StateOf(const SoldNode& node, Duration now) const;
  const PoolPlan* PoolOf(const std::string& name) const;
  double Chance() { return static_cast<double>(random_() >> 11U) * 0x1.0p-53; }

  CloudPlan plan_;
  std::mt19937_64 random_;
  Duration now_{};
  std::vector<SoldNode> ledger_;
  std::map<std::string, capacity::OrderOutcome> by_token_;
  std::vector<std::int64_t> touched_;  // by fault: calls that it could touch
  std::int64_t calls_ = 0;
};

}  // namespace loadcurve::simulated_cloud
