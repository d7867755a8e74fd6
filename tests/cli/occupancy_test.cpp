// warpscope-cli occupancy, as people and scripts call it.
#include <gmock/gmock.h>

#include "tests/cli/cli.h"

namespace warpscope::cli_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OccupancyCommand : public ::testing::Test {
 protected:
  Answer ask(const std::string& arguments) const { return run(here_, "occupancy " + arguments); }

 private:
  Workplace here_;
};

TEST_F(OccupancyCommand, TellsBlocksWarpsLimitersAndWavesAsJson) {
  // RTX 3060: 28 SMs of 48 warps. 48 registers are 1536 a warp: ten in a quarter of the file, 40; five blocks of 8
  // warps.
  const Answer answer = ask("--gpu 'rtx 3060' --block 256 --regs 48 --shared 4096 --grid 1000 --json");
  ASSERT_EQ(answer.code, 0) << answer.err;
  const json found = answer.parsed();
  EXPECT_EQ(found["gpu"], "GeForce RTX 3060");
  EXPECT_EQ(found["compute_capability"], "8.6");
  EXPECT_EQ(found["blocks_per_sm"], 5);
  EXPECT_EQ(found["warps_per_sm"], 40);
  EXPECT_NEAR(found["occupancy"].get<double>(), 40.0 / 48, 1e-12);
  EXPECT_EQ(found["limiters"], json({"registers"}));
  EXPECT_NEAR(found["waves"].get<double>(), 1000.0 / (28 * 5), 1e-12);
  EXPECT_EQ(found["limits"]["warps"], 6);
  EXPECT_EQ(found["limits"]["blocks"], 16);
  EXPECT_EQ(found["limits"]["shared memory"], 20) << "5 KiB of 100, with what the driver keeps";
  EXPECT_EQ(found["suggestion"], "8 registers fewer gives 20 % more warps");
}

TEST_F(OccupancyCommand, TakesACapabilityInsteadOfAGpu) {
  const json found = ask("--cc 7.0 --block 64 --regs 0 --shared 0 --json").parsed();
  EXPECT_FALSE(found.contains("gpu"));
  EXPECT_FALSE(found.contains("waves"));
  EXPECT_EQ(found["blocks_per_sm"], 32);
  EXPECT_EQ(found["limiters"], json({"warps", "blocks"}));
  EXPECT_TRUE(found["limits"]["registers"].is_null()) << "none are taken";
}

TEST_F(OccupancyCommand, HearsACarveOut) {
  const json half = ask("--cc 8.6 --block 64 --regs 16 --shared 7168 --carveout 50 --json").parsed();
  EXPECT_EQ(half["shared_bytes_per_sm"], 65536);
  EXPECT_EQ(half["blocks_per_sm"], 8);
  EXPECT_EQ(half["limiters"], json({"shared memory"}));
}

TEST_F(OccupancyCommand, IsReadable) {
  const Answer answer = ask("--gpu 'RTX 3060' --block 256 --regs 48 --shared 4096 --grid 10,100");
  EXPECT_EQ(answer.code, 0);
  EXPECT_THAT(answer.out,
              AllOf(HasSubstr("GeForce RTX 3060, compute capability 8.6, 28 SMs\n"), HasSubstr("> registers"),
                    HasSubstr("5 blocks an SM, 40 of 48 warps"), HasSubstr("occupancy 83.3 %, limited by registers"),
                    HasSubstr("1000 blocks are 7.14 waves over 28 SMs; the last is 14 % full"),
                    HasSubstr("8 registers fewer gives 20 % more warps")));
  EXPECT_THAT(answer.err, IsEmpty());
  EXPECT_THAT(ask("--cc 9.0 --block 1024 --regs 80").out, HasSubstr("not one block fits: registers"));
}

TEST_F(OccupancyCommand, KnowsTheKernelsThatShip) {
  const json found = ask("--gpu 'RTX 3060' --kernel matmul_tiled --json").parsed();
  EXPECT_EQ(found["block_threads"], 256);
  EXPECT_EQ(found["static_shared_bytes"], 2048);
  EXPECT_GT(found["registers_per_thread"], 16);
  const json other = ask("--gpu 'RTX 3060' --kernel matmul_tiled --block 64 --regs 100 --shared 512 --json").parsed();
  EXPECT_EQ(other["block_threads"], 64);
  EXPECT_EQ(other["registers_per_thread"], 100);
  EXPECT_EQ(other["static_shared_bytes"], 2048);
  EXPECT_EQ(other["dynamic_shared_bytes"], 512);
  const Answer old = ask("--gpu v100 --kernel matmul_tiled");
  EXPECT_EQ(old.code, 2);
  EXPECT_THAT(old.err, AllOf(HasSubstr("7.0"), HasSubstr("--regs")));
  EXPECT_THAT(ask("--cc 8.6 --kernel nothing").err, AllOf(HasSubstr("nothing"), HasSubstr("vector_add")));
}

TEST_F(OccupancyCommand, ListsTheGpus) {
  const Answer people = ask("--list-gpus");
  EXPECT_EQ(people.code, 0);
  EXPECT_THAT(people.out, AllOf(HasSubstr("GeForce RTX 3060 "), HasSubstr("132 SMs"), HasSubstr("laptop")));
  const json all = ask("--list-gpus --json").parsed();
  EXPECT_GE(all.size(), 18U);
  for (const json& gpu : all) EXPECT_FALSE(gpu["sources"].empty()) << gpu["name"];
}

TEST_F(OccupancyCommand, SaysWhatIsWrongAndEndsWithCode2) {
  const struct {
    const char* arguments;
    const char* said;
  } kCases[] = {{"--block 64 --regs 32", "--gpu NAME or --cc X.Y"},
                {"--cc 8.6 --gpu T4 --block 64 --regs 32", "--gpu"},
                {"--gpu Voodoo --block 64 --regs 32", "GeForce RTX 3060"},
                {"--gpu h100 --block 64 --regs 32", "H100 PCIe, H100 SXM5"},
                {"--cc 5.2 --block 64 --regs 32", "6.0"},
                {"--cc eight --block 64 --regs 32", "'eight'"},
                {"--cc 8.6 --regs 32", "--block"},
                {"--cc 8.6 --block 64", "--regs"},
                {"--cc 8.6 --block 0 --regs 32", "--block 0"},
                {"--cc 8.6 --block 1025 --regs 32", "1 to 1024"},
                {"--cc 8.6 --block 64 --regs 256", "255"},
                {"--cc 8.6 --block 64 --regs 32 --shared 101377", "101376 bytes"},
                {"--cc 8.6 --block 64 --regs 32 --carveout 101", "--carveout"},
                {"--cc 8.6 --block 64 --regs 32 --grid 10", "--gpu"},
                {"--gpu T4 --block 64 --regs 32 --grid 1,2,3,4", "--grid"}};
  for (const auto& each : kCases) {
    const Answer answer = ask(each.arguments);
    EXPECT_EQ(answer.code, 2) << each.arguments;
    EXPECT_THAT(answer.err, HasSubstr(each.said)) << each.arguments;
    EXPECT_THAT(answer.out, IsEmpty()) << each.arguments;
  }
}

}  // namespace
}  // namespace warpscope::cli_test
