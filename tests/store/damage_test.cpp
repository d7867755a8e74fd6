// A damaged store is set aside under another name, unchanged, and a fresh one begun; nothing is overwritten.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <random>

#include "compute/drawings/atomic_file.h"
#include "tests/store/kill_child/work.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::tests {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;

std::string read(const fs::path& path) {
  return *drawings::read_whole_file(path, 1 << 26);
}
void write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

void fill(store::Store& store, int drawings) {
  for (int n = 0; n < drawings; ++n) {
    const auto made = drawing_number(static_cast<std::uint64_t>(n));
    ASSERT_TRUE(store.add_drawing(made.drawing, made.image).has_value());
  }
  const std::int64_t run = *store.begin_run({"mlp128", "adam", "constant", "", "cpu", 1e-3, 64, 5, 1});
  ASSERT_TRUE(store.add_epoch(run, epoch_number(1), points_of_epoch(1, kTrainPoints), {}).has_value());
}

// Changes the file as no Store would.
void with_sqlite(const fs::path& file, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  sqlite3_close(database);
}

class DamagedStore : public testing::Test {
 protected:
  ScratchFolder folder;
  fs::path file = folder.path() / "warpscope.sqlite";

  void make(int drawings = 30) {
    auto store = *store::Store::open(folder.path());
    fill(store, drawings);
  }

  std::vector<fs::path> set_aside() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      if (entry.path().filename().string().find(".damaged-") != std::string::npos) found.push_back(entry.path());
    }
    return found;
  }

  // The damaged bytes are kept as they are, a fresh store is usable and says what happened, once.
  void expect_set_aside(const std::string& damaged_bytes, const std::string& why) {
    auto store = store::Store::open(folder.path());
    ASSERT_TRUE(store.has_value()) << store.error().text();
    EXPECT_THAT(store->notice(), HasSubstr("was damaged"));
    EXPECT_THAT(store->notice(), ContainsRegex(why));
    const auto aside = set_aside();
    ASSERT_EQ(aside.size(), 1U);
    EXPECT_THAT(aside[0].filename().string(), ContainsRegex("^warpscope\\.sqlite\\.damaged-[0-9]{8}T[0-9]{6}Z$"));
    EXPECT_THAT(store->notice(), HasSubstr(aside[0].string()));
    EXPECT_EQ(read(aside[0]), damaged_bytes);
    EXPECT_TRUE(store->drawings()->empty());
    fill(*store, 3);
    EXPECT_TRUE(store->check()->sound);
    store = store::Store::open(folder.path());
    EXPECT_EQ(store->notice(), "");
    EXPECT_EQ(store->drawings()->size(), 3U);
  }
};

TEST_F(DamagedStore, ThatIsNoDatabaseAtAll) {
  write(file, "these are not the bytes of a database " + std::string(5000, 'x'));
  expect_set_aside(read(file), "not a database");
}

TEST_F(DamagedStore, ThatIsCutOff) {
  make();
  std::string bytes = read(file);
  bytes.resize(bytes.size() / 2);
  write(file, bytes);
  expect_set_aside(bytes, "malformed|invalid page|size|Page|Tree");
}

TEST_F(DamagedStore, ThatHoldsNoiseInTheMiddle) {
  make();
  std::string bytes = read(file);
  std::mt19937 random(1);
  for (std::size_t i = 4096; i < 5 * 4096; ++i) bytes[i] = static_cast<char>(random());
  write(file, bytes);
  expect_set_aside(bytes, "malformed|Tree|Page|page");
}

TEST_F(DamagedStore, ThatBelongsToAnotherProgram) {
  with_sqlite(file, "CREATE TABLE songs (title TEXT)");
  expect_set_aside(read(file), "another program");
}

