#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scaler/capacity/capacity_provider.h"

namespace loadcurve::capacity {

enum class CloudCall { kLaunch, kRetire, kNodes };

// What goes wrong with a call.
enum class CloudFault {
  kNone,
  kLostReply,  // it was done, and the answer never came
  kNeverSent,  // nothing was done, and nobody can tell
  kThrottled,  // 429 with Retry-After: 7 s; for lists kUnavailable
  kRefused,    // 400
};

// One line of the cloud's own books.
struct Purchase {
  std::string node_id;
  std::string pool;
  std::string token;
  Duration bought_at{};
  bool is_paid = true;  // until it is given back or taken away
  NodeState state = NodeState::kBooting;
};

// A cloud with stock, quota, a boot delay and a script of faults, in simulated time; its ledger
// says what was really bought. Breaks of its own rules (stock below 0) end the program.
class FakeCloud final : public CapacityProvider {
 public:
  struct Rules {
    bool knows_tokens = true;
    bool is_all_or_nothing = false;
    Duration boot = std::chrono::seconds(90);
    Duration list_lag{};  // a node is listed so long after it was bought
    bool ends_chosen_nodes = true;
  };

  explicit FakeCloud(const Rules& rules) : rules_(rules) {}

  // A pool of type and zone, priced in dollars an hour; "us-1" of "us-1a" is its region.
  CapacityOffer& AddPool(const std::string& name, const std::string& zone, double price,
                         std::int64_t stock);
  CapacityOffer& OfferOf(const std::string& pool) { return pools_.at(pool).offer; }
  void SetStock(const std::string& pool, std::int64_t stock) { pools_.at(pool).stock = stock; }
  std::int64_t StockOf(const std::string& pool) const { return pools_.at(pool).stock; }
  // From now on it can be told how many nodes are wanted, and not which.
  void EndNoChosenNodes() { rules_.ends_chosen_nodes = false; }
  // Of nodes that boot from now on.
  void SetBoot(Duration boot) { rules_.boot = boot; }
  // Orders of these pools are not answered, and nothing is sold; all else goes on.
  void SetDown(std::set<std::string> pools) { down_ = std::move(pools); }
  // At most so many nodes of a class in a region.
  void SetQuota(const std::string& region, CapacityClass of, std::int64_t nodes) {
    quotas_[{region, of}] = nodes;
  }
  // Asked before each call.
  void Script(std::function<CloudFault(CloudCall)> script) { script_ = std::move(script); }

  void Advance(Duration span);
  Duration now() const { return now_; }
  // As spot nodes go.
  void TakeAway(const std::string& node_id);
  void Interrupt(const std::string& node_id);

  const std::vector<Purchase>& ledger() const { return ledger_; }
  std::int64_t PaidIn(const std::string& pool) const;
  std::int64_t Paid() const;
  int CallsOf(CloudCall call) const;

  [[nodiscard]] Result<std::vector<CapacityOffer>> Offers() override;
  [[nodiscard]] Result<OrderOutcome> Launch(const CapacityOrder& order) override;
  [[nodiscard]] Result<void> Retire(const std::vector<std::string>& node_ids) override;
  [[nodiscard]] Result<std::vector<ProvidedNode>> Nodes() override;
  bool KnowsTokens() const override { return rules_.knows_tokens; }

 private:
  struct Pool {
    CapacityOffer offer;
    std::int64_t stock = 0;
  };

  CloudFault Next(CloudCall call);
  OrderOutcome Sell(const CapacityOrder& order);
  std::int64_t QuotaLeft(const CapacityOffer& offer) const;
  void End(const std::string& node_id);

  Rules rules_;
  Duration now_ = std::chrono::hours(1);
  std::map<std::string, Pool> pools_;
  std::map<std::pair<std::string, CapacityClass>, std::int64_t> quotas_;
  std::set<std::string> down_;
  std::function<CloudFault(CloudCall)> script_;
  std::vector<Purchase> ledger_;
  std::map<std::string, OrderOutcome> by_token_;
  std::map<CloudCall, int> calls_;
};

}  // namespace loadcurve::capacity
