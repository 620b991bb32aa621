#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "scaler/capacity/orders/order_journal.h"

namespace loadcurve::capacity {

// What is on the disk: outlives those who write on it, and can be emptied.
struct JournalDisk {
  std::string identity = "disk-1";  // of a new disk another
  std::int64_t term = 0;            // of who leads
  std::int64_t writes = 0;
  std::map<std::pair<std::string, std::int64_t>, RecordedOrder> orders;
};

// A journal on such a disk. Whoever opens it last leads; those before may write no more.
class MemoryOrderJournal final : public OrderJournal {
 public:
  explicit MemoryOrderJournal(JournalDisk& disk) : disk_(disk), term_(++disk.term) {}

  [[nodiscard]] Result<std::vector<RecordedOrder>> Read() override {
    std::vector<RecordedOrder> orders;
    for (const auto& [key, order] : disk_.orders) orders.push_back(order);
    return orders;
  }

  [[nodiscard]] Result<RecordedOrder> Intend(const OrderIntent& intent) override {
    LC_TRY_VOID(MayAct());
    const std::pair key(intent.pool, intent.number);
    const auto after = disk_.orders.lower_bound(key);
    if (after != disk_.orders.end() && after->first.first == intent.pool)
      return Fail(ErrorCode::kConflict, "order " + std::to_string(intent.number) + " of " +
                                            intent.pool + " is there already");
    RecordedOrder order{
        .order = {disk_.identity + "/" + intent.pool + "/" + std::to_string(intent.number),
                  intent.pool, intent.nodes},
        .number = intent.number,
        .stage = intent.found.empty() ? OrderStage::kIntended : OrderStage::kSettled,
        .node_ids = intent.found,
        .version = std::to_string(++disk_.writes)};
    return disk_.orders[key] = order;
  }

  [[nodiscard]] Result<RecordedOrder> Record(const RecordedOrder& order) override {
    LC_TRY_VOID(MayAct());
    const auto found = disk_.orders.find({order.order.pool, order.number});
    if (found == disk_.orders.end() || found->second.version != order.version)
      return Fail(ErrorCode::kConflict, order.order.token + " has another version");
    found->second = order;
    found->second.version = std::to_string(++disk_.writes);
    return found->second;
  }

  [[nodiscard]] Result<void> Forget(const RecordedOrder& order) override {
    LC_TRY_VOID(MayAct());
    disk_.orders.erase({order.order.pool, order.number});
    return {};
  }

  [[nodiscard]] Result<void> MayAct() override {
    if (term_ == disk_.term) return {};
    return Fail(ErrorCode::kConflict, "term " + std::to_string(term_) + "; the journal is at " +
                                          std::to_string(disk_.term));
  }

 private:
  JournalDisk& disk_;
  std::int64_t term_;
};

}  // namespace loadcurve::capacity
