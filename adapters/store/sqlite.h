#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace loadcurve::store {

// A prepared statement, used again and again: bind, step, reset. Not thread-safe.
class Statement {
 public:
  Statement(sqlite3_stmt* statement, std::string path) : path_(std::move(path)) {
    statement_.reset(statement);
  }

  Statement& Bind(int index, std::int64_t value);
  // Not copied: must live until the statement is reset.
  Statement& BindText(int index, std::string_view text);
  Statement& BindBlob(int index, std::string_view bytes);

  // True where there is a row to read. After false or an error the statement is reset and
  // can be bound anew.
  [[nodiscard]] Result<bool> Step();
  // Steps a statement that gives no rows.
  [[nodiscard]] Result<void> Run();
  void Reset();

  std::int64_t Int(int column) const;
  bool IsNull(int column) const;
  // Valid until the next Step or Reset.
  std::string_view Bytes(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string path_;
};

// A statement in use; it is reset, and so lets go of the database, when this ends.
class Borrowed {
 public:
  explicit Borrowed(Statement& statement) : statement_(&statement) {}
  Borrowed(Borrowed&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Borrowed& operator=(Borrowed&&) = delete;
  ~Borrowed() {
    if (statement_ != nullptr) statement_->Reset();
  }

  Statement* operator->() const { return statement_; }
  Statement& operator*() const { return *statement_; }

 private:
  Statement* statement_;
};

// A connection to a database file. Errors name the file, and say by their code what to do:
// a damaged file is kInvalidArgument, one that is busy or a full disk kUnavailable, one
// that may not be written kPermissionDenied.
class Database {
 public:
  // kNotFound where there is no such file and `may_create` is false.
  [[nodiscard]] static Result<Database> Open(const std::string& path, bool may_create);

  // The statement of that text, prepared once.
  [[nodiscard]] Result<Borrowed> Use(const std::string& sql);
  // One or more statements that give no rows of interest.
  [[nodiscard]] Result<void> Run(const std::string& sql);
  // Keeps the file in WAL from now on: readers and one writer at once.
  [[nodiscard]] Result<void> UseWriteAheadLog();
  // The first column of the first row.
  [[nodiscard]] Result<std::int64_t> Number(const std::string& sql);

  const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  Database(sqlite3* connection, std::string path);

  std::unique_ptr<sqlite3, Close> connection_;
  std::map<std::string, Statement> statements_;
  std::string path_;
};

// A transaction. To write it waits for other writers, and undoes all unless committed; to read it
// sees the file as it was at the first statement, whatever others write.
class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> Begin(Database& database);
  [[nodiscard]] static Result<Transaction> BeginReading(Database& database);
  [[nodiscard]] Result<void> Commit();

  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  Database* database_;
};

}  // namespace loadcurve::store
