// store/sqlite.h: SQLite's handles as objects that close themselves, and its error codes as sentences. Floor 2.
// Used only inside compute/store; one thread at a time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "compute/base/error.h"

namespace warpscope::store {

class Database {
 public:
  // The connection, even where opening failed: SQLite keeps the reason in it, and error() tells it.
  Database(const std::filesystem::path& file, int open_flags, const std::string& uri = {});

  bool is_open() const { return opened_; }
  bool is_read_only() const { return sqlite3_db_readonly(handle_.get(), "main") == 1; }
  sqlite3* get() const { return handle_.get(); }
  const std::filesystem::path& file() const { return file_; }

  // SQLite's primary code of the last call that failed.
  int code() const { return sqlite3_errcode(handle_.get()) & 0xFF; }
  // True where the last failure says that the file's content is broken, and not the disk or the permissions.
  bool says_damaged() const { return code() == SQLITE_CORRUPT || code() == SQLITE_NOTADB; }

  // "cannot `doing`: why, and what to do", from the last call that failed.
  base::Error error(std::string_view doing) const;

  // Runs statements without parameters or results. False on failure; then error() says why.
  bool run(const char* sql) const { return sqlite3_exec(get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK; }

  // Whether closing the last connection writes the log back into the file. Off until the file is known to be sound,
  // so that a damaged one is set aside just as it was found.
  void write_log_back_on_close(bool on) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::filesystem::path file_;
  bool opened_ = false;
};

// A prepared statement. A failure to prepare or to bind shows as a failure of the first step.
class Statement {
 public:
  Statement(const Database& database, const char* sql);

  // Binds all parameters in order, from the first.
  template <class... Values>
  Statement& bind(const Values&... values) {
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }

  bool next_row();                                      // false at the end and on failure
  bool finished() const { return rc_ == SQLITE_DONE; }  // false after a failure
  bool run_to_end();                                    // all rows passed over; false on failure
  void reset();                                         // ready to be bound and run again

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  double real(int column) const { return sqlite3_column_double(handle_.get(), column); }
  bool is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }
  std::string text(int column) const;
  std::span<const std::uint8_t> blob(int column) const;  // valid until the next step

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  void bind_one(int index, std::int64_t value) { note(sqlite3_bind_int64(handle_.get(), index, value)); }
  void bind_one(int index, int value) { bind_one(index, static_cast<std::int64_t>(value)); }
  void bind_one(int index, double value) { note(sqlite3_bind_double(handle_.get(), index, value)); }
  void bind_one(int index, const std::string& value);
  void bind_one(int index, std::span<const std::uint8_t> value);
  void bind_one(int index, std::nullptr_t) { note(sqlite3_bind_null(handle_.get(), index)); }
  void note(int rc) {
    if (rc != SQLITE_OK) rc_ = rc;
  }

  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int rc_ = SQLITE_OK;
};

// Everything between begin and commit happens or nothing does; without a commit, nothing.
class Transaction {
 public:
  explicit Transaction(const Database& database) : database_(database), open_(database.run("BEGIN IMMEDIATE")) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    // Some failures, a full disk for one, have already rolled back.
    if (open_ && sqlite3_get_autocommit(database_.get()) == 0) database_.run("ROLLBACK");
  }
  bool begun() const { return open_; }
  bool commit() {
    const bool done = database_.run("COMMIT");
    if (done) open_ = false;
    return done;
  }

 private:
  const Database& database_;
  bool open_;
};

}  // namespace warpscope::store
