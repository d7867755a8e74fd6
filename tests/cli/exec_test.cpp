#include <gmock/gmock.h>

#include <cstring>
#include <fstream>

#include "tests/cli/cli.h"

namespace warpscope::cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kPtx = std::string(WARPSCOPE_SOURCE_DIR) + "/assets/ptx/";

template <class T>
std::vector<T> numbers_in(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

TEST(Exec, AddsTwoVectorsAndDumpsTheResult) {
  const Workplace here;
  const Answer answer =
      run(here, "exec " + kPtx +
                    "vector_add.ptx --grid 2 --block 128 --arg buf:f32:200:iota --arg buf:f32:200:fill:0.5 "
                    "--arg buf:f32:200:zero --arg i32:200 --dump 2=" +
                    (here / "sum").string() + " --json");
  ASSERT_EQ(answer.code, 0) << answer.err;
  const json told = answer.parsed();
  EXPECT_EQ(told["kernel"], "vector_add");
  EXPECT_EQ(told["device"], "virtual");
  EXPECT_EQ(told["grid"], json({2, 1, 1}));
  EXPECT_EQ(told["block"], json({128, 1, 1}));
  EXPECT_GT(told["warp_instructions"], 8);
  EXPECT_TRUE(told["findings"].empty());
  const std::vector<float> sum = numbers_in<float>(here / "sum");
  ASSERT_EQ(sum.size(), 200U);
  for (std::size_t i = 0; i < sum.size(); ++i) EXPECT_EQ(sum[i], static_cast<float>(i) + 0.5F) << i;
}

TEST(Exec, FindsTheMissingBarrier) {
  const Workplace here;
  const Answer answer =
      run(here, "exec " + kPtx +
                    "bug_missing_barrier.ptx --grid 1 --block 256 --shared 1024 --arg buf:i32:256:iota --arg "
                    "buf:i32:256:zero --check race --json");
  EXPECT_EQ(answer.code, 1) << answer.err;
  const json found = answer.parsed()["findings"];
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0]["kind"], "race");
  EXPECT_THAT(found[0]["file"].get<std::string>(), HasSubstr("bug_missing_barrier.cu"));
  EXPECT_GT(found[0]["line"], 0);
  EXPECT_GT(found[0]["other_line"], 0);
}

TEST(Exec, AScheduleChangesWhatTheMissingBarrierDoes) {
  const Workplace here;
  const auto out_of = [&](const std::string& schedule) {
    const Answer answer =
        run(here, "exec " + kPtx +
                      "bug_missing_barrier.ptx --grid 1 --block 256 --shared 1024 --arg buf:i32:256:iota --arg "
                      "buf:i32:256:zero --check race --schedule " +
                      schedule + " --dump 1=" + (here / "out").string());
    EXPECT_EQ(answer.code, 1) << "the race is found: " << answer.err;
    return numbers_in<std::int32_t>(here / "out");
  };
  const std::vector<std::int32_t> usual = out_of("run-to-wait"), in_turn = out_of("round-robin");
  EXPECT_NE(usual, in_turn);
  for (std::size_t i = 0; i < in_turn.size(); ++i) EXPECT_EQ(in_turn[i], 255 - static_cast<int>(i)) << "by luck";
  EXPECT_EQ(out_of("random:1"), out_of("random:1"));
  EXPECT_NE(out_of("random:1"), out_of("random:2"));
}

TEST(Exec, CountsByLine) {
  const Workplace here;
  const json told =
      run(here, "exec " + kPtx +
                    "vector_add.ptx --grid 1 --block 128 --arg buf:f32:128:iota --arg buf:f32:128:iota --arg "
                    "buf:f32:128:zero --arg i32:128 --counters --json")
          .parsed();
  // Two loads and a store of 4 warps, each of 128 neighbouring bytes: 4 sectors.
  EXPECT_EQ(told["totals"]["global_requests"], 12);
  EXPECT_EQ(told["totals"]["global_sectors"], 48);
  EXPECT_EQ(told["totals"]["warp_instructions"], told["warp_instructions"]);
  ASSERT_FALSE(told["lines"].empty());
  EXPECT_GT(told["lines"][0]["line"], 0);
}

