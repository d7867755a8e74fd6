// store/impl.h: what a Store is made of. Floor 2. Used only inside compute/store.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "compute/store/sqlite.h"
#include "compute/store/store.h"

namespace warpscope::store {

struct Store::Impl {
  Database database;
  std::filesystem::path file;
  std::string notice;

  tl::unexpected<base::Error> cannot(std::string_view doing) const { return tl::unexpected(database.error(doing)); }

  // One statement that changes one row called `what`, which is a transaction of its own.
  template <class... Values>
  Result<void> change_one(std::string_view doing, const std::string& what, const char* sql, const Values&... values) {
    if (!Statement(database, sql).bind(values...).run_to_end()) return cannot(doing);
    if (sqlite3_changes(database.get()) == 0) {
      return base::fail(fmt::format("cannot {}: there is no {} in the store", doing, what), {file.string()});
    }
    return {};
  }
};

// Now, as UTC in ISO 8601 with milliseconds: 2026-11-21T11:38:48.123Z
std::string utc_now();

}  // namespace warpscope::store
