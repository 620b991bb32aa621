#include "adapters/store/sqlite.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace loadcurve::store {
namespace {

// How long a writer waits for another; an append of many workloads takes far less.
constexpr int kBusyMilliseconds = 10'000;

tl::unexpected<Error> ErrorOf(sqlite3* connection, const std::string& path) {
  const int code = sqlite3_errcode(connection);
  const std::string said = std::string(": ") + sqlite3_errmsg(connection);
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fail(ErrorCode::kUnavailable,
                  path + ": another program is writing to the store, and did not end within " +
                      std::to_string(kBusyMilliseconds / 1000) + " s" + said);
    case SQLITE_NOTADB:
      return Fail(ErrorCode::kInvalidArgument,
                  path + ": this is no history store; the file is left as it is" + said);
    case SQLITE_CORRUPT:
      return Fail(ErrorCode::kInvalidArgument,
                  path +
                      ": the history store is damaged; the file is left as it is. Copy it "
                      "away and restore a backup, or try 'sqlite3 FILE .recover'" +
                      said);
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_TOOBIG:
      return Fail(ErrorCode::kUnavailable,
                  path +
                      ": the disk is full or fails; nothing of this write is stored, all that "
                      "was stored before is" +
                      said + " (" + std::strerror(sqlite3_system_errno(connection)) + ")");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Fail(ErrorCode::kPermissionDenied, path + ": the store may not be written" + said);
    case SQLITE_CANTOPEN:
      return Fail(ErrorCode::kNotFound, path + ": the store cannot be opened" + said + " (" +
                                            std::strerror(sqlite3_system_errno(connection)) + ")");
    default:
      return Fail(ErrorCode::kInternal, path + said);
  }
}

}  // namespace

Statement& Statement::Bind(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
  return *this;
}

Statement& Statement::BindText(int index, std::string_view text) {
  // An empty view may have no address, and no address would be NULL.
  sqlite3_bind_text64(statement_.get(), index, text.empty() ? "" : text.data(), text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::BindBlob(int index, std::string_view bytes) {
  sqlite3_bind_blob64(statement_.get(), index, bytes.empty() ? "" : bytes.data(), bytes.size(),
                      SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    Reset();
    return false;
  }
  auto error = ErrorOf(sqlite3_db_handle(statement_.get()), path_);
  Reset();
  return error;
}

Result<void> Statement::Run() {
  LC_TRY(const bool has_row, Step());
  if (has_row) Reset();
  return {};
}

void Statement::Reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::int64_t Statement::Int(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::string_view Statement::Bytes(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

Database::Database(sqlite3* connection, std::string path) : path_(std::move(path)) {
  connection_.reset(connection);
}

Result<Database> Database::Open(const std::string& path, bool may_create) {
  sqlite3* connection = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | (may_create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  Database database(connection, path);
  if (code != SQLITE_OK) {
    if (connection == nullptr)
      return Fail(ErrorCode::kInternal, path + ": no memory to open the store");
    return ErrorOf(connection, path);
  }
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, kBusyMilliseconds);
  return database;
}

Result<Borrowed> Database::Use(const std::string& sql) {
  const auto known = statements_.find(sql);
  if (known != statements_.end()) return Borrowed(known->second);
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return ErrorOf(connection_.get(), path_);
  return Borrowed(statements_.emplace(sql, Statement(statement, path_)).first->second);
}

Result<void> Database::Run(const std::string& sql) {
  if (sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return ErrorOf(connection_.get(), path_);
  return {};
}

Result<void> Database::UseWriteAheadLog() {
  // The one step of opening for which SQLite may report a lock without having waited: two that
  // create a store together would meet here. https://sqlite.org/pragma.html#pragma_journal_mode
  constexpr int kPauseMilliseconds = 10;
  for (int waited = 0;; waited += kPauseMilliseconds) {
    auto used = Run("PRAGMA journal_mode = WAL");
    const bool is_busy = (sqlite3_errcode(connection_.get()) & 0xFF) == SQLITE_BUSY;
    if (used || !is_busy || waited >= kBusyMilliseconds) return used;
    sqlite3_sleep(kPauseMilliseconds);
  }
}

Result<std::int64_t> Database::Number(const std::string& sql) {
  LC_TRY(const Borrowed statement, Use(sql));
  LC_TRY(const bool has_row, statement->Step());
  return has_row ? statement->Int(0) : 0;
}

Result<Transaction> Transaction::Begin(Database& database) {
  LC_TRY_VOID(database.Run("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Result<Transaction> Transaction::BeginReading(Database& database) {
  LC_TRY_VOID(database.Run("BEGIN"));
  return Transaction(database);
}

Result<void> Transaction::Commit() {
  LC_TRY_VOID(database_->Run("COMMIT"));
  database_ = nullptr;
  return {};
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // It fails only where the database has undone the transaction already.
  if (database_ != nullptr) static_cast<void>(database_->Run("ROLLBACK"));
}

}  // namespace loadcurve::store
