#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <regex>

#include "tests/store/kill_child/work.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::tests {
namespace {

using testing::HasSubstr;

class StoredDrawings : public testing::Test {
 protected:
  ScratchFolder folder;
  store::Store store = *store::Store::open(folder.path());

  std::int64_t add(std::uint64_t n) {
    const auto made = drawing_number(n);
    return *store.add_drawing(made.drawing, made.image);
  }
};

TEST_F(StoredDrawings, ComeBackExactlyAsTheyWereDrawnAfterReopening) {
  const auto made = drawing_number(7);
  const std::int64_t id = add(7);
  store = *store::Store::open(folder.path());
  const auto kept = *store.drawings();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].id, id);
  EXPECT_EQ(kept[0].drawing, made.drawing);  // every coordinate and time to the last bit
  EXPECT_EQ(kept[0].image, made.image);
  EXPECT_TRUE(std::regex_match(kept[0].created, std::regex(R"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)")))
      << kept[0].created;
}

TEST_F(StoredDrawings, KeepAwkwardNumbersExactly) {
  drawings::Drawing drawing;
  drawing.label = 3;
  drawing.canvas_width = 0.1F;
  drawing.strokes = {{{1.0F / 3, 1e-30F, 0.1F}, {16777217.0F / 1024, -0.0F, 123456789.0F}}, {}};
  drawings::DigitImage image{};
  image[0] = 1;
  ASSERT_TRUE(store.add_drawing(drawing, image).has_value());
  EXPECT_EQ(store.drawings()->at(0).drawing, drawing);
}

TEST_F(StoredDrawings, AreListedOldestFirst) {
  for (const std::uint64_t n : {5U, 3U, 9U}) add(n);
  const auto kept = *store.drawings();
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept[0].drawing.label, 5);
  EXPECT_EQ(kept[1].drawing.label, 3);
  EXPECT_EQ(kept[2].drawing.label, 9);
}

TEST_F(StoredDrawings, CanBeRelabelled) {
  const std::int64_t id = add(7);
  ASSERT_TRUE(store.relabel(id, 1).has_value());
  EXPECT_EQ(store.drawings()->at(0).drawing.label, 1);
  EXPECT_EQ(store.drawings()->at(0).drawing.strokes, drawing_number(7).drawing.strokes);
}

TEST_F(StoredDrawings, AreNotRelabelledToWhatIsNoDigitAndNotWhereThereIsNone) {
  const std::int64_t id = add(7);
  EXPECT_THAT(store.relabel(id, 10).error().message, HasSubstr("a label is 0 to 9"));
  EXPECT_THAT(store.relabel(id, -1).error().message, HasSubstr("a label is 0 to 9"));
  EXPECT_THAT(store.relabel(id + 1, 3).error().message, HasSubstr("there is no drawing 2"));
  EXPECT_EQ(store.drawings()->at(0).drawing.label, 7);
}

TEST_F(StoredDrawings, ComeBackUnderTheirOldIdWhenADeletionIsUndone) {
  add(1);
  const std::int64_t second = add(2);
  add(3);
  const store::StoredDrawing removed = store.drawings()->at(1);
  ASSERT_TRUE(store.remove_drawing(second).has_value());
  EXPECT_EQ(store.drawings()->size(), 2U);
  EXPECT_THAT(store.remove_drawing(second).error().message, HasSubstr("there is no drawing 2"));
  ASSERT_TRUE(store.restore_drawing(removed).has_value());
  const auto kept = *store.drawings();
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept[1].id, second);
  EXPECT_EQ(kept[1].drawing, removed.drawing);
  EXPECT_EQ(kept[1].created, removed.created);
  EXPECT_THAT(store.restore_drawing(removed).error().message, HasSubstr("is in the store already"));
}

TEST_F(StoredDrawings, NeverGetTheIdOfADeletedOne) {
  const std::int64_t id = add(1);
  ASSERT_TRUE(store.remove_drawing(id).has_value());
  EXPECT_GT(add(2), id);
}

TEST_F(StoredDrawings, AreRefusedWithoutLabelWithoutInkOrWithBrokenNumbers) {
  auto made = drawing_number(4);
  made.drawing.label.reset();
  EXPECT_THAT(store.add_drawing(made.drawing, made.image).error().message, HasSubstr("no label"));
  made.drawing.label = 12;
  EXPECT_THAT(store.add_drawing(made.drawing, made.image).error().message, HasSubstr("0 to 9"));
  made.drawing.label = 4;
  made.drawing.strokes[0][0].x = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(store.add_drawing(made.drawing, made.image).error().message, HasSubstr("point 1 of stroke 1"));
  made.drawing.strokes = {{}};
  EXPECT_THAT(store.add_drawing(made.drawing, {}).error().message, HasSubstr("is empty"));
  EXPECT_TRUE(store.drawings()->empty());
}

TEST_F(StoredDrawings, MayBeAPictureWithoutStrokes) {
  drawings::Drawing only_label;
  only_label.label = 6;
  ASSERT_TRUE(store.add_drawing(only_label, drawing_number(6).image).has_value());
  EXPECT_TRUE(store.drawings()->at(0).drawing.empty());
  EXPECT_EQ(store.drawings()->at(0).image, drawing_number(6).image);
}

TEST_F(StoredDrawings, AreAddedTogetherOrNotAtAll) {
  std::vector<store::NewDrawing> several = {drawing_number(1), drawing_number(2), drawing_number(3)};
  several[2].drawing.label.reset();
  EXPECT_FALSE(store.add_drawings(several).has_value());
  EXPECT_TRUE(store.drawings()->empty());
  several.pop_back();
  EXPECT_EQ(store.add_drawings(several)->size(), 2U);
  EXPECT_EQ(store.drawings()->size(), 2U);
}

TEST_F(StoredDrawings, AreSeenByASecondStoreOfTheSameFolder) {
  const auto reader = *store::Store::open_read_only(folder.path());
  auto second = *store::Store::open(folder.path());
  add(1);
  EXPECT_EQ(reader.drawings()->size(), 1U);
  const auto made = drawing_number(2);
  ASSERT_TRUE(second.add_drawing(made.drawing, made.image).has_value());
  EXPECT_EQ(store.drawings()->size(), 2U);
  EXPECT_EQ(reader.drawings()->size(), 2U);
}

TEST_F(StoredDrawings, CannotBeChangedThroughAReadOnlyStore) {
  add(1);
  auto reader = *store::Store::open_read_only(folder.path());
  EXPECT_THAT(reader.relabel(1, 2).error().message, HasSubstr("may not be written"));
  EXPECT_EQ(reader.drawings()->at(0).drawing.label, 1);
}

TEST(AFreshFolder, CanBeOpenedAndWrittenByManyProcessesAtOnce) {
  const ScratchFolder folder;
  constexpr int kProcesses = 8;
  constexpr int kEach = 5;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = fork();
    if (child == 0) {
      auto store = store::Store::open(folder.path());
      if (!store || !store->notice().empty()) std::_Exit(1);
      for (int i = 0; i < kEach; ++i) {
        const auto made = drawing_number(static_cast<std::uint64_t>(10 * p + i));
        if (!store->add_drawing(made.drawing, made.image)) std::_Exit(2);
      }
      std::_Exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
  const auto store = *store::Store::open(folder.path());
  EXPECT_EQ(store.drawings()->size(), static_cast<std::size_t>(kProcesses * kEach));
  EXPECT_TRUE(store.check()->sound);
}

}  // namespace
}  // namespace warpscope::tests
