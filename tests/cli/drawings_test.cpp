#include <gmock/gmock.h>

#include <set>

#include "tests/cli/cli.h"

namespace warpscope::cli_test {
namespace {

using ::testing::HasSubstr;

std::string strokes(int label, int x) {
  return json{{"label", label}, {"canvas", {280, 280}}, {"strokes", {{{x, 40, 0}, {x, 240, 300}}}}}.dump();
}

// Two good files and one that is none.
void write_folder(const Workplace& here) {
  fs::create_directories(here / "in");
  write_file(here / "in/one.json", strokes(1, 140));
  write_file(here / "in/seven.json", strokes(7, 90));
  write_file(here / "in/broken.json", R"({"label": 12, "canvas": [280, 280], "strokes": []})");
}

TEST(Drawings, AreNoneWhereNothingWasDrawnAndLookingMakesNoStore) {
  const Workplace here;
  const Answer list = run(here, "drawings list --json");
  EXPECT_EQ(list.code, 0);
  EXPECT_EQ(list.parsed(), json::array());
  EXPECT_EQ(run(here, "drawings check").code, 0);
  EXPECT_FALSE(fs::exists(here / "data/warpscope"));
}

TEST(Drawings, ImportReportsWhatCameInAndWhatDidNot) {
  const Workplace here;
  write_folder(here);
  const Answer answer = run(here, "drawings import in --json");
  EXPECT_EQ(answer.code, 0) << answer.err;
  EXPECT_EQ(answer.parsed()["imported"], 2);
  ASSERT_EQ(answer.parsed()["skipped"].size(), 1U);
  EXPECT_THAT(answer.parsed()["skipped"][0].get<std::string>(), HasSubstr("broken.json"));
  EXPECT_THAT(answer.err, HasSubstr("broken.json"));
  EXPECT_EQ(run(here, "drawings import in --json").parsed()["imported"], 0) << "they are there already";
}

TEST(Drawings, ListGivesIdLabelStrokesAndTime) {
  const Workplace here;
  write_folder(here);
  ASSERT_EQ(run(here, "drawings import in").code, 0);
  const json list = run(here, "drawings list --json").parsed();
  ASSERT_EQ(list.size(), 2U);
  std::set<int> labels, ids;
  for (const json& drawing : list) {
    labels.insert(drawing["label"].get<int>());
    ids.insert(drawing["id"].get<int>());
    ASSERT_EQ(drawing["strokes"].size(), 1U);
    EXPECT_EQ(drawing["strokes"][0][1][1], 240);
    EXPECT_THAT(drawing["created"].get<std::string>(), ::testing::MatchesRegex("20[0-9-]+T[0-9:.]+Z"));
  }
  EXPECT_THAT(labels, ::testing::ElementsAre(1, 7));
  EXPECT_EQ(ids.size(), 2U);
  EXPECT_THAT(run(here, "drawings list").out, HasSubstr("1 stroke"));
}

TEST(Drawings, ExportGoesIntoAnotherStore) {
  const Workplace here;
  write_folder(here);
  ASSERT_EQ(run(here, "drawings import in").code, 0);
  const Answer exported = run(here, "drawings export out --json");
  ASSERT_EQ(exported.code, 0) << exported.err;
  EXPECT_EQ(exported.parsed()["exported"], 2);
  int json_files = 0, png_files = 0;
  for (const auto& entry : fs::directory_iterator(here / "out")) {
    json_files += entry.path().extension() == ".json";
    png_files += entry.path().extension() == ".png";
  }
  EXPECT_EQ(json_files, 2);
  EXPECT_EQ(png_files, 2);
  ASSERT_EQ(run(here, "drawings import out --data-dir other").code, 0);
  const json here_list = run(here, "drawings list --json").parsed();
  const json other_list = run(here, "drawings list --json --data-dir other").parsed();
  ASSERT_EQ(other_list.size(), 2U);
  std::multiset<std::string> here_strokes, other_strokes;
  for (const json& drawing : here_list) here_strokes.insert(drawing["strokes"].dump() + drawing["label"].dump());
  for (const json& drawing : other_list) other_strokes.insert(drawing["strokes"].dump() + drawing["label"].dump());
  EXPECT_EQ(here_strokes, other_strokes);
}

TEST(Drawings, CheckFindsADamagedStoreAndLeavesItAsItIs) {
  const Workplace here;
  write_folder(here);
  ASSERT_EQ(run(here, "drawings import in").code, 0);
  const Answer sound = run(here, "drawings check --json");
  EXPECT_EQ(sound.code, 0) << sound.err;
  EXPECT_EQ(sound.parsed()["sound"], true);
  EXPECT_EQ(sound.parsed()["drawings"], 2);

  const fs::path store = here / "data/warpscope/warpscope.sqlite";
  std::string bytes = read_file(store);
  for (std::size_t i = 40; i < bytes.size(); i += 3) bytes[i] = static_cast<char>(i * 37);
  write_file(store, bytes);
  for (const char* side : {"-wal", "-shm"}) fs::remove(store.string() + side);
  const Answer damaged = run(here, "drawings check --json");
  EXPECT_EQ(damaged.code, 1);
  EXPECT_EQ(damaged.parsed()["sound"], false);
  EXPECT_FALSE(damaged.parsed()["problems"].empty());
  EXPECT_EQ(read_file(store), bytes) << "checking is looking";
}

TEST(Drawings, ImportNeedsAFolder) {
  const Workplace here;
  write_file(here / "file.json", strokes(1, 100));
  for (const char* wrong : {"gone", "file.json"}) {
    const Answer answer = run(here, std::string("drawings import ") + wrong);
    EXPECT_EQ(answer.code, 2);
    EXPECT_THAT(answer.err, HasSubstr("not a folder"));
  }
}

}  // namespace
}  // namespace warpscope::cli_test
