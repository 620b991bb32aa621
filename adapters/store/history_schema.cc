#include "adapters/store/history_schema.h"

#include <array>

namespace loadcurve::store {
namespace {

// A series has a number of its own within each workload, so that numbers stay small. Hours
// are counted from 1970; step_us is that of the cells within. A bit of `known` is a window that
// was measured whole; before form 3 all that hold a request were taken to be. SQLite keeps a blob
// of a few hundred bytes best in a table with rowids.
constexpr std::array<const char*, kSchemaVersion> kSteps = {
    R"(
    CREATE TABLE bounds (upper_us INTEGER PRIMARY KEY);
    CREATE TABLE workloads (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE series (
      workload INTEGER NOT NULL REFERENCES workloads, number INTEGER NOT NULL,
      route TEXT NOT NULL, class INTEGER NOT NULL,
      PRIMARY KEY (workload, number), UNIQUE (workload, route, class)) WITHOUT ROWID;
    CREATE TABLE hours (
      workload INTEGER NOT NULL REFERENCES workloads, hour INTEGER NOT NULL,
      step_us INTEGER NOT NULL, cells BLOB NOT NULL, UNIQUE (workload, hour));
    )",
    R"(
    CREATE TABLE imports (
      workload INTEGER NOT NULL REFERENCES workloads, hour INTEGER NOT NULL,
      minutes BLOB NOT NULL);
    CREATE INDEX imports_of_hour ON imports (workload, hour);
    )",
    R"(
    ALTER TABLE hours RENAME TO hours_of_form_2;
    CREATE TABLE hours (
      workload INTEGER NOT NULL REFERENCES workloads, hour INTEGER NOT NULL,
      step_us INTEGER NOT NULL, cells BLOB NOT NULL, known BLOB,
      UNIQUE (workload, hour, step_us));
    INSERT INTO hours SELECT workload, hour, step_us, cells, NULL FROM hours_of_form_2;
    DROP TABLE hours_of_form_2;
    )"};

Result<void> ExpectHistory(Database& database, std::int64_t version) {
  LC_TRY(const std::int64_t tables, database.Number("SELECT count(*) FROM sqlite_master"));
  LC_TRY(const std::int64_t application, database.Number("PRAGMA application_id"));
  const bool is_new = tables == 0 && application == 0 && version == 0;
  if (!is_new && application != kApplicationId)
    return Fail(ErrorCode::kInvalidArgument,
                database.path() +
                    ": this is a database of another program; expected a history store, and the "
                    "file is left as it is");
  if (version > kSchemaVersion)
    return Fail(ErrorCode::kInvalidArgument,
                database.path() + ": the store has form " + std::to_string(version) +
                    ", and this program knows forms up to " + std::to_string(kSchemaVersion) +
                    "; use a newer loadcurve. The file is left as it is");
  return {};
}

Result<void> Upgrade(Database& database) {
  LC_TRY(Transaction transaction, Transaction::Begin(database));
  // Another program may have done it in between.
  LC_TRY(const std::int64_t version, database.Number("PRAGMA user_version"));
  for (std::int64_t next = version + 1; next <= kSchemaVersion; ++next)
    LC_TRY_VOID(database.Run(SchemaStep(next)));
  LC_TRY_VOID(database.Run("PRAGMA application_id = " + std::to_string(kApplicationId)));
  LC_TRY_VOID(database.Run("PRAGMA user_version = " + std::to_string(kSchemaVersion)));
  return transaction.Commit();
}

}  // namespace

const char* SchemaStep(std::int64_t version) {
  return kSteps.at(static_cast<std::size_t>(version - 1));
}

Result<void> PrepareSchema(Database& database) {
  LC_TRY(const std::int64_t version, database.Number("PRAGMA user_version"));
  LC_TRY_VOID(ExpectHistory(database, version));
  if (version < kSchemaVersion) LC_TRY_VOID(Upgrade(database));
  LC_TRY_VOID(database.UseWriteAheadLog());
  // An append is on the disk when it returns.
  return database.Run("PRAGMA synchronous = FULL");
}

}  // namespace loadcurve::store
