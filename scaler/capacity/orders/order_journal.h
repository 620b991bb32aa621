#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "scaler/capacity/capacity_provider.h"

namespace loadcurve::capacity {

enum class OrderStage {
  kIntended,  // written down; the provider may have been asked or not
  kSettled,   // what came of it is known
};

// "intended", "settled"
std::string_view Name(OrderStage stage);

// An order as a journal has it.
struct RecordedOrder {
  CapacityOrder order;
  std::int64_t number = 0;  // 1, 2, 3 ... of its pool
  OrderStage stage = OrderStage::kIntended;
  std::vector<std::string> node_ids{};  // that it brought and that are not known to be gone
  std::string why_missing{};
  std::string version{};  // of this record, in the journal's own terms
};

// What is written down before a provider is asked.
struct OrderIntent {
  std::string pool;
  std::int64_t nodes = 0;   // > 0
  std::int64_t number = 0;  // one more than the highest that was read of this pool
  // Nodes that were found and that no order brought: the order is settled, and nobody is asked.
  std::vector<std::string> found{};
};

// Seam: where orders are written down before they are sent, so that whoever takes over after a
// crash knows what may have been bought. Gives each order its token, which no other order ever has.
//
// Two may hold the same journal (an old leader that was paused, and a new one). Each write stands
// on what its writer read: the number of an intent and the version of a record are compared and
// set in one step, so of two that decided on the same state only one gets to act.
class OrderJournal {
 public:
  virtual ~OrderJournal() = default;

  // All orders that are not forgotten, by pool and number.
  [[nodiscard]] virtual Result<std::vector<RecordedOrder>> Read() = 0;

  // On the disk when it returns. kConflict where the pool has an order of that number already.
  // After kUnavailable and kDeadlineExceeded it may stand or not: Read() tells.
  [[nodiscard]] virtual Result<RecordedOrder> Intend(const OrderIntent& intent) = 0;

  // Stage, nodes and reason of an order, in place of what is there. kConflict unless its record
  // has this version still.
  [[nodiscard]] virtual Result<RecordedOrder> Record(const RecordedOrder& order) = 0;

  // Of an order without nodes, not the latest of its pool. One that is gone already is forgotten.
  [[nodiscard]] virtual Result<void> Forget(const RecordedOrder& order) = 0;

  // Asked right before each call to a provider: kConflict or kCancelled where another leads.
  [[nodiscard]] virtual Result<void> MayAct() = 0;
};

}  // namespace loadcurve::capacity