TEST_F(DamagedStore, TakesItsLogAlong) {
  make(60);
  {
    auto store = *store::Store::open(folder.path());
    fill(store, 5);  // not enough to bring all pages into the log, which could then stand for the file
    // As a crash leaves them: the file and its log.
    fs::copy(file, folder.path() / "file");
    fs::copy(folder.path() / "warpscope.sqlite-wal", folder.path() / "log");
  }
  const std::string log = read(folder.path() / "log");
  ASSERT_GT(log.size(), 4096U);
  for (const std::string& damaged : {std::string(), std::string(4096, '?')}) {
    for (const fs::path& old : set_aside()) fs::remove(old);
    for (const char* end : {"-wal", "-shm"}) fs::remove(file.string() + end);
    write(file, damaged);
    write(file.string() + "-wal", log);
    auto store = *store::Store::open(folder.path());
    EXPECT_THAT(store.notice(), HasSubstr("was damaged"));
    EXPECT_TRUE(store.drawings()->empty());
    EXPECT_TRUE(store.check()->sound);
    const auto aside = set_aside();
    const auto kept_log =
        std::find_if(aside.begin(), aside.end(), [](const auto& p) { return p.string().ends_with("Z-wal"); });
    ASSERT_NE(kept_log, aside.end());
    EXPECT_EQ(read(*kept_log), log);
  }
}

TEST_F(DamagedStore, DoesNotTakeTheNameOfAnEarlierOne) {
  for (int i = 0; i < 3; ++i) {
    write(file, "damaged " + std::to_string(i));
    ASSERT_TRUE(store::Store::open(folder.path()).has_value());
  }
  std::vector<std::string> kept;
  for (const fs::path& path : set_aside()) kept.push_back(read(path));
  EXPECT_THAT(kept, testing::UnorderedElementsAre("damaged 0", "damaged 1", "damaged 2"));
}

// Whichever bytes go wrong: the store opens, is fresh or has what it had, and can be used.
TEST_F(DamagedStore, OpensWhateverBytesAreWrong) {
  make(10);
  const std::string sound = read(file);
  std::mt19937 random(3);
  int fresh = 0;
  for (int round = 0; round < 80; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    for (const fs::path& old : set_aside()) fs::remove(old);
    std::string bytes = sound;
    // Half of the rounds aim at the pages' headers, where it hurts most.
    const int wrong = 1 + static_cast<int>(random() % 16);
    for (int i = 0; i < wrong; ++i) {
      const std::size_t at =
          round % 2 ? random() % bytes.size() : random() % (bytes.size() / 4096) * 4096 + random() % 32;
      bytes[at] = static_cast<char>(random());
    }
    write(file, bytes);
    auto store = store::Store::open(folder.path());
    ASSERT_TRUE(store.has_value() || store.error().message.find("newer") != std::string::npos) << store.error().text();
    if (!store) continue;
    fresh += store->notice().empty() ? 0 : 1;
    const auto made = drawing_number(5);
    EXPECT_TRUE(store->add_drawing(made.drawing, made.image).has_value());
    (void)store->check();
    if (const auto kept = store->drawings(); store->notice().empty()) {
      EXPECT_TRUE(kept.has_value() && kept->size() == 11);
    }
  }
  EXPECT_GT(fresh, 20);
}

TEST_F(DamagedStore, IsOpenedAndExaminedReadOnlyButNotTouched) {
  make();
  std::string bytes = read(file);
  std::fill(bytes.begin() + 4096, bytes.begin() + 4 * 4096, 'x');
  write(file, bytes);
  const auto store = store::Store::open_read_only(folder.path());
  ASSERT_TRUE(store.has_value()) << store.error().text();
  const auto report = *store->check();
  EXPECT_FALSE(report.sound);
  EXPECT_FALSE(report.problems.empty());
  write(folder.path() / "warpscope.sqlite", "no database");
  EXPECT_FALSE(store::Store::open_read_only(folder.path())->check()->sound);
  EXPECT_THAT(store::Store::open_read_only(folder.path())->drawings().error().message,
              HasSubstr("the file is damaged"));
  EXPECT_TRUE(set_aside().empty());
}

