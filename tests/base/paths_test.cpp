#include "compute/base/paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace warpscope::base {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Sets (or, given nothing, unsets) an environment variable and puts the old value back.
class Environment {
 public:
  Environment(const char* name, const std::optional<std::string>& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  ~Environment() { set(old_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  void set(const std::optional<std::string>& value) const {
    value ? setenv(name_, value->c_str(), 1) : unsetenv(name_);
  }
  const char* name_;
  std::optional<std::string> old_;
};

class FindAsset : public testing::Test {
 protected:
  FindAsset() : folder_(fs::temp_directory_path() / ("warpscope-paths-" + std::to_string(getpid()))) {
    fs::create_directories(folder_ / "lessons");
    std::ofstream(folder_ / "lessons" / "one.script") << "wait-frames 1\n";
  }
  ~FindAsset() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(FindAsset, FindsTheShippedFilesFromTheBuildFolder) {
  const Environment none("WARPSCOPE_ASSETS", std::nullopt);
  const auto mnist = find_asset("mnist");
  ASSERT_TRUE(mnist.has_value()) << mnist.error().text();
  EXPECT_TRUE(fs::equivalent(*mnist, fs::path(WARPSCOPE_SOURCE_DIR) / "assets" / "mnist"));
}

TEST_F(FindAsset, FindsThemFromAnyWorkingDirectory) {
  const Environment none("WARPSCOPE_ASSETS", std::nullopt);
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  const auto fonts = find_asset("fonts");
  fs::current_path(before);
  EXPECT_TRUE(fonts.has_value()) << fonts.error().text();
}

TEST_F(FindAsset, LooksFirstWhereTheEnvironmentPoints) {
  fs::create_directories(folder_ / "mnist");
  const Environment here("WARPSCOPE_ASSETS", folder_.string());
  EXPECT_EQ(find_asset("mnist").value(), folder_ / "mnist");
  EXPECT_EQ(find_asset("lessons/one.script").value(), folder_ / "lessons" / "one.script");
}

TEST_F(FindAsset, GoesOnLookingWhereTheEnvironmentsFolderLacksTheFile) {
  const Environment here("WARPSCOPE_ASSETS", folder_.string());
  const auto fonts = find_asset("fonts");
  ASSERT_TRUE(fonts.has_value()) << fonts.error().text();
  EXPECT_TRUE(fs::equivalent(*fonts, fs::path(WARPSCOPE_SOURCE_DIR) / "assets" / "fonts"));
}

TEST_F(FindAsset, NamesTheFileAndThePlacesTriedWhereItIsMissing) {
  const Environment here("WARPSCOPE_ASSETS", folder_.string());
  const auto missing = find_asset("lessons/no-such-lesson.script");
  ASSERT_FALSE(missing.has_value());
  const std::string text = missing.error().text();
  EXPECT_THAT(text, HasSubstr("'lessons/no-such-lesson.script'"));
  EXPECT_THAT(text, HasSubstr((folder_ / "lessons" / "no-such-lesson.script").string()));
  EXPECT_THAT(text, HasSubstr((fs::path(WARPSCOPE_SOURCE_DIR) / "assets" / "lessons").string()));
}

TEST(DefaultDataDir, FollowsXdgDataHome) {
  const Environment data("XDG_DATA_HOME", "/srv/people/ada");
  EXPECT_EQ(default_data_dir(), "/srv/people/ada/warpscope");
}

TEST(DefaultDataDir, IsBelowHomeWhereXdgDataHomeIsNotSet) {
  const Environment home("HOME", "/home/ada");
  const Environment data("XDG_DATA_HOME", std::nullopt);
  EXPECT_EQ(default_data_dir(), "/home/ada/.local/share/warpscope");
}

// The XDG base directory specification: "All paths set in these environment variables must be absolute. If an
// implementation encounters a relative path [...] it should consider the path invalid and ignore it."
TEST(DefaultDataDir, IgnoresAnEmptyOrRelativeXdgDataHome) {
  const Environment home("HOME", "/home/ada");
  for (const char* invalid : {"", "data", "./data", "~/data"}) {
    const Environment data("XDG_DATA_HOME", invalid);
    EXPECT_EQ(default_data_dir(), "/home/ada/.local/share/warpscope") << "XDG_DATA_HOME=" << invalid;
  }
}

TEST(DefaultDataDir, IsBelowTheWorkingDirectoryWhereNothingIsKnown) {
  const Environment home("HOME", std::nullopt);
  const Environment data("XDG_DATA_HOME", std::nullopt);
  EXPECT_EQ(default_data_dir(), "./.local/share/warpscope");
}

}  // namespace
}  // namespace warpscope::base
