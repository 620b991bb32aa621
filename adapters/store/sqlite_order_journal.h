#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/store/sqlite.h"
#include "base/result.h"
#include "scaler/capacity/orders/order_journal.h"

namespace loadcurve::store {

// The journal of orders without a cluster: one SQLite file, on the disk of the machine.
//
// A new file draws an identity of 64 bits; the token of an order is that and its number among all
// orders of the file: "loadcurve-1f2e3d4c5b6a7988-17". A file that is lost and made anew therefore
// never repeats a token.
//
// Whoever opens the file last leads: opening raises its term by one, and every write of those who
// opened it before is refused (kConflict), in the transaction that would have written it. What is
// written is on the disk when a call returns (WAL, synced), and a death at any instruction leaves
// a write whole or absent.
//
// Not thread-safe. SQLite needs a local disk: not NFS.
class SqliteOrderJournal final : public capacity::OrderJournal {
 public:
  // Creates the file where it is absent. A database of another program and one of a newer
  // version are kInvalidArgument and left as they are.
  [[nodiscard]] static Result<std::unique_ptr<SqliteOrderJournal>> Open(const std::string& path);

  [[nodiscard]] Result<std::vector<capacity::RecordedOrder>> Read() override;
  [[nodiscard]] Result<capacity::RecordedOrder> Intend(
      const capacity::OrderIntent& intent) override;
  [[nodiscard]] Result<capacity::RecordedOrder> Record(
      const capacity::RecordedOrder& order) override;
  [[nodiscard]] Result<void> Forget(const capacity::RecordedOrder& order) override;
  [[nodiscard]] Result<void> MayAct() override;

  std::int64_t term() const { return term_; }

 private:
  SqliteOrderJournal(Database database, std::int64_t term)
      : database_(std::move(database)), term_(term) {}

  [[nodiscard]] Result<Transaction> BeginAsLeader();
  [[nodiscard]] Result<std::string> NextToken();
  [[nodiscard]] Result<std::vector<std::string>> NodesOf(const std::string& token);
  [[nodiscard]] Result<void> PutNodes(const std::string& token,
                                      const std::vector<std::string>& node_ids);

  Database database_;
  std::int64_t term_;
};

}  // namespace loadcurve::store
