#include <gmock/gmock.h>

#include <cstdlib>

#include "compute/drawings/picture_file.h"
#include "tests/cli/cli.h"

namespace warpscope::cli_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// 1 to 25, row by row, in as many planes as asked for: 40 more in each.
void save_counted(const fs::path& file, int planes = 1) {
  std::vector<float> pixels;
  for (int i = 0; i < 25 * planes; ++i) pixels.push_back(static_cast<float>(i % 25 + 1 + 40 * (i / 25)));
  ASSERT_TRUE(drawings::write_png(file, 5, 5, planes, pixels));
}

TEST(Convolve, WritesTheTextbooksExample) {
  const Workplace here;
  save_counted(here / "in.png");
  const Answer answer =
      run(here, "convolve in.png out.png --filter '1,0,1;0,1,0;1,0,1' --padding 0 --device virtual --json");
  ASSERT_EQ(answer.code, 0) << answer.err;
  EXPECT_THAT(answer.err, IsEmpty());
  const auto picture = drawings::read_picture(here / "out.png");
  ASSERT_TRUE(picture);
  // 1 + 3 + 7 + 11 + 13 = 35, and 5 more for each column, 25 more for each row.
  EXPECT_THAT(picture->bytes, ElementsAre(35, 40, 45, 60, 65, 70, 85, 90, 95));
  const json said = answer.parsed();
  EXPECT_EQ(said["device"], "virtual");
  EXPECT_EQ(said["variant"], "tiled");
  EXPECT_EQ(said["width"], 3);
  EXPECT_EQ(said["height"], 3);
  EXPECT_EQ(said["launches"][0]["kernel"], "convolve_tiled");
  EXPECT_EQ(said["least"], 35);
  EXPECT_EQ(said["most"], 95);
}

TEST(Convolve, EveryVariantWritesTheSameColours) {
  const Workplace here;
  save_counted(here / "in.png", 3);
  std::string first;
  for (const char* variant : {"naive", "constant", "tiled", "separable", "vectorised", "matrix"}) {
    const Answer answer =
        run(here, std::string("convolve in.png out.png --filter box --border mirror --variant ") + variant);
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.out, HasSubstr("5 x 5 colour to 5 x 5"));
    const std::string bytes = read_file(here / "out.png");
    if (first.empty()) first = bytes;
    EXPECT_EQ(bytes, first) << variant;
  }
}

TEST(Convolve, AppliesSeveralFiltersOneAfterTheOther) {
  const Workplace here;
  save_counted(here / "in.png");
  const Answer answer = run(here, "convolve in.png out.png --filter identity --filter max-pool --filter relu --json");
  ASSERT_EQ(answer.code, 0) << answer.err;
  EXPECT_THAT(drawings::read_picture(here / "out.png")->bytes, ElementsAre(7, 9, 17, 19));
}

TEST(Convolve, TakesAFilterThatBeginsWithAMinus) {
  const Workplace here;
  save_counted(here / "in.png");
  const Answer answer =
      run(here, "convolve in.png out.png --filter '-1,0,1;-2,0,2;-1,0,1' --padding 0 --device virtual");
  ASSERT_EQ(answer.code, 0) << answer.err;
  EXPECT_THAT(drawings::read_picture(here / "out.png")->bytes, ElementsAre(8, 8, 8, 8, 8, 8, 8, 8, 8));
}

TEST(Convolve, SaysWhatAPngCannotHold) {
  const Workplace here;
  save_counted(here / "in.png");
  const Answer answer = run(here, "convolve in.png out.png --filter 0,0,0\\;0,-1,0\\;0,0,0");
  EXPECT_EQ(answer.code, 0);
  EXPECT_THAT(answer.err, HasSubstr("values go from -25 to -1; a PNG holds 0 to 255, so 25 of 25 were cut off"));
}

struct Refusal {
  const char* arguments;
  int code;
  const char* words;
};

class ConvolveRefuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(ConvolveRefuses, WithWordsThatTeach) {
  const Workplace here;
  save_counted(here / "in.png");
  write_file(here / "no.png", "this is no picture");
  const Answer answer = run(here, std::string("convolve ") + GetParam().arguments, "LD_LIBRARY_PATH= ");
  EXPECT_EQ(answer.code, GetParam().code);
  EXPECT_THAT(answer.err, HasSubstr(GetParam().words));
  EXPECT_THAT(answer.out, IsEmpty());
  EXPECT_FALSE(fs::exists(here / "out.png"));
}

INSTANTIATE_TEST_SUITE_P(
    All, ConvolveRefuses,
    ::testing::Values(
        Refusal{"in.png out.png --filter blurr", 2, "there is no filter 'blurr'; there are: identity, box, gaussian"},
        Refusal{"in.png out.png --filter '1,2;3,4'", 2, "the filter has 2 rows; 1, 3, 5 or 7 are accepted"},
        Refusal{"in.png out.png --filter box --variant fast", 2, "--variant fast: naive, constant, tiled, separable"},
        Refusal{"in.png out.png --filter box --border wrap", 2, "--border wrap: zero, clamp, mirror are accepted"},
        Refusal{"in.png out.png --filter box --device gpu", 2, "--device gpu: auto, cuda, virtual are accepted"},
        Refusal{"in.png out.png --filter box --stride 9", 2, "the stride is 9; 1 to 4 are accepted"},
        Refusal{"in.png out.png --filter laplacian --variant separable", 2, "Laplacian is not a column times a row"},
        Refusal{"in.png out.png --filter gaussian --padding 0 --dilation 2", 2, "nothing is left of 5 x 5 pixels"},
        Refusal{"no.png out.png --filter box", 2, "no.png: this is not a picture that can be read"},
        Refusal{"none.png out.png --filter box", 2, "none.png"}, Refusal{"in.png out.png", 2, "--filter is required"}));

TEST(Convolve, EndsWithCode3WhereTheGpuAskedForIsNotThere) {
  const Workplace here;
  save_counted(here / "in.png");
  ASSERT_EQ(setenv("WARPSCOPE_CUDA_DRIVER", "/nowhere/libcuda.so.1", 1), 0);  // whatever this machine has
  const Answer answer = run(here, "convolve in.png out.png --filter box --device cuda");
  unsetenv("WARPSCOPE_CUDA_DRIVER");
  EXPECT_EQ(answer.code, 3);
  EXPECT_FALSE(answer.err.empty());
  EXPECT_FALSE(fs::exists(here / "out.png"));
}

TEST(Convolve, APictureThatCannotBeWrittenIsAFailure) {
  const Workplace here;
  save_counted(here / "in.png");
  const Answer answer = run(here, "convolve in.png no/such/folder/out.png --filter box");
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.err, HasSubstr("no/such/folder"));
}

}  // namespace
}  // namespace warpscope::cli_test
