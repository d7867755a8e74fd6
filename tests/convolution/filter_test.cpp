// Filters: what they are called, how they are read from text, what can be separated.
#include "compute/convolution/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "tests/convolution/pictures.h"

namespace warpscope::convolution::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

float sum_of(const Filter& filter) {
  return std::accumulate(filter.weights.begin(), filter.weights.end(), 0.0F);
}

TEST(NamedFilters, AreSquaresOfTheirSizeWithTheirTitleAsName) {
  std::set<std::string_view> keys;
  for (const NamedFilter& named : named_filters()) {
    SCOPED_TRACE(named.key);
    EXPECT_TRUE(keys.insert(named.key).second);
    EXPECT_EQ(named.filter.name, named.title);
    EXPECT_EQ(named.filter.weights.size(), static_cast<std::size_t>(named.filter.size * named.filter.size));
    EXPECT_TRUE(named.idea.ends_with('.'));
    EXPECT_EQ(find_filter(named.key), &named);
  }
  for (const char* key : {"identity", "box", "gaussian", "sharpen", "laplacian", "sobel-x", "sobel-y", "prewitt-x",
                          "prewitt-y", "emboss", "edge"}) {
    EXPECT_TRUE(keys.contains(key)) << key;
  }
  EXPECT_EQ(find_filter("Sobel x"), nullptr);
}

// What blurs keeps the brightness; what finds edges says 0 where all is even.
TEST(NamedFilters, KeepOrRemoveTheBrightness) {
  for (const char* key : {"identity", "box", "gaussian", "sharpen", "emboss"}) {
    const Filter& filter = find_filter(key)->filter;
    EXPECT_NEAR(sum_of(filter) / filter.divide, 1, 1e-6) << key;
  }
  for (const char* key : {"laplacian", "sobel-x", "sobel-y", "prewitt-x", "prewitt-y", "edge"}) {
    EXPECT_EQ(sum_of(find_filter(key)->filter), 0) << key;
  }
}

TEST(Gaussian, FallsAsTheBellDoesAndIsTheSameAllAround) {
  const Filter filter = gaussian(5, 1);
  // exp(-1/2) from the middle to its neighbour, exp(-2) to the next.
  EXPECT_NEAR(filter.at(2, 3) / filter.at(2, 2), 0.60653, 1e-5);
  EXPECT_NEAR(filter.at(2, 4) / filter.at(2, 2), 0.13534, 1e-5);
  EXPECT_EQ(filter.weights, flipped(filter).weights);
  EXPECT_EQ(filter.at(0, 1), filter.at(1, 0));
  EXPECT_GT(gaussian(5, 3).at(0, 0), filter.at(0, 0)) << "a wide bell is flatter";
}

TEST(Resized, GrowsWithZerosAndIsCutToItsMiddle) {
  const Filter grown = resized(find_filter("sobel-x")->filter, 5);
  EXPECT_EQ(grown.size, 5);
  EXPECT_THAT(grown.weights, ElementsAre(0, 0, 0, 0, 0, 0, -1, 0, 1, 0, 0, -2, 0, 2, 0, 0, -1, 0, 1, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(resized(grown, 3), find_filter("sobel-x")->filter);
  EXPECT_THAT(resized(grown, 1).weights, ElementsAre(0));
}

TEST(Flipped, IsTurnedByHalfATurn) {
  Filter filter{"", 3, {1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, 0};
  EXPECT_THAT(flipped(filter).weights, ElementsAre(9, 8, 7, 6, 5, 4, 3, 2, 1));
  EXPECT_EQ(flipped(flipped(filter)), filter);
}

TEST(ParseFilter, ReadsASquareOfNumbersOrAName) {
  const auto filter = parse_filter(" 1, 0.5,-2 ; 1e-1,+3,0; 7,8,9 ");
  ASSERT_TRUE(filter) << filter.error().text();
  EXPECT_EQ(filter->size, 3);
  EXPECT_EQ(filter->name, "Custom");
  EXPECT_THAT(filter->weights, ElementsAre(1, 0.5, -2, 0.1F, 3, 0, 7, 8, 9));
  EXPECT_EQ(*parse_filter("laplacian"), find_filter("laplacian")->filter);
  EXPECT_THAT(parse_filter("2.5")->weights, ElementsAre(2.5F));
}

struct Wrong {
  const char* text;
  const char* words;
};
class ParseFilterRefuses : public ::testing::TestWithParam<Wrong> {};

TEST_P(ParseFilterRefuses, NamingThePartThatIsWrong) {
  const auto filter = parse_filter(GetParam().text);
  ASSERT_FALSE(filter);
  EXPECT_THAT(filter.error().message, HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    All, ParseFilterRefuses,
    ::testing::Values(Wrong{"", "there is no filter ''; there are: identity, box"},
                      Wrong{"sobel", "there is no filter 'sobel'; there are: identity"},
                      Wrong{"1,2;3,4", "the filter has 2 rows; 1, 3, 5 or 7 are accepted"},
                      Wrong{"1;1;1;1;1;1;1;1;1", "the filter has 9 rows"},
                      Wrong{"1,0,-1", "row 1 of the filter has 3 numbers, and there is 1 row: a filter is a square"},
                      Wrong{"1,2,3;4,5;7,8,9", "row 2 of the filter has 2 numbers, and there are 3 rows"},
                      Wrong{"1,2,3;4,x,6;7,8,9", "'x' in row 2, column 2 of the filter is no number"},
                      Wrong{"1,2,3;4,,6;7,8,9", "'' in row 2, column 2"},
                      Wrong{"1,2,3;4,5,6;7,8,inf", "'inf' in row 3, column 3"},
                      Wrong{"1,2,3;4,5,6;7,8,9e99", "'9e99' in row 3, column 3"},
                      Wrong{"1,2,3;4,5,6;7,8,9;", "the filter has 4 rows"}));

TEST(Separate, FindsTheColumnAndTheRow) {
  for (int seed = 0; seed < 50; ++seed) {
    const Filter filter = random_separable(1 + 2 * (seed % 4), static_cast<std::uint32_t>(seed));
    const auto parts = separate(filter);
    ASSERT_TRUE(parts) << seed;
    for (int row = 0; row < filter.size; ++row) {
      for (int column = 0; column < filter.size; ++column) {
        const float product =
            parts->column[static_cast<std::size_t>(row)] * parts->row[static_cast<std::size_t>(column)];
        EXPECT_NEAR(product, filter.at(row, column), 1e-4F) << seed;
      }
    }
  }
}

TEST(Separate, KnowsWhichNamedFiltersCanBe) {
  std::set<std::string> can;
  for (const NamedFilter& named : named_filters()) {
    if (separate(named.filter)) can.emplace(named.key);
  }
  EXPECT_EQ(can, (std::set<std::string>{"identity", "box", "gaussian", "sobel-x", "sobel-y", "prewitt-x", "prewitt-y",
                                        "edge"}));
}

TEST(Separate, AFilterOfZerosIsAColumnTimesARow) {
  const auto parts = separate({"", 3, std::vector<float>(9, 0.0F), 1, 0});
  ASSERT_TRUE(parts);
  EXPECT_THAT(parts->row, ElementsAre(0, 0, 0));
}

TEST(Separate, OneWeightOffByATenThousandthIsEnoughForNo) {
  Filter filter = find_filter("sobel-x")->filter;
  filter.weights[0] -= 2e-4F;
  EXPECT_FALSE(separate(filter));
}

}  // namespace
}  // namespace warpscope::convolution::testing
