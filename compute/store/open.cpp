// Opening a store: making it, telling a sound file from a damaged one, setting the damaged one aside.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "compute/store/impl.h"
#include "compute/store/schema.h"

namespace warpscope::store {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFileName = "warpscope.sqlite";
constexpr const char* kDoing = "open the store of drawings and runs";
constexpr const char* kLog = "-wal";

std::string utc(const char* date_format, bool with_milliseconds) {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), date_format, &parts);
  if (!with_milliseconds) return text.data();
  return fmt::format("{}.{:03}Z", text.data(), now.time_since_epoch().count() % 1000);
}

fs::path beside(const fs::path& file, std::string_view suffix) {
  return file.native() + std::string(suffix);
}

// Names are durable only once their folder was flushed. Where the file system cannot, nothing is lost but the name.
void flush_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  (void)::fsync(descriptor);
  ::close(descriptor);
}

// Held while a store is opened: what one process finds must not change under it because another is just making the
// tables. Where the file system has no locks, opening goes on without.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    while (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

Result<void> make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error && fs::is_directory(folder)) return {};
  for (fs::path part = folder; !part.empty() && part != part.parent_path(); part = part.parent_path()) {
    std::error_code ignored;
    if (fs::exists(part, ignored) && !fs::is_directory(part, ignored)) {
      return base::fail(
          fmt::format("cannot keep drawings and runs here: '{}' is a file, and a folder is needed; choose "
                      "another with --data-dir",
                      part.string()),
          {folder.string()});
    }
  }
  return base::fail(
      fmt::format("cannot make the folder for drawings and runs: {}; choose another with --data-dir", error.message()),
      {folder.string()});
}

std::string first_problem(const Database& database) {
  Statement check(database, "PRAGMA quick_check(1)");
  if (!check.next_row()) return sqlite3_errmsg(database.get());
  const std::string verdict = check.text(0);
  return verdict == "ok" ? "" : verdict;
}

// A number that SQLite keeps in the file, or that a query counts; nothing on failure.
std::optional<std::int64_t> number(const Database& database, const char* query) {
  Statement statement(database, query);
  if (!statement.next_row()) return std::nullopt;
  return statement.integer(0);
}

bool is_empty_file(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error || size == 0;
}

// The characters that mean something in a file: URI.
std::string escaped_for_uri(const std::string& path) {
  std::string escaped;
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      escaped += c;
    }
  }
  return escaped;
}

tl::unexpected<base::Error> newer(std::int64_t version, const fs::path& file) {
  return base::fail(
      fmt::format("this store was written by a newer Warpscope (its form is {}, this program knows {}); use "
                  "that one, or choose another folder with --data-dir",
                  version, kSchemaVersion),
      {file.string()});
}

// Either a sound database, or what is wrong with the file.
struct Opened {
  std::optional<Database> database;
  std::string damage;
};

Result<void> make_schema(const Database& database) {
  Transaction transaction(database);
  if (!transaction.begun()) return tl::unexpected(database.error(kDoing));
  // Another process may have made it since it was found missing.
  if (number(database, "PRAGMA user_version") != 0) return {};
  if (!database.run(kSchema) || !transaction.commit()) return tl::unexpected(database.error(kDoing));
  flush_folder(database.file().parent_path());
  return {};
}

