#include "adapters/store/sqlite_order_journal.h"

#include <charconv>
#include <optional>

namespace loadcurve::store {
namespace {

using capacity::OrderIntent;
using capacity::OrderStage;
using capacity::RecordedOrder;

// SQLite's application_id of an order journal: "LCoj".
constexpr std::int64_t kJournalId = 0x4C436F6A;
// The form of the file, told by SQLite's user_version.
constexpr std::int64_t kJournalForm = 1;

// `journal` has one row. A stage is 0 for intended, 1 for settled; a version counts the writes of
// its row.
constexpr const char* kTables = R"(
    CREATE TABLE journal (identity TEXT NOT NULL, term INTEGER NOT NULL, orders INTEGER NOT NULL);
    INSERT INTO journal VALUES (lower(hex(randomblob(8))), 0, 0);
    CREATE TABLE orders (
      pool TEXT NOT NULL, number INTEGER NOT NULL, token TEXT NOT NULL UNIQUE,
      nodes INTEGER NOT NULL, stage INTEGER NOT NULL, why_missing TEXT NOT NULL,
      version INTEGER NOT NULL, PRIMARY KEY (pool, number)) WITHOUT ROWID;
    CREATE TABLE order_nodes (
      token TEXT NOT NULL, place INTEGER NOT NULL, node TEXT NOT NULL,
      PRIMARY KEY (token, place)) WITHOUT ROWID;
    )";

Result<void> ExpectJournal(Database& database) {
  LC_TRY(const std::int64_t application, database.Number("PRAGMA application_id"));
  LC_TRY(const std::int64_t form, database.Number("PRAGMA user_version"));
  LC_TRY(const std::int64_t tables, database.Number("SELECT count(*) FROM sqlite_master"));
  const bool is_new = tables == 0 && application == 0 && form == 0;
  if (!is_new && application != kJournalId)
    return Fail(ErrorCode::kInvalidArgument,
                database.path() +
                    ": this is a database of another program; expected a journal of orders, and "
                    "the file is left as it is");
  if (form > kJournalForm)
    return Fail(ErrorCode::kInvalidArgument,
                database.path() + ": the journal has form " + std::to_string(form) +
                    ", and this program knows forms up to " + std::to_string(kJournalForm) +
                    "; use a newer loadcurve. The file is left as it is");
  return {};
}

Result<void> CreateWhereNew(Database& database) {
  LC_TRY(Transaction transaction, Transaction::Begin(database));
  // Another program may have done it in between.
  LC_TRY(const std::int64_t form, database.Number("PRAGMA user_version"));
  if (form == 0) {
    LC_TRY_VOID(database.Run(kTables));
    LC_TRY_VOID(database.Run("PRAGMA application_id = " + std::to_string(kJournalId)));
    LC_TRY_VOID(database.Run("PRAGMA user_version = " + std::to_string(kJournalForm)));
  }
  return transaction.Commit();
}

Result<std::int64_t> TakeTerm(Database& database) {
  LC_TRY(Transaction transaction, Transaction::Begin(database));
  LC_TRY_VOID(database.Run("UPDATE journal SET term = term + 1"));
  LC_TRY(const std::int64_t term, database.Number("SELECT term FROM journal"));
  LC_TRY_VOID(transaction.Commit());
  return term;
}

std::int64_t StageNumber(OrderStage stage) {
  return stage == OrderStage::kSettled ? 1 : 0;
}

// 0, which no row has, for a version that is no number.
std::int64_t VersionNumber(const std::string& version) {
  std::int64_t number = 0;
  std::from_chars(version.data(), version.data() + version.size(), number);
  return number;
}

RecordedOrder OrderOf(const Statement& row) {
  return {.order = {std::string(row.Bytes(2)), std::string(row.Bytes(0)), row.Int(3)},
          .number = row.Int(1),
          .stage = row.Int(4) == 1 ? OrderStage::kSettled : OrderStage::kIntended,
          .why_missing = std::string(row.Bytes(5)),
          .version = std::to_string(row.Int(6))};
}

}  // namespace

Result<std::unique_ptr<SqliteOrderJournal>> SqliteOrderJournal::Open(const std::string& path) {
  LC_TRY(Database database, Database::Open(path, true));
  LC_TRY_VOID(ExpectJournal(database));
  LC_TRY_VOID(CreateWhereNew(database));
  LC_TRY_VOID(database.UseWriteAheadLog());
  LC_TRY_VOID(database.Run("PRAGMA synchronous = FULL"));
  LC_TRY(const std::int64_t term, TakeTerm(database));
  return std::unique_ptr<SqliteOrderJournal>(new SqliteOrderJournal(std::move(database), term));
}

Result<void> SqliteOrderJournal::MayAct() {
  LC_TRY(const std::int64_t term, database_.Number("SELECT term FROM journal"));
  if (term == term_) return {};
  return Fail(ErrorCode::kConflict, database_.path() + ": another has opened the journal since (" +
                                        "term " + std::to_string(term) + ", ours is " +
                                        std::to_string(term_) + "), and orders now");
}

Result<Transaction> SqliteOrderJournal::BeginAsLeader() {
  LC_TRY(Transaction transaction, Transaction::Begin(database_));
  LC_TRY_VOID(MayAct());
  return transaction;
}

