#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"

namespace loadcurve::capacity {

// Nodes wanted of one pool. An order asked twice is bought once where the provider knows the token.
struct CapacityOrder {
  std::string token;  // the same for every try; derived from what is ordered, never from a clock
  std::string pool;
  std::int64_t nodes = 0;  // > 0
};

// Why an order brought fewer nodes than it was for.
enum class Shortfall {
  kNone,
  kStock,      // the pool has no more of them now
  kQuota,      // this account may hold no more of this class in this region
  kThrottled,  // too many calls: nothing was tried, the same order is to be sent again
  kNoAnswer,   // the provider did not answer, again and again, and lists none of it
  kOther,      // the provider refused it for another reason, which it says
};

// What a provider made of an order: fewer nodes than wanted are normal.
struct OrderOutcome {
  std::vector<std::string> node_ids{};  // bought
  std::int64_t missing = 0;             // not to be had now
  std::string why_missing{};            // what the provider said: its code and message
  Shortfall shortfall = Shortfall::kNone;
  bool is_all_or_nothing = false;  // the provider sells no part of an order: fewer may be there
  bool is_open = false;    // it was taken and is still worked on: Find() tells what came of it
  Duration retry_after{};  // as the provider asks; 0 = it does not say
};

enum class NodeState { kBooting, kReady, kInterrupted, kLeaving };

// Whether a node may be counted on, now or once it has booted.
inline bool IsStaying(NodeState state) {
  return state == NodeState::kBooting || state == NodeState::kReady;
}

// A node that is paid for.
struct ProvidedNode {
  std::string id;
  std::string pool;
  std::string token;  // of the order it came by; "" where the provider keeps none
  NodeState state = NodeState::kBooting;
  std::optional<Duration> ends_in{};  // of an interrupted one, where the provider says it
  bool may_be_given_back = true;      // the provider can end this very node
};

// Seam: whoever sells nodes. May be asked from one thread at a time.
class CapacityProvider {
 public:
  virtual ~CapacityProvider() = default;

  // What may be bought now.
  [[nodiscard]] virtual Result<std::vector<CapacityOffer>> Offers() = 0;

  // kCapacityExhausted: nothing of this pool now. kUnavailable, kDeadlineExceeded, kInternal: it
  // may have been bought or not; the same token tells. Any other error: nothing was bought.
  [[nodiscard]] virtual Result<OrderOutcome> Launch(const CapacityOrder& order) = 0;

  // What came of an order that was sent before; nothing where the provider does not know of it.
  // kUnavailable: not to be told now, or it is still being worked on. Looks at Nodes(), unless a
  // provider has a better memory.
  [[nodiscard]] virtual Result<std::optional<OrderOutcome>> Find(const CapacityOrder& order) {
    LC_TRY(const std::vector<ProvidedNode> nodes, Nodes());
    OrderOutcome outcome;
    for (const ProvidedNode& node : nodes)
      if (node.token == order.token) outcome.node_ids.push_back(node.id);
    if (outcome.node_ids.empty()) return std::nullopt;
    outcome.missing =
        std::max<std::int64_t>(0, order.nodes - static_cast<std::int64_t>(outcome.node_ids.size()));
    if (outcome.missing > 0) outcome.why_missing = "not among the nodes that the provider lists";
    return outcome;
  }

  // Gives nodes back; those that are gone already are given back.
  [[nodiscard]] virtual Result<void> Retire(const std::vector<std::string>& node_ids) = 0;

  // All nodes of this cluster that are paid for, and no others: what nobody ordered is given back.
  [[nodiscard]] virtual Result<std::vector<ProvidedNode>> Nodes() = 0;

  // Whether Launch() with a token that was used returns what it bought then. Where not, Find()
  // must have said that there is nothing before the next try.
  [[nodiscard]] virtual bool KnowsTokens() const = 0;
};

}  // namespace loadcurve::capacity