TEST(Exec, SaysWhatIsWrongWithItsInput) {
  const Workplace here;
  const std::string file = kPtx + "vector_add.ptx";
  struct Case {
    std::string arguments, expected;
  };
  const Case cases[] = {
      {"nowhere.ptx --grid 1 --block 1", "nowhere.ptx"},
      {file + " --kernel nothing --grid 1 --block 1", "the kernels are: vector_add"},
      {file + " --grid 0 --block 1", "--grid 0"},
      {file + " --grid 1 --block 2000 --arg null --arg null --arg null --arg i32:0", "2000 x 1 x 1"},
      {file + " --grid 1 --block 32 --arg i32:1", "takes 4 arguments, 1 were given"},
      {file + " --grid 1 --block 32 --arg buf:q9:1:zero", "argument 0"},
      {file + " --grid 1 --block 32 --check luck", "not 'luck'"},
      {file + " --grid 1 --block 32 --dump two", "INDEX=PATH"},
      {file + " --grid 1 --block 32 --schedule fair", "--schedule fair: run-to-wait, round-robin"},
      {file + " --grid 1 --block 32 --schedule random:x", "random:SEED, a whole number"},
      {file + " --grid 1 --block 32 --schedule round-robin:3", "--schedule round-robin:3"},
      {file + " --grid 1 --block 32 --symbol nothing", "NAME=@FILE"},
  };
  for (const Case& c : cases) {
    const Answer answer = run(here, "exec " + c.arguments);
    EXPECT_EQ(answer.code, 2) << c.arguments;
    EXPECT_THAT(answer.out, IsEmpty()) << c.arguments;
    EXPECT_THAT(answer.err, HasSubstr(c.expected)) << c.arguments;
  }
  EXPECT_EQ(run(here, "exec " + file + " --grid 1 --block 32 --device cuda").code, 3);
}

// Over the stand-in driver; a GPU counts nothing and watches nothing.
TEST(Exec, RunsOnAGpu) {
  const Workplace here;
  const std::string launch = "exec " + kPtx +
                             "vector_add.ptx --grid 2 --block 128 --arg buf:f32:200:iota --arg buf:f32:200:fill:0.5 "
                             "--arg buf:f32:200:zero --arg i32:200 --device cuda";
  const std::string gpu = stand_in_driver(here, "name 0 NVIDIA Imaginary\n");
  const Answer answer = run(here, launch + " --dump 2=" + (here / "sum").string() + " --json", gpu);
  ASSERT_EQ(answer.code, 0) << answer.err;
  EXPECT_EQ(answer.parsed()["device"], "cuda");
  EXPECT_TRUE(answer.parsed()["warp_instructions"].is_null());
  const std::vector<float> sum = numbers_in<float>(here / "sum");
  ASSERT_EQ(sum.size(), 200U);
  for (std::size_t i = 0; i < sum.size(); ++i) EXPECT_EQ(sum[i], static_cast<float>(i) + 0.5F) << i;
  EXPECT_THAT(run(here, launch, gpu).out, HasSubstr(" s on NVIDIA Imaginary"));

  const Answer counted = run(here, launch + " --counters", gpu);
  EXPECT_EQ(counted.code, 2);
  EXPECT_THAT(counted.err, HasSubstr("only the virtual GPU counts"));
  const Answer checked = run(here, launch + " --check race", gpu);
  EXPECT_EQ(checked.code, 2);
  EXPECT_THAT(checked.err, HasSubstr("only the virtual GPU can"));
}

