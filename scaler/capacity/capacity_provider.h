#pragma once

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

// What a provider made of an order: fewer nodes than wanted are normal.
struct OrderOutcome {
  std::vector<std::string> node_ids;  // bought
  std::int64_t missing = 0;           // not to be had now
  std::string why_missing;            // what the provider said: its code and message
};

enum class NodeState { kBooting, kReady, kInterrupted, kLeaving };

// A node that is paid for.
struct ProvidedNode {
  std::string id;
  std::string pool;
  std::string token;  // of the order it came by; "" where the provider keeps none
  NodeState state = NodeState::kBooting;
};

// Seam: whoever sells nodes. May be asked from one thread at a time.
class CapacityProvider {
 public:
  virtual ~CapacityProvider() = default;

  // What may be bought now.
  [[nodiscard]] virtual Result<std::vector<CapacityOffer>> Offers() = 0;

  // kCapacityExhausted: nothing of this pool now, or no quota. kUnavailable, kDeadlineExceeded: it
  // may have been bought or not; the same token tells.
  [[nodiscard]] virtual Result<OrderOutcome> Launch(const CapacityOrder& order) = 0;

  // Gives nodes back; those that are gone already are given back.
  [[nodiscard]] virtual Result<void> Retire(const std::vector<std::string>& node_ids) = 0;

  // All nodes that are paid for.
  [[nodiscard]] virtual Result<std::vector<ProvidedNode>> Nodes() = 0;

  // Whether Launch() with a token that was used returns what it bought then. Where not, what the
  // token bought must be looked for in Nodes() before the next try.
  [[nodiscard]] virtual bool KnowsTokens() const = 0;
};

}  // namespace loadcurve::capacity
