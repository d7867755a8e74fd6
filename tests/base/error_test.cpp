#include "compute/base/error.h"

#include <gtest/gtest.h>

namespace warpscope::base {
namespace {

TEST(Error, TextBeginsWithThePlaceWrittenAsCompilersWriteIt) {
  EXPECT_EQ((Error{"a label is 0 to 9", {"seven.json", 3, 12}}).text(), "seven.json:3:12: a label is 0 to 9");
}

TEST(Error, TextLeavesOutWhatIsNotKnown) {
  EXPECT_EQ((Error{"it is empty", {"seven.json", 3, 0}}).text(), "seven.json:3: it is empty");
  EXPECT_EQ((Error{"it is empty", {"seven.json", 0, 0}}).text(), "seven.json: it is empty");
  EXPECT_EQ((Error{"it is empty", {}}).text(), "it is empty");
}

TEST(Error, AColumnWithoutALineIsNotAPlace) {
  EXPECT_EQ((Error{"it is empty", {"seven.json", 0, 5}}).text(), "seven.json: it is empty");
}

TEST(Error, TextWithoutAFileStillNamesTheLine) {
  EXPECT_EQ((Error{"unknown command", {"", 7, 2}}).text(), "line 7:2: unknown command");
  EXPECT_EQ((Error{"unknown command", {"", 7, 0}}).text(), "line 7: unknown command");
}

Result<int> half(int number) {
  if (number % 2 != 0) return fail("an even number is needed", {"numbers.txt", 1, 0});
  return number / 2;
}

TEST(Result, HoldsTheValueOrTheError) {
  EXPECT_EQ(half(8).value(), 4);
  ASSERT_FALSE(half(7).has_value());
  EXPECT_EQ(half(7).error().text(), "numbers.txt:1: an even number is needed");
}

}  // namespace
}  // namespace warpscope::base