TEST(Exec, SaysWhatAGpuSaidOfAFault) {
  const Workplace here;
  const std::string launch = "exec " + kPtx +
                             "saxpy.ptx --grid 1 --block 32 --arg f32:1 --arg buf:f32:32:iota "
                             "--arg buf:f32:32:zero --arg i32:32 --device cuda --json";
  const Answer faulted = run(here, launch, stand_in_driver(here, "fault 700\n"));
  EXPECT_EQ(faulted.code, 1) << faulted.err;
  const json found = faulted.parsed()["findings"];
  ASSERT_EQ(found.size(), 1U) << faulted.out;
  EXPECT_EQ(found[0]["kind"], "fault");
  EXPECT_THAT(found[0]["message"].get<std::string>(), HasSubstr("CUDA_ERROR_ILLEGAL_ADDRESS"));
  const Answer none = run(here, launch, stand_in_driver(here, "gpus 0\n"));
  EXPECT_EQ(none.code, 3);
  EXPECT_THAT(none.err, HasSubstr("CUDA_ERROR_NO_DEVICE"));
}

TEST(Exec, NamesThePlaceOfASyntaxError) {
  const Workplace here;
  std::ofstream(here / "bad.ptx") << ".version 7.0\n.target sm_70\n.address_size 64\n.entry k() {\n  frob nicate\n}\n";
  const Answer answer = run(here, "exec " + (here / "bad.ptx").string() + " --grid 1 --block 1");
  EXPECT_EQ(answer.code, 2);
  EXPECT_THAT(answer.err, HasSubstr("bad.ptx:"));
}

TEST(Exec, TellsAFaultWithItsPlaceAndEndsWithCode1) {
  const Workplace here;
  const Answer answer =
      run(here, "exec " + kPtx +
                    "vector_add.ptx --grid 1 --block 128 --arg buf:f32:100:iota --arg buf:f32:128:iota --arg "
                    "buf:f32:128:zero --arg i32:128 --json");
  EXPECT_EQ(answer.code, 1);
  const json fault = answer.parsed()["findings"][0];
  EXPECT_EQ(fault["kind"], "fault");
  EXPECT_EQ(fault["thread"], json({100, 0, 0}));
  EXPECT_THAT(fault["message"].get<std::string>(), HasSubstr("argument 0"));
  EXPECT_GT(fault["line"], 0);
}

TEST(Exec, CompilesCudaWhereACompilerIsInstalledAndElseSaysWhatIsMissing) {
  const Workplace here;
  std::ofstream(here / "square.cu")
      << "extern \"C\" __global__ void square(int* x) {\n"
         "  printf(\"lane %d\\n\", threadIdx.x);\n  x[threadIdx.x] *= x[threadIdx.x];\n}\n";
  const Answer answer =
      run(here, "exec " + (here / "square.cu").string() +
                    " --grid 1 --block 3 --arg buf:i32:3:list:2,-3,4 --dump 0=" + (here / "x").string() + " --json");
  if (answer.code != 0) {
    EXPECT_EQ(answer.code, 2);
    EXPECT_THAT(answer.err, HasSubstr("NVRTC"));
    return;
  }
  EXPECT_EQ(answer.parsed()["printf"], "lane 0\nlane 1\nlane 2\n");
  EXPECT_THAT(numbers_in<std::int32_t>(here / "x"), ::testing::ElementsAre(4, 9, 16));
  std::ofstream(here / "wrong.cu") << "__global__ void k(int* a) { a[0] = b; }\n";
  const Answer wrong = run(here, "exec " + (here / "wrong.cu").string() + " --grid 1 --block 1");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("\"b\" is undefined"));
}

TEST(Exec, GivesUpAfterTheStepsItWasGiven) {
  const Workplace here;
  const Answer answer =
      run(here, "exec " + kPtx +
                    "vector_add.ptx --grid 100 --block 128 --arg buf:f32:100:iota --arg same:0 --arg same:0 "
                    "--arg i32:100 --max-steps 50");
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.out, HasSubstr("limit of 50 warp instructions"));
}

}  // namespace
}  // namespace warpscope::cli_test
