#include "compute/drawings/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "compute/drawings/drawing.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/styles.h"

namespace warpscope::drawings {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(AFileWrittenAtomically, ReplacesTheOldOneAndLeavesNoTemporary) {
  const tests::ScratchFolder folder;
  const fs::path path = folder.path() / "file";
  const std::string bytes("a\0b\nc", 5);
  ASSERT_TRUE(write_file_atomically(path, "old").has_value());
  ASSERT_TRUE(write_file_atomically(path, bytes).has_value());
  EXPECT_EQ(*read_whole_file(path, 100), bytes);
  EXPECT_EQ(files_in(folder.path()), 1U);
  ASSERT_TRUE(write_file_without_flush(path, "new").has_value());
  ASSERT_TRUE(flush_file_system(folder.path()).has_value());
  EXPECT_EQ(*read_whole_file(path, 100), "new");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(AFileWrittenAtomically, IsTheOldOneWhereThereIsNoRoomForTheNew) {
  const tests::ScratchFolder folder;
  const fs::path path = folder.path() / "file";
  ASSERT_TRUE(write_file_atomically(path, "old").has_value());
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  const rlimit limit{1000, old_limit.rlim_max};
  auto* const old_handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  const auto written = write_file_atomically(path, std::string(5000, 'n'));
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().text(),
            path.string() + ": cannot write this file: File too large; free some space and try again");
  EXPECT_EQ(*read_whole_file(path, 100), "old");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(AFileWrittenAtomically, PassesOverTemporariesThatACrashHasLeft) {
  const tests::ScratchFolder folder;
  const fs::path path = folder.path() / "file";
  const fs::path left = path.string() + "." + std::to_string(getpid()) + "-0.tmp";
  std::ofstream(left) << "left";
  ASSERT_TRUE(write_file_atomically(path, "new").has_value());
  EXPECT_EQ(*read_whole_file(path, 100), "new");
  EXPECT_EQ(*read_whole_file(left, 100), "left");
}

TEST(FileErrors, SayWhatIsWrong) {
  const tests::ScratchFolder folder;
  EXPECT_THAT(write_file_atomically(folder.path() / "no" / "file", "").error().message,
              HasSubstr("the folder must exist"));
  EXPECT_THAT(write_file_atomically(folder.path(), "").error().message, HasSubstr("this is a folder"));
  EXPECT_THAT(read_whole_file(folder.path(), 9).error().message, HasSubstr("this is a folder"));
  EXPECT_THAT(read_whole_file(folder.path() / "none", 9).error().message, HasSubstr("No such file"));
  std::ofstream(folder.path() / "ten") << "0123456789";
  EXPECT_EQ(read_whole_file(folder.path() / "ten", 10)->size(), 10U);
  EXPECT_THAT(read_whole_file(folder.path() / "ten", 9).error().message, HasSubstr("larger than the 9 bytes"));
}

TEST(StrokesFiles, ComeBackAsTheyWereWritten) {
  const tests::ScratchFolder folder;
  const Drawing drawing = tests::make_digit(tests::Style::kUsual, 3, 1);
  ASSERT_TRUE(write_strokes_file(drawing, folder.path() / "3.json").has_value());
  EXPECT_EQ(*read_strokes_file(folder.path() / "3.json"), drawing);
}

TEST(StrokesFiles, AreNotWrittenWhereTheyCouldNotBeRead) {
  const tests::ScratchFolder folder;
  Drawing drawing;
  drawing.label = 11;
  EXPECT_THAT(write_strokes_file(drawing, folder.path() / "x.json").error().text(),
              HasSubstr("x.json: the label is 11"));
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(StrokesFiles, NameThemselvesInErrors) {
  const tests::ScratchFolder folder;
  std::ofstream(folder.path() / "bad.json") << "{\n  \"label\": 12}";
  EXPECT_THAT(read_strokes_file(folder.path() / "bad.json").error().text(),
              HasSubstr("bad.json:2:12: the label must be"));
  EXPECT_THAT(read_strokes_file(folder.path() / "none.json").error().text(),
              HasSubstr("none.json: cannot read this file"));
}

}  // namespace
}  // namespace warpscope::drawings