TEST_F(DamagedStore, RowsThatAreWrongAreNamedOneByOne) {
  make(3);
  with_sqlite(file,
              "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;"
              "UPDATE drawings SET label = 12 WHERE id = 1;"
              "UPDATE drawings SET strokes = '{\"canvas\": [1, 1], \"strokes\": [[[1]]]}' WHERE id = 2;"
              "UPDATE drawings SET image = x'0102' WHERE id = 3;"
              "UPDATE curve_points SET points = x'01' WHERE kind = 'train';"
              "DELETE FROM runs;");
  const auto report = *store::Store::open_read_only(folder.path())->check();
  EXPECT_FALSE(report.sound);
  EXPECT_EQ(report.drawings, 3);
  const std::string all = testing::PrintToString(report.problems);
  EXPECT_THAT(all, HasSubstr("drawing 1 has the label 12"));
  EXPECT_THAT(all, HasSubstr("strokes of drawing 2:1:33: a point needs two or three numbers"));
  EXPECT_THAT(all, HasSubstr("drawing 3 has a picture of 2 bytes instead of 784"));
  EXPECT_THAT(all, HasSubstr("the train points of epoch 1 of run 1 are cut off"));
  EXPECT_THAT(all, HasSubstr("of epochs belongs to a row of runs that is not there"));
  // What can still be shown is shown.
  EXPECT_EQ(store::Store::open_read_only(folder.path())->drawings()->size(), 3U);
}

TEST_F(DamagedStore, OfANewerFormIsLeftAlone) {
  make(2);
  with_sqlite(file, "PRAGMA user_version = 99");
  const std::string bytes = read(file);
  EXPECT_THAT(store::Store::open(folder.path()).error().message, HasSubstr("newer Warpscope"));
  EXPECT_THAT(store::Store::open_read_only(folder.path()).error().message, HasSubstr("newer Warpscope"));
  EXPECT_EQ(read(file), bytes);
  EXPECT_TRUE(set_aside().empty());
}

// A power cut can leave any beginning of the log. What was written first is there, and nothing is half there.
TEST(ALogThatIsCutOffAnywhere, LeavesABeginningOfWhatWasKept) {
  const ScratchFolder folder;
  const fs::path made = folder.path() / "made";
  auto store = *store::Store::open(made);
  constexpr int kDrawings = 12;
  fill(store, kDrawings);
  const std::string bytes = read(store.file());
  const std::string log = read(store.file().string() + "-wal");
  std::mt19937 random(5);
  std::vector<std::pair<std::size_t, std::size_t>> kept_at;  // length of the log, drawings found
  for (int round = 0; round < 60; ++round) {
    const std::size_t length = round == 0 ? log.size() : random() % log.size();
    const fs::path cut = folder.path() / ("cut" + std::to_string(round));
    fs::create_directory(cut);
    write(cut / "warpscope.sqlite", bytes);
    write(cut / "warpscope.sqlite-wal", log.substr(0, length));
    const auto opened = store::Store::open(cut);
    ASSERT_TRUE(opened.has_value()) << opened.error().text();
    ASSERT_EQ(opened->notice(), "") << length;
    EXPECT_TRUE(opened->check()->sound);
    const auto drawings = *opened->drawings();
    for (std::size_t n = 0; n < drawings.size(); ++n) EXPECT_EQ(drawings[n].drawing, drawing_number(n).drawing);
    kept_at.emplace_back(length, drawings.size());
  }
  EXPECT_EQ(kept_at.front().second, static_cast<std::size_t>(kDrawings));
  std::sort(kept_at.begin(), kept_at.end());
  EXPECT_TRUE(std::is_sorted(kept_at.begin(), kept_at.end(), [](auto a, auto b) { return a.second < b.second; }));
  EXPECT_EQ(kept_at.front().second, 0U);
}

}  // namespace
}  // namespace warpscope::tests
