// The reference itself: against values worked out by hand, and against other ways to the same numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/convolution/pictures.h"

namespace warpscope::convolution::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Filter kCross = *parse_filter("1,0,1;0,1,0;1,0,1");

std::vector<float> outputs(const Picture& picture, const Stage& stage) {
  return reference(picture, {stage})[0].pixels;
}

TEST(Reference, OfTheTextbooksExample) {
  Stage stage = filter_stage(kCross);
  stage.padding = 0;
  EXPECT_THAT(outputs(counted(5, 5), stage), ElementsAre(35, 40, 45, 60, 65, 70, 85, 90, 95));
  // With zeros around: the middle and what there is of the four corners.
  stage.padding = Stage::kSame;
  EXPECT_THAT(outputs(counted(5, 5), stage), ElementsAre(8, 16, 19, 22, 14, 20, 35, 40, 45, 28, 35, 60, 65, 70, 43, 50,
                                                         85, 90, 95, 58, 38, 56, 59, 62, 44));
}

TEST(Reference, SumIsDividedAndThenAdded) {
  Filter filter = box(3);
  filter.add = 0.5F;
  Stage stage = filter_stage(filter);
  stage.padding = 0;
  EXPECT_THAT(outputs(counted(3, 3), stage), ElementsAre(5.5F));
}

TEST(Reference, StrideTakesEveryNthAndDilationLooksFurther) {
  Stage stage = filter_stage(kCross);
  stage.padding = 0;
  stage.stride = 2;
  EXPECT_THAT(outputs(counted(5, 5), stage), ElementsAre(35, 45, 85, 95));
  stage.stride = 1;
  stage.dilation = 2;
  EXPECT_THAT(outputs(counted(5, 5), stage), ElementsAre(1 + 5 + 13 + 21 + 25));
}

TEST(Bordered, TurnsBackAtTheEdgeWithoutRepeatingIt) {
  std::string line;
  for (int i = -5; i < 9; ++i) line += "abcd"[bordered(Border::kMirror, i, 4)];
  EXPECT_EQ(line, "bcdcbabcdcbabc");
  line.clear();
  for (int i = -3; i < 7; ++i) line += "abcd"[bordered(Border::kClamp, i, 4)];
  EXPECT_EQ(line, "aaaabcdddd");
  EXPECT_EQ(bordered(Border::kZero, -1, 4), -1);
  EXPECT_EQ(bordered(Border::kZero, 4, 4), -1);
  EXPECT_EQ(bordered(Border::kZero, 3, 4), 3);
  for (const int i : {-7, -1, 0, 1, 9}) EXPECT_EQ(bordered(Border::kMirror, i, 1), 0);
}

// A picture that was padded by hand needs no border.
Picture padded(const Picture& picture, int by, Border border) {
  Picture large{picture.width + 2 * by, picture.height + 2 * by, picture.planes, {}};
  for (int plane = 0; plane < picture.planes; ++plane) {
    for (int y = -by; y < picture.height + by; ++y) {
      for (int x = -by; x < picture.width + by; ++x) {
        // Reflected about the middle of the edge pixel, or held at it, with the arithmetic of real numbers.
        const auto from = [&](int at, int side) {
          const int last = side - 1;
          if (border == Border::kClamp) return std::min(std::max(at, 0), last);
          return static_cast<int>(std::lround(std::acos(std::cos(M_PI * at / last)) / M_PI * last));
        };
        const bool outside = x < 0 || y < 0 || x >= picture.width || y >= picture.height;
        large.pixels.push_back(outside && border == Border::kZero
                                   ? 0.0F
                                   : picture.at(plane, from(x, picture.width), from(y, picture.height)));
      }
    }
  }
  return large;
}

TEST(Reference, ABorderIsThePictureContinuedByHand) {
  for (const Border border : {Border::kZero, Border::kClamp, Border::kMirror}) {
    const Picture picture = noise(9, 6, 3, 5);
    Stage with_border = filter_stage(random_filter(5, 6), border);
    with_border.padding = 7;
    with_border.dilation = 2;
    Stage without = with_border;
    without.padding = 0;
    EXPECT_EQ(outputs(picture, with_border), outputs(padded(picture, 7, border), without)) << key_of(border);
  }
}

TEST(Reference, AColumnTimesARowIsTheColumnAfterTheRow) {
  const Picture picture = noise(14, 11, 1, 8);
  const Filter whole = random_separable(3, 12);
  const auto parts = separate(whole);
  ASSERT_TRUE(parts);
  Filter row{"row", 3, std::vector<float>(9, 0.0F), 1, 0}, column = row;
  for (std::size_t i = 0; i < 3; ++i) {
    row.weights[3 + i] = parts->row[i];
    column.weights[3 * i + 1] = parts->column[i];
  }
  column.divide = whole.divide;
  column.add = whole.add;
  const auto at_once = reference(picture, {filter_stage(whole)});
  const auto in_two = reference(picture, {filter_stage(row), filter_stage(column)});
  for (std::size_t i = 0; i < at_once[0].pixels.size(); ++i) {
    EXPECT_NEAR(in_two[1].pixels[i], at_once[0].pixels[i], 1e-2) << i;
  }
}