Result<std::vector<std::string>> SqliteOrderJournal::NodesOf(const std::string& token) {
  LC_TRY(const Borrowed select,
         database_.Use("SELECT node FROM order_nodes WHERE token = ? ORDER BY place"));
  select->BindText(1, token);
  std::vector<std::string> nodes;
  while (true) {
    LC_TRY(const bool has_row, select->Step());
    if (!has_row) return nodes;
    nodes.emplace_back(select->Bytes(0));
  }
}

Result<std::vector<RecordedOrder>> SqliteOrderJournal::Read() {
  LC_TRY(const Transaction moment, Transaction::BeginReading(database_));
  std::vector<RecordedOrder> orders;
  {
    LC_TRY(const Borrowed select,
           database_.Use("SELECT pool, number, token, nodes, stage, why_missing, version "
                         "FROM orders ORDER BY pool, number"));
    while (true) {
      LC_TRY(const bool has_row, select->Step());
      if (!has_row) break;
      orders.push_back(OrderOf(*select));
    }
  }
  for (RecordedOrder& order : orders) {
    LC_TRY(order.node_ids, NodesOf(order.order.token));
  }
  return orders;
}

Result<void> SqliteOrderJournal::PutNodes(const std::string& token,
                                          const std::vector<std::string>& node_ids) {
  {
    LC_TRY(const Borrowed remove, database_.Use("DELETE FROM order_nodes WHERE token = ?"));
    LC_TRY_VOID(remove->BindText(1, token).Run());
  }
  std::int64_t place = 0;
  for (const std::string& id : node_ids) {
    LC_TRY(const Borrowed insert, database_.Use("INSERT INTO order_nodes VALUES (?, ?, ?)"));
    LC_TRY_VOID(insert->BindText(1, token).Bind(2, place++).BindText(3, id).Run());
  }
  return {};
}

Result<std::string> SqliteOrderJournal::NextToken() {
  LC_TRY_VOID(database_.Run("UPDATE journal SET orders = orders + 1"));
  LC_TRY(const Borrowed select,
         database_.Use("SELECT 'loadcurve-' || identity || '-' || orders FROM journal"));
  LC_TRY(const bool has_row, select->Step());
  return has_row ? std::string(select->Bytes(0)) : std::string();
}

Result<RecordedOrder> SqliteOrderJournal::Intend(const OrderIntent& intent) {
  LC_TRY(Transaction transaction, BeginAsLeader());
  {
    LC_TRY(const Borrowed later,
           database_.Use("SELECT max(number) FROM orders WHERE pool = ? AND number >= ?"));
    LC_TRY_VOID(later->BindText(1, intent.pool).Bind(2, intent.number).Step());
    if (!later->IsNull(0))
      return Fail(ErrorCode::kConflict, database_.path() + ": pool '" + intent.pool +
                                            "' has an order " + std::to_string(later->Int(0)) +
                                            " already");
  }
  RecordedOrder order{.order = {"", intent.pool, intent.nodes},
                      .number = intent.number,
                      .stage = intent.found.empty() ? OrderStage::kIntended : OrderStage::kSettled,
                      .node_ids = intent.found,
                      .version = "1"};
  LC_TRY(order.order.token, NextToken());
  {
    LC_TRY(const Borrowed insert,
           database_.Use("INSERT INTO orders VALUES (?, ?, ?, ?, ?, '', 1)"));
    insert->BindText(1, intent.pool).Bind(2, intent.number).BindText(3, order.order.token);
    LC_TRY_VOID(insert->Bind(4, intent.nodes).Bind(5, StageNumber(order.stage)).Run());
  }
  LC_TRY_VOID(PutNodes(order.order.token, order.node_ids));
  LC_TRY_VOID(transaction.Commit());
  return order;
}

Result<RecordedOrder> SqliteOrderJournal::Record(const RecordedOrder& order) {
  LC_TRY(Transaction transaction, BeginAsLeader());
  const std::int64_t version = VersionNumber(order.version);
  {
    LC_TRY(const Borrowed update,
           database_.Use("UPDATE orders SET stage = ?, why_missing = ?, version = version + 1 "
                         "WHERE token = ? AND version = ?"));
    update->Bind(1, StageNumber(order.stage)).BindText(2, order.why_missing);
    LC_TRY_VOID(update->BindText(3, order.order.token).Bind(4, version).Run());
  }
  LC_TRY(const std::int64_t changed, database_.Number("SELECT changes()"));
  if (changed != 1)
    return Fail(ErrorCode::kConflict, database_.path() + ": order '" + order.order.token +
                                          "' is not at version " + order.version + " any more");
  LC_TRY_VOID(PutNodes(order.order.token, order.node_ids));
  LC_TRY_VOID(transaction.Commit());
  RecordedOrder written = order;
  written.version = std::to_string(version + 1);
  return written;
}

Result<void> SqliteOrderJournal::Forget(const RecordedOrder& order) {
  LC_TRY(Transaction transaction, BeginAsLeader());
  for (const char* sql :
       {"DELETE FROM order_nodes WHERE token = ?", "DELETE FROM orders WHERE token = ?"}) {
    LC_TRY(const Borrowed remove, database_.Use(sql));
    LC_TRY_VOID(remove->BindText(1, order.order.token).Run());
  }
  return transaction.Commit();
}

}  // namespace loadcurve::store
