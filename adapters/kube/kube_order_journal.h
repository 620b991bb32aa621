#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kube/kube_client.h"
#include "adapters/kube/resource.h"
#include "base/result.h"
#include "scaler/capacity/orders/order_journal.h"

namespace loadcurve::kube {

inline const ResourceType kCapacityOrders{"loadcurve.dev", "v1alpha1", "capacityorders"};

// The journal of orders in a cluster: each is a CapacityOrder, an object of the API server, which
// outlives the node of whoever wrote it. docs/capacity.md shows one.
//
//   name    POOL-NUMBER, so that of two that create the same number one is refused
//   spec    pool, nodes, number, found, and the term of the leader that wrote it; never changes
//   token   "loadcurve-UID-GENERATION": the server's own, never of two objects
//   status  stage, nodes, whyMissing, by compare-and-set on resourceVersion
//
// `client` stands on a FencedTransport, so that nothing is written after the lease has run out.
class KubeOrderJournal final : public capacity::OrderJournal {
 public:
  // The fencing token of the lease while we lead, as LeaderLease::Token().
  using LeaderToken = std::function<std::optional<std::int64_t>()>;

  // `client` outlives it.
  KubeOrderJournal(KubeClient& client, LeaderToken token)
      : client_(client), token_(std::move(token)) {}

  // kUnavailable names an object that cannot be understood: what it brought is not to be guessed.
  [[nodiscard]] Result<std::vector<capacity::RecordedOrder>> Read() override;
  [[nodiscard]] Result<capacity::RecordedOrder> Intend(
      const capacity::OrderIntent& intent) override;
  [[nodiscard]] Result<capacity::RecordedOrder> Record(
      const capacity::RecordedOrder& order) override;
  [[nodiscard]] Result<void> Forget(const capacity::RecordedOrder& order) override;
  // kCancelled where the lease has run out.
  [[nodiscard]] Result<void> MayAct() override;

 private:
  KubeClient& client_;
  LeaderToken token_;
};

// The name of an order's object. What a name may not hold is replaced, and a hash of the pool set
// behind it, so that two pools never share a name.
std::string NameOfOrder(const std::string& pool, std::int64_t number);

}  // namespace loadcurve::kube
