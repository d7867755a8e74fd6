// warpscope-cli simulate, as people and scripts call it.
#include <gmock/gmock.h>

#include <numeric>

#include "tests/cli/cli.h"

namespace warpscope::cli_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kVectorAdd = WARPSCOPE_SOURCE_DIR "/assets/ptx/vector_add.ptx";
const std::string kArguments =
    " --arg buf:f32:4096:iota --arg buf:f32:4096:iota --arg buf:f32:4096:zero --arg i32:4096";

class SimulateCommand : public ::testing::Test {
 protected:
  Answer ask(const std::string& arguments, const std::string& environment = "") const {
    return run(here_, "simulate " + arguments, environment);
  }
  Workplace here_;
};

TEST_F(SimulateCommand, TellsWhenEveryBlockRanAndWhatWarpsWaitedFor) {
  const Answer answer = ask(kVectorAdd + " --grid 16 --block 256" + kArguments + " --gpu 'rtx 3060' --regs 32 --json");
  ASSERT_EQ(answer.code, 0) << answer.err;
  EXPECT_THAT(answer.err, IsEmpty()) << "progress is for terminals";
  const json found = answer.parsed();
  EXPECT_EQ(found["gpu"], "GeForce RTX 3060");
  EXPECT_EQ(found["device"], "virtual");
  EXPECT_EQ(found["registers"], 32);
  EXPECT_EQ(found["registers_from"], "chosen");
  const auto cycles = found["cycles"].get<double>();
  EXPECT_GT(cycles, 500) << "DRAM is further away than that";
  EXPECT_LT(cycles, 5000);
  EXPECT_NEAR(found["seconds"].get<double>(), cycles / found["ticks_per_second"].get<double>(), 1e-12);
  EXPECT_GT(found["ipc"], 0);
  EXPECT_GT(found["occupancy_achieved"], 0);
  EXPECT_GE(found["dram_bytes"], 2 * 4096 * 4);
  EXPECT_EQ(found["roofline"]["bound"], "memory");
  double sum = 0;
  for (const auto& [name, share] : found["stalls"].items()) sum += share.get<double>();
  EXPECT_NEAR(sum, 1, 1e-9);
  EXPECT_GT(found["stalls"]["long_scoreboard"], 0.3);

  ASSERT_EQ(found["sms"].size(), 28U);
  std::vector<int> blocks;
  for (const json& sm : found["sms"]) {
    for (const json& block : sm["blocks"]) {
      blocks.push_back(block["block"]);
      EXPECT_LT(block["start"], block["end"]);
      EXPECT_LE(block["end"], found["cycles"]);
    }
  }
  std::sort(blocks.begin(), blocks.end());
  std::vector<int> all(16);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(blocks, all) << "each of them once";
}

TEST_F(SimulateCommand, IsTheSameEveryTimeAndHearsItsOptions) {
  const std::string command = kVectorAdd + " --grid 16 --block 256" + kArguments + " --gpu A100 --json";
  const json cold = ask(command).parsed(), again = ask(command).parsed(), warm = ask(command + " --warm").parsed();
  EXPECT_EQ(cold["cycles"], again["cycles"]);
  EXPECT_LT(warm["cycles"], cold["cycles"]);
  EXPECT_GT(warm["l2_hit"], cold["l2_hit"]);
  const json crowded = ask(command + " --regs 255").parsed(), turns = ask(command + " --policy rr").parsed();
  EXPECT_EQ(crowded["blocks_per_sm"], 1);
  EXPECT_EQ(crowded["limiters"], json({"registers"}));
  EXPECT_GT(turns["cycles"], 0);
}

TEST_F(SimulateCommand, KnowsTheKernelsThatShipWithTheirLaunches) {
  const Answer answer = ask("reduce_shuffle --grid 40 --gpu 'RTX 3060' --json");
  ASSERT_EQ(answer.code, 0) << answer.err;
  EXPECT_EQ(answer.parsed()["kernel"], "reduce_shuffle");
  EXPECT_EQ(answer.parsed()["grid"], json({40, 1, 1}));
  const Answer unknown = ask("reduce_shuffel");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("reduce_shuffle,"));
  const Answer too_much = ask("reduce_shuffle --arg i32:4");
  EXPECT_EQ(too_much.code, 2);
  EXPECT_THAT(too_much.err, HasSubstr("has its own arguments"));
}

TEST_F(SimulateCommand, IsReadable) {
  const Answer answer = ask(kVectorAdd + " --grid 16 --block 256" + kArguments + " --gpu 'rtx 3060' --regs 32");
  ASSERT_EQ(answer.code, 0) << answer.err;
  EXPECT_THAT(answer.out, AllOf(HasSubstr("vector_add on GeForce RTX 3060: "), HasSubstr("\n  cycles     "),
                                HasSubstr("16 blocks (16) of 256 threads"), HasSubstr("32 a thread, as asked"),
                                HasSubstr("Long scoreboard "), HasSubstr(" %  ####")));
}

TEST_F(SimulateCommand, SaysWhatIsWrong) {
  const std::string launch = kVectorAdd + " --grid 16 --block 256" + kArguments;
  struct Case {
    std::string arguments, expected;
  };
  for (const Case& c :
       std::vector<Case>{{kVectorAdd + kArguments, "needs --grid"},
                         {launch + " --gpu 'GeForce 2'", "no GPU of the catalogue is called 'GeForce 2'"},
                         {launch + " --policy fair", "--policy"},
                         {launch + " --regs 300", "--regs"},
                         {"/no/such.ptx --grid 1 --block 32", "/no/such.ptx"}}) {
    const Answer answer = ask(c.arguments);
    EXPECT_EQ(answer.code, 2) << c.arguments;
    EXPECT_THAT(answer.out, IsEmpty()) << c.arguments;
    EXPECT_THAT(answer.err, HasSubstr(c.expected)) << c.arguments;
  }
}

TEST_F(SimulateCommand, NeedsAGpuForATrace) {
  const Answer none =
      ask(kVectorAdd + " --grid 16 --block 256" + kArguments + " --device cuda", stand_in_driver(here_, "gpus 0\n"));
  EXPECT_EQ(none.code, 3);
  EXPECT_THAT(none.err, HasSubstr("CUDA_ERROR_NO_DEVICE"));
}

}  // namespace
}  // namespace warpscope::cli_test