// Switching to WAL needs the file for itself, and SQLite answers "busy" at once instead of waiting where another
// process is doing the same. Waits as long as every other access does.
bool switch_to_wal(Database& database) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!database.run("PRAGMA journal_mode = WAL")) {
    if (database.code() != SQLITE_BUSY || std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

Result<Opened> try_to_open(const fs::path& file) {
  if (is_empty_file(file) && !is_empty_file(beside(file, kLog))) {
    return Opened{{}, "its log is there, but the file itself is gone or empty"};
  }
  Database database(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!database.is_open()) return tl::unexpected(database.error(kDoing));
  database.write_log_back_on_close(false);
  if (database.is_read_only()) {
    return base::fail(fmt::format("cannot {}: the file may not be written; allow it, or choose another folder with "
                                  "--data-dir",
                                  kDoing),
                      {file.string()});
  }
  if (std::string problem = first_problem(database); !problem.empty()) {
    if (database.code() == SQLITE_OK || database.code() == SQLITE_DONE || database.code() == SQLITE_ROW ||
        database.says_damaged()) {
      return Opened{{}, std::move(problem)};
    }
    return tl::unexpected(database.error(kDoing));
  }
  const auto version = number(database, "PRAGMA user_version");
  const auto tables = number(database, "SELECT count(*) FROM sqlite_schema");
  if (!version || !tables) return tl::unexpected(database.error(kDoing));
  if (*version > kSchemaVersion) return newer(*version, file);
  if (*version<kSchemaVersion&& * tables> 0) return Opened{{}, "it holds tables of another program"};
  if (!switch_to_wal(database)) return tl::unexpected(database.error(kDoing));
  for (const char* setting : {"PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON"}) {
    if (!database.run(setting)) return tl::unexpected(database.error(kDoing));
  }
  if (*version == 0) {
    if (auto made = make_schema(database); !made) return tl::unexpected(made.error());
  }
  database.write_log_back_on_close(true);
  return Opened{std::move(database), {}};
}

// Renames the file and what belongs to it. The file itself comes last: should the program die in between, the rest of
// a damaged store is found again, and a fresh one never meets the old one's log.
Result<fs::path> set_aside(const fs::path& file) {
  const fs::path stem = beside(file, ".damaged-" + utc("%Y%m%dT%H%M%SZ", false));
  std::error_code ignored;
  fs::path target = stem;
  for (int n = 2; fs::exists(target, ignored) || fs::exists(beside(target, kLog), ignored); ++n) {
    target = beside(stem, fmt::format("-{}", n));
  }
  if (is_empty_file(beside(file, kLog))) {
    // Left by the attempt to open the file; they hold nothing.
    fs::remove(beside(file, kLog), ignored);
    fs::remove(beside(file, "-shm"), ignored);
  }
  for (const char* suffix : {"-shm", "-journal", kLog, ""}) {
    std::error_code error;
    fs::rename(beside(file, suffix), beside(target, suffix), error);
    if (error && error != std::errc::no_such_file_or_directory) {
      return base::fail(
          fmt::format("this store is damaged and cannot be set aside: {}; allow writing to its folder, or "
                      "choose another with --data-dir",
                      error.message()),
          {file.string()});
    }
  }
  flush_folder(file.parent_path());
  return target;
}

}  // namespace

struct Opening {
  static Store make(Database database, std::string notice) {
    const fs::path file = database.file();
    return Store(std::make_unique<Store::Impl>(Store::Impl{std::move(database), file, std::move(notice)}));
  }
};

std::string utc_now() {
  return utc("%Y-%m-%dT%H:%M:%S", true);
}

Result<Store> Store::open(const fs::path& data_dir) {
  if (auto made = make_folder(data_dir); !made) return tl::unexpected(made.error());
  const FolderLock lock(data_dir);
  const fs::path file = data_dir / kFileName;
  auto opened = try_to_open(file);
  if (!opened) return tl::unexpected(opened.error());
  if (opened->database) return Opening::make(*std::move(opened->database), "");

  const auto aside = set_aside(file);
  if (!aside) return tl::unexpected(aside.error());
  auto fresh = try_to_open(file);
  if (!fresh) return tl::unexpected(fresh.error());
  if (!fresh->database)
    return base::fail("a fresh store is damaged as soon as it is made; the disk may be failing", {file.string()});
  return Opening::make(
      *std::move(fresh->database),
      fmt::format("The store of drawings and runs was damaged ({}). It was set aside as '{}', unchanged, and "
                  "a fresh one was begun.",
                  opened->damage, aside->string()));
}

Result<Store> Store::open_read_only(const fs::path& data_dir) {
  const fs::path file = data_dir / kFileName;
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) {
    return base::fail("there is no store of drawings and runs here yet; it begins with the first drawing",
                      {file.string()});
  }
  Database database(file, SQLITE_OPEN_READONLY);
  auto version = number(database, "PRAGMA user_version");
  if (!version && !database.says_damaged() && is_empty_file(beside(file, kLog))) {
    // Reading a WAL store needs its shared-memory file, which cannot be made in a folder that may not be written. With
    // no log to be read, nobody is writing, and the file alone is the whole store.
    const std::string uri = "file:" + escaped_for_uri(file.string()) + "?immutable=1";
    database = Database(file, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, uri);
    version = number(database, "PRAGMA user_version");
  }
  if (!version && !database.says_damaged()) return tl::unexpected(database.error(kDoing));
  if (version > kSchemaVersion) return newer(*version, file);
  return Opening::make(std::move(database), "");
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

const std::string& Store::notice() const {
  return impl_->notice;
}
const fs::path& Store::file() const {
  return impl_->file;
}

}  // namespace warpscope::store