TEST(Reference, ABankMakesAPictureOfEachPlaneAndFilter) {
  Stage bank = filter_stage(find_filter("identity")->filter);
  Filter twice = find_filter("identity")->filter;
  twice.divide = 0.5F;
  bank.filters.push_back(twice);
  const Picture picture = noise(4, 3, 3, 2);
  const Picture out = reference(picture, {bank})[0];
  EXPECT_EQ(out.planes, 6);
  for (int plane = 0; plane < 3; ++plane) {
    EXPECT_EQ(out.at(2 * plane, 2, 1), picture.at(plane, 2, 1));
    EXPECT_EQ(out.at(2 * plane + 1, 2, 1), 2 * picture.at(plane, 2, 1));
  }
}

TEST(Reference, ReluMaxPoolAndMagnitude) {
  const Picture picture{5, 3, 1, {1, -2, 3, 4, 9, -5, 6, -7, 8, 9, 9, 9, 9, 9, 9}};
  Stage relu, pool, magnitude;
  relu.kind = StageKind::kRelu;
  pool.kind = StageKind::kMaxPool;
  magnitude.kind = StageKind::kMagnitude;
  Filter three = find_filter("identity")->filter, four = three;
  three.weights[4] = 3;
  four.weights[4] = -4;
  magnitude.filters = {three, four};
  EXPECT_THAT(outputs(picture, relu), ElementsAre(1, 0, 3, 4, 9, 0, 6, 0, 8, 9, 9, 9, 9, 9, 9));
  EXPECT_THAT(outputs(picture, pool), ElementsAre(6, 8)) << "the odd last row and column are left out";
  const auto lengths = outputs(picture, magnitude);
  for (std::size_t i = 0; i < lengths.size(); ++i) EXPECT_EQ(lengths[i], 5 * std::abs(picture.pixels[i]));
}

TEST(Arithmetic, IsTheOutputWrittenOut) {
  std::mt19937 draw(3);
  for (int i = 0; i < 60; ++i) {
    const Picture picture = noise(12, 9, 3, draw());
    Stage stage =
        filter_stage(random_filter(1 + 2 * static_cast<int>(draw() % 4), draw()), static_cast<Border>(draw() % 3));
    stage.filters.push_back(random_filter(stage.filters[0].size, draw()));
    stage.stride = 1 + static_cast<int>(draw() % 2);
    stage.dilation = 1 + static_cast<int>(draw() % 2);
    const Picture out = reference(picture, {stage})[0];
    const int plane = static_cast<int>(draw() % 6), x = static_cast<int>(draw() % static_cast<unsigned>(out.width)),
              y = static_cast<int>(draw() % static_cast<unsigned>(out.height));
    const Arithmetic sum = arithmetic(picture, stage, plane, x, y);
    EXPECT_FLOAT_EQ(static_cast<float>(sum.value), out.at(plane, x, y));
    ASSERT_EQ(sum.terms.size(), static_cast<std::size_t>(sum.size * sum.size));
    double added = 0;
    for (const Term& term : sum.terms) {
      EXPECT_EQ(term.product, term.pixel * term.weight);
      if (term.inside) {
        EXPECT_EQ(term.pixel, picture.at(plane / 2, term.x, term.y));
      } else if (stage.border == Border::kZero) {
        EXPECT_EQ(term.pixel, 0);
      }
      added += static_cast<double>(term.pixel) * static_cast<double>(term.weight);
    }
    EXPECT_DOUBLE_EQ(added, sum.sum);
    EXPECT_DOUBLE_EQ(sum.value, sum.sum / sum.divide + sum.add);
  }
}

TEST(Arithmetic, OfAMagnitudeIsThatOfTheFilterChosen) {
  Stage stage;
  stage.kind = StageKind::kMagnitude;
  stage.filters = {find_filter("sobel-x")->filter, find_filter("sobel-y")->filter};
  const Picture picture = noise(6, 6, 1, 4);
  const double a = arithmetic(picture, stage, 0, 3, 2, 0).value, b = arithmetic(picture, stage, 0, 3, 2, 1).value;
  EXPECT_FLOAT_EQ(reference(picture, {stage})[0].at(0, 3, 2), static_cast<float>(std::sqrt(a * a + b * b)));
}

