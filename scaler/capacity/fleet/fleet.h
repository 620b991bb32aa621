#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/fleet/fleet_plan.h"
#include "scaler/capacity/fleet/giving_back.h"
#include "scaler/capacity/fleet/node_drains.h"
#include "scaler/capacity/fleet/spot_loss_watch.h"
#include "scaler/capacity/orders/call_budget.h"
#include "scaler/capacity/orders/listed_provider.h"
#include "scaler/capacity/orders/order_runner.h"
#include "scaler/capacity/price_book.h"

namespace loadcurve::capacity {

struct FleetPolicy {
  OrderPolicy orders{};
  DrainPolicy drains{};
  GivingBackPolicy giving_back{};
  // Between two looks at the provider's list, which is where its notices are.
  Duration list_every = std::chrono::seconds(1);
  Duration offers_every = std::chrono::minutes(1);
  // Orders are looked at when something is new, and this long after the last look.
  Duration orders_every = std::chrono::seconds(5);
  // Of all nodes that go at one place 92 % go within three minutes (arXiv 2604.16457); so long
  // nothing is bought there while there is room elsewhere.
  Duration shaken_for = std::chrono::minutes(10);
  // A node is not left for a cheaper one before.
  Duration unsettled_for = std::chrono::hours(1);
  // What the plan can do without is spare once it was so for this long.
  Duration spare_after = std::chrono::minutes(10);
};

// The nodes that a provider listed.
struct NodeListing {
  Duration asked_at{};  // monotonic
  Result<std::vector<ProvidedNode>> nodes;
};

// What is wanted, and what is there.
struct FleetInput {
  Duration now{};  // monotonic
  TimePoint wall{};
  std::vector<CapacityOffer> pools{};  // as they are stated
  std::optional<NodeDemand> demand{};  // absent: not known, and what is there stays
  std::uint64_t version = 0;           // another where pools, demand or terms are others
  PlanTerms terms{};
  OutageTerms outages{};
  bool acts = false;        // false: a plan is made, and nothing is done
  bool may_shrink = false;  // false: no node is given back
  std::vector<ClusterNode> nodes{};
  // The last listing of whoever lists for the fleet; null: it lists itself.
  const NodeListing* listing = nullptr;
};

// What one step did.
struct FleetNews {
  std::vector<RecordedOrder> orders{};           // that were settled
  std::map<std::string, OrderReason> reasons{};  // of these, as OrderReport has them
  DrainNews drains{};
  std::vector<std::string> released{};  // given back, until they are gone
  bool was_planned = false;             // orders were looked at
};

// The nodes of some pools: bought as the plan wants, replaced and emptied where they are taken
// away, given back where they are spare. What it is made of does the work: FleetPlan, OrderRunner,
// NodeDrains, GivingBack. In a step notices come first, then what they and the plan make necessary.
//
// One thread runs it. A successor with the same journal, provider and cluster goes on where it was.
class Fleet {
 public:
  // All outlive it.
  Fleet(CapacityProvider& provider, OrderJournal& journal, NodeActor& actor, const Clock& clock,
        const FleetPolicy& policy);

  // What was seen of losses before, by whoever had these nodes.
  void Resume(LossRecord seen) { spot_losses_.Resume(std::move(seen)); }

  FleetNews Step(const FleetInput& input);

  // ---- as of the last step

  const FleetPlan& plan() const { return plan_; }
  const OrderReport& orders() const { return report_; }
  std::vector<NodeLoss> Losses(Duration now) const { return drains_.Losses(now); }
  // What was seen of losses of spot.
  const LossRecord& seen_losses() const { return spot_losses_.record(); }
  std::vector<DrainStanding> Drains() const { return drains_.Standing(); }
  const std::map<std::string, LeaveStage>& leaving() const { return giving_back_.leaving(); }
  // What the provider listed last.
  const std::vector<ProvidedNode>& provided() const { return provider_.last(); }
  // Why the provider could not be asked; absent while it answers.
  const std::optional<Error>& provider_fault() const { return provider_fault_; }
  // Pools whose price was not told lately.
  const std::vector<std::string>& stale_prices() const { return stale_prices_; }

 private:
  bool IsListingDue(const FleetInput& input);
  [[nodiscard]] Result<void> AskOrTake(const FleetInput& input);
  void List(const FleetInput& input);
  void Hear(const FleetInput& input, FleetNews& news);
  bool AreOrdersDue(const FleetInput& input) const;
  void Order(const FleetInput& input, FleetNews& news);
  void AskForOffers(const FleetInput& input);
  void Plan(const FleetInput& input);
  std::vector<CapacityOffer> Priced(const FleetInput& input);
  std::set<std::string> Shaken(const FleetInput& input) const;
  std::map<std::string, std::int64_t> Unsettled(const FleetInput& input) const;
  OrderView ViewOfList() const;
  void GiveBack(const FleetInput& input, FleetNews& news);
  std::vector<SpareNode> Spare(const FleetInput& input);
  void AddSpareOf(const PoolPlan& pool, bool is_made, const FleetInput& input,
                  std::vector<SpareNode>& spare);
  std::int64_t HeldIn(const std::string& pool) const;
  bool IsReplaced(const FleetInput& input) const;
  bool HaveAllCome(const FleetInput& input) const;

  ListedProvider provider_;
  FleetPolicy policy_;
  OrderRunner runner_;
  NodeDrains drains_;
  GivingBack giving_back_;
  SpotLossWatch spot_losses_;
  std::uint64_t lists_seen_ = 0;
  FleetPlan plan_;
  PriceBook prices_;
  CallBudget looks_;
  OrderReport report_;
  std::set<std::string> losing_;                 // now
  std::set<std::string> losing_ordered_;         // when orders were looked at
  std::map<std::string, Duration> shaken_at_;    // by pool
  std::map<std::string, Duration> first_seen_;   // by node
  std::map<std::string, Duration> spare_since_;  // by pool
  std::map<std::string, CapacityOffer> quoted_;  // by pool, as the provider offered it
  std::set<std::string> noted_;                  // of quoted_: prices_ knows it
  std::vector<std::string> stale_prices_;
  std::vector<std::string> to_release_;
  std::optional<Error> provider_fault_;
  const Clock& clock_;
  std::optional<Duration> taken_of_;  // when the last listing that was taken was asked for
  Duration ordered_until_{};          // an older listing may lack what was bought
  std::optional<Duration> listed_at_;
  std::optional<Duration> offered_at_;
  std::optional<Duration> ordered_at_;
  std::uint64_t version_ = 0;
  std::set<std::string> shaken_;
};

}  // namespace loadcurve::capacity
