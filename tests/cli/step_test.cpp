// warpscope-cli step: the state after so many steps, and back again.
#include <gmock/gmock.h>

#include <fstream>

#include "tests/cli/cli.h"

namespace warpscope::cli_test {
namespace {

using ::testing::HasSubstr;

const std::string kPtx = std::string(WARPSCOPE_SOURCE_DIR) + "/assets/ptx/";
const std::string kProduct = "step " + kPtx +
                             "matmul_tiled.debug.ptx --grid 1,1 --block 16,16 --arg buf:f32:256:iota "
                             "--arg buf:f32:256:ones --arg buf:f32:256:zero --arg i32:16 ";

TEST(Step, ShowsEveryLaneByName) {
  const Workplace here;
  const Answer answer = run(here, kProduct + "--at 700 --warp 0,7 --json");
  ASSERT_EQ(answer.code, 0) << answer.err;
  const json state = answer.parsed();
  EXPECT_EQ(state["step"], 700);
  EXPECT_GT(state["total_steps"], 5000);
  EXPECT_EQ(state["block"], 0);
  EXPECT_EQ(state["warp"], 7);
  EXPECT_THAT(state["file"].get<std::string>(), HasSubstr("matmul_tiled.cu"));
  EXPECT_GT(state["line"], 10);
  EXPECT_EQ(state["active_mask"], 0xffffffffU);
  ASSERT_EQ(state["lanes"].size(), 32U);
  for (std::size_t i = 0; i < 32; ++i) {
    const json& lane = state["lanes"][i];
    EXPECT_EQ(lane["thread"], 7 * 32 + i);
    EXPECT_EQ(lane["variables"]["row"], 14 + i / 16);
    EXPECT_EQ(lane["variables"]["column"], i % 16);
    EXPECT_EQ(lane["variables"]["n"], 16);
    EXPECT_FALSE(lane["registers"].empty());
  }
  // What warps 0 to 6 have put into the tile by now: a[i] = i.
  EXPECT_EQ(state["lanes"][0]["variables"]["a_tile"][3][5], 53.0);
}

TEST(Step, BackIsWhereItWas) {
  const Workplace here;
  const json there = run(here, kProduct + "--at 1200 --json").parsed();
  EXPECT_EQ(run(here, kProduct + "--at 3000 --back 1800 --json").parsed(), there);
  EXPECT_EQ(run(here, kProduct + "--at 1201 --back 1 --json").parsed()["state_hash"], there["state_hash"]);
  EXPECT_NE(run(here, kProduct + "--at 1201 --json").parsed()["state_hash"], there["state_hash"]);
  const json end = run(here, kProduct + "--at 99999999 --json").parsed();
  EXPECT_EQ(end["step"], end["total_steps"]);
  EXPECT_TRUE(end["line"].is_null());
  EXPECT_EQ(run(here, kProduct + "--at 5 --back 9 --json").parsed()["step"], 0);
}

TEST(Step, GoesByTheScheduleItIsGiven) {
  const Workplace here;
  // The eleventh step: of the first of eight warps, or of the third of those that take turns.
  EXPECT_EQ(run(here, kProduct + "--at 10 --json").parsed()["warp"], 0);
  EXPECT_EQ(run(here, kProduct + "--at 10 --schedule round-robin --json").parsed()["warp"], 2);
  const json there = run(here, kProduct + "--at 1200 --schedule random:5 --json").parsed();
  EXPECT_EQ(run(here, kProduct + "--at 3000 --back 1800 --schedule random:5 --json").parsed(), there);
}

TEST(Step, SaysWhatIsWrong) {
  const Workplace here;
  const Answer warp = run(here, kProduct + "--at 1 --warp 0,8");
  EXPECT_EQ(warp.code, 2);
  EXPECT_THAT(warp.err, HasSubstr("BLOCK below 1 and WARP below 8"));
  EXPECT_EQ(run(here, "step nothing.ptx --grid 1 --block 1 --at 1").code, 2);
  const Answer people = run(here, kProduct + "--at 700");
  EXPECT_THAT(people.out, HasSubstr("column"));
  EXPECT_THAT(people.out, HasSubstr("step 700 of"));
}

TEST(Step, EndsWhereAKernelFaults) {
  const Workplace here;
  const Answer answer =
      run(here, "step " + kPtx +
                    "bug_out_of_bounds_by_one.ptx --grid 1 --block 64 --arg buf:f32:10:iota --arg buf:f32:4:zero "
                    "--arg i32:64 --at 9999 --json");
  ASSERT_EQ(answer.code, 0) << answer.err;
  EXPECT_THAT(answer.parsed()["fault"].get<std::string>(), HasSubstr("out of bounds"));
}

}  // namespace
}  // namespace warpscope::cli_test