TEST(LargestError, IsSeenWhereOnePixelIsOff) {
  const Picture picture = noise(8, 8, 1, 4);
  const std::vector<Stage> chain{filter_stage(find_filter("sobel-x")->filter)};
  const auto expected = reference(picture, chain);
  auto outputs = expected;
  EXPECT_EQ(largest_error(picture, chain, expected, outputs), 0);
  outputs[0].pixels[20] += 1;
  // Sobel's weights add up to 8 without their signs.
  const float brightest = *std::max_element(picture.pixels.begin(), picture.pixels.end());
  EXPECT_NEAR(largest_error(picture, chain, expected, outputs), 1 / (8 * static_cast<double>(brightest)), 1e-9);
  outputs[0].pixels[20] = NAN;
  EXPECT_GT(largest_error(picture, chain, expected, outputs), 1e9);
}

struct Wrong {
  const char* words;
  void (*make)(Settings&, Size&);
};
class CheckRefuses : public ::testing::TestWithParam<Wrong> {};

TEST_P(CheckRefuses, SayingWhatIsAccepted) {
  Settings settings;
  settings.chain = {filter_stage(box(3)), filter_stage(box(5))};
  Size size{20, 20, 1};
  ASSERT_TRUE(check(settings, size));
  GetParam().make(settings, size);
  const auto fine = check(settings, size);
  ASSERT_FALSE(fine);
  EXPECT_THAT(fine.error().message, HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    All, CheckRefuses,
    ::testing::Values(
        Wrong{"the chain is empty; it needs a stage", [](Settings& s, Size&) { s.chain.clear(); }},
        Wrong{"the number of stages is 18; 1 to 8 are", [](Settings& s, Size&) { s.chain.resize(18, s.chain[0]); }},
        Wrong{"the picture's width is 0; 1 to 16384", [](Settings&, Size& size) { size.width = 0; }},
        Wrong{"stage 2: the stride is 5; 1 to 4", [](Settings& s, Size&) { s.chain[1].stride = 5; }},
        Wrong{"stage 1: the dilation is 0; 1 to 4", [](Settings& s, Size&) { s.chain[0].dilation = 0; }},
        Wrong{"stage 1: the padding is -2; 0 to 64", [](Settings& s, Size&) { s.chain[0].padding = -2; }},
        Wrong{"a block of 64 x 32 x 1 threads",
              [](Settings& s, Size&) {
                s.block = {64, 32, 1};
              }},
        Wrong{"a block of 16 x 0 x 1 threads",
              [](Settings& s, Size&) {
                s.block = {16, 0, 1};
              }},
        Wrong{"stage 1: there are 0 filters; 1 to 8 are", [](Settings& s, Size&) { s.chain[0].filters.clear(); }},
        Wrong{"stage 1: there is 1 filter; 2 are", [](Settings& s, Size&) { s.chain[0].kind = StageKind::kMagnitude; }},
        Wrong{"stage 1: there is 1 filter; 0 are", [](Settings& s, Size&) { s.chain[0].kind = StageKind::kRelu; }},
        Wrong{"one filter is 3 x 3, another 5 x 5", [](Settings& s, Size&) { s.chain[0].filters.push_back(box(5)); }},
        Wrong{"the sum would be divided by 0", [](Settings& s, Size&) { s.chain[0].filters[0].divide = 0; }},
        Wrong{"is not finite", [](Settings& s, Size&) { s.chain[0].filters[0].weights[3] = NAN; }},
        Wrong{"has 8 weights; it needs 9", [](Settings& s, Size&) { s.chain[0].filters[0].weights.pop_back(); }},
        Wrong{"stage 2: nothing is left of 3 x 3 pixels",
              [](Settings& s, Size& size) {
                size = {3, 3, 1};
                s.chain[1].padding = 0;
              }},
        Wrong{"stage 2: 192 planes would come out", [](Settings& s, Size& size) {
                size.planes = 3;
                for (Stage& stage : s.chain) stage.filters.resize(8, stage.filters[0]);
              }}));

TEST(WhyNot, ATileThatDoesNotFitIntoSharedMemory) {
  Stage stage = filter_stage(box(7));
  stage.stride = stage.dilation = 4;
  EXPECT_EQ(why_not(Variant::kTiled, stage, {16, 16, 1}), "");
  EXPECT_EQ(why_not(Variant::kTiled, stage, {32, 32, 1}),
            "A block of 32 x 32 threads would need a tile of 149 x 149 pixels; 48 KB of shared memory hold 12288.");
  EXPECT_EQ(why_not(Variant::kNaive, stage, {32, 32, 1}), "");
}

TEST(Keys, AreReadBack) {
  for (const Variant variant : kVariants) EXPECT_EQ(find_variant(key_of(variant)), variant);
  for (const Border border : {Border::kZero, Border::kClamp, Border::kMirror}) {
    EXPECT_EQ(find_border(key_of(border)), border);
  }
  EXPECT_FALSE(find_variant("fast"));
  EXPECT_FALSE(find_border("wrap"));
}

}  // namespace
}  // namespace warpscope::convolution::testing
