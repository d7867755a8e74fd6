// A full disk, a folder that may not be written, a path that is no folder: a clear message, and things go on.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <optional>

#include "tests/store/kill_child/work.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::tests {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// While it lives no file of this process grows beyond `bytes`: writing fails with "File too large".
class NoRoomBeyond {
 public:
  explicit NoRoomBeyond(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit{bytes, old_limit_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  NoRoomBeyond(const NoRoomBeyond&) = delete;
  NoRoomBeyond& operator=(const NoRoomBeyond&) = delete;
  ~NoRoomBeyond() {
    setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  void (*old_handler_)(int);
  rlimit old_limit_{};
};

store::Result<std::int64_t> add(store::Store& store, int n) {
  const auto made = drawing_number(static_cast<std::uint64_t>(n));
  return store.add_drawing(made.drawing, made.image);
}

// Adds until it fails; the number kept and the failure.
std::pair<int, base::Error> add_until_full(store::Store& store, int first) {
  for (int n = first;; ++n) {
    if (n == 100'000) return {n, {"it never became full", {}}};
    if (auto id = add(store, n); !id) return {n, id.error()};
  }
}

void expect_drawings_up_to(const store::Store& store, int count) {
  const auto kept = store.drawings();
  ASSERT_TRUE(kept.has_value()) << kept.error().text();
  ASSERT_EQ(kept->size(), static_cast<std::size_t>(count));
  for (int n = 0; n < count; ++n) {
    EXPECT_EQ(kept->at(static_cast<std::size_t>(n)).drawing, drawing_number(static_cast<std::uint64_t>(n)).drawing);
  }
  EXPECT_TRUE(store.check()->sound);
}

TEST(AFullDisk, IsReportedLosesNothingAndIsForgottenOnceThereIsRoom) {
  const ScratchFolder folder;
  auto store = *store::Store::open(folder.path());
  std::optional<std::pair<int, base::Error>> full;
  base::Result<void> epoch;
  {
    const NoRoomBeyond limit(200'000);
    full = add_until_full(store, 0);
    epoch = store.add_epoch(1, epoch_number(1), points_of_epoch(1, 100'000), {});
  }
  EXPECT_GT(full->first, 5);
  EXPECT_THAT(full->second.message, HasSubstr("cannot keep the drawing: the disk takes no more: it is full"));
  EXPECT_EQ(full->second.where.file, store.file().string());
  EXPECT_FALSE(epoch.has_value());
  expect_drawings_up_to(store, full->first);
  for (int n = full->first; n < full->first + 20; ++n) ASSERT_TRUE(add(store, n).has_value());
  store = *store::Store::open(folder.path());
  EXPECT_EQ(store.notice(), "");
  expect_drawings_up_to(store, full->first + 20);
}

TEST(AFullDisk, IsReportedWhereNotEvenAnEmptyStoreFits) {
  const ScratchFolder folder;
  {
    const NoRoomBeyond limit(3'000);
    const auto store = store::Store::open(folder.path());
    ASSERT_FALSE(store.has_value());
    EXPECT_THAT(store.error().message, HasSubstr("the disk takes no more: it is full"));
  }
  const auto store = store::Store::open(folder.path());
  ASSERT_TRUE(store.has_value()) << store.error().text();
  EXPECT_EQ(store->notice(), "");
}

// Runs `work` in a child process; what it returns is what it has to say.
std::string in_child(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    const std::string text = work();
    const bool told = write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    std::_Exit(told ? 0 : 1);
  }
  close(ends[1]);
  std::string said;
  std::array<char, 4096> chunk{};
  for (ssize_t got = 0; (got = read(ends[0], chunk.data(), chunk.size())) > 0;) {
    said.append(chunk.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the child crashed; it said: " << said;
  return said;
}

// The same on a real file system of one megabyte, where the kernel says ENOSPC.
TEST(AFullDisk, IsReportedByARealSmallFileSystemToo) {
  const ScratchFolder folder;
  const std::string said = in_child([&]() -> std::string {
    const fs::path disk = folder.path() / "disk";
    fs::create_directory(disk);
    // A mount that only this process sees; needs root, or user namespaces.
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return "no mount";
    mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1m") != 0) return "no mount";
    auto store = *store::Store::open(disk / "data");
    {
      std::ofstream ballast(disk / "ballast", std::ios::binary);
      ballast << std::string(600'000, 'b');
    }
    const auto [count, error] = add_until_full(store, 0);
    if (error.message.find("cannot keep the drawing: there is no room left on the disk") == std::string::npos)
      return error.text();
    if (store.drawings()->size() != static_cast<std::size_t>(count) || !store.check()->sound)
      return "something was lost";
    fs::remove(disk / "ballast");
    for (int n = count; n < count + 10; ++n) {
      if (auto id = add(store, n); !id) return "after room was made: " + id.error().text();
    }
    store = *store::Store::open(disk / "data");
    return store.drawings()->size() == static_cast<std::size_t>(count) + 10 && store.check()->sound ? "well" : "lost";
  });
  if (said == "no mount") GTEST_SKIP() << "mounting a small file system is not allowed here";
  EXPECT_EQ(said, "well");
}

TEST(AnUnusablePath, ThatGoesThroughAFileIsNamed) {
  const ScratchFolder folder;
  const fs::path file = folder.path() / "a file";
  std::ofstream(file) << "text";
  for (const fs::path& data_dir : {file, file / "data"}) {
    const auto store = store::Store::open(data_dir);
    ASSERT_FALSE(store.has_value());
    EXPECT_THAT(store.error().text(), HasSubstr(fmt::format("'{}' is a file, and a folder is needed", file.string())));
    EXPECT_EQ(store.error().where.file, data_dir.string());
  }
}

TEST(AnUnusablePath, WithAFolderInThePlaceOfTheFileIsAnError) {
  const ScratchFolder folder;
  fs::create_directory(folder.path() / "warpscope.sqlite");
  const auto store = store::Store::open(folder.path());
  ASSERT_FALSE(store.has_value());
  EXPECT_THAT(store.error().message, HasSubstr("the file cannot be opened or made"));
}

TEST(AnUnusablePath, WithoutAStoreIsNoReadOnlyStore) {
  const ScratchFolder folder;
  EXPECT_THAT(store::Store::open_read_only(folder.path()).error().message,
              HasSubstr("no store of drawings and runs here yet"));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

// Root may write everywhere, so this runs as somebody else.
std::string as_another_user(const std::function<std::string()>& work) {
  return in_child([&]() -> std::string {
    constexpr uid_t kNobody = 65534;
    if (geteuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) return "no other user";
    return work();
  });
}

class AReadOnlyFolder : public testing::Test {
 protected:
  ScratchFolder folder;
  fs::path data = folder.path() / "data # 100% ?";

  void SetUp() override {
    chmod(folder.path().c_str(), 0755);
    fs::create_directory(data);
  }
  void TearDown() override { chmod(data.c_str(), 0755); }
  void protect() const {
    for (const auto& entry : fs::directory_iterator(data)) chmod(entry.path().c_str(), 0444);
    chmod(data.c_str(), 0555);
  }
};

TEST_F(AReadOnlyFolder, CannotGetAStore) {
  protect();
  const std::string said = as_another_user([&] {
    const auto store = store::Store::open(data);
    return store ? "it opened" : store.error().text();
  });
  if (said == "no other user") GTEST_SKIP() << said;
  EXPECT_THAT(
      said,
      HasSubstr("warpscope.sqlite: cannot open the store of drawings and runs: the file cannot be opened or made"));
}

TEST_F(AReadOnlyFolder, CannotGetAFolderInIt) {
  protect();
  const std::string said = as_another_user([&] {
    const auto store = store::Store::open(data / "deeper");
    return store ? "it opened" : store.error().text();
  });
  if (said == "no other user") GTEST_SKIP() << said;
  EXPECT_THAT(said, HasSubstr("cannot make the folder for drawings and runs: Permission denied"));
}

TEST_F(AReadOnlyFolder, WithAStoreSaysThatItMayNotBeWrittenAndCanBeRead) {
  {
    auto store = *store::Store::open(data);
    ASSERT_TRUE(add(store, 0).has_value());
  }
  protect();
  const std::string said = as_another_user([&]() -> std::string {
    const auto store = store::Store::open(data);
    if (store) return "it opened";
    const auto reader = store::Store::open_read_only(data);
    if (!reader) return reader.error().text();
    const auto kept = reader->drawings();
    if (!kept) return kept.error().text();
    return store.error().message + " / " + std::to_string(kept->size()) +
           (reader->check()->sound ? " sound" : " unsound");
  });
  if (said == "no other user") GTEST_SKIP() << said;
  EXPECT_THAT(said, HasSubstr("may not be written"));
  EXPECT_THAT(said, HasSubstr("/ 1 sound"));
  EXPECT_FALSE(fs::exists(data / "warpscope.sqlite-wal"));
}

}  // namespace
}  // namespace warpscope::tests
