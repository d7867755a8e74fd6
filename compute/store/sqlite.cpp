#include "compute/store/sqlite.h"

#include <fmt/format.h>

#include <array>

namespace warpscope::store {
namespace {

constexpr int kBusyTimeoutMs = 5000;

struct Advice {
  int code;
  const char* text;
};

constexpr const char* kNoRoom =
    "there is no room left on the disk; what was kept before is safe. Free some space and do it again";
// SQLite tells a full disk (ENOSPC) from other failures to write; a used-up quota is one of those others.
constexpr const char* kRefused =
    "the disk takes no more: it is full, or a quota is used up, or it is failing; what was kept before is safe. Free "
    "some "
    "space and do it again";
constexpr const char* kDamaged =
    "the file is damaged; open the store again: it is then set aside under another name and a fresh one begun";

constexpr std::array<Advice, 10> kAdvice = {{
    {SQLITE_FULL, kNoRoom},
    {SQLITE_READONLY, "the file or its folder may not be written; allow it, or choose another folder with --data-dir"},
    {SQLITE_PERM, "the file may not be written; allow it, or choose another folder with --data-dir"},
    {SQLITE_AUTH, "the file may not be used; allow it, or choose another folder with --data-dir"},
    {SQLITE_CANTOPEN,
     "the file cannot be opened or made; its folder must be there and you must be allowed to write to it, "
     "or choose another folder with --data-dir"},
    {SQLITE_BUSY,
     "another program is writing to it and did not finish within 5 seconds; close that program, or try again"},
    {SQLITE_LOCKED, "another part of the program is writing to it; try again"},
    {SQLITE_CORRUPT, kDamaged},
    {SQLITE_NOTADB, kDamaged},
    {SQLITE_NOMEM, "there is not enough memory; close other programs and try again"},
}};

bool is_refused_writing(int extended_code) {
  return extended_code == SQLITE_IOERR_WRITE || extended_code == SQLITE_IOERR_SHMSIZE ||
         extended_code == SQLITE_IOERR_TRUNCATE;
}

}  // namespace

Database::Database(const std::filesystem::path& file, int open_flags, const std::string& uri) : file_(file) {
  sqlite3* handle = nullptr;
  const std::string& name = uri.empty() ? file.native() : uri;
  opened_ = sqlite3_open_v2(name.c_str(), &handle, open_flags, nullptr) == SQLITE_OK;
  handle_.reset(handle);
  if (opened_) sqlite3_busy_timeout(handle, kBusyTimeoutMs);
}

base::Error Database::error(std::string_view doing) const {
  std::string why = sqlite3_errmsg(get());
  if (code() == SQLITE_IOERR) {
    const int extended_code = sqlite3_extended_errcode(get());
    why =
        is_refused_writing(extended_code)
            ? kRefused
            : fmt::format("the disk failed (SQLite's code {}); look at the system's log, and copy the folder elsewhere",
                          extended_code);
  }
  for (const auto& [code_of_advice, text] : kAdvice) {
    if (code_of_advice == code()) why = text;
  }
  return {fmt::format("cannot {}: {}", doing, why), {file_.string()}};
}

void Database::write_log_back_on_close(bool on) const {
  sqlite3_db_config(get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 0 : 1, nullptr);
}

Statement::Statement(const Database& database, const char* sql) {
  sqlite3_stmt* handle = nullptr;
  rc_ = sqlite3_prepare_v2(database.get(), sql, -1, &handle, nullptr);
  handle_.reset(handle);
}

bool Statement::next_row() {
  if (rc_ == SQLITE_OK || rc_ == SQLITE_ROW) rc_ = sqlite3_step(handle_.get());
  return rc_ == SQLITE_ROW;
}

bool Statement::run_to_end() {
  while (next_row()) {
  }
  return finished();
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
  rc_ = SQLITE_OK;
}

std::string Statement::text(int column) const {
  const auto* begin = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  return begin ? std::string(begin, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column)))
               : std::string();
}

std::span<const std::uint8_t> Statement::blob(int column) const {
  const auto* begin = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_.get(), column));
  return {begin, begin ? static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column)) : 0};
}

void Statement::bind_one(int index, const std::string& value) {
  note(sqlite3_bind_text64(handle_.get(), index, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind_one(int index, std::span<const std::uint8_t> value) {
  // A null pointer would bind NULL; an empty blob is a value.
  const void* begin = value.empty() ? static_cast<const void*>("") : value.data();
  note(sqlite3_bind_blob64(handle_.get(), index, begin, value.size(), SQLITE_TRANSIENT));
}

}  // namespace warpscope::store
